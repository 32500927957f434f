package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoStatus;
import org.agrona.DirectBuffer;

/** What every device here insists on before it does anything, and the sentence for what went wrong. */
final class Checks {
    private Checks() {}

    static void transfer(DeviceGeometry geometry, long offset, DirectBuffer buffer, int index, int length) {
        geometry.checkRange(offset, length);
        buffer.boundsCheck(index, length);
        if (buffer.byteArray() != null) {
            throw new IllegalArgumentException("memory is not off-heap: " + buffer);
        }
        if ((buffer.addressOffset() + index & geometry.bufferAlignment() - 1) != 0) {
            throw new IllegalArgumentException("memory is not aligned: address=" + (buffer.addressOffset() + index)
                    + " bufferAlignment=" + geometry.bufferAlignment());
        }
    }

    static void capacity(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a channel needs room for an operation: capacity=" + capacity);
        }
    }

    static void ok(BlockDevice device, IoStatus status, OperationKind kind, long offset, long length) {
        if (status != IoStatus.OK) {
            throw new DeviceException(
                    device.name(),
                    status,
                    device.name() + ": simulated fault: kind=" + kind + " status=" + status + " offset=" + offset
                            + " length=" + length);
        }
    }
}
