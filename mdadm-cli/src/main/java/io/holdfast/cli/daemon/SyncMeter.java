package io.holdfast.cli.daemon;

import io.holdfast.raid.SyncActivity;

/** How fast long work has gone of late: over the last half minute or so, or since it began. Thread-safe. */
final class SyncMeter {
    private static final int SAMPLE_COUNT = 32;
    private static final double NS_PER_SECOND = 1e9;

    private final long[] timesNs = new long[SAMPLE_COUNT];
    private final long[] lengths = new long[SAMPLE_COUNT];
    private SyncActivity activity;
    private long totalLength;
    private int sampleCount;

    /**
     * So far it has come now.
     *
     * @param nowNs      of a steady clock.
     * @param current    which work.
     * @param doneLength of every member, in bytes.
     * @param length     of all there is to do.
     */
    synchronized void sample(long nowNs, SyncActivity current, long doneLength, long length) {
        boolean isOther = current != activity || length != totalLength;
        if (isOther || (sampleCount > 0 && doneLength < lengths[(sampleCount - 1) % SAMPLE_COUNT])) {
            activity = current;
            totalLength = length;
            sampleCount = 0;
        }
        timesNs[sampleCount % SAMPLE_COUNT] = nowNs;
        lengths[sampleCount % SAMPLE_COUNT] = doneLength;
        sampleCount++;
        if (sampleCount == 2 * SAMPLE_COUNT) {
            // Only the place in the ring counts.
            sampleCount -= SAMPLE_COUNT;
        }
    }

    /** Nothing is going on. */
    synchronized void rest() {
        activity = null;
        sampleCount = 0;
    }

    /**
     * The rate of late.
     *
     * @param nowNs      of the same clock.
     * @param doneLength of every member, now.
     * @return bytes of every member a second; 0 when that cannot be told yet.
     */
    synchronized long lengthPerSecond(long nowNs, long doneLength) {
        if (sampleCount == 0) {
            return 0;
        }
        int oldest = sampleCount < SAMPLE_COUNT ? 0 : sampleCount % SAMPLE_COUNT;
        double seconds = (nowNs - timesNs[oldest]) / NS_PER_SECOND;
        return seconds <= 0 ? 0 : Math.max(0, (long) ((doneLength - lengths[oldest]) / seconds));
    }
}
