package io.holdfast.cli;

import io.holdfast.cli.option.Mode;

/** What the command says about itself. */
final class HelpText {
    private static final String GENERAL = """
            holdfast makes, examines, fills, checks and repairs RAID4, RAID5 and RAID6 arrays on Linux md's on-disk
            format, over files and block devices, without help from the kernel. Options mean what they mean to mdadm.

            Usage:
              holdfast --create ARRAY --level=5 --raid-devices=4 [--write-journal=DEV] [options] DEV...
              holdfast --assemble ARRAY DEV...                    start an array: a daemon serves it over NBD
              holdfast --assemble --scan                          start what /etc/holdfast.conf lists
              holdfast --stop ARRAY...                            bring it to rest
              holdfast --detail ARRAY                             how a running array stands
              holdfast ARRAY --fail DEV --remove DEV --add DEV    its members come and go
              holdfast --monitor --scan|ARRAY...                  watch running arrays, and tell of what happens
              holdfast explain ARRAY LBA                          where a sector lies, and its parity
              holdfast mdstat                                     all running arrays, as in /proc/mdstat
              holdfast --wait ARRAY                               until no resync, rebuild or check goes on
              holdfast --examine DEV... [--brief|--export]        what each device's superblock says
              holdfast --examine --scan [FOLDER or DEV]...        a line for each array found
              holdfast --detail DEV...                            an array as a whole, from its devices
              holdfast --assemble --dry-run DEV...                what would start, and what would be replayed or lost
              holdfast --query DEV...                             a line for each device
              holdfast --examine-bitmap DEV...                    the write-intent bitmap of a member
              holdfast --examine-badblocks DEV...                 the bad block log of a member
              holdfast --zero-superblock DEV...                   make devices strangers to every array
              holdfast copy-in  IMAGE DEV...                      write an image into the array; - is standard input
              holdfast copy-out IMAGE DEV...                      write the array out to an image; - is standard output
              holdfast check [--repair] DEV...                    compare parity with data over the whole array
              holdfast rebuild NEWDEV DEV...                      bring a missing member back onto NEWDEV
              holdfast journal dump DEV                           what a journal holds, block by block
              holdfast journal add|replace NEW[,NEW2] DEV...      give the array a journal, or another one
              holdfast journal add-copy NEW DEV...                one more copy of the journal it has
              holdfast journal remove DEV...                      go on without a journal
              holdfast demo                                       see it all happen on files in a temporary folder
              holdfast torture                                    crash simulated arrays in every way; see what they keep

            Where DEV... are all devices of an array that is not running, the name of one that is will do: 'holdfast check md0'.
            Running arrays are found in $HOLDFAST_RUN_DIR, else $XDG_RUNTIME_DIR/holdfast, else /run/holdfast.

            --json makes every report a JSON document. 'holdfast --create --help', 'holdfast --help-options' and
            'holdfast copy-in --help' (and so on) say more.
            """;

    private static final String CREATE = """
            Usage: holdfast --create ARRAY --level=LEVEL --raid-devices=N [options] DEV...

            Writes the metadata of a new array and starts it. Nothing is written before every check has passed.
            Where a device carries something already, it asks first. 'missing' in the place of a device leaves a slot empty.

              -l --level=4|5|6            required
              -n --raid-devices=N         required: slots, including missing ones
              -x --spare-devices=N        devices listed after the members, to stand by
              -c --chunk=SIZE             64K, 1M; in KiB without a suffix; default 512K
              -p --layout=NAME            after --level; default left-symmetric
              -z --size=SIZE|max          used of each member; default all the smallest has
              -e --metadata=1.0|1.1|1.2   default 1.2
                 --write-journal=DEV[,DEV]  protect stripes being written by a journal; on several DEV, a copy on each
              -b --bitmap=internal|none   keep a write-intent bitmap: after a crash only what it calls dirty is compared;
                                          default for members above 100 GiB, unless there is a journal
                 --bitmap-chunk=SIZE      of each member for each bit; default 64M or more
              -d --delay=SECONDS          between two looks for bits to clear; default 5
              -k --consistency-policy=    journal, bitmap or resync
                 --assume-clean           parity is right already: no first resync
                 --data-offset=SIZE       where data begins on each device
              -N --name=NAME              default: after ARRAY
              -u --uuid=UUID              default: random
                 --homehost=NAME          put before the name; default this machine's, <none> for none
              -R --run                    do not ask
              -f --force                  do not ask; take the devices as listed, and resync rather than rebuild the last
                 --no-start               leave it stopped
                 --dry-run                say what would be made, and of what, and write nothing
                 --listen, --foreground, and so on: as for --assemble
              -v --verbose                say which defaults were taken

            Sizes take the suffixes K, M, G, T and s (sectors).
            """;

    private static final String ASSEMBLE = """
            Usage: holdfast --assemble ARRAY [options] DEV...
                   holdfast --assemble --scan [ARRAY...]
                   holdfast --assemble --dry-run [ARRAY] [options] DEV...

            Starts the array on its devices, replaying its journal if it has to, and leaves a daemon behind that serves it over
            NBD on a unix socket, whose address it prints. With --dry-run, says what would start from the devices, how, and what
            would be replayed or lost, and writes nothing.

              -s --scan        the arrays of the configuration file, or those of them that are named
              -c --config=FILE in the place of /etc/holdfast.conf; mdadm's language
              -f --force       start although data may be lost by it: stale members, dirty and degraded; says what first
              -R --run         start although devices are missing that were there last time
              -o --readonly    write to no device
              -u --uuid=UUID   pass over the devices of other arrays
                 --foreground  do not leave the terminal; Ctrl-C stops the array
                 --listen=HOST:PORT        serve NBD on TCP too, on this machine's loopback
                 --insecure                allow --listen an address that other machines reach; nothing is encrypted
                 --journal-mode=MODE       write-through (default) or write-back
                 --on-journal-loss=POLICY  continue, readonly or stop; default what 'holdfast journal policy' said
                 --scrub=PERIOD            check by itself every so often, such as 7d, 12h, weekly or monthly
                 --max-replay=TIME         keep no more in the journal than can be replayed in so long, such as 5s
                 --json        with --dry-run: a JSON document
            """;

    private static final String MANAGE = """
            Usage: holdfast ARRAY --fail DEV... --remove DEV... --add DEV...

            Does something with devices of a running array, in the order given; the first that cannot be done ends it.

              -f --fail        use a member no more, as if it had failed; 'detached' for all whose path is gone
              -r --remove      let go of a failed device or a spare; 'failed' or 'detached' for all that are
              -a --add         take another device, whatever it holds: it fills an empty slot, or stands by as a spare
                 --replace DEV [--with NEW]   copy a member onto NEW, or a spare, while it goes on serving; then it is faulty
              -t --test        exit code 2 when nothing was done
                 --dry-run     say what would be done

            A device is named by its path or by the last part of it.
            """;

    private static final String MONITOR = """
            Usage: holdfast --monitor --scan|ARRAY... [options]

            Looks at running arrays every so often, and tells of what has happened: DegradedArray, Fail, FailSpare, SpareActive,
            SparesMissing, MoveSpare, RebuildStarted, RebuildNN, RebuildFinished, NewArray, DeviceDisappeared. Where nobody is named to be told, it prints.

              -s --scan            all arrays that run, and all that will
              -d --delay=SECONDS   between two looks; default 60
              -r --increment=N     percent of a rebuild that are worth an event; default 20
              -1 --oneshot         look once
              -t --test            a TestMessage for each array first
              -p --program=PATH    run with event, array and device
              -m --mail=ADDRESS    for Fail, FailSpare, DegradedArray and TestMessage
                 --mail-command=   that sends a letter; default /usr/sbin/sendmail -t
              -y --syslog          by way of logger(1)
                 --no-sharing      leave spares where they are, whatever spare-group= in the configuration file says
                 --webhook=URL     posts a JSON object
            """;

    private static final String REPORTS = """
            Usage: holdfast --examine|--detail|--query|--examine-bitmap|--examine-badblocks|--zero-superblock DEV...

              -E --examine             what a device's superblock says, line for line as mdadm 4.2 does
              -D --detail              an array as a whole, from its daemon or its devices; -s all that run
              -Q --query               a line for each device
              -X --examine-bitmap      the write-intent bitmap of a member
                 --examine-badblocks   the bad block log of a member
                 --zero-superblock     take superblocks of versions 1.0, 1.1 and 1.2 away; --dry-run says which

              -b --brief               a line for each array, fit for a configuration file; -v names the devices
              -Y --export              NAME=value lines
              -s --scan                with --examine: all files of the folders given, or all the system's devices
              -t --test                with --detail: exit code 0 complete, 1 degraded, 2 unusable, 4 unknown
                 --json                a JSON document
            """;

    private static final String OPTIONS = """
            Every option of mdadm 4.2 is recognised; those not listed here are refused by name until Holdfast can do them.

            Modes:    -C --create   -A --assemble   --misc (understood from -E, -D, -Q, -X)
            Anywhere: -h --help   --help-options   -V --version   -v --verbose   -q --quiet   -f --force   -s --scan
                      -e --metadata=   --homehost=   --json
            Create:   -l --level=   -n --raid-devices=   -x --spare-devices=   -c --chunk=   -p --layout=   -z --size=
                      -b --bitmap=internal|none   --bitmap-chunk=   -d --delay=   -k --consistency-policy=   -N --name=
                      -u --uuid=   -R --run   --no-start
                      --write-journal=   --assume-clean   --data-offset=   -a --auto= (ignored)
            Assemble: -s --scan   -c --config=   --dry-run   -R --run   -o --readonly   -u --uuid=   --foreground   --listen=   --insecure
                      --journal-mode=   --on-journal-loss=   --max-replay=   --scrub=   (also with --create)
            Manage:   -f --fail   -r --remove   -a --add   --replace   --with   -t --test   --dry-run
            Monitor:  -s --scan   -d --delay=   -r --increment=   -1 --oneshot   -t --test   -p --program=   -m --mail=
                      --mail-command=   -y --syslog   --webhook=
            Running:  -S --stop   -W --wait   --wait-clean   --action=idle|check|repair|pause|resume   -D --detail
            Reports:  -E --examine   -D --detail   -Q --query   -X --examine-bitmap   --examine-badblocks
                      -b --brief   -Y --export   -t --test   --zero-superblock

            Long options may be cut short as long as they stay unambiguous; letters may be joined.
            """;

    private static final String JOURNAL = """
            Usage: holdfast journal VERB [options] [NEW] DEV...

              dump DEV                 print what a journal holds, Holdfast's or Linux's, block by block
              add NEW[,NEW2] DEV...    give a journal, on NEW, to an array that has none
              add-copy NEW DEV...      one more copy of the journal that the array has
              replace NEW[,NEW2] DEV...  another journal in the place of the one it has, or, with --force, has lost
              remove DEV...            go on without a journal
              policy POLICY DEV...     what to do when the journal fails: continue, readonly or stop

            DEV... are all devices of the array, or its name if it is running; members may be missing. What is going to be done is
            said first; --dry-run does no more than that.

            'holdfast journal dump --help' (and so on) says more.
            """;

    private HelpText() {}

    /**
     * Help.
     *
     * @param mode that was set before help was asked for, or null.
     * @return lines.
     */
    static String of(Mode mode) {
        if (mode == Mode.CREATE) {
            return CREATE;
        }
        if (mode == Mode.ASSEMBLE) {
            return ASSEMBLE;
        }
        if (mode == Mode.MANAGE) {
            return MANAGE;
        }
        if (mode == Mode.MONITOR) {
            return MONITOR;
        }
        return mode == Mode.MISC ? REPORTS : GENERAL;
    }

    static String journal() {
        return JOURNAL;
    }

    static String options() {
        return OPTIONS;
    }

    static String version() {
        String version = Holdfast.class.getPackage().getImplementationVersion();
        return "holdfast - " + (version == null ? "development version" : "v" + version)
                + " - speaks mdadm 4.2, on Java " + Runtime.version().feature();
    }
}
