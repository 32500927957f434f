package io.holdfast.raid;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoLoop;
import org.agrona.MutableDirectBuffer;

/** Counts what is asked of a device by its blocking methods, and puts an end to it when it is too much. */
public final class WatchedDevice implements BlockDevice {
    private final BlockDevice device;
    private final long operationLimit;
    private final long readLimit;
    private long operationCount;
    private long readLength;
    private int longestRead;

    /** What is thrown at the limit: nothing that any code under test handles. */
    public static final class LimitError extends AssertionError {
        private static final long serialVersionUID = 1L;

        LimitError(String message) {
            super(message);
        }
    }

    /**
     * Watch a device.
     *
     * @param device         underneath.
     * @param operationLimit operations allowed.
     * @param readLimit      bytes allowed to be read.
     */
    public WatchedDevice(BlockDevice device, long operationLimit, long readLimit) {
        this.device = device;
        this.operationLimit = operationLimit;
        this.readLimit = readLimit;
    }

    /** Blocking operations so far. */
    public long operationCount() {
        return operationCount;
    }

    /** Bytes read so far. */
    public long readLength() {
        return readLength;
    }

    /** The longest read, in bytes. */
    public int longestRead() {
        return longestRead;
    }

    private void count(long length) {
        readLength += length;
        if (++operationCount > operationLimit || readLength > readLimit) {
            throw new LimitError(
                    name() + ": too much is asked: operationCount=" + operationCount + " readLength=" + readLength);
        }
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public DeviceGeometry geometry() {
        return device.geometry();
    }

    @Override
    public boolean isReadOnly() {
        return device.isReadOnly();
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        return device.openChannel(loop, capacity);
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        count(length);
        longestRead = Math.max(longestRead, length);
        device.read(offset, buffer, index, length);
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        count(0);
        device.write(offset, buffer, index, length);
    }

    @Override
    public void flush() {
        count(0);
        device.flush();
    }

    @Override
    public void writeZeroes(long offset, long length) {
        count(0);
        device.writeZeroes(offset, length);
    }

    @Override
    public void close() {
        device.close();
    }
}
