package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {
    private static final long SEED = 7;
    private static final int DATA_OFFSET = 1 << 20;

    @TempDir
    Path folder;

    private List<String> devices;
    private Path image;
    private byte[] content;

    @BeforeEach
    void makeArray() throws IOException {
        devices = CommandRun.makeFiles(folder, 3, 9 << 20);
        String journal = CommandRun.makeFile(folder, "j", 4 << 20);
        CommandRun run = CommandRun.of(
                "--create md0 --no-start --level=5 --raid-devices=3 --chunk=64 --assume-clean --write-journal="
                        + journal,
                devices);
        assertEquals(0, run.exitCode(), run.err());
        devices.add(journal);
        content = new byte[(5 << 20) + 12345];
        new Random(SEED).nextBytes(content);
        image = folder.resolve("image");
        Files.write(image, content);
    }

    @Test
    void shouldCopyInAndOut() throws IOException {
        CommandRun in = run("copy-in", image.toString());
        assertEquals(0, in.exitCode(), in.err());

        Path copy = folder.resolve("copy");
        CommandRun out = run("copy-out", copy.toString());

        assertEquals(0, out.exitCode(), out.err());
        assertStartsWithContent(Files.readAllBytes(copy));
        assertEquals(16 << 20, Files.size(copy));
    }

    @Test
    void shouldCopyFromStandardInputToStandardOutput() {
        List<String> args = new ArrayList<>(List.of("copy-in", "-q", "-"));
        args.addAll(devices);
        assertEquals(0, CommandRun.reading(content, args.toArray(new String[0])).exitCode());

        CommandRun out = run("copy-out", "-");

        assertEquals(0, out.exitCode(), out.err());
        assertStartsWithContent(out.outBytes());
    }

    @Test
    void shouldCopyOutWithoutAMemberAndWriteToNone() throws IOException {
        run("copy-in", image.toString());
        String lost = devices.remove(1);
        List<byte[]> before = new ArrayList<>();
        for (String device : devices) {
            before.add(Files.readAllBytes(Path.of(device)));
        }

        CommandRun out = run("copy-out", "-");

        assertEquals(0, out.exitCode(), lost + ": " + out.err());
        assertStartsWithContent(out.outBytes());
        for (int i = 0; i < devices.size(); i++) {
            assertArrayEquals(before.get(i), Files.readAllBytes(Path.of(devices.get(i))));
        }
    }

    @Test
    void shouldFindWhatDoesNotFitAndNotGuessUnlessTold() throws IOException {
        run("copy-in", image.toString());
        CommandRun.put(devices.get(0), DATA_OFFSET + 4096, new byte[4096]);

        CommandRun found = run("check", "--json");
        assertEquals(1, found.exitCode(), found.err());
        assertTrue(found.out().contains("\"mismatchedSectors\": 8,"), found.out());
        assertTrue(found.out().contains("\"culprit\": \"unknown\","), found.out());
        assertTrue(found.out().contains("\"memberSector\": 8,"), found.out());

        CommandRun unsure = run("check", "--repair");
        assertEquals(1, unsure.exitCode(), "one parity cannot tell");
        assertTrue(unsure.out().contains("nobody can tell which member is wrong"), unsure.out());
        assertTrue(unsure.out().contains("--rewrite-parity"), unsure.out());

        assertEquals(0, run("check", "--rewrite-parity").exitCode());
        CommandRun again = run("check", "-q");
        assertEquals(0, again.exitCode());
        assertEquals("Parity fits data everywhere.\n", again.out());
    }

    @Test
    void shouldRebuildOntoANewDevice() throws IOException {
        run("copy-in", image.toString());
        devices.remove(2);
        String fresh = CommandRun.makeFile(folder, "fresh", 9 << 20);

        CommandRun rebuilt = run("rebuild", fresh);

        assertEquals(0, rebuilt.exitCode(), rebuilt.err());
        assertTrue(rebuilt.out().startsWith(fresh + " is rebuilt and serves slot 2 of raid5 array "), rebuilt.out());
        devices.set(0, fresh);
        assertStartsWithContent(run("copy-out", "-").outBytes());
    }

    @Test
    void shouldAskBeforeRebuildingOntoADeviceThatHoldsSomething() throws IOException {
        devices.remove(2);
        String fresh = CommandRun.makeFile(folder, "fresh", 9 << 20);
        CommandRun.put(fresh, 0, new byte[] {'X', 'F', 'S', 'B'});

        CommandRun refused = run("rebuild", fresh);

        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().endsWith("holdfast: rebuild aborted.\n"), refused.err());
        assertEquals(0, run("rebuild", "--run", fresh).exitCode());
    }

    @Test
    void shouldNotRebuildWhereNothingIsMissing() throws IOException {
        CommandRun run = run("rebuild", CommandRun.makeFile(folder, "fresh", 9 << 20));

        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("there is nothing to rebuild onto"), run.err());
    }

    @Test
    void shouldNotRebuildOntoADeviceThatIsTooSmall() throws IOException {
        devices.remove(2);

        CommandRun run = run("rebuild", CommandRun.makeFile(folder, "fresh", 5 << 20));

        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("not large enough to join array"), run.err());
    }

    @Test
    void shouldNotCopyInAnImageThatDoesNotFit() throws IOException {
        String large = CommandRun.makeFile(folder, "large", 17 << 20);

        CommandRun run = run("copy-in", large);

        assertEquals(1, run.exitCode());
        assertEquals(
                "holdfast: " + large
                        + ": its 17825792 bytes do not fit into the array's 16777216; nothing was written.\n",
                run.err());
    }

    @Test
    void shouldNotWriteToAnArrayWithAMemberForgotten() {
        devices.remove(0);

        CommandRun run = run("copy-in", image.toString());

        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("--run"), run.err());
        assertEquals(0, run("copy-in", "--run", image.toString()).exitCode());
    }

    @Test
    void shouldNotOverwriteADeviceOfTheArrayWithItsOwnImage() {
        CommandRun run = run("copy-out", devices.get(0));

        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("is a device of the array"), run.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "copy-in | Missing required parameters: 'IMAGE', 'DEV'",
                "copy-in a | Missing required parameter: 'DEV'",
                "check --repare x | Unknown option: '--repare'; did you mean --repair?",
                "rebuild --json | Missing required parameters: 'NEWDEV', 'DEV'",
                "demo --level | Missing required parameter for option '--level' (LEVEL)",
            })
    void shouldShowUsageForWhatIsNotUnderstood(String words, String message) {
        CommandRun run = CommandRun.of(words.split(" "));

        String word = words.replaceAll(" .*", "");
        assertEquals(2, run.exitCode());
        assertEquals(
                "holdfast: " + word + ": " + message + "\nUsage: holdfast " + word + " --help\n  for help\n",
                run.err());
    }

    @ParameterizedTest
    @CsvSource({"demo --level 7", "demo --size 1M", "demo --size x"})
    void shouldRefuseSettingsOfTheDemonstrationThatMakeNoSense(String words) {
        assertEquals(2, CommandRun.of(words.split(" ")).exitCode());
    }

    @Test
    void shouldSuggestAWordForAMisspeltOne() {
        CommandRun run = CommandRun.of("rebiuld", "x");

        assertEquals(2, run.exitCode());
        assertEquals("holdfast: rebiuld: no such command, and no such file; did you mean rebuild?\n", run.err());
    }

    @ParameterizedTest
    @CsvSource({"copy-in", "copy-out", "check", "rebuild", "demo"})
    void shouldExplainEveryWord(String word) {
        CommandRun run = CommandRun.of(word, "--help");

        assertEquals(0, run.exitCode());
        assertTrue(run.out().startsWith("Usage: holdfast " + word), run.out());
    }

    private CommandRun run(String word, String... more) {
        List<String> args = new ArrayList<>(List.of(word));
        args.addAll(Arrays.asList(more));
        args.addAll(devices);
        return CommandRun.of(args.toArray(new String[0]));
    }

    private void assertStartsWithContent(byte[] found) {
        assertArrayEquals(content, Arrays.copyOf(found, content.length));
    }
}
