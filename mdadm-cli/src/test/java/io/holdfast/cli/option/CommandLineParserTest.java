package io.holdfast.cli.option;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.layout.RaidLevel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineParserTest {
    @Test
    void shouldReadACreateCommandInLongForm() {
        CommandLine line =
                parse("--create md0 --level=5 --raid-devices=4 --chunk=64 --write-journal=j.img d0 d1 d2 d3");

        assertEquals(Mode.CREATE, line.mode());
        assertEquals(RaidLevel.RAID5, line.level());
        assertEquals(4, line.raidDevices());
        assertEquals(128, line.chunkSectors());
        assertEquals("j.img", line.text(Option.WRITE_JOURNAL));
        assertEquals(1, line.writeJournalIndex());
        assertEquals(List.of("md0", "d0", "d1", "d2", "d3"), line.words());
    }

    @Test
    void shouldReadTheSameInShortForm() {
        CommandLine line = parse("-Cv md0 -l5 -n 4 -c64 -pls -z 1M -x1 -e1.0 -R d0 d1 d2 d3 d4");

        assertEquals(Mode.CREATE, line.mode());
        assertTrue(line.has(Option.VERBOSE));
        assertTrue(line.has(Option.RUN));
        assertEquals(2, line.layout());
        assertEquals(2048, line.sizeSectors());
        assertEquals(1, line.spareDevices());
        assertEquals(0, line.minorVersion());
    }

    @Test
    void shouldGiveLettersTheMeaningOfTheirMode() {
        assertTrue(parse("-Eb x").has(Option.BRIEF));
        assertEquals("none", parse("-C md0 -b none").text(Option.BITMAP));
        assertEquals("none", parse("-E x -c none").text(Option.CONFIG));
        assertEquals(128, parse("-C md0 -c 64").chunkSectors());
        assertTrue(parse("-Af --dry-run md0").has(Option.FORCE));
    }

    @Test
    void shouldTakeUnambiguousBeginnings() {
        assertEquals(Option.EXAMINE_BITMAP, parse("--examine-bit x").action());
        assertEquals(Option.ZERO_SUPERBLOCK, parse("--zero x").action());
        assertEquals(Option.EXAMINE, parse("--examine x").action());
    }

    @Test
    void shouldTakeValuesAfterEqualsOrAsNextWord() {
        assertEquals(4, parse("-C md0 --raid-devices 4").raidDevices());
        assertEquals(4, parse("-C md0 --raid-disks=4").raidDevices());
    }

    @Test
    void shouldTakeWordsAfterDoubleDashAsDevices() {
        assertEquals(
                List.of("-odd", "--name"), parse("--examine -- -odd --name").words());
        assertEquals(List.of("-"), parse("--examine -").words());
    }

    @Test
    void shouldQueryWhenOnlyDevicesAreNamed() {
        CommandLine line = parse("d0 d1");

        assertEquals(Mode.MISC, line.mode());
        assertEquals(Option.QUERY, line.action());
    }

    @Test
    void shouldStopReadingAtHelpAndVersion() {
        assertTrue(parse("--help --frobnicate").has(Option.HELP));
        assertTrue(parse("-V").has(Option.VERSION));
        assertNull(parse("-V").mode());
    }

    @Test
    void shouldReadAUuid() {
        byte[] uuid = parse("-C md0 -u 00112233:44556677:8899aabb:ccddeeff").uuid();

        assertArrayEquals(
                new byte[] {
                    0,
                    0x11,
                    0x22,
                    0x33,
                    0x44,
                    0x55,
                    0x66,
                    0x77,
                    (byte) 0x88,
                    (byte) 0x99,
                    (byte) 0xaa,
                    (byte) 0xbb,
                    (byte) 0xcc,
                    (byte) 0xdd,
                    (byte) 0xee,
                    (byte) 0xff
                },
                uuid);
    }

    @Test
    void shouldTakeMaxAsTheDefaultSize() {
        CommandLine line = parse("-C md0 --size=max");

        assertEquals(CommandLine.NOT_GIVEN, line.sizeSectors());
        assertTrue(line.has(Option.SIZE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--frobnicate | unrecognized option '--frobnicate'",
                "--creat=3 | option '--create' doesn't allow an argument",
                "--exmaine x | unrecognized option '--exmaine'; did you mean --examine?",
                "--exam | option '--exam' is ambiguous; possibilities: '--examine' '--examine-bitmap' '--examine-badblocks'",
                "--examine=3 x | option '--examine' doesn't allow an argument",
                "-C md0 --level | option '--level' requires an argument",
                "-C md0 -n | option requires an argument -- 'n'",
                "-C md0 -; | invalid option -- ';'",
                "-E -j x | invalid option -- 'j'"
            })
    void shouldShowUsageForWordsThatAreNoOptions(String words, String message) {
        UsageException e = assertThrows(UsageException.class, () -> parse(words));

        assertEquals(message, e.getMessage());
        assertEquals(2, e.exitCode());
        assertTrue(e.showsUsage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "-C md0 --level=7 | invalid raid level: 7",
                "-C md0 --level=raid1 | raid level raid1 is not one of Holdfast's; use 4, 5 or 6.",
                "-C md0 -l5 -l6 | raid level may only be set once.  Second value is 6.",
                "-C md0 -n 3 -n 4 | raid-devices set twice: 3 and 4",
                "-C md0 -n x | invalid number of raid devices: x",
                "-C md0 -n 0 | invalid number of raid devices: 0",
                "-C md0 -n 99999999999 | invalid number of raid devices: 99999999999",
                "-C md0 -n 1 | '1' is an unusual number of drives for an array, so it is probably a mistake.  A parity array has at least 2, and 4 at level 6.",
                "-C md0 -x -1 | invalid number of spare-devices: -1",
                "-C md0 -x 1 -x 2 | spare-devices set twice: 1 and 2",
                "-C md0 -c foo | invalid chunk/rounding value: foo",
                "-C md0 -c 3 | invalid chunk/rounding value: 3",
                "-C md0 -c 9s | invalid chunk/rounding value: 9s",
                "-C md0 -c 64 -c 64 | chunk/rounding may only be specified once.  Second value is 64.",
                "-C md0 -z foo | invalid size: foo",
                "-C md0 -z 99999999999T | invalid size: 99999999999T",
                "-C md0 -z 1M -z 1M | size may only be specified once.  Second value is 1M.",
                "-C md0 --layout=ls | raid level must be given before layout.",
                "-C md0 -l4 -p ls | layout not meaningful for raid4 arrays.",
                "-C md0 -l5 -p foo | layout foo not understood for raid5.",
                "-C md0 -l5 -p ls -p rs | layout may only be specified once.  Second value is rs.",
                "-C md0 -e 1.3 | unrecognised metadata identifier: 1.3",
                "-C md0 -e 0.90 | metadata 0.90 is not one of Holdfast's; use 1.0, 1.1 or 1.2.",
                "-C md0 -e 1.2 -e 1.2 | metadata information already given",
                "-C md0 -u foo | Bad uuid: foo",
                "-C md0 -N a -N b | name cannot be set twice.  Second value b.",
                "-C md0 --data-offset=x | invalid data-offset: x",
                "-C md0 --data-offset=variable | --data-offset=variable is not available yet; give one offset for all devices.",
                "-C md0 -k foo | Invalid consistency policy: foo",
                "-C md0 -k ppl | consistency policy ppl is not available yet; use journal, bitmap or resync.",
                "-C md0 -k bitmap | --bitmap=internal is required for consistency policy: bitmap",
                "-C md0 -k resync -b internal | --bitmap makes the consistency policy bitmap; leave out --consistency-policy=resync.",
                "-C md0 -b internal --write-journal=j | an array has a journal or a bitmap, not both; leave out --write-journal or --bitmap.",
                "-C md0 -b none --bitmap-chunk=64M | --bitmap-chunk and --delay are for a bitmap, and there is to be none.",
                "-C md0 -b internal -b none | bitmap may only be specified once.  Second value is none.",
                "-C md0 -b internal --bitmap-chunk=1 | invalid bitmap chunksize: 1",
                "-C md0 -b internal -d 0 | invalid delay: 0",
                "-C md0 -k journal | --write-journal is required for consistency policy: journal",
                "-C md0 -k resync --write-journal=j | --write-journal makes the consistency policy journal; leave out --consistency-policy=resync.",
                "-C md0 --write-journal=a --write-journal=b | an array has one journal; --write-journal was given twice: a and b",
                "-C md0 -b clustered | --bitmap=clustered is not one of Holdfast's; use internal or none.",
                "-C md0 -b foo | bitmap file must contain a '/', or be 'internal', or be 'clustered', or 'none', not 'foo'",
                "-C -A md0 | -A would set the mode to \"assemble\", but it is already set to \"create\".",
                "-C md0 --detail | --detail would set the mode to \"misc\", but it is already set to \"create\".",
                "-E -D x | --examine cannot be given with -D",
                "-C md0 --add x | option --add not valid in create mode",
                "-A md0 --level=5 | option --level not valid in assemble mode",
                "-E --level=5 x | option --level not valid in misc mode",
                "--create --brief md0 | option --brief not valid in create mode",
                "--size 3 | --size does not set the mode, and so cannot be the first option.",
                "md0 --size 3 | --size does not set the mode; begin with an option that does, such as --create or --examine.",
                "--grow md0 -n 5 | grow mode (--grow) is not available yet; 'holdfast --help' lists what is.",
                "-I x | incremental mode (-I) is not available yet; 'holdfast --help' lists what is.",
                "md0 x --fail y | Must give one of -a/-r/-f for subsequent devices at x",
                "--manage md0 x | Must give one of -a/-r/-f for subsequent devices at x",
                "md0 --write-mostly x | --write-mostly is not available yet; 'holdfast --help' lists what is.",
                "--dump=x md0 | --dump is not available yet; 'holdfast --help' lists what is.",
                "-C md0 --nodes=2 | --nodes is not available yet; 'holdfast --help' lists what is.",
            })
    void shouldRefuseWhatMakesNoSense(String words, String message) {
        UsageException e = assertThrows(UsageException.class, () -> parse(words));

        assertEquals(message, e.getMessage());
        assertEquals(2, e.exitCode());
        assertFalse(e.showsUsage());
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "1K, 2", "1k, 2", "7s, 7", "2M, 4096", "1G, 2097152", "3T, 6442450944", "8191T, 17590038560768"
    })
    void shouldReadSizes(String text, long sectors) {
        assertEquals(sectors, Sizes.parseSectors(text).getAsLong());
    }

    @ParameterizedTest
    @CsvSource({"0", "''", "K", "1KB", "1.5G", "-1", "+1", "1 K", "99999999T", "9223372036854775807", "0x10", "１"})
    void shouldRefuseOtherSizes(String text) {
        assertTrue(Sizes.parseSectors(text).isEmpty());
    }

    private static CommandLine parse(String words) {
        return CommandLineParser.parse(words.split(" "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "md0 --fail a b --remove a --add c",
                "--fail md0 a b --remove a --add c",
                "--manage md0 --fail a b -r a -a c",
                "md0 -f a b -r a -a c",
                "md0 --set-faulty a b --remove a --add c"
            })
    void shouldReadWhatIsToBeDoneWithMembersInOrder(String words) {
        CommandLine line = parse(words);

        assertEquals(Mode.MANAGE, line.mode());
        assertEquals(List.of("md0"), line.words());
        assertEquals(
                List.of(
                        new CommandLine.Deed(Option.FAIL, "a"),
                        new CommandLine.Deed(Option.FAIL, "b"),
                        new CommandLine.Deed(Option.REMOVE, "a"),
                        new CommandLine.Deed(Option.ADD, "c")),
                line.deeds());
    }
}
