package io.holdfast.raid.engine;

import io.holdfast.journal.JournalWriter;

/**
 * How much of a journal may be live, so that replaying it would take no longer than the operator allows: the time allowed, at
 * the rate at which this machine replays. That rate is {@value #ASSUMED_RATE} bytes a second until a replay has shown another.
 *
 * <p>Confined to the conductor's thread once that runs.
 */
final class ReplayBudget {
    /** Bytes a second: less than what disks do, and an order of magnitude less than what memory does. */
    static final long ASSUMED_RATE = 200_000_000L;

    /** A replay shorter than this, in bytes of log, tells nothing of the rate. */
    private static final long LEAST_TELLING_LENGTH = 16L << 20;

    /** One replay that was slowed by something else, or ran from a cache, must not change everything. */
    private static final long MOST_CHANGE = 10;

    private static final double NS_PER_SECOND = 1e9;

    private final long allowedNs;
    private long rate = ASSUMED_RATE;

    /**
     * A budget.
     *
     * @param allowedNs for a replay; 0 for as long as it takes.
     */
    ReplayBudget(long allowedNs) {
        this.allowedNs = allowedNs;
    }

    /** Hold a journal to it. Before it is used, or on its thread. */
    void applyTo(JournalWriter journal) {
        if (allowedNs > 0) {
            journal.liveLimit(liveLimit());
        }
    }

    /** Bytes of log that can be replayed in the time allowed. */
    long liveLimit() {
        return allowedNs == 0 ? Long.MAX_VALUE : (long) Math.min(Long.MAX_VALUE, rate * (allowedNs / NS_PER_SECOND));
    }

    /**
     * A replay has come to its end.
     *
     * @param length    bytes of log, from the tail to its end.
     * @param elapsedNs that it took, with the scan.
     */
    void observe(long length, long elapsedNs) {
        if (length >= LEAST_TELLING_LENGTH && elapsedNs > 0) {
            double seen = length * NS_PER_SECOND / elapsedNs;
            rate = (long) Math.max(ASSUMED_RATE / MOST_CHANGE, Math.min(ASSUMED_RATE * MOST_CHANGE, seen));
        }
    }
}
