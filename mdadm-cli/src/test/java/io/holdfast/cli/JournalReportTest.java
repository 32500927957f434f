package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.FileBlockDevice;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of an array whose process died with its log in use. */
class JournalReportTest {
    private static final int BLOCK = 4096;
    private static final int COUNT = 64;
    private static final long SEED = 3;

    @TempDir
    Path folder;

    private List<String> members;
    private String first;
    private String second;
    private byte[] content;

    @BeforeEach
    void makeArrayAndLetItDie() throws IOException {
        members = CommandRun.makeFiles(folder, 3, 9 << 20);
        first = CommandRun.makeFile(folder, "j0", 4 << 20);
        second = CommandRun.makeFile(folder, "j1", 4 << 20);
        CommandRun run = CommandRun.of(
                "--create md0 --no-start --level=5 --raid-devices=3 --chunk=64 --assume-clean --write-journal=" + first
                        + "," + second,
                members);
        assertEquals(0, run.exitCode(), run.err());
        List<BlockDevice> devices = new ArrayList<>();
        all().forEach(name -> devices.add(FileBlockDevice.open(Path.of(name))));
        content = new byte[COUNT * BLOCK];
        new Random(SEED).nextBytes(content);
        RaidArray array = RaidArray.assemble(new ArrayContext().devices(devices).journalMode(JournalMode.WRITE_BACK));
        for (int i = 0; i < COUNT; i += 2) {
            array.write(ByteBuffer.wrap(content, i * BLOCK, BLOCK), (long) i * BLOCK);
        }
        array.abandon();
        for (int i = 1; i < COUNT; i += 2) {
            Arrays.fill(content, i * BLOCK, (i + 1) * BLOCK, (byte) 0);
        }
    }

    private List<String> all() {
        List<String> all = new ArrayList<>(members);
        all.add(first);
        all.add(second);
        return all;
    }

    private static CommandRun run(String words, List<String> devices) {
        return CommandRun.of(words, devices);
    }

    @Test
    void shouldDetailEachCopyAfterWhatMdadmSays() {
        String text = run("--detail", all()).out();

        assertTrue(text.contains("Consistency Policy : journal\n"), text);
        int rows = text.indexOf("    Number   Major   Minor   RaidDevice State\n");
        int section = text.indexOf("    Journal Copies : 2 of 2\n");
        assertTrue(rows > 0 && section > rows, text);
        String own = text.substring(section);
        assertTrue(own.contains("\n   On Journal Loss : continue\n"), text);
        assertTrue(own.contains("\n            Copy 1 : " + first + ", up to date\n"), text);
        assertTrue(own.contains("\n            Copy 2 : " + second + ", up to date\n"), text);
        assertTrue(own.contains("\n          Log Size : 3072\n          Log Tail : position 0\n"), text);
        assertTrue(own.matches("(?s).*To Replay : \\d+ blocks with \\d\\d+ pages, \\d+ bytes\n.*"), text);
    }

    @Test
    void shouldDetailEachCopyAsJson() {
        String text = run("--detail --json", all()).out();

        assertTrue(text.contains("\"journal\": \"present\",\n  \"journalListedCopies\": 2,\n"), text);
        assertTrue(text.contains("\"device\": \"" + second + "\",\n      \"state\": \"up to date\",\n"), text);
        assertFalse(text.contains("\"replayPages\": 0,"), text);
    }

    @Test
    void shouldTakeEachDeviceForTheLogThatItHolds() {
        for (String copy : List.of(first, second)) {
            List<String> devices = new ArrayList<>(members);
            devices.add(copy);

            String text = run("--detail", devices).out();

            assertTrue(text.contains("    Journal Copies : 1 of 2\n"), text);
            assertTrue(text.contains("            Copy 1 : " + copy + ", up to date\n"), text);
        }
    }

    @Test
    void shouldSayWhatWouldBeReplayedFromTheCopyThatIsWhole() throws IOException {
        CommandRun.put(first, 1 << 20, new byte[64 << 10]);
        String damaged = run("--detail", all()).out();
        assertTrue(damaged.contains("To Replay : nothing\n"), damaged);

        CommandRun run = run("--assemble --dry-run", all());

        assertTrue(run.out().contains("The journal would be replayed: "), run.out());
    }

    @Test
    void shouldSayThatNoCopyIsThere() {
        String text = run("--detail", members).out();

        assertTrue(text.contains("Consistency Policy : journal\n"), text);
        assertTrue(text.contains("    Journal Copies : 0 of 2\n"), text);
        assertTrue(run("--detail --json", members).out().contains("\"journalCopies\": [],\n"));
    }

    @Test
    void shouldShowACopyThatIsSetAside() {
        List<String> without = all();
        without.remove(second);
        assertEquals(0, run("check --repair -q --run", without).exitCode());

        String text = run("--detail", all()).out();

        assertTrue(text.contains("    Journal Copies : 1 of 1\n"), text);
        assertTrue(text.contains("            Copy 2 : " + second + ", set aside\n"), text);
    }

    @Test
    void shouldDumpALogOfOursWithWhatIsInIt() {
        String text = CommandRun.of("journal", "dump", second).out();

        long pages = text.lines()
                .filter(line -> line.startsWith("    data    array sector "))
                .count();
        assertTrue(pages >= COUNT / 2, text);
        assertTrue(text.contains("    data    array sector 16: page at "), text);
        assertFalse(text.contains("damaged") || text.contains("by Linux"), text);
    }

    @Test
    void shouldSayHowLongTheReplayTook() {
        CommandRun run = run("copy-in -", all());

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.err().matches("(?s).*replay: \\d+\\.\\d MiB of the journal in \\d+\\.\\d\\d s, \\d+ MiB/s\n.*"),
                run.err());
        assertStartsWithContent();
    }

    @Test
    void shouldSayHowLongTheReplayTookAsJson() {
        CommandRun run = run("copy-in --json -", all());

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("\"replay\": {\n    \"bytes\": "), run.out());
        assertEquals("", run.err());
    }

    @Test
    void shouldSayHowLongTheReplayTookBeforeARebuild() throws IOException {
        String fresh = CommandRun.makeFile(folder, "fresh", 9 << 20);
        List<String> devices = all();
        devices.remove(0);

        CommandRun run = run("rebuild --json --on-journal-loss=stop " + fresh, devices);

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("\"replay\": {\n    \"bytes\": "), run.out());
        members.set(0, fresh);
        assertStartsWithContent();
        assertEquals(0, run("check -q --on-journal-loss=continue", all()).exitCode());
    }

    @Test
    void shouldReplayBeforeTheJournalIsTakenAway() {
        CommandRun run = run("journal remove", all());

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().matches("replay: [^\n]*\n"), run.err());
        assertTrue(
                run.out()
                        .matches(
                                "(?s).*Its log:      \\d+ blocks with \\d\\d+ pages; what it holds goes to the members.*"),
                run.out());
        assertTrue(run.out().contains(first + " " + second + "' makes a stranger of them.\n"), run.out());
        CommandRun out = run("copy-out -", members);
        assertArrayEquals(content, Arrays.copyOf(out.outBytes(), content.length));
    }

    private void assertStartsWithContent() {
        CommandRun out = run("copy-out -", all());
        assertEquals(0, out.exitCode(), out.err());
        assertArrayEquals(content, Arrays.copyOf(out.outBytes(), content.length));
    }
}
