package io.holdfast.blockdev;

/**
 * The shape of a block device.
 *
 * @param length              in bytes, a multiple of {@code logicalBlockLength}.
 * @param logicalBlockLength  bytes of the smallest unit of transfer, and the unit that is never torn; 512 or 4096.
 * @param physicalBlockLength bytes of the unit the device prefers; at least {@code logicalBlockLength}.
 * @param bufferAlignment     bytes to which buffer addresses must be aligned; a power of two, 1 where it does not matter.
 */
public record DeviceGeometry(long length, int logicalBlockLength, int physicalBlockLength, int bufferAlignment) {
    /** Bytes in a sector, the unit of every on-disk number in md's metadata, whatever the device's own block length. */
    public static final int SECTOR_LENGTH = 512;

    /** Check the relations between the numbers. */
    public DeviceGeometry {
        if (logicalBlockLength < SECTOR_LENGTH || Integer.bitCount(logicalBlockLength) != 1) {
            throw new IllegalArgumentException("not a logical block length: logicalBlockLength=" + logicalBlockLength);
        }
        if (physicalBlockLength < logicalBlockLength || physicalBlockLength % logicalBlockLength != 0) {
            throw new IllegalArgumentException(
                    "not a physical block length: physicalBlockLength=" + physicalBlockLength);
        }
        if (length < 0 || length % logicalBlockLength != 0) {
            throw new IllegalArgumentException("not a whole number of blocks: length=" + length);
        }
        if (bufferAlignment < 1 || Integer.bitCount(bufferAlignment) != 1) {
            throw new IllegalArgumentException("not an alignment: bufferAlignment=" + bufferAlignment);
        }
    }

    /** The length in 512-byte sectors. */
    public long sectors() {
        return length / SECTOR_LENGTH;
    }

    /**
     * Insist that a transfer is one the device could do.
     *
     * @param offset in bytes.
     * @param length in bytes.
     * @throws IllegalArgumentException when it is not aligned or leaves the device.
     */
    public void checkRange(long offset, long length) {
        int mask = logicalBlockLength - 1;
        if (((offset | length) & mask) != 0 || offset < 0 || length < 0 || offset > this.length - length) {
            throw new IllegalArgumentException(
                    "no such range: offset=" + offset + " length=" + length + " device=" + this);
        }
    }
}
