package io.holdfast.raid;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Self-describing content: every 8-byte word of an array says which sector it belongs to and which write put it there.
 *
 * <p>The word of array sector {@code s} under seed {@code k}, little-endian, is {@code (k << 40 | s) + 1} times an odd
 * constant, modulo 2^64, and fills the sector. Multiplying by the constant's inverse tells both back, so a test that finds
 * a wrong word can say where it should have been, and needs no copy of the content. A constant word per sector keeps the
 * parity of such sectors constant too, which is what lets whole arrays compress to a few kilobytes.
 */
public final class GoldenPattern {
    /** Length of the unit that holds one word over and over, in bytes. */
    public static final int SECTOR_LENGTH = 512;

    private static final long FACTOR = 0x9E3779B97F4A7C15L;
    private static final long INVERSE = inverse(FACTOR);
    private static final int SEED_SHIFT = 40;

    private GoldenPattern() {}

    /**
     * The word of a sector.
     *
     * @param seed   1 to 2^24 - 1.
     * @param offset of any byte of a sector, from the start of the array.
     * @return the word that fills the sector.
     */
    public static long word(long seed, long offset) {
        return ((seed << SEED_SHIFT | offset / SECTOR_LENGTH) + 1) * FACTOR;
    }

    /**
     * The content of a range.
     *
     * @param seed   as in {@link #word}.
     * @param offset of the first byte from the start of the array, a multiple of the sector length.
     * @param length in bytes, a multiple of the sector length.
     * @return the content of that range.
     */
    public static byte[] bytes(long seed, long offset, int length) {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            buffer.putLong(word(seed, offset + buffer.position()));
        }
        return buffer.array();
    }

    /**
     * Say where a word comes from.
     *
     * @param word found somewhere.
     * @return in words for people, which write of which sector it comes from.
     */
    public static String describe(long word) {
        if (word == 0) {
            return "zeroes";
        }
        long content = word * INVERSE - 1;
        long seed = content >>> SEED_SHIFT;
        long sector = content & (1L << SEED_SHIFT) - 1;
        return sector < 1 << 24 && seed < 1 << 16
                ? "seed=" + seed + " offset=" + sector * SECTOR_LENGTH
                : "not a pattern word: 0x" + Long.toHexString(word);
    }

    private static long inverse(long odd) {
        long inverse = odd;
        for (int i = 0; i < 5; i++) {
            inverse *= 2 - odd * inverse;
        }
        return inverse;
    }
}
