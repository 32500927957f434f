package io.holdfast.fault.torture;

/** What many histories came to. Not thread-safe. */
public final class TortureTotals {
    private static final double NS_PER_HOUR = 3600e9;

    private final FaultCounts counts = new FaultCounts();
    private long historyCount;
    private long stepCount;
    private long crashCount;
    private long answerCount;
    private long arrayCount;
    private long elapsedNs;

    /** Nothing lived yet. */
    public TortureTotals() {}

    /**
     * Add what came of a history.
     *
     * @param result of it.
     */
    public void add(TortureResult result) {
        historyCount++;
        stepCount += result.stepCount();
        crashCount += result.crashCount();
        answerCount += result.answerCount();
        arrayCount += result.arrayCount();
        elapsedNs += result.elapsedNs();
        counts.add(result.counts());
    }

    /**
     * Add what other histories came to.
     *
     * @param other their totals.
     */
    public void add(TortureTotals other) {
        historyCount += other.historyCount;
        stepCount += other.stepCount;
        crashCount += other.crashCount;
        answerCount += other.answerCount;
        arrayCount += other.arrayCount;
        elapsedNs += other.elapsedNs;
        counts.add(other.counts);
    }

    /** Histories lived, each from a seed of its own. */
    public long historyCount() {
        return historyCount;
    }

    /** Steps lived. */
    public long stepCount() {
        return stepCount;
    }

    /** Crashes: power cuts and killed processes, also in the middle of a start. */
    public long crashCount() {
        return crashCount;
    }

    /** Requests answered. */
    public long answerCount() {
        return answerCount;
    }

    /** Arrays made. */
    public long arrayCount() {
        return arrayCount;
    }

    /** Hours that passed in the simulations. */
    public double simulatedHours() {
        return elapsedNs / NS_PER_HOUR;
    }

    /** Faults by kind. */
    public FaultCounts counts() {
        return counts;
    }
}
