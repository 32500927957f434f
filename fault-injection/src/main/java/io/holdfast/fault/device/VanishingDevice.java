package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;

/**
 * A device whose cable can be pulled: from then on every operation, also those on their way, ends with {@link IoStatus#GONE},
 * until it comes back with whatever it held. An operation on its way may have taken effect all the same.
 */
public final class VanishingDevice extends DeviceFilter {
    private boolean isGone;
    private long refusedCount;

    /**
     * Wrap a device that is there.
     *
     * @param inner to pass operations on to.
     */
    public VanishingDevice(BlockDevice inner) {
        super(inner);
    }

    /** Pull the cable. */
    public synchronized void vanish() {
        isGone = true;
    }

    /** Plug it in again: what it held, it holds. */
    public synchronized void comeBack() {
        isGone = false;
    }

    /** Operations that ended because the device was not there. */
    public synchronized long refusedCount() {
        return refusedCount;
    }

    @Override
    protected IoStatus before(DeviceOperation operation) {
        return isGone ? refuse() : IoStatus.OK;
    }

    @Override
    protected IoStatus after(DeviceOperation operation, IoStatus status) {
        return isGone ? refuse() : status;
    }

    private IoStatus refuse() {
        refusedCount++;
        return IoStatus.GONE;
    }
}
