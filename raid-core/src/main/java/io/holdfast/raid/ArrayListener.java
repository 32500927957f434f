package io.holdfast.raid;

import io.holdfast.blockdev.IoStatus;

/**
 * Told what happens to an array. Called on an engine thread, in order: return soon, do not block, do not throw. Every
 * method does nothing unless overridden.
 */
public interface ArrayListener {
    /** A listener that ignores everything. */
    ArrayListener NONE = new ArrayListener() {};

    /**
     * A member failed and is no longer used.
     *
     * @param deviceName of the member.
     * @param slot       that it served, or -1 for a spare.
     * @param status     of the operation that told.
     * @param operation  that told: "read", "write", "flush", "superblock".
     */
    default void onMemberFailed(String deviceName, int slot, IoStatus status, String operation) {}

    /**
     * More members are lost than the level tolerates: writes are refused, and reads of lost blocks fail.
     *
     * @param missingCount slots without a complete member.
     */
    default void onArrayFailed(int missingCount) {}

    /**
     * The journal failed. Nothing answered is lost; what comes next is what {@link JournalLossPolicy} says.
     *
     * @param deviceName of the journal.
     * @param status     of the operation that told.
     */
    default void onJournalFailed(String deviceName, IoStatus status) {}

    /**
     * A copy of the journal failed and is no longer used; others are left, and nothing else changes.
     *
     * @param deviceName of the copy.
     * @param status     of the operation that told.
     */
    default void onJournalCopyFailed(String deviceName, IoStatus status) {}

    /**
     * The array uses another journal from now on: one that was added or replaced, or none.
     *
     * @param oldName of the journal before, or empty when there was none.
     * @param newName of the journal now, or empty when there is none.
     */
    default void onJournalChanged(String oldName, String newName) {}

    /**
     * The array serves reads and writes, while what the last run left in the journal is still being written to the members.
     *
     * @param progress at the beginning.
     */
    default void onReplayStarted(ReplayProgress progress) {}

    /**
     * All that could be replayed of the journal is on the members.
     *
     * @param progress at the end.
     */
    default void onReplayEnded(ReplayProgress progress) {}

    /**
     * What the journal held of a stretch of the array can no longer be read, and its members hold something older. Nothing of it
     * is read or written from now on, and the journal counts as failed. Writes that were answered are lost there.
     *
     * @param offset in bytes from the start of every member's data.
     * @param length in bytes.
     */
    default void onReplayDamaged(long offset, int length) {}

    /**
     * A member has been copied to another, which serves its slot from now on; it is out of the array.
     *
     * @param oldName of the member before.
     * @param newName of the member now.
     * @param slot    that it serves.
     */
    default void onMemberReplaced(String oldName, String newName, int slot) {}

    /**
     * Blocks that could not be read were reconstructed and rewritten.
     *
     * @param deviceName of the member.
     * @param offset     in bytes from the start of the member's data to the window that holds them.
     * @param blockCount how many 4 KiB blocks.
     */
    default void onReadErrorCorrected(String deviceName, long offset, int blockCount) {}

    /**
     * Blocks could neither be read nor reconstructed.
     *
     * @param slot       of the member.
     * @param offset     in bytes from the start of the member's data.
     * @param blockCount how many 4 KiB blocks.
     */
    default void onBlocksUnreadable(int slot, long offset, int blockCount) {}

    /**
     * Blocks were put on a member's bad block list: until they are written again they count as missing on that member.
     *
     * @param deviceName of the member.
     * @param offset     in bytes from the start of the member's data.
     * @param length     in bytes.
     */
    default void onBadBlocksListed(String deviceName, long offset, long length) {}

    /**
     * Blocks were written, and taken off a member's bad block list.
     *
     * @param deviceName of the member.
     * @param offset     in bytes from the start of the member's data.
     * @param length     in bytes.
     */
    default void onBadBlocksCleared(String deviceName, long offset, long length) {}

    /**
     * A check or repair found parity and data that do not fit. Not told of more than {@link SyncReport#MAX_LISTED} places in
     * one walk.
     *
     * @param mismatch where, who, and what was done.
     */
    default void onMismatch(Mismatch mismatch) {}

    /**
     * A resync, recovery, check or repair began.
     *
     * @param activity what began.
     */
    default void onSyncStarted(SyncActivity activity) {}

    /**
     * A resync, recovery, check or repair ended.
     *
     * @param progress at its end.
     */
    default void onSyncEnded(SyncProgress progress) {}
}
