package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;

/** A device that answers some writes as done and does nothing. */
public final class LostWriteDevice extends DeviceFilter {
    private final HarmListener listener;
    private long passingCount;
    private long losingCount;
    private long lostCount;

    /**
     * Wrap a device; nothing is lost yet.
     *
     * @param inner    to pass operations on to.
     * @param listener told of each write that is lost.
     */
    public LostWriteDevice(BlockDevice inner, HarmListener listener) {
        super(inner);
        this.listener = listener;
    }

    /**
     * Lose some writes, wherever they go.
     *
     * @param afterCount writes that are still done.
     * @param count      writes that are then lost; after them all is well again.
     */
    public synchronized void loseNextWrites(long afterCount, long count) {
        passingCount = afterCount;
        losingCount = count;
    }

    /** Whether writes are still to be lost. */
    public synchronized boolean isArmed() {
        return losingCount > 0;
    }

    /** Writes that were lost. */
    public synchronized long lostCount() {
        return lostCount;
    }

    @Override
    protected IoStatus before(DeviceOperation operation) {
        if (losingCount == 0 || !operation.kind().changesData() || passingCount-- > 0) {
            return IoStatus.OK;
        }
        losingCount--;
        passingCount = 0;
        lostCount++;
        listener.onHarm(HarmListener.Kind.STORED, operation.offset(), operation.length());
        return swallow();
    }
}
