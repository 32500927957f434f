package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;

/** Does for tests of other packages what only a shard may do. */
public final class SyncSteps {
    private SyncSteps() {}

    /** Give a step back to its session. */
    public static void complete(SyncStep step, IoStatus status) {
        step.complete(status);
    }

    /** As {@link #complete}, with blocks of parity that did not fit. */
    public static void completeWrong(SyncStep step, int pBlocks, int qBlocks) {
        step.wrong(pBlocks, qBlocks);
        step.complete(IoStatus.OK);
    }

    /** As {@link #complete}, with a slot that could not be read. */
    public static void completeUnreadable(SyncStep step, int slot) {
        step.unreadable(slot);
        step.complete(IoStatus.MEDIA_ERROR);
    }
}
