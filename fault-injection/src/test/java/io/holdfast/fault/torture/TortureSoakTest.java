package io.holdfast.fault.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.fault.torture.Shrinker.Shrunk;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random torture for a long time, on every core: new seeds each time, unless {@code -Dholdfast.seed=} names the first.
 *
 * <pre>{@code
 * ./mvnw -Psoak -pl fault-injection -am test -Dtest=TortureSoakTest -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dholdfast.soak.seconds=3600
 * }</pre>
 */
@Tag("soak")
class TortureSoakTest {
    private static final long SECONDS = Long.getLong("holdfast.soak.seconds", 3600);
    private static final int THREADS =
            Integer.getInteger("holdfast.soak.threads", Runtime.getRuntime().availableProcessors());
    private static final long FIRST_SEED = Long.getLong("holdfast.seed", System.nanoTime() >>> 1);
    private static final long SEEDS_PER_THREAD = 1_000_000_000L;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final long SHRINK_SECONDS = 300;
    private static final long LINE_SECONDS = 60;

    private final long startNs = System.nanoTime();
    private final List<String> failures = new ArrayList<>();
    private long linesTold;

    @Test
    void shouldKeepEveryPromiseForALongTime() throws InterruptedException, ExecutionException {
        System.out.println("soak: " + SECONDS + " s on " + THREADS + " threads, first seed " + FIRST_SEED);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<TortureTotals> totals = new ArrayList<>();
        try {
            List<Future<TortureTotals>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                long seed = FIRST_SEED + i * SEEDS_PER_THREAD;
                running.add(threads.submit(() -> soak(seed)));
            }
            for (Future<TortureTotals> each : running) {
                totals.add(each.get());
            }
        } finally {
            threads.shutdownNow();
        }
        TortureTotals all = new TortureTotals();
        totals.forEach(all::add);
        tell("soak, done", all, THREADS);
        for (FaultKind kind : FaultKind.values()) {
            System.out.printf(
                    Locale.ROOT,
                    "  %-22s %9d injected %9d survived%n",
                    kind.title(),
                    all.counts().of(kind).injected(),
                    all.counts().of(kind).survived());
        }
        assertEquals(List.of(), failures);
    }

    /** One thread's histories; it goes on after a failure, for the next one may be another. */
    private TortureTotals soak(long firstSeed) {
        TortureTotals all = new TortureTotals();
        for (long seed = firstSeed; !isOver(SECONDS); seed++) {
            TortureCampaign campaign =
                    new TortureCampaign(TortureSettings.open(), seed, () -> isOver(SECONDS)).run(1, null, each -> {});
            all.add(campaign.totals());
            if (campaign.failure() != null) {
                long endNs = System.nanoTime() + SHRINK_SECONDS * NS_PER_SECOND;
                Shrunk shrunk = Shrinker.shrink(campaign.failure(), () -> System.nanoTime() - endNs > 0);
                failed(shrunk.smallest().describe());
            }
            tellNowAndThen(all);
        }
        return all;
    }

    private boolean isOver(long seconds) {
        return System.nanoTime() - startNs > seconds * NS_PER_SECOND;
    }

    private synchronized void failed(String description) {
        failures.add(description);
        System.out.println(description);
    }

    private synchronized void tellNowAndThen(TortureTotals ofOneThread) {
        if (isOver((linesTold + 1) * LINE_SECONDS)) {
            linesTold++;
            tell("soak, one of " + THREADS + " threads", ofOneThread, 1);
        }
    }

    private void tell(String what, TortureTotals totals, int threadCount) {
        double seconds = (System.nanoTime() - startNs) / (double) NS_PER_SECOND;
        System.out.printf(
                Locale.ROOT,
                "%s: %.0f s, %d histories, %d steps (%.0f/s on %d), %d crash states, %d answers, %d faults,"
                        + " %.1f simulated hours, %d failures%n",
                what,
                seconds,
                totals.historyCount(),
                totals.stepCount(),
                totals.stepCount() / seconds,
                threadCount,
                totals.crashCount(),
                totals.answerCount(),
                totals.counts().injected(),
                totals.simulatedHours(),
                failures.size());
    }
}
