package io.holdfast.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.FileBlockDevice;
import io.holdfast.interop.Pool.Slice;
import io.holdfast.raid.GoldenArray;
import io.holdfast.raid.GoldenArray.Write;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One side is killed in the middle of writes, the other replays the journal: every answered byte is there, every other block
 * is old or new, and parity is right.
 */
@Tag("interop")
@Timeout(900)
class CrashTest {
    private static final int LIMIT_SECONDS = 240;
    private static final int BLOCK_LENGTH = 4096;
    private static final int WRITE_COUNT = 2000;
    private static final int FIRST_SEED = 16;

    @TempDir
    Path directory;

    @BeforeEach
    void requireGuest() {
        Guest.require();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldReplayWhatLinuxLeft(int level) throws IOException {
        recover(new GoldenMaker(directory).journalPowerLoss(level));
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6})
    void shouldFinishWhatLinuxWroteBack(int level) throws IOException {
        recover(new GoldenMaker(directory).writeBack(level));
    }

    /** We replay without writing, then for good, and Linux finds the outcome whole. */
    private void recover(GoldenArray crashed) throws IOException {
        Map<String, Path> files = crashed.unpack(directory);
        List<Path> paths = List.copyOf(files.values());
        try (RaidArray array = OurArrays.assembleReadOnly(paths)) {
            assertEquals("", crashed.compare(OurArrays.readAll(array)), "read-only");
        }
        byte[] content;
        try (RaidArray array = OurArrays.assemble(paths)) {
            content = OurArrays.readAll(array);
            assertEquals("", crashed.compare(content), "replayed");
            OurArrays.write(array, content, 7, 0, BLOCK_LENGTH);
        }
        assertEquals("", difference(content, linuxReads(paths, paths.size())));
    }

    @ParameterizedTest
    @CsvSource({"4,WRITE_THROUGH", "5,WRITE_THROUGH", "6,WRITE_THROUGH", "4,WRITE_BACK", "5,WRITE_BACK", "6,WRITE_BACK"
    })
    void linuxShouldReplayWhatWeLeft(int level, JournalMode mode) throws IOException {
        GoldenRecipe recipe = new GoldenRecipe(
                "ours-" + level,
                level,
                level == 4 ? 0 : 2,
                "",
                level == 6 ? 5 : 4,
                64,
                1024,
                level == 5 ? "1.1" : "1.2",
                "",
                4096,
                0,
                4096);
        List<Path> members = new ArrayList<>();
        for (int slot = 0; slot < recipe.disks(); slot++) {
            members.add(OurArrays.image(directory.resolve("d" + slot), recipe.deviceKib() * 1024L));
        }
        Path journal = OurArrays.image(directory.resolve("j"), recipe.journalKib() * 1024L);
        OurArrays.create(recipe, true, members, journal);
        List<Path> paths = new ArrayList<>(members);
        paths.add(journal);
        try (RaidArray array = OurArrays.assemble(paths)) {
            OurArrays.write(array, new byte[recipe.length()], 1, 0, recipe.length());
        }

        GoldenArray crashed = writeAndKill(recipe, paths, mode, 100 + 60 * level);
        assertTrue(crashed.writes().size() > 100, "too few writes were answered to prove anything");
        assertEquals("", crashed.compare(linuxReads(paths, paths.size())));

        // The same crash, and a member lost with it.
        List<Path> left = new ArrayList<>(paths);
        left.remove(1);
        assertEquals("", crashed.compare(linuxReads(left, paths.size())), "without a member");

        // And with us reading what Linux has not touched.
        try (RaidArray array = OurArrays.assemble(left)) {
            assertEquals("", crashed.compare(OurArrays.readAll(array)), "replayed by us without a member");
        }
    }

    /** Linux knows one journal: whichever copy it is given, it finds everything. */
    @ParameterizedTest
    @EnumSource(JournalMode.class)
    void linuxShouldReplayWhatWeLeftFromEitherCopyOfTheJournal(JournalMode mode) throws IOException {
        GoldenRecipe recipe = new GoldenRecipe("mirrored", 5, 2, "", 4, 64, 1024, "1.2", "", 4096, 0, 4096);
        List<Path> members = create(recipe);
        Path first = directory.resolve("j");
        Path second = OurArrays.image(directory.resolve("k"), 2048L * recipe.journalKib());
        try (RaidArray array = OurArrays.assemble(with(members, first))) {
            OurArrays.write(array, new byte[recipe.length()], 1, 0, recipe.length());
            array.addJournalCopy(FileBlockDevice.open(second));
        }
        GoldenArray crashed = writeAndKill(recipe, with(members, first, second), mode, 300);
        assertTrue(crashed.writes().size() > 100, "too few writes were answered to prove anything");
        assertEquals("", crashed.compare(linuxReads(with(members, first), 5)), "the first copy");
        assertEquals("", crashed.compare(linuxReads(with(members, second), 5)), "the second copy");
        try (RaidArray array = OurArrays.assemble(with(members.subList(1, 4), first, second))) {
            assertEquals("", crashed.compare(OurArrays.readAll(array)), "replayed by us without a member");
        }
    }

    @Test
    void linuxShouldTakeAnArrayWhoseJournalWasExchangedAndTakenAway() throws IOException {
        GoldenRecipe recipe = new GoldenRecipe("exchanged", 5, 2, "", 4, 64, 1024, "1.2", "", 4096, 0, 4096);
        List<Path> members = create(recipe);
        Path first = directory.resolve("j");
        Path second = OurArrays.image(directory.resolve("k"), 2048L * recipe.journalKib());
        byte[] content = new byte[recipe.length()];
        try (RaidArray array = OurArrays.assemble(with(members, first))) {
            OurArrays.write(array, content, 1, 0, recipe.length());
            array.useJournal(FileBlockDevice.open(second));
            OurArrays.write(array, content, 2, 5 * BLOCK_LENGTH, 9 * BLOCK_LENGTH);
        }
        assertEquals("", difference(content, linuxReads(with(members, second), 5)), "with the new journal");
        try (RaidArray array = OurArrays.assemble(with(members, second))) {
            array.removeJournal();
            OurArrays.write(array, content, 3, 7 * BLOCK_LENGTH, 9 * BLOCK_LENGTH);
        }
        assertEquals("", difference(content, linuxReads(members, 4)), "without a journal");
        try (RaidArray array = OurArrays.assemble(members)) {
            array.useJournal(FileBlockDevice.open(first));
            OurArrays.write(array, content, 4, 11 * BLOCK_LENGTH, 9 * BLOCK_LENGTH);
        }
        assertEquals("", difference(content, linuxReads(with(members, first), 5)), "with a journal again");
    }

    private List<Path> create(GoldenRecipe recipe) throws IOException {
        List<Path> members = new ArrayList<>();
        for (int slot = 0; slot < recipe.disks(); slot++) {
            members.add(OurArrays.image(directory.resolve("d" + slot), recipe.deviceKib() * 1024L));
        }
        Path journal = OurArrays.image(directory.resolve("j"), recipe.journalKib() * 1024L);
        OurArrays.create(recipe, true, members, journal);
        return members;
    }

    private static List<Path> with(List<Path> members, Path... journals) {
        List<Path> paths = new ArrayList<>(members);
        paths.addAll(List.of(journals));
        return paths;
    }

    /** Linux assembles copies of the devices, checks parity if none is missing, and says what is in the array. */
    private byte[] linuxReads(List<Path> paths, int deviceCount) throws IOException {
        Path results = directory.resolve("results-" + System.identityHashCode(paths) + ".img");
        Path poolPath = directory.resolve("judge-" + System.identityHashCode(paths) + ".img");
        try (Pool pool = new Pool(poolPath);
                RandomAccessFile contents = new RandomAccessFile(results.toFile(), "rw")) {
            List<Slice> slices = new ArrayList<>();
            StringBuilder names = new StringBuilder();
            for (Path path : paths) {
                slices.add(pool.allocate(path));
                names.append(' ').append(slices.get(slices.size() - 1).device());
            }
            contents.setLength(64 << 20);
            List<String> lines = Guest.run(
                    directory,
                    LIMIT_SECONDS,
                    Pool.attach(slices) + "mdadm --assemble --quiet --run /dev/md0" + names + "\n"
                            + (paths.size() == deviceCount ? "whole md0\ncheck md0\n" : "")
                            + """
                            length=$(($(cat /sys/block/md0/size) * 512))
                            dump /dev/md0 0 $length
                            echo "length $length"
                            mdadm --quiet --stop /dev/md0
                            """,
                    pool.path(),
                    results);
            String length = lines.stream()
                    .filter(line -> line.startsWith("length "))
                    .findFirst()
                    .orElseThrow();
            ByteBuffer content = ByteBuffer.allocate(Integer.parseInt(length.substring(7)));
            contents.getChannel().read(content, 0);
            return content.array();
        }
    }

    private static GoldenArray writeAndKill(GoldenRecipe recipe, List<Path> paths, JournalMode mode, int ackCount)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("java.class.path"),
                CrashWriter.class.getName(),
                mode.name()));
        paths.forEach(path -> command.add(path.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            int acks = 0;
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.add(line);
                if (line.startsWith("ack ") && ++acks == ackCount) {
                    // Not through Process, which would close the stream: what the child said before it died counts.
                    assertTrue(process.toHandle().destroyForcibly());
                }
            }
        }
        assertTrue(
                lines.stream().allMatch(line -> line.matches("(begin|ack) \\d+|done")),
                () -> "the writer said:\n" + String.join("\n", lines));
        List<String> facts = new ArrayList<>(List.of(
                "level=" + recipe.level(),
                "disks=" + recipe.disks(),
                "memberLength=" + recipe.memberKib() * 1024,
                "write=0 " + recipe.length() + " 1"));
        for (Write write : plan(recipe.length())) {
            String text = write.offset() + " " + write.length() + " " + write.seed();
            if (lines.contains("ack " + write.seed())) {
                facts.add("write=" + text);
            } else if (lines.contains("begin " + write.seed())) {
                facts.add("maybe=" + text);
            }
        }
        return new GoldenArray(recipe.name(), facts, Map.of());
    }

    /** What a {@link CrashWriter} writes: each seed in the part of the array of its writer. */
    static List<Write> plan(long length) {
        SplittableRandom random = new SplittableRandom(length);
        int partBlocks = (int) (length / BLOCK_LENGTH / CrashWriter.WRITER_COUNT);
        List<Write> writes = new ArrayList<>();
        for (int seed = FIRST_SEED; seed < FIRST_SEED + WRITE_COUNT; seed++) {
            int count = 1 + random.nextInt(random.nextInt(4) == 0 ? 48 : 3);
            long block = (long) (seed % CrashWriter.WRITER_COUNT) * partBlocks + random.nextInt(partBlocks - count);
            writes.add(new Write(block * BLOCK_LENGTH, count * BLOCK_LENGTH, seed));
        }
        return writes;
    }

    private static String difference(byte[] expected, byte[] actual) {
        int at = java.util.Arrays.mismatch(expected, actual);
        return at < 0 ? "" : "first difference at offset=" + at;
    }
}
