package io.holdfast.raid.metadata;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import org.agrona.MutableDirectBuffer;

/** Reads sectors from a device whose own blocks may be larger than a sector. */
final class AlignedRead {
    private AlignedRead() {}

    /**
     * Read and wait.
     *
     * @param device to read.
     * @param sector first sector of 512 bytes.
     * @param target filled from its first byte on.
     * @param length in bytes; the range lies on the device.
     */
    static void read(BlockDevice device, long sector, MutableDirectBuffer target, int length) {
        int blockLength = device.geometry().logicalBlockLength();
        long start = sector * DeviceGeometry.SECTOR_LENGTH;
        long alignedStart = start & -(long) blockLength;
        long alignedEnd = (start + length + blockLength - 1) & -(long) blockLength;
        int alignedLength = Math.toIntExact(alignedEnd - alignedStart);
        MutableDirectBuffer blocks = BufferSlab.allocate(alignedLength);
        device.read(alignedStart, blocks, 0, alignedLength);
        target.putBytes(0, blocks, (int) (start - alignedStart), length);
    }
}
