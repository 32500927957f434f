package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;

/** What shards and the journal tell the conductor. Called from any engine thread; never blocks. */
interface ConductorLink {
    /** An operation on a device failed in a way that a retry would not mend. */
    void deviceFailed(int deviceIndex, IoStatus status, String operation);

    /** A shard has a write that must not start before the array is marked dirty on disk. */
    void dirtyWanted();

    /** A shard's answer to being asked to hold writes back. */
    void gateClosed(int shardIndex, boolean closed);

    /** A shard has a write that must not start before the bits of a region are set on every member. */
    void regionWanted(int shardIndex, int region);

    /** A shard has nothing under way in some regions, and will ask again before it has. */
    void regionsReleased(int[] regions);

    /** The journal can no longer take records. */
    void journalFailed(IoStatus status);

    /** Blocks were reconstructed and rewritten after a read error. */
    void readErrorCorrected(int deviceIndex, long memberOffset, int blockCount);

    /** Bytes could not be read, nor reconstructed. */
    void blocksUnreadable(int slot, long memberOffset, int blockCount);

    /** Blocks of a member hold nothing that may be used: they are to be listed as bad. */
    void blocksBad(int deviceIndex, long memberOffset, int blockCount);

    /** Blocks of a member that are listed as bad have been written. */
    void blocksGood(int deviceIndex, long memberOffset, int blockCount);

    /** A shard has replayed all that it could of the last run's log. */
    void replayEnded();

    /** What the last run's log held of some bytes of every member can no longer be had. */
    void replayDamaged(long memberOffset, int length);
}
