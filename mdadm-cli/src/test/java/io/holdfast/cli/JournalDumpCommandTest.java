package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.ArrayImages;
import io.holdfast.raid.ArrayImages.Image;
import io.holdfast.raid.GoldenArrays;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class JournalDumpCommandTest {
    @TempDir
    Path folder;

    static Stream<String> journaledGoldens() {
        return Stream.concat(GoldenArrays.names("journal-").stream(), GoldenArrays.names("writeback-").stream());
    }

    /** The journal of a golden array, as a file. */
    private String unpack(String golden) throws IOException {
        String journal = null;
        for (Image image : ArrayImages.golden(List.of(golden), 0, 0).all()) {
            Path file = folder.resolve(image.name());
            Files.write(file, image.bytes());
            CommandRun examined = CommandRun.of("--examine", file.toString());
            if (examined.out().contains("Device Role : Journal")) {
                journal = file.toString();
            }
        }
        return journal;
    }

    @ParameterizedTest
    @MethodSource("journaledGoldens")
    void shouldDumpTheLogsOfLinux(String golden) throws IOException {
        String journal = unpack(golden);

        CommandRun run = CommandRun.of("journal", "dump", journal);

        assertEquals(0, run.exitCode(), run.err());
        List<String> lines = run.out().lines().toList();
        List<String> blocks =
                lines.stream().filter(line -> line.startsWith("block ")).toList();
        assertTrue(blocks.stream().allMatch(line -> line.contains(": valid, by Linux")), run.out());
        long pages = lines.stream()
                .mapToLong(line -> line.split(", checksum ", -1).length - 1L)
                .sum();
        assertTrue(pages > 20, run.out());
        assertTrue(
                run.out()
                        .contains("\n" + blocks.size() + (blocks.size() == 1 ? " block" : " blocks") + " with " + pages
                                + " pages, ended at position "),
                run.out());
        String json = CommandRun.of("journal", "dump", "--json", journal).out();
        assertTrue(json.contains("\n    \"blocks\": " + blocks.size() + ",\n    \"pages\": " + pages + ",\n"), json);
    }

    @Test
    void shouldShowWhereTheLogLiesAndWhatIsInIt() throws IOException {
        String journal = unpack("journal-raid5-stopped");

        String text = CommandRun.of("journal", "dump", journal).out();

        assertTrue(text.startsWith(journal + """
                :
                     Array UUID : e6af7416:bfad3b29:b3b21118:a6f58ba8
                           Name : golden:5.2
                         Events : 4
                     Log Offset : 2048 sectors
                       Log Size : 6144 sectors
                       Log Tail : position 1416

                block 3242061720 at 1416: valid, by Linux, 24 pages
                    data    array sector 896: page at 1424, checksum 3d97643d, intact
                    data    array sector 928: page at 1432, checksum 4b441f89, intact
                    parity  member sector 448: P at 1440, checksum a617426f, intact
                """), text);
        assertTrue(text.endsWith("""
                    parity  member sector 504: P at 1608, checksum 043925ca, intact

                1 block with 24 pages, ended at position 1616 before sequence number 3242061721: no block follows.
                102400 of 3145728 bytes of the log are in use (3%).
                """), text);
    }

    @Test
    void shouldShowADamagedPageAndWhyTheLogEnds() throws IOException {
        String journal = unpack("journal-raid5-stopped");
        CommandRun.put(journal, (2048 + 1440) * 512 + 99, new byte[] {1, 2, 3});

        CommandRun run = CommandRun.of("journal", "dump", journal);

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("\nblock 3242061720 at 1416: torn page, by Linux, 24 pages\n"), run.out());
        assertTrue(run.out().contains("P at 1440, checksum a617426f, damaged\n"), run.out());
        assertTrue(run.out().contains("checksum 4b441f89, intact\n"), run.out());
        assertTrue(run.out().contains("the checksum of a page of the next block is wrong"), run.out());
    }

    @Test
    void shouldShowEarlierBlocksOnlyWhenAskedTo() throws IOException {
        String journal = unpack("journal-raid5-powerloss");

        String live = CommandRun.of("journal", "dump", journal).out();
        String all = CommandRun.of("journal", "dump", journal, "--all").out();

        assertTrue(all.startsWith(live), all);
        assertTrue(
                all.substring(live.length())
                        .startsWith("\nBlocks outside of the log, of earlier turns or out of reach:\nblock "),
                all.substring(live.length()));
        assertTrue(CommandRun.of("journal", "dump", journal, "--all", "--json")
                .out()
                .contains("\"strayBlocks\": ["));
    }

    @Test
    void shouldDumpALogOfOurs() throws IOException {
        String journal = makeArray();

        CommandRun run = CommandRun.of("journal", "dump", journal);

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains(": valid, by Holdfast\n\n1 block with 0 pages"), run.out());
    }

    private String makeArray() throws IOException {
        String journal = CommandRun.makeFile(folder, "ours", 4 << 20);
        CommandRun made = CommandRun.of(
                "--create md0 --no-start --level=5 --raid-devices=3 --chunk=64 --assume-clean --write-journal="
                        + journal,
                CommandRun.makeFiles(folder, 3, 9 << 20));
        assertEquals(0, made.exitCode(), made.err());
        return journal;
    }

    @Test
    void shouldNotDumpWhatIsNoJournal() throws IOException {
        makeArray();
        String member = folder.resolve("d1").toString();
        String empty = CommandRun.makeFile(folder, "empty", 1 << 20);
        String absent = folder.resolve("absent").toString();

        CommandRun run = CommandRun.of("journal", "dump", member);

        assertEquals(1, run.exitCode());
        assertTrue(
                run.err()
                        .startsWith(
                                "holdfast: " + member + ": is no journal: its superblock makes it member 1 of array "),
                run.err());
        assertEquals(
                "holdfast: No md superblock detected on " + empty + "\n",
                CommandRun.of("journal", "dump", empty).err());
        assertEquals(
                "holdfast: cannot open " + absent + ": No such file or directory\n",
                CommandRun.of("journal", "dump", absent).err());
    }

    @Test
    void shouldSayThatAJournalHasBeenCutShort() throws IOException {
        String journal = makeArray();
        try (RandomAccessFile file = new RandomAccessFile(journal, "rw")) {
            file.setLength(2 << 20);
        }

        CommandRun run = CommandRun.of("journal", "dump", journal);

        assertEquals(1, run.exitCode());
        assertTrue(run.err().startsWith("holdfast: " + journal + ": "), run.err());
        assertEquals("", run.out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "journal | journal: say what to do with it: add, add-copy, dump, policy, remove, replace | journal",
                "journal dmup x | journal: cannot 'dmup' one; did you mean dump? | journal",
                "journal dump | journal dump: Missing required parameter: 'DEV' | journal dump",
                "journal dump --al x | journal dump: Unknown option: '--al'; did you mean --all? | journal dump",
                "journal dump x y | journal dump: Unmatched argument at index 1: 'y' | journal dump",
            })
    void shouldShowUsageForWhatIsNotUnderstood(String words, String message, String help) {
        CommandRun run = CommandRun.of(words.split(" "));

        assertEquals(2, run.exitCode());
        assertEquals("holdfast: " + message + "\nUsage: holdfast " + help + " --help\n  for help\n", run.err());
    }

    @Test
    void shouldExplainItself() {
        assertTrue(CommandRun.of("journal", "--help").out().startsWith("Usage: holdfast journal VERB"));
        assertTrue(CommandRun.of("journal", "dump", "--help").out().startsWith("Usage: holdfast journal dump "));
        assertFalse(CommandRun.of("jornal", "dump").err().isEmpty());
        assertTrue(CommandRun.of("jornal", "dump").err().contains("did you mean journal?"));
    }
}
