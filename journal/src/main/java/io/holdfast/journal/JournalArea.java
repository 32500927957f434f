package io.holdfast.journal;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;

/**
 * Where a log lies, and for which array. Positions in it are sectors from its start, multiples of 8, and wrap at its length.
 * Immutable.
 */
public final class JournalArea {
    /** The least that a log can work with: a meta block and a page live, another being written. */
    public static final long MIN_LENGTH_SECTORS = 64;

    private final BlockDevice device;
    private final long offsetSectors;
    private final long lengthSectors;
    private final byte[] uuid;

    /**
     * A log area.
     *
     * @param device        that holds it.
     * @param offsetSectors of the log from the start of the device.
     * @param lengthSectors of the log, a multiple of 8, at least {@value #MIN_LENGTH_SECTORS}.
     * @param uuid          of the array, 16 bytes: the seed of every checksum.
     */
    public JournalArea(BlockDevice device, long offsetSectors, long lengthSectors, byte[] uuid) {
        if (offsetSectors < 0
                || lengthSectors < MIN_LENGTH_SECTORS
                || lengthSectors % MetaBlockDescriptor.LENGTH_SECTORS != 0
                || offsetSectors > device.geometry().sectors() - lengthSectors) {
            throw new IllegalArgumentException("no room for a log: offsetSectors=" + offsetSectors + " lengthSectors="
                    + lengthSectors + " deviceSectors=" + device.geometry().sectors());
        }
        this.device = device;
        this.offsetSectors = offsetSectors;
        this.lengthSectors = lengthSectors;
        this.uuid = uuid.clone();
    }

    /** The device that holds the log. */
    public BlockDevice device() {
        return device;
    }

    /** Sectors in the log, a multiple of 8. */
    public long lengthSectors() {
        return lengthSectors;
    }

    /** The array's uuid. */
    byte[] uuid() {
        return uuid.clone();
    }

    /** The position {@code sectors} further on. */
    long advance(long position, long sectors) {
        long next = position + sectors;
        return next >= lengthSectors ? next - lengthSectors : next;
    }

    /** Sectors from one position forward to another. */
    long distance(long from, long to) {
        return to >= from ? to - from : to - from + lengthSectors;
    }

    /** Byte offset on the device of a position. */
    long deviceOffset(long position) {
        return (offsetSectors + position) * DeviceGeometry.SECTOR_LENGTH;
    }

    /** Whether a position could be one of this log. */
    public boolean isPosition(long position) {
        return position >= 0 && position < lengthSectors && position % MetaBlockDescriptor.LENGTH_SECTORS == 0;
    }
}
