package io.holdfast.fault.torture;

import static org.junit.jupiter.api.Assertions.fail;

import io.holdfast.fault.JournalUse;
import io.holdfast.fault.Simulation;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Arrays of every kind, crashed at any point, also while they recover, with and without members lost: what was promised is
 * there. Nothing else goes wrong; for that see {@link TortureProperties}. What exactly is insisted on is said at
 * {@link TortureRun}.
 *
 * <p>A failure prints the smallest history found and the command that replays it. Here:
 *
 * <pre>{@code
 * ./mvnw -pl fault-injection -am test -Dtest=PowerLossProperties#shouldReplayASeed \\
 *     -Dsurefire.failIfNoSpecifiedTests=false -Dholdfast.seed=SEED
 * }</pre>
 */
class PowerLossProperties {
    private static final int MOST_TRIES = 400;
    private static final TortureSettings CRASHES = TortureSettings.open()
            .faults(FaultPlan.parse("power=0.06,kill=0.02,torn,torn4k,reorder,vanish=0.02"))
            .stepCount(200);
    private static final TortureTotals TOTALS = new TortureTotals();

    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void shouldKeepItsPromisesThroughCrashesAndLosses(@ForAll long seed) {
        live(HistoryGenerator.generate(seed, CRASHES));
    }

    /**
     * Each of these broke a promise while the engine did what it once did. 17: a forced start kept a rebuild's mark. 44: it took the
     * mark back after it had called the array clean, and was cut in between. 2 and 10: a replay logged data and parity once more, for
     * which a log full of data had no room.
     */
    @ParameterizedTest
    @CsvSource({"17, NONE", "44, NONE", "2, WRITE_BACK", "10, WRITE_BACK"})
    void shouldKeepItsPromisesWhereItOnceDidNot(long seed, JournalUse journal) {
        live(HistoryGenerator.generate(seed, CRASHES.stepCount(300).array(0, 0, journal)));
    }

    @Test
    void shouldReplayASeed() {
        String seed = System.getProperty(Simulation.SEED_PROPERTY);
        Assumptions.assumeTrue(seed != null, "no seed asked for");
        live(HistoryGenerator.generate(Long.parseLong(seed), CRASHES));
    }

    private static void live(History history) {
        TortureResult result = TortureRun.live(history, false);
        TOTALS.add(result);
        if (result.isFailure()) {
            int[] tries = new int[1];
            fail(Shrinker.shrink(result, () -> ++tries[0] > MOST_TRIES)
                    .smallest()
                    .describe());
        }
    }

    @AfterContainer
    static void tellWhatWasTried() {
        System.out.println("histories=" + TOTALS.historyCount() + " crashes=" + TOTALS.crashCount() + " answers="
                + TOTALS.answerCount() + " lost members="
                + TOTALS.counts().of(FaultKind.VANISH).injected());
    }
}
