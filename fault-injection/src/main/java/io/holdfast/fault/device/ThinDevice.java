package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import java.util.HashSet;
import java.util.Set;

/**
 * A sparse device on something that can fill up: the first write to an extent takes space, and when there is none left it
 * fails with {@link IoStatus#NO_SPACE}, whole. Extents written before can be overwritten; a discard of a whole extent gives
 * its space back.
 */
public final class ThinDevice extends DeviceFilter {
    /** Bytes of the unit in which space is taken. */
    public static final int EXTENT_LENGTH = 64 * 1024;

    private final Set<Long> allocated = new HashSet<>();
    private long freeExtentCount = Long.MAX_VALUE;
    private long refusedCount;

    /**
     * Wrap a device; there is space enough at first.
     *
     * @param inner to pass operations on to.
     */
    public ThinDevice(BlockDevice inner) {
        super(inner);
    }

    /**
     * Say how much space is left.
     *
     * @param extentCount extents that can still be taken; {@link Long#MAX_VALUE} for no limit.
     */
    public synchronized void leave(long extentCount) {
        freeExtentCount = extentCount;
    }

    /** Whether space is limited. */
    public synchronized boolean isArmed() {
        return freeExtentCount != Long.MAX_VALUE;
    }

    /** Operations that found no space. */
    public synchronized long refusedCount() {
        return refusedCount;
    }

    @Override
    protected IoStatus before(DeviceOperation operation) {
        if (operation.kind() != OperationKind.WRITE && operation.kind() != OperationKind.WRITE_ZEROES) {
            return IoStatus.OK;
        }
        long needed = 0;
        long last = (operation.end() - 1) / EXTENT_LENGTH;
        for (long extent = operation.offset() / EXTENT_LENGTH; extent <= last; extent++) {
            needed += allocated.contains(extent) ? 0 : 1;
        }
        if (needed > freeExtentCount) {
            refusedCount++;
            return IoStatus.NO_SPACE;
        }
        for (long extent = operation.offset() / EXTENT_LENGTH; extent <= last; extent++) {
            allocated.add(extent);
        }
        if (isArmed()) {
            freeExtentCount -= needed;
        }
        return IoStatus.OK;
    }

    @Override
    protected IoStatus after(DeviceOperation operation, IoStatus status) {
        if (operation.kind() == OperationKind.DISCARD && status == IoStatus.OK) {
            long first = (operation.offset() + EXTENT_LENGTH - 1) / EXTENT_LENGTH;
            for (long extent = first; extent < operation.end() / EXTENT_LENGTH; extent++) {
                if (allocated.remove(extent) && isArmed()) {
                    freeExtentCount++;
                }
            }
        }
        return status;
    }
}
