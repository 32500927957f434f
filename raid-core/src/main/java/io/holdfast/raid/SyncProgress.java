package io.holdfast.raid;

/**
 * How far a resync, recovery, check or repair has come.
 *
 * @param activity          which it is.
 * @param outcome           how it stands.
 * @param doneLength        bytes of every member dealt with.
 * @param totalLength       bytes of every member to deal with.
 * @param mismatchedSectors sectors of member data in stripes whose parity did not fit, counted as md does: 8 for each 4 KiB
 *                          stripe, once even if P and Q are both wrong.
 * @param message           when it failed, why: a whole sentence; else empty.
 */
public record SyncProgress(
        SyncActivity activity,
        Outcome outcome,
        long doneLength,
        long totalLength,
        long mismatchedSectors,
        String message) {
    /** How long work stands. */
    public enum Outcome {
        /** Going on. */
        RUNNING,
        /** Done to the end. */
        COMPLETE,
        /** Stopped on request; it goes on from its checkpoint another time. */
        STOPPED,
        /** Given up. */
        FAILED
    }

    /** Done part in percent, 0 to 100. */
    public double percent() {
        return totalLength == 0 ? 100.0 : 100.0 * doneLength / totalLength;
    }
}
