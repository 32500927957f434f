package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;

/** A device that, while it lies, answers a flush as done and leaves everything in its cache. */
public final class LyingFlushDevice extends DeviceFilter {
    private boolean lies;
    private boolean hasLied;
    private long lieCount;

    /**
     * Wrap a device, honest at first.
     *
     * @param inner to pass operations on to.
     */
    public LyingFlushDevice(BlockDevice inner) {
        super(inner);
    }

    /** Choose whether flushes are lies from now on. */
    public synchronized void lies(boolean value) {
        lies = value;
    }

    /** Whether flushes are lies now. */
    public synchronized boolean isLying() {
        return lies;
    }

    /** Whether something was called durable that no honest flush has made so since. */
    public synchronized boolean owesFlush() {
        return hasLied;
    }

    /** The power was cut: what was owed is lost, and nothing is owed any more. */
    public synchronized void forgive() {
        hasLied = false;
    }

    /** Flushes that were lies. */
    public synchronized long lieCount() {
        return lieCount;
    }

    @Override
    protected IoStatus before(DeviceOperation operation) {
        if (!lies || operation.kind() != OperationKind.FLUSH) {
            return IoStatus.OK;
        }
        lieCount++;
        hasLied = true;
        return swallow();
    }

    @Override
    protected IoStatus after(DeviceOperation operation, IoStatus status) {
        if (operation.kind() == OperationKind.FLUSH && status == IoStatus.OK) {
            hasLied = false;
        }
        return status;
    }
}
