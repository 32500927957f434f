package io.holdfast.fault.checker;

import io.holdfast.blockdev.DeviceGeometry;

/**
 * The part of a device that is checked: all of a small one, and of a large one stretches spread evenly from its first block
 * to its last, so that addresses that wrap round are met.
 *
 * <p>It is counted in <em>units</em>, the device's logical blocks, which are what may be old or new on their own, and judged in
 * <em>blocks</em> of at least 4 KiB.
 *
 * @param deviceLength in bytes.
 * @param unitLength   in bytes, a power of two from 512.
 * @param stretchCount how many.
 * @param stretchLength in bytes, a multiple of the block's.
 */
public record CheckedArea(long deviceLength, int unitLength, int stretchCount, long stretchLength) {
    /** Checked of a device unless told otherwise: 256 MiB. */
    public static final long LENGTH_DEFAULT = 256L << 20;

    private static final int SMALLEST_BLOCK_LENGTH = 4096;
    private static final int LARGEST_UNIT_LENGTH = 1 << 16;
    private static final int STRETCH_COUNT = 64;

    /** Bounds the memory that a ledger can ask for. */
    private static final int LARGEST_UNIT_COUNT = 1 << 22;

    /** Check the relations between the numbers. */
    public CheckedArea {
        int blockLength = Math.max(SMALLEST_BLOCK_LENGTH, unitLength);
        if (unitLength < SectorDescriptor.LENGTH
                || unitLength > LARGEST_UNIT_LENGTH
                || Integer.bitCount(unitLength) != 1
                || stretchCount < 1
                || stretchCount > STRETCH_COUNT
                || stretchLength < blockLength
                || stretchLength % blockLength != 0
                || stretchLength > deviceLength / stretchCount
                || stretchLength / unitLength > LARGEST_UNIT_COUNT / stretchCount) {
            throw new IllegalArgumentException("no such area: deviceLength=" + deviceLength + " unitLength="
                    + unitLength + " stretchCount=" + stretchCount + " stretchLength=" + stretchLength);
        }
    }

    /**
     * Choose what to check of a device.
     *
     * @param geometry    of the device.
     * @param lengthLimit in bytes, the most to check; never more than four million units are.
     * @return the area.
     * @throws IllegalArgumentException when the device has not even one block.
     */
    public static CheckedArea of(DeviceGeometry geometry, long lengthLimit) {
        int unitLength = geometry.logicalBlockLength();
        long blockLength = Math.max(SMALLEST_BLOCK_LENGTH, unitLength);
        long limit = Math.min(lengthLimit, (long) LARGEST_UNIT_COUNT * unitLength);
        long whole = geometry.length() / blockLength * blockLength;
        if (whole <= limit) {
            return new CheckedArea(geometry.length(), unitLength, 1, whole);
        }
        long stretchLength = limit / STRETCH_COUNT / blockLength * blockLength;
        if (stretchLength == 0) {
            return new CheckedArea(geometry.length(), unitLength, 1, blockLength);
        }
        return new CheckedArea(geometry.length(), unitLength, STRETCH_COUNT, stretchLength);
    }

    /** Bytes that are judged together. */
    public int blockLength() {
        return Math.max(SMALLEST_BLOCK_LENGTH, unitLength);
    }

    /** Bytes that are checked. */
    public long length() {
        return stretchCount * stretchLength;
    }

    int unitsPerBlock() {
        return blockLength() / unitLength;
    }

    int unitCount() {
        return (int) (length() / unitLength);
    }

    /** Where a unit lies on the device, in bytes. */
    long offset(int unit) {
        int unitsPerStretch = unitsPerStretch();
        int stretch = unit / unitsPerStretch;
        long start = 0;
        if (stretch > 0) {
            long last = (deviceLength - stretchLength) / blockLength();
            start = last * stretch / (stretchCount - 1) * blockLength();
        }
        return start + (long) (unit % unitsPerStretch) * unitLength;
    }

    /** Units from this one to the end of its stretch: they lie one behind the other. */
    int contiguousUnits(int unit) {
        int unitsPerStretch = unitsPerStretch();
        return unitsPerStretch - unit % unitsPerStretch;
    }

    private int unitsPerStretch() {
        return (int) (stretchLength / unitLength);
    }
}
