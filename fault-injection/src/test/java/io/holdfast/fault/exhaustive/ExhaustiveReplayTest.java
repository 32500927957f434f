package io.holdfast.fault.exhaustive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.JournalUse;
import io.holdfast.fault.Simulation;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every crash state of small workloads; {@code -Dholdfast.seed=} chooses other ones. */
class ExhaustiveReplayTest {
    private static final ExecutorService EXECUTOR = Executors.newFixedThreadPool(2);
    private static final long SEED = Long.getLong(Simulation.SEED_PROPERTY, 1);

    @AfterAll
    static void endThreads() {
        EXECUTOR.shutdown();
    }

    static ExhaustiveResult run(ExhaustiveOptions options) throws InterruptedException {
        return new ExhaustiveRun(options).run(EXECUTOR, System::nanoTime);
    }

    private static void assertClean(ExhaustiveOptions options, ExhaustiveResult result) {
        assertEquals(
                List.of(), result.findings(), () -> "replay with -D" + Simulation.SEED_PROPERTY + "=" + options.seed());
        assertTrue(result.isComplete());
        assertEquals(0, result.sampledCount(), "something was sampled and not tried");
    }

    @ParameterizedTest(name = "level {0}, {1} members, journal {2}")
    @CsvSource({
        "4, 3, WRITE_THROUGH, 3",
        "5, 5, WRITE_THROUGH, 2",
        "6, 4, WRITE_THROUGH, 2",
        "4, 3, WRITE_BACK, 3",
        "5, 5, WRITE_BACK, 3",
        "6, 4, WRITE_BACK, 2",
        "4, 3, NONE, 4",
        "5, 5, NONE, 4",
        "6, 4, NONE, 2"
    })
    void shouldKeepEveryPromiseInEveryCrashState(int level, int memberCount, JournalUse journal, int writes)
            throws InterruptedException {
        ExhaustiveOptions options = ExhaustiveOptions.of(level, memberCount, 4096, journal, writes, SEED)
                .recoveryDepth(0);
        ExhaustiveResult result = run(options);
        assertClean(options, result);
        assertTrue(result.stateCount() > 100, result.toString());
    }

    @ParameterizedTest(name = "level {0}, {1} members, journal {2}")
    @CsvSource({"5, 3, WRITE_THROUGH, 2", "5, 3, WRITE_BACK, 2", "5, 3, NONE, 2", "6, 4, WRITE_THROUGH, 1"})
    void shouldReadTheSameAfterACrashAnywhereInRecovery(int level, int memberCount, JournalUse journal, int writes)
            throws InterruptedException {
        ExhaustiveOptions options = ExhaustiveOptions.of(level, memberCount, 4096, journal, writes, SEED);
        ExhaustiveResult result = run(options);
        assertEquals(List.of(), result.findings());
        assertTrue(result.isComplete());
        assertTrue(result.recoveryGroupCount() > 100, result.toString());
    }

    @Test
    void shouldKeepEveryPromiseWhenPagesAreTorn() throws InterruptedException {
        ExhaustiveOptions options = ExhaustiveOptions.of(5, 3, 8192, JournalUse.WRITE_THROUGH, 2, SEED)
                .recoveryDepth(0)
                .logicalBlockLength(512);
        assertClean(options, run(options));
    }

    @Test
    void shouldHitTheWriteHoleWithoutAJournalAndNotWithOne() throws InterruptedException {
        ExhaustiveOptions with = ExhaustiveOptions.of(5, 3, 4096, JournalUse.WRITE_THROUGH, 4, SEED)
                .recoveryDepth(0);
        ExhaustiveResult without = run(with.withoutJournal());
        assertTrue(without.refusedCount() > 0, without.toString());
        assertTrue(without.holeStateCount() > 0, without.toString());
        ExhaustiveResult result = run(with);
        assertEquals(0, result.refusedCount());
        assertEquals(0, result.holeStateCount());
        assertClean(with, result);
    }

    @Test
    void shouldTryTheSameWhateverTheNumberOfThreads() throws InterruptedException {
        ExhaustiveOptions options = ExhaustiveOptions.of(5, 3, 4096, JournalUse.WRITE_THROUGH, 2, SEED)
                .recoveryDepth(0);
        ExecutorService one = Executors.newSingleThreadExecutor();
        try {
            assertEquals(withoutTime(run(options)), withoutTime(new ExhaustiveRun(options).run(one, System::nanoTime)));
        } finally {
            one.shutdown();
        }
    }

    @Test
    void shouldStopWhenTimeIsUp() throws InterruptedException {
        ExhaustiveOptions options = ExhaustiveOptions.of(5, 3, 4096, JournalUse.WRITE_THROUGH, 4, SEED)
                .timeLimitNs(0);
        ExhaustiveResult result = run(options);
        assertFalse(result.isComplete());
    }

    @Test
    void shouldSampleWhatIsBeyondTheLimit() throws InterruptedException {
        ExhaustiveOptions options = ExhaustiveOptions.of(5, 3, 4096, JournalUse.NONE, 3, SEED)
                .recoveryDepth(0)
                .groupLimit(2);
        ExhaustiveResult result = run(options);
        assertTrue(result.sampledCount() > 0);
        assertEquals(List.of(), result.findings());
    }

    @Test
    void shouldRefuseANameThatIsNone() {
        ExhaustiveOptions options = ExhaustiveOptions.of(5, 3, 4096, JournalUse.WRITE_THROUGH, 1, SEED);
        for (String name : List.of("", "nonsense", "0", "0.0", "99999.0._", "0.0.___________________")) {
            assertThrows(IllegalArgumentException.class, () -> ExhaustiveRun.replay(options, name), name);
        }
    }

    private static String withoutTime(ExhaustiveResult result) {
        return result.toString().replaceAll("elapsedNs=\\d+", "");
    }
}
