package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import java.util.SplittableRandom;

/**
 * A device that fails writes, by place or by count. A failed write leaves a prefix of its blocks written, of a length drawn
 * from the seed: none, some, or all.
 */
public final class WriteErrorDevice extends DeviceFilter {
    private static final long FAILS = 1;

    private final SplittableRandom random;
    private final BadRanges bad = new BadRanges();
    private IoStatus error = IoStatus.MEDIA_ERROR;
    private long passingCount = Long.MAX_VALUE;
    private long failingCount;
    private boolean failsFlushes;
    private long errorCount;

    /**
     * Wrap a device; nothing fails yet.
     *
     * @param inner to pass operations on to.
     * @param seed  of how much of a failed write is there.
     */
    public WriteErrorDevice(BlockDevice inner, long seed) {
        super(inner);
        this.random = new SplittableRandom(seed);
    }

    /**
     * Fail every write that touches a range.
     *
     * @param offset in bytes from the start of the device.
     * @param length in bytes.
     */
    public synchronized void failWrites(long offset, long length) {
        bad.add(offset, offset + length);
    }

    /**
     * Fail some writes, wherever they go.
     *
     * @param afterCount writes that still succeed.
     * @param count      writes that then fail; after them all is well again.
     */
    public synchronized void failNextWrites(long afterCount, long count) {
        passingCount = afterCount;
        failingCount = count;
    }

    /** Choose the failure, {@link IoStatus#MEDIA_ERROR} unless told otherwise. */
    public synchronized void error(IoStatus status) {
        error = status;
    }

    /** Choose whether flushes fail; what they should have made durable may not be, for good. */
    public synchronized void failsFlushes(boolean fails) {
        failsFlushes = fails;
    }

    /** Whether writes that are counted, or flushes, are still to fail. */
    public synchronized boolean isArmed() {
        return failingCount > 0 || failsFlushes;
    }

    /** All is well again, but for the places that always fail. */
    public synchronized void disarm() {
        failingCount = 0;
        failsFlushes = false;
    }

    /** Operations that failed here. */
    public synchronized long errorCount() {
        return errorCount;
    }

    @Override
    protected IoStatus before(DeviceOperation operation) {
        if (operation.kind() == OperationKind.FLUSH) {
            return failsFlushes ? fail() : IoStatus.OK;
        }
        if (!operation.kind().changesData() || !isFailing(operation)) {
            return IoStatus.OK;
        }
        int blockLength = geometry().logicalBlockLength();
        long written = blockLength * random.nextLong(operation.length() / blockLength + 1);
        if (written == 0) {
            return fail();
        }
        operation.truncate(written);
        operation.note(FAILS);
        return IoStatus.OK;
    }

    @Override
    protected IoStatus after(DeviceOperation operation, IoStatus status) {
        return operation.note() == FAILS && status == IoStatus.OK ? fail() : status;
    }

    private IoStatus fail() {
        errorCount++;
        return error;
    }

    private boolean isFailing(DeviceOperation operation) {
        if (bad.touches(operation.offset(), operation.end())) {
            return true;
        }
        if (passingCount > 0) {
            passingCount--;
            return false;
        }
        if (failingCount > 0) {
            failingCount--;
            return true;
        }
        return false;
    }
}
