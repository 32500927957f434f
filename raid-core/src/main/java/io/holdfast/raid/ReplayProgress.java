package io.holdfast.raid;

/**
 * How far the replay of the last run's journal has come, which goes on while the array serves reads and writes.
 *
 * @param windowCount    stretches of the members that the journal had something for.
 * @param windowsDone    of these, written to the members.
 * @param windowsDamaged of these, beyond replaying, because what the journal held of them can no longer be read: nothing of
 *                       them is served.
 * @param length         bytes of data and parity in the journal that are newest of their kind.
 * @param lengthDone     of these, written to the members.
 * @param elapsedNs      nanoseconds since it began, or that it took.
 * @param isOver         whether nothing more will come of it.
 */
public record ReplayProgress(
        long windowCount,
        long windowsDone,
        long windowsDamaged,
        long length,
        long lengthDone,
        long elapsedNs,
        boolean isOver) {
    /** Nothing had to be replayed while the array runs. */
    public static final ReplayProgress NONE = new ReplayProgress(0, 0, 0, 0, 0, 0, true);

    /** Bytes a second so far; 0 when no time has passed. */
    public long bytesPerSecond() {
        return elapsedNs <= 0 ? 0 : (long) (lengthDone * 1e9 / elapsedNs);
    }
}
