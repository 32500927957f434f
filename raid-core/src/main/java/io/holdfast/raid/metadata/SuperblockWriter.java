package io.holdfast.raid.metadata;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import java.util.Optional;
import org.agrona.BitUtil;
import org.agrona.MutableDirectBuffer;

/**
 * Puts superblocks onto devices, and takes them away. Nothing is durable before the caller has flushed the device, except
 * where it is said.
 *
 * <p>A superblock that {@link SuperblockReader} would not believe is never written: that is our bug, and is stopped here.
 */
public final class SuperblockWriter {
    private SuperblockWriter() {}

    /**
     * Bytes to write for a superblock: as many as its table of roles, and the {@link HoldfastNote} if there is one, need, in
     * whole blocks of the device. They lie at
     * {@link Superblock#superOffsetSectors()}, which is a multiple of 4096 bytes.
     *
     * @param superblock to be written.
     * @param geometry   of the device.
     * @return in bytes; at most {@value SuperblockDescriptor#LENGTH} where the device's blocks are not longer than that.
     */
    public static int writtenLength(Superblock superblock, DeviceGeometry geometry) {
        return BitUtil.align(usedLength(superblock), geometry.logicalBlockLength());
    }

    private static int usedLength(Superblock superblock) {
        return HoldfastNote.isPresent(superblock)
                ? HoldfastNote.OFFSET + HoldfastNote.LENGTH
                : SuperblockDescriptor.checkedLength(superblock.roleCount());
    }

    /**
     * Insist that a superblock is fit to be written to a device: always checked, before any path writes one.
     *
     * @param superblock with its checksum up to date.
     * @param deviceName for the message.
     * @param geometry   of the device.
     * @throws IllegalStateException when it is not, which is our bug.
     */
    public static void checkWritable(Superblock superblock, String deviceName, DeviceGeometry geometry) {
        long sector = superblock.superOffsetSectors();
        if (sector != superblock.location().sector(geometry.sectors())) {
            throw new IllegalStateException(
                    "superblock for " + deviceName + " lies nowhere: superOffsetSectors=" + sector);
        }
        Optional<SuperblockCheck.Finding> finding = SuperblockCheck.check(superblock, geometry, sector);
        if (superblock.magic() != SuperblockDescriptor.MAGIC || finding.isPresent()) {
            throw new IllegalStateException("superblock for " + deviceName + " is not fit to be written: "
                    + finding.map(SuperblockCheck.Finding::reason).orElse("no magic"));
        }
    }

    /**
     * Write a superblock where it says it lies, and wait. Only whole blocks of the device are written.
     *
     * @param device     to write.
     * @param superblock with its checksum up to date.
     * @throws io.holdfast.blockdev.DeviceException when the device fails.
     */
    public static void write(BlockDevice device, Superblock superblock) {
        DeviceGeometry geometry = device.geometry();
        checkWritable(superblock, device.name(), geometry);
        int length = usedLength(superblock);
        long start = superblock.superOffsetSectors() * DeviceGeometry.SECTOR_LENGTH;
        long alignedStart = start & -(long) geometry.logicalBlockLength();
        int index = (int) (start - alignedStart);
        int alignedLength = BitUtil.align(index + length, geometry.logicalBlockLength());
        MutableDirectBuffer blocks = BufferSlab.allocate(alignedLength);
        if (geometry.logicalBlockLength() > SuperblockDescriptor.LENGTH) {
            device.read(alignedStart, blocks, 0, alignedLength);
        }
        blocks.putBytes(index, superblock.buffer(), superblock.offset(), length);
        device.write(alignedStart, blocks, 0, alignedLength);
    }

    /**
     * Take away every superblock of versions 1.0, 1.1 and 1.2 on a device, whether it could be believed or not, by zeroing it;
     * durable on return. Data is left alone.
     *
     * @param device to write.
     * @return how many were taken away; 0 means that the device carried none.
     * @throws io.holdfast.blockdev.DeviceException when the device fails.
     */
    public static int zero(BlockDevice device) {
        DeviceGeometry geometry = device.geometry();
        if (geometry.sectors() < SuperblockLocation.MIN_DEVICE_SECTORS) {
            return 0;
        }
        int count = 0;
        Superblock found = Superblock.allocate();
        for (SuperblockLocation location : SuperblockLocation.values()) {
            long sector = location.sector(geometry.sectors());
            AlignedRead.read(device, sector, found.buffer(), SuperblockDescriptor.LENGTH);
            if (found.magic() == SuperblockDescriptor.MAGIC
                    && found.majorVersion() == SuperblockDescriptor.MAJOR_VERSION
                    && found.superOffsetSectors() == sector) {
                zeroAt(device, sector);
                count++;
            }
        }
        if (count > 0) {
            device.flush();
        }
        return count;
    }

    private static void zeroAt(BlockDevice device, long sector) {
        int blockLength = device.geometry().logicalBlockLength();
        long start = sector * DeviceGeometry.SECTOR_LENGTH;
        long alignedStart = start & -(long) blockLength;
        int index = (int) (start - alignedStart);
        int alignedLength = BitUtil.align(index + SuperblockDescriptor.LENGTH, blockLength);
        MutableDirectBuffer blocks = BufferSlab.allocate(alignedLength);
        device.read(alignedStart, blocks, 0, alignedLength);
        blocks.setMemory(index, SuperblockDescriptor.LENGTH, (byte) 0);
        device.write(alignedStart, blocks, 0, alignedLength);
    }
}
