package io.holdfast.fault.torture;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Lives one history after the other, from seeds that count up, until one breaks a promise or it is over. Single-threaded. */
public final class TortureCampaign {
    private final TortureSettings settings;
    private final long firstSeed;
    private final BooleanSupplier isOver;
    private final TortureTotals totals = new TortureTotals();
    private TortureResult failure;

    /**
     * Prepare.
     *
     * @param settings  of the histories.
     * @param firstSeed of the first; each next one has a seed higher by one.
     * @param isOver    asked before each step whether to leave it at that.
     */
    public TortureCampaign(TortureSettings settings, long firstSeed, BooleanSupplier isOver) {
        this.settings = settings;
        this.firstSeed = firstSeed;
        this.isOver = isOver;
    }

    /**
     * Go on.
     *
     * @param historyCount the most histories to live.
     * @param selection    the steps to live of each; null for all.
     * @param afterEach    told the totals after each history.
     * @return this.
     */
    public TortureCampaign run(long historyCount, StepSelection selection, Consumer<TortureTotals> afterEach) {
        for (long i = 0; i < historyCount && failure == null && !isOver.getAsBoolean(); i++) {
            History history = HistoryGenerator.generate(firstSeed + i, settings);
            if (selection != null) {
                history = history.only(selection);
            }
            TortureResult result = TortureRun.live(history, false, isOver);
            totals.add(result);
            if (result.isFailure()) {
                failure = result;
            }
            afterEach.accept(totals);
        }
        return this;
    }

    /** What was lived so far. */
    public TortureTotals totals() {
        return totals;
    }

    /** The history that broke a promise; null while none has. */
    public TortureResult failure() {
        return failure;
    }
}
