package io.holdfast.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.Simulation;
import io.holdfast.interop.FilesystemReplay.Moment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Power failures in the life of a real filesystem: what Linux's ext4 was recorded doing is done to an array, power fails
 * before, in and after flushes and in the middle of writes, members are lost with it, and the filesystem that is found
 * afterwards has no fault that fsck can see, and every file that was synced.
 *
 * <p>A test run looks at some of the moments. All of them, and as many of each as wanted:
 *
 * <pre>{@code
 * ./mvnw test -pl interop -am -Dtest=FilesystemCrashTest -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dholdfast.filesystem.every=1 -Dholdfast.seed=1
 * }</pre>
 */
class FilesystemCrashTest {
    private static final String EVERY_PROPERTY = "holdfast.filesystem.every";
    private static final int USUAL_EVERY = 60;
    private static final int EVERY = Integer.getInteger(EVERY_PROPERTY, USUAL_EVERY);
    private static final long SEED = Long.getLong(Simulation.SEED_PROPERTY, 1L);

    @TempDir
    Path directory;

    private final Map<Moment, Integer> momentCounts = new EnumMap<>(Moment.class);
    private int judgedCount;

    @BeforeEach
    void requireJudge() {
        FilesystemJudge.require();
    }

    static Stream<Arguments> arrays() {
        return Stream.of(FilesystemKind.values()).flatMap(kind -> Stream.of(raid5(true), raid5(false), raid6(true))
                .map(shape -> Arguments.of(kind, shape)));
    }

    @ParameterizedTest
    @MethodSource("arrays")
    void shouldKeepAFilesystemWholeWheneverPowerFails(FilesystemKind kind, ArrayShape shape) throws IOException {
        int tolerated = shape.isJournaled() ? shape.parityCount() : 0;
        List<String> findings = judge(kind, shape, false, EVERY, tolerated, false);
        assertEquals(List.of(), findings);
        assertTrue(judgedCount > 0, "nothing was judged");
        assertEquals(Moment.values().length, momentCounts.size(), momentCounts::toString);
    }

    /** The write hole is real, and the judges see it: without a journal, a lost member takes other files with it. */
    @Test
    void shouldFindTheWriteHoleWhereThereIsNoJournal() throws IOException {
        assertFalse(judge(FilesystemKind.SMALL_BLOCKS, raid5(false), false, 7, 1, true)
                .isEmpty());
    }

    @Test
    void shouldFindOutAnArrayThatLiesAboutFlushes() throws IOException {
        assertFalse(judge(FilesystemKind.SMALL_BLOCKS, raid5(false), true, 7, 0, false)
                .isEmpty());
    }

    @AfterEach
    void tellWhatWasTried() {
        System.out.println("judged=" + judgedCount + " of " + momentCounts);
    }

    /** Findings of every n-th moment, up to the first few. */
    private List<String> judge(
            FilesystemKind kind, ArrayShape shape, boolean lies, int every, int tolerated, boolean isForced)
            throws IOException {
        FilesystemTrace trace = FilesystemTrace.load(kind.traceName());
        FilesystemJudge judge = new FilesystemJudge(directory);
        SplittableRandom random = new SplittableRandom(SEED);
        List<String> findings = new ArrayList<>();
        Path image = directory.resolve("image");
        new FilesystemReplay(SEED, shape, trace, lies).run((moment, crash) -> {
            momentCounts.merge(moment, 1, Integer::sum);
            if (random.nextInt(every) != 0 || !findings.isEmpty()) {
                return;
            }
            long seed = random.nextLong();
            int lostCount = isForced ? tolerated : random.nextInt(tolerated + 1);
            FilesystemCrash made = crash.make();
            made.recover(seed, lostCount, isForced, image);
            judgedCount++;
            for (String finding : judge.judge(image, trace.expected(made.begunCount()))) {
                findings.add(moment + " entry=" + made.begunCount() + " seed=" + seed + " lost=" + lostCount + ": "
                        + finding);
            }
        });
        return findings;
    }

    private static ArrayShape raid5(boolean isJournaled) {
        return new ArrayShape(5, 2, 5, 64 << 10, 64, isJournaled, 512, 1, true);
    }

    private static ArrayShape raid6(boolean isJournaled) {
        return new ArrayShape(6, 2, 6, 64 << 10, 64, isJournaled, 4096, 2, true);
    }
}
