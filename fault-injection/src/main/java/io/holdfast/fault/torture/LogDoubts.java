package io.holdfast.fault.torture;

import io.holdfast.raid.JournalMode;

/**
 * What is known of the journal of one array, and what of the members is in doubt because of it. One begins with each new
 * journal's life; single-threaded.
 */
final class LogDoubts {
    private final Taints taints;

    /** Something was done to the device that the array may notice: it may not start, or take no writes. */
    private boolean isAttacked;

    /** The log, or the superblock before it, may not be what was written there. */
    private boolean isHarmed;

    /**
     * An old record may lie right behind the empty log. A start that was shown an old superblock replays the log before
     * last once more, and begins the new one where that ended: where the last one had begun, under the same number. The records
     * of the last one then continue it, and the next start replays them.
     */
    private boolean isStale;

    /** Answered data may lie in the log and nowhere else, because nothing has brought it to the members yet. */
    private boolean hasWrittenBack;

    /** The log of the last run is not yet all on the members, so that it is still needed. */
    private boolean isReplaying;

    LogDoubts(Taints taints) {
        this.taints = taints;
    }

    boolean isAttacked() {
        return isAttacked;
    }

    /**
     * The array has been started.
     *
     * @param mode     what writes wait for from now on.
     * @param isReplay whether the log is not yet all on the members.
     */
    void started(JournalMode mode, boolean isReplay) {
        hasWrittenBack = mode == JournalMode.WRITE_BACK;
        isReplaying = isReplay;
        doubtWhatIsOnlyInTheLog();
        if (isStale) {
            taints.strikeEverything();
            isStale = false;
        }
    }

    /** From now on this is what writes wait for. */
    void modeChanged(JournalMode mode) {
        hasWrittenBack |= mode == JournalMode.WRITE_BACK;
    }

    /** The array does without its journal: all that it had is on the members. */
    void gone() {
        hasWrittenBack = false;
        isReplaying = false;
    }

    /** All that the log of the last run had is on the members. */
    void replayed() {
        isReplaying = false;
    }

    /** Something is done to the device that the array may notice. */
    void attack() {
        isAttacked = true;
        doubtWhatIsOnlyInTheLog();
    }

    /** What the device holds, or shows, is not what was written. */
    void harm() {
        isHarmed = true;
    }

    /** A journal that fails before it has been replayed takes with it what members do not have. */
    private void doubtWhatIsOnlyInTheLog() {
        if (isAttacked && isReplaying) {
            taints.strikeEverything();
        }
    }

    /**
     * Everything stops.
     *
     * @param hasLied whether flushes were answered that the device did not do, and power fails.
     */
    void crash(boolean hasLied) {
        boolean isLost = isAttacked && (hasWrittenBack || isReplaying);
        if (isHarmed || hasLied || isLost) {
            // The log may end early, go on with old records, or be gone together with what was only there: nothing is
            // sure but what the members hold.
            taints.strikeEverything();
        }
    }

    /** An orderly stop has left the log nothing to replay: harm to what it held is over, after the next start. */
    void emptied() {
        isStale |= isHarmed;
        isHarmed = false;
    }

    /** The array is at rest, and the journal in use: what was done to it is over, unless it left something behind. */
    void forgive() {
        isAttacked &= isHarmed;
    }
}
