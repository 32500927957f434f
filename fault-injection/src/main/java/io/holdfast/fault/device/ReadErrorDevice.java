package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;

/**
 * A device with places that cannot be read: latent sector errors. A read that touches one fails with
 * {@link IoStatus#MEDIA_ERROR} and leaves rubbish in the buffer; a write over it heals what it covers.
 */
public final class ReadErrorDevice extends DeviceFilter {
    private final BadRanges bad = new BadRanges();
    private long errorCount;

    /**
     * Wrap a device; nothing is unreadable yet.
     *
     * @param inner to pass operations on to.
     */
    public ReadErrorDevice(BlockDevice inner) {
        super(inner);
    }

    /**
     * Make a range unreadable until it is overwritten.
     *
     * @param offset in bytes from the start of the device.
     * @param length in bytes.
     */
    public synchronized void failReads(long offset, long length) {
        bad.add(offset, offset + length);
    }

    /** Reads that failed here. */
    public synchronized long errorCount() {
        return errorCount;
    }

    /** Whether every unreadable place has been overwritten. */
    public synchronized boolean isHealed() {
        return bad.isEmpty();
    }

    @Override
    protected IoStatus before(DeviceOperation operation) {
        if (operation.kind() == OperationKind.READ && bad.touches(operation.offset(), operation.end())) {
            operation.buffer().setMemory(operation.index(), (int) operation.length(), (byte) 0xEE);
            errorCount++;
            return IoStatus.MEDIA_ERROR;
        }
        return IoStatus.OK;
    }

    @Override
    protected IoStatus after(DeviceOperation operation, IoStatus status) {
        if (status == IoStatus.OK
                && (operation.kind() == OperationKind.WRITE || operation.kind() == OperationKind.WRITE_ZEROES)) {
            bad.remove(operation.offset(), operation.end());
        }
        return status;
    }
}
