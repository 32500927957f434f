package io.holdfast.journal;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;

/**
 * Where a log lies, and for which array. Positions in it are sectors of 512 bytes from its start, multiples of 8, and wrap at
 * its length. Immutable.
 */
public final class JournalArea {
    /** The shortest log: room for a page of data and its parity, again and again. */
    public static final long MIN_LENGTH_SECTORS = 64;

    private static final int UUID_LENGTH = 16;

    private final BlockDevice device;
    private final long offsetSectors;
    private final long lengthSectors;
    private final byte[] uuid;

    /**
     * A log on a device.
     *
     * @param device        that holds it.
     * @param offsetSectors of the log from the start of the device.
     * @param lengthSectors of the log; rounded down to a multiple of 8, at least {@link #MIN_LENGTH_SECTORS}.
     * @param uuid          of the array, 16 bytes: the seed of every checksum.
     * @throws IllegalArgumentException when the log would leave the device or is too short, or when its pages would not
     *                                  begin where blocks of the device do.
     */
    public JournalArea(BlockDevice device, long offsetSectors, long lengthSectors, byte[] uuid) {
        DeviceGeometry geometry = device.geometry();
        long wholeSectors = lengthSectors & -MetaBlockDescriptor.LENGTH_SECTORS;
        if (uuid.length != UUID_LENGTH) {
            throw new IllegalArgumentException("not a uuid: length=" + uuid.length);
        }
        if (offsetSectors < 0
                || wholeSectors < MIN_LENGTH_SECTORS
                || wholeSectors > geometry.sectors()
                || offsetSectors > geometry.sectors() - wholeSectors) {
            throw new IllegalArgumentException(device.name() + ": no room for a log: offsetSectors=" + offsetSectors
                    + " lengthSectors=" + lengthSectors + " deviceSectors=" + geometry.sectors()
                    + " minLengthSectors=" + MIN_LENGTH_SECTORS);
        }
        if (geometry.logicalBlockLength() > MetaBlockDescriptor.LENGTH
                || offsetSectors * DeviceGeometry.SECTOR_LENGTH % geometry.logicalBlockLength() != 0) {
            throw new IllegalArgumentException(device.name() + ": a log must begin where a block of the device does:"
                    + " offsetSectors=" + offsetSectors + " logicalBlockLength=" + geometry.logicalBlockLength());
        }
        this.device = device;
        this.offsetSectors = offsetSectors;
        this.lengthSectors = wholeSectors;
        this.uuid = uuid.clone();
    }

    /** The device that holds the log. */
    public BlockDevice device() {
        return device;
    }

    /** Sectors from the start of the device to the log. */
    public long offsetSectors() {
        return offsetSectors;
    }

    /** Sectors of the log, a multiple of 8. */
    public long lengthSectors() {
        return lengthSectors;
    }

    /** A copy of the array's uuid. */
    public byte[] uuid() {
        return uuid.clone();
    }

    /**
     * Whether a number read from a disk could be a position of this log.
     *
     * @param position in sectors.
     * @return true for a multiple of 8 inside the log.
     */
    public boolean isPosition(long position) {
        return position >= 0 && position < lengthSectors && position % MetaBlockDescriptor.LENGTH_SECTORS == 0;
    }

    /** The position {@code sectors}, at most the log's length, further on. */
    long advance(long position, long sectors) {
        long next = position + sectors;
        return next >= lengthSectors ? next - lengthSectors : next;
    }

    /** Sectors from one position forward to another; less than the log's length. */
    public long distance(long from, long to) {
        return to >= from ? to - from : to - from + lengthSectors;
    }

    /** Byte offset on the device of a position. */
    long deviceOffset(long position) {
        return (offsetSectors + position) * DeviceGeometry.SECTOR_LENGTH;
    }

    @Override
    public String toString() {
        return "JournalArea{device=" + device.name() + " offsetSectors=" + offsetSectors + " lengthSectors="
                + lengthSectors + "}";
    }
}
