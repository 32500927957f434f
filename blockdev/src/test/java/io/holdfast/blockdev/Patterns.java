package io.holdfast.blockdev;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** Bytes that tell where they belong, so that a block in the wrong place, an old one or a torn one is seen. */
public final class Patterns {
    private Patterns() {}

    /**
     * Fill memory with the pattern of a place and a version.
     *
     * @param buffer  to fill.
     * @param index   of the first byte, a multiple of 8.
     * @param length  in bytes, a multiple of 8.
     * @param offset  of the first byte on the device.
     * @param version of the contents.
     */
    public static void fill(MutableDirectBuffer buffer, int index, int length, long offset, long version) {
        for (int i = 0; i < length; i += 8) {
            buffer.putLong(index + i, word(offset + i, version));
        }
    }

    /**
     * Find the first byte that does not hold the pattern.
     *
     * @param buffer  to look at.
     * @param index   of the first byte, a multiple of 8.
     * @param length  in bytes, a multiple of 8.
     * @param offset  of the first byte on the device.
     * @param version of the contents.
     * @return offset from {@code index} of the first wrong eight bytes, or -1.
     */
    public static int mismatch(DirectBuffer buffer, int index, int length, long offset, long version) {
        for (int i = 0; i < length; i += 8) {
            if (buffer.getLong(index + i) != word(offset + i, version)) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Find the first byte that is not zero.
     *
     * @param buffer to look at.
     * @param index  of the first byte.
     * @param length in bytes.
     * @return offset from {@code index} of the first byte that is not zero, or -1.
     */
    public static int nonZero(DirectBuffer buffer, int index, int length) {
        for (int i = 0; i < length; i++) {
            if (buffer.getByte(index + i) != 0) {
                return i;
            }
        }
        return -1;
    }

    private static long word(long offset, long version) {
        long x = (offset + 1) * 0x9E3779B97F4A7C15L ^ (version + 1) * 0xC2B2AE3D27D4EB4FL;
        x ^= x >>> 29;
        return x * 0xBF58476D1CE4E5B9L | 1;
    }
}
