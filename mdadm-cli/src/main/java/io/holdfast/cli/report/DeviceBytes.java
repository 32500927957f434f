package io.holdfast.cli.report;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import java.util.Optional;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads any few bytes of a device, whatever its blocks. */
public final class DeviceBytes {
    private DeviceBytes() {}

    /**
     * Read a range, or as little of it as the device has.
     *
     * @param device to read.
     * @param offset in bytes.
     * @param length in bytes.
     * @return the bytes, fewer than asked for where the device ends; empty when it ends before them.
     * @throws io.holdfast.blockdev.DeviceException when the device cannot be read there.
     */
    public static Optional<DirectBuffer> read(BlockDevice device, long offset, int length) {
        long end = Math.min(offset + length, device.geometry().length());
        if (offset < 0 || end <= offset) {
            return Optional.empty();
        }
        int block = device.geometry().logicalBlockLength();
        long from = offset & -block;
        int span = (int) BitUtil.align(end - from, block);
        UnsafeBuffer buffer = BufferSlab.allocate(span);
        device.read(from, buffer, 0, span);
        return Optional.of(new UnsafeBuffer(buffer, (int) (offset - from), (int) (end - offset)));
    }
}
