package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import java.util.function.Supplier;

/** A device that answers some reads from what it held earlier, as a broken cache does. */
public final class StaleReadDevice extends DeviceFilter {
    private static final long STALE = 1;

    private final Supplier<SparseContents> contents;
    private final HarmListener listener;
    private SparseContents remembered;
    private long passingCount;
    private long staleCount;
    private long servedCount;

    /**
     * Wrap a device, fresh at first.
     *
     * @param inner    to pass operations on to.
     * @param contents gives what the device holds now.
     * @param listener told of each read that was answered with old bytes.
     */
    public StaleReadDevice(BlockDevice inner, Supplier<SparseContents> contents, HarmListener listener) {
        super(inner);
        this.contents = contents;
        this.listener = listener;
    }

    /**
     * Remember what is there now, and answer some later reads with it.
     *
     * @param afterCount reads that are still answered as they should be.
     * @param count      reads that are then answered with what is there now; after them all is well again.
     */
    public synchronized void rememberForReads(long afterCount, long count) {
        remembered = contents.get();
        passingCount = afterCount;
        staleCount = count;
    }

    /** Whether reads are still to be answered with old bytes. */
    public synchronized boolean isArmed() {
        return staleCount > 0;
    }

    /** Forget what was remembered. */
    public synchronized void disarm() {
        staleCount = 0;
        remembered = null;
    }

    /** Reads that were answered with old bytes. */
    public synchronized long servedCount() {
        return servedCount;
    }

    @Override
    protected IoStatus before(DeviceOperation operation) {
        if (operation.kind() == OperationKind.READ && staleCount > 0 && passingCount-- <= 0) {
            operation.note(STALE);
        }
        return IoStatus.OK;
    }

    @Override
    protected IoStatus after(DeviceOperation operation, IoStatus status) {
        if (operation.note() == STALE && status == IoStatus.OK && staleCount > 0) {
            staleCount--;
            servedCount++;
            passingCount = 0;
            listener.onHarm(HarmListener.Kind.READ, operation.offset(), operation.length());
            remembered.read(operation.offset(), operation.buffer(), operation.index(), (int) operation.length());
        }
        return status;
    }
}
