package io.holdfast.raid.metadata;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoStatus;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The list of places on a device that hold stale or unreadable bytes, next to its superblock.
 *
 * <pre>
 *    63                                              10 9             0
 *   +--------------------------------------------------+---------------+
 *   |  device sector, in units of 2^shift sectors      |  unit count   |
 *   +--------------------------------------------------+---------------+
 * </pre>
 *
 * <p>Entries are little-endian, ascending, and end at the first that is all ones or with the log. What they name is to be
 * treated as missing on that device.
 */
public final class BadBlockLog {
    /** The most bytes a log can have. */
    public static final int MAX_LENGTH = 4096;

    static final int COUNT_BITS = 10;
    private static final long END = -1L;

    /**
     * A run of bad sectors.
     *
     * @param deviceSector the first, counted from the start of the device.
     * @param sectors      how many.
     */
    public record Range(long deviceSector, long sectors) {}

    private BadBlockLog() {}

    /**
     * Read the list of a device.
     *
     * @param device     to read.
     * @param superblock of that device, found valid.
     * @return the ranges in the order of the list; empty when the superblock says that the list is empty.
     * @throws DeviceException when the log cannot be read, or holds what no log can hold.
     */
    public static List<Range> read(BlockDevice device, Superblock superblock) {
        if (!superblock.hasFeature(SuperblockFeature.BAD_BLOCKS)) {
            return List.of();
        }
        int length = superblock.badBlockLogSizeSectors() * DeviceGeometry.SECTOR_LENGTH;
        long sector = superblock.superOffsetSectors() + superblock.badBlockLogOffsetSectors();
        MutableDirectBuffer buffer = BufferSlab.allocate(MAX_LENGTH);
        AlignedRead.read(device, sector, buffer, length);
        return parse(
                device.name(),
                buffer,
                0,
                length,
                superblock.badBlockLogShift(),
                device.geometry().sectors());
    }

    /**
     * Insist that the log of a device can be taken away.
     *
     * @param deviceName of the device.
     * @param superblock of it, found valid.
     * @param isForced   whether also when it lists something.
     * @throws DeviceException when it lists something that nobody has insisted upon to forget.
     */
    public static void checkRemovable(String deviceName, Superblock superblock, boolean isForced) {
        if (superblock.hasFeature(SuperblockFeature.BAD_BLOCKS) && !isForced) {
            throw new DeviceException(
                    deviceName,
                    IoStatus.UNSUPPORTED,
                    "Cannot remove active bbl from " + deviceName
                            + ": it lists bad blocks, which would read as whatever the disk holds there;"
                            + " --update=force-no-bbl forgets them nevertheless");
        }
    }

    /**
     * Take away the log of a device, with all that it lists; durable on return. The array must not be running.
     *
     * @param device     to write.
     * @param superblock of it, found valid; changed in place.
     * @throws DeviceException when the device fails.
     */
    public static void remove(BlockDevice device, Superblock superblock) {
        if (superblock.badBlockLogOffsetSectors() == 0 && !superblock.hasFeature(SuperblockFeature.BAD_BLOCKS)) {
            return;
        }
        superblock
                .feature(SuperblockFeature.BAD_BLOCKS, false)
                .badBlockLogShift(0)
                .badBlockLogSizeSectors(0)
                .badBlockLogOffsetSectors(0)
                .updateChecksum();
        SuperblockWriter.write(device, superblock);
        device.flush();
    }

    static List<Range> parse(
            String deviceName, DirectBuffer buffer, int start, int length, int shift, long deviceSectors) {
        List<Range> ranges = new ArrayList<>();
        for (int i = start; i + Long.BYTES <= start + length; i += Long.BYTES) {
            long entry = buffer.getLong(i, ByteOrder.LITTLE_ENDIAN);
            if (entry == END) {
                break;
            }
            long first = entry >>> COUNT_BITS;
            long count = entry & ((1 << COUNT_BITS) - 1);
            if (count == 0 || first > (deviceSectors >>> shift) || first + count > (deviceSectors >>> shift) + 1) {
                throw new DeviceException(
                        deviceName,
                        IoStatus.MEDIA_ERROR,
                        deviceName + ": entry " + i / Long.BYTES + " of its bad block log is impossible ("
                                + String.format("0x%016x", entry) + " with shift " + shift + " on " + deviceSectors
                                + " sectors); the device cannot be used as it is.");
            }
            long deviceSector = first << shift;
            long sectorsLeft = deviceSectors - deviceSector;
            ranges.add(new Range(deviceSector, count > sectorsLeft >>> shift ? sectorsLeft : count << shift));
        }
        return ranges;
    }
}
