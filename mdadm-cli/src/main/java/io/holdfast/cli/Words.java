package io.holdfast.cli;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.cli.option.Suggestion;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.metadata.ConfigurationException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The commands that mdadm does not have: a word, then options and devices in any order. */
final class Words {
    /** What a word does with its parsed options. */
    private interface Action {
        int run(ParseResult words, Session session) throws IOException;
    }

    private record Word(CommandSpec spec, Action action) {}

    private static final String JOURNAL = "journal";
    private static final String ON_LOSS =
            "what to do if the journal fails in this run: continue without one, readonly or"
                    + " stop; default what 'holdfast journal policy' said";
    private static final String RUN = "start although members are missing that were there last time, and do not ask";
    private static final String NEW = "device for the journal, or several with commas between them, for a copy on each;"
            + " what they hold is lost";
    private static final Map<String, Word> WORDS = new TreeMap<>();

    static {
        add(
                "copy-in",
                "Write an image into the array: assemble, replay the journal, write, flush, stop.",
                (words, session) -> new CopyInCommand(words, session).run(),
                positional("0", "IMAGE", "file to read, or - for standard input"),
                devices("1..*"),
                value(
                        "--journal-mode",
                        "MODE",
                        "write-through (default), or write-back: writes are answered when the journal has them, and go to"
                                + " the members in whole stripes where they can"),
                value("--on-journal-loss", "POLICY", ON_LOSS),
                value(
                        "--max-replay",
                        "TIME",
                        "keep no more in the journal than can be replayed in so long after a crash, such as 5s; default no"
                                + " bound"),
                flag("--dry-run", null, "say what would be overwritten, and do nothing"),
                flag("--run", "-R", "start although members are missing that were there last time"),
                flag("--force", "-f", "start what is not safe to start, accepting what may be lost"));
        add(
                "copy-out",
                "Write the array out to an image, degraded or not. No device is written to, unless --replay is given.",
                (words, session) -> new CopyOutCommand(words, session).run(),
                positional("0", "IMAGE", "file to write, or - for standard output"),
                devices("1..*"),
                flag("--replay", null, "replay the journal onto the members first, rather than into memory"),
                flag("--force", "-f", "start what is not safe to start, accepting what may be lost"));
        add(
                "explain",
                "Where a sector of a running array lies: member and sector, where its parity is, and how it would be read now.",
                (words, session) -> new ExplainCommand(words, session).run(),
                positional("0", "ARRAY", "name of the array"),
                positional("1", "LBA", "sector of 512 bytes, from 0"));
        add("mdstat", "All running arrays, in the form of Linux's /proc/mdstat.", (words, session) -> new MdstatCommand(
                        session)
                .run());
        add(
                "check",
                "Read all stripes and compare parity with data. Exit code 1 when some do not fit and stay so.",
                (words, session) -> new CheckCommand(words, session).run(),
                devices("0..*"),
                flag("--repair", null, "correct the block that P and Q together prove wrong (level 6)"),
                flag(
                        "--rewrite-parity",
                        null,
                        "as --repair, and where nobody can tell who is wrong, believe data and make parity again"),
                value("--on-journal-loss", "POLICY", ON_LOSS),
                flag("--run", "-R", "start although members are missing that were there last time"),
                flag("--force", "-f", "start what is not safe to start, accepting what may be lost"));
        add(
                "rebuild",
                "Bring a missing member back onto a new device.",
                (words, session) -> new RebuildCommand(words, session).run(),
                positional("0", "NEWDEV", "device to rebuild onto; what it holds is lost"),
                devices("1..*"),
                value("--on-journal-loss", "POLICY", ON_LOSS),
                flag("--dry-run", null, "say what would be done, and do nothing"),
                flag("--run", "-R", "do not ask about what NEWDEV holds"),
                flag("--force", "-f", "start what is not safe to start, accepting what may be lost"));
        add(
                "demo",
                "Make an array of files, fill it, crash it, lose a member, and get every byte back.",
                (words, session) -> new DemoCommand(words, session).run(),
                value("--dir", "FOLDER", "where to make the files; default a temporary folder"),
                value("--size", "SIZE", "of each member, such as 64M; default enough for the source"),
                value("--level", "LEVEL", "4, 5 or 6; default 5"),
                value("--source", "FILE", "file or folder to take bytes from; default the running JDK's lib/modules"),
                flag("--keep", null, "leave the files there"));
        add(
                "torture",
                "Torture simulated arrays, or any block device, and insist on what is promised. Without options: a minute of"
                        + " seeded random life on arrays of every kind. Exit code 1 when a promise was broken; the smallest"
                        + " history that breaks it and the command that replays it are printed then.",
                (words, session) -> new TortureCommand(words, session).run(),
                value(
                        "--seed",
                        "N",
                        "start from this 64-bit number instead of a drawn one; the same seed, the same history"),
                value("--steps", "N", "steps of a history; one history is lived, unless --seconds asks for more"),
                value("--seconds", "N", "live history after history for so long; default 60 unless --steps is given"),
                value("--level", "LEVEL", "4, 5 or 6; default drawn from the seed, like the three below"),
                value("--members", "N", "members of the array"),
                value("--chunk", "SIZE", "chunk of the array: 4K to 1M"),
                value(
                        "--journal",
                        "POLICY",
                        "none, bitmap, write-through, write-back, or changing: now the one, now the other"),
                value(
                        "--faults",
                        "LIST",
                        "faults to inject, by commas: all, none, or any of power, kill, torn, torn4k, reorder, eio, write-error,"
                                + " flush-error, enospc, slow, stuck, vanish, bitrot, lost, lying-flush, misdirected,"
                                + " misread, stale. A name may be followed by @members or @journal, to aim it, and by"
                                + " =RATE, the share of steps that inject it, such as eio=0.02. Default: all that an"
                                + " array is promised to survive"),
                value(
                        "--only",
                        "STEPS",
                        "live these steps of the history only, or go through this one crash state, as a failure prints it"),
                flag("--exhaustive", null, "every legal crash state of a small workload, rather than random lives"),
                value("--writes", "N", "writes of that workload, 1 to 64; default 3"),
                value(
                        "--target",
                        "DEVICE",
                        "the durability checker alone, on a file, a block device or nbd://HOST[:PORT][/NAME]. What is there"
                                + " is overwritten. Exit code 2 when it came to no verdict, such as when the device went"
                                + " away: bring it back and add --verify"),
                value("--ledger", "FILE", "where the checker remembers what it was promised; best on another machine"),
                flag("--verify", null, "look at what the ledger remembers, and write nothing"),
                flag("--answered", null, "hold the target to all that it answered, not only to what it flushed"),
                flag("--run", "-R", "do not ask about what the target holds"),
                value("--report", "FILE", "write a page on what was tried, and on the failure if there was one"));
    }

    static {
        add(
                "journal dump",
                "Print what a journal holds, Holdfast's or Linux's, block by block: which array it is of, each block from"
                        + " the tail on with its payloads and what their checksums say, and where and why the log ends."
                        + " Writes nothing. Exit code 1 when it cannot be read to its end.",
                (words, session) -> new JournalDumpCommand(words, session).run(),
                positional("0", "DEV", "device that holds the journal, or a copy of it"),
                flag("--all", null, "go on behind the end, and show the blocks that a replay would not use"));
        addChange(
                JournalChange.ADD,
                "Give a journal to an array that has none, or, with --force, has lost its own.",
                "for a journal that is lost: give it up, with what only it held, and recompute parity everywhere",
                positional("0", "NEW", NEW),
                devices("1..*"));
        addChange(
                JournalChange.ADD_COPY,
                "Add a copy to the journal of an array. From then on every write is on all copies, and the loss of all but"
                        + " one loses nothing.",
                "start what is not safe to start, accepting what may be lost",
                positional("0", "NEW", "device for the copy, at least as large; what it holds is lost"),
                devices("1..*"));
        addChange(
                JournalChange.REPLACE,
                "Put another journal in the place of the one that an array has, or, with --force, has lost. What the old one"
                        + " holds goes to the members first.",
                "for a journal that is lost: give it up, with what only it held, and recompute parity everywhere",
                positional("0", "NEW", NEW),
                devices("1..*"));
        addChange(
                JournalChange.REMOVE,
                "Take the journal from an array. What it holds goes to the members first. From then on a crash makes a"
                        + " resync, and a crash and a lost member together can damage what was being written.",
                "for a journal that is lost: give it up, with what only it held, and recompute parity everywhere",
                devices("0..*"));
        add(
                "journal policy",
                "Note with an array what it is to do when its journal fails: continue without one, readonly, or stop.",
                (words, session) -> new JournalPolicyCommand(words, session).run(),
                positional("0", "POLICY", "continue, readonly or stop"),
                devices("1..*"),
                flag("--run", "-R", "start although members are missing that were there last time"),
                flag("--force", "-f", "start what is not safe to start, accepting what may be lost"));
    }

    private Words() {}

    private static void addChange(
            JournalChange change, String description, String force, CommandLine.Model.ArgSpec... words) {
        List<CommandLine.Model.ArgSpec> arguments = new ArrayList<>(List.of(words));
        arguments.add(flag("--dry-run", null, "say what would be done, and do nothing"));
        arguments.add(flag("--yes", "-y", "do not ask"));
        arguments.add(flag("--run", "-R", RUN));
        arguments.add(flag("--force", "-f", force));
        add(
                JOURNAL + " " + change.verb(),
                description,
                (parsed, session) -> new JournalChangeCommand(change, parsed, session).run(),
                arguments.toArray(new CommandLine.Model.ArgSpec[0]));
    }

    static boolean isWord(String word) {
        return word.equals("help") || word.equals(JOURNAL) || WORDS.containsKey(word);
    }

    /** What can be typed as the first word. */
    static List<String> names() {
        return WORDS.keySet().stream()
                .map(name -> name.startsWith(JOURNAL + " ") ? JOURNAL : name)
                .distinct()
                .toList();
    }

    static int run(String[] args, Session session) {
        if (args[0].equals("help")) {
            session.out().print(HelpText.of(null));
            return Session.OK;
        }
        return args[0].equals(JOURNAL) ? runJournal(args, session) : run(args[0], 1, args, session);
    }

    /** What is done with journals takes a second word. */
    private static int runJournal(String[] args, Session session) {
        if (args.length > 1 && (args[1].equals("--help") || args[1].equals("-h"))) {
            session.out().print(HelpText.journal());
            return Session.OK;
        }
        String name = args.length == 1 ? "" : JOURNAL + " " + args[1];
        if (WORDS.containsKey(name)) {
            return run(name, 2, args, session);
        }
        List<String> verbs = WORDS.keySet().stream()
                .filter(word -> word.startsWith(JOURNAL + " "))
                .map(word -> word.substring(JOURNAL.length() + 1))
                .toList();
        session.say(
                args.length == 1
                        ? "journal: say what to do with it: " + String.join(", ", verbs)
                        : "journal: cannot '" + args[1] + "' one" + Suggestion.of(args[1], verbs, ""));
        session.err().println("Usage: holdfast journal --help");
        session.err().println("  for help");
        return Session.USAGE;
    }

    private static int run(String name, int skip, String[] args, Session session) {
        Word word = WORDS.get(name);
        CommandLine parser = new CommandLine(word.spec());
        ParseResult words;
        try {
            words = parser.parseArgs(List.of(args).subList(skip, args.length).toArray(new String[0]));
        } catch (ParameterException e) {
            session.say(name + ": " + e.getMessage() + suggestion(e));
            session.err().println("Usage: holdfast " + name + " --help");
            session.err().println("  for help");
            return Session.USAGE;
        }
        if (words.hasMatchedOption("--help")) {
            session.out().print(parser.getUsageMessage(CommandLine.Help.Ansi.OFF));
            return Session.OK;
        }
        try {
            return word.action().run(words, session);
        } catch (DeviceException | ArrayException | ConfigurationException e) {
            session.say(e.getMessage());
            return Session.FAILED;
        } catch (IOException e) {
            session.say(name + ": " + FileProblem.describe(e));
            return Session.FAILED;
        }
    }

    private static String suggestion(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            return "; did you mean " + unmatched.getSuggestions().get(0) + "?";
        }
        return "";
    }

    private static void add(String name, String description, Action action, CommandLine.Model.ArgSpec... arguments) {
        CommandSpec spec = CommandSpec.create().name("holdfast " + name);
        spec.usageMessage().description(description);
        for (CommandLine.Model.ArgSpec argument : arguments) {
            spec.add(argument);
        }
        spec.add(flag("--json", null, "say the outcome as a JSON document"));
        spec.add(flag("--quiet", "-q", "no progress"));
        spec.add(OptionSpec.builder("-h", "--help")
                .description("this text")
                .usageHelp(true)
                .build());
        WORDS.put(name, new Word(spec, action));
    }

    private static PositionalParamSpec positional(String index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(index)
                .paramLabel(label)
                .arity("1")
                .required(true)
                .type(String.class)
                .description(description)
                .build();
    }

    private static PositionalParamSpec devices(String index) {
        return PositionalParamSpec.builder()
                .index(index)
                .paramLabel("DEV")
                .arity("1..*")
                .required(true)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(
                        "all devices of the array, journal and spares included, in any order; or the name of one that is running")
                .build();
    }

    private static OptionSpec flag(String name, String letter, String description) {
        OptionSpec.Builder builder = letter == null ? OptionSpec.builder(name) : OptionSpec.builder(letter, name);
        return builder.arity("0").type(boolean.class).description(description).build();
    }

    private static OptionSpec value(String name, String label, String description) {
        return OptionSpec.builder(name)
                .arity("1")
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }
}
