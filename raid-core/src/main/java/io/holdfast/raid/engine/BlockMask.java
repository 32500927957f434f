package io.holdfast.raid.engine;

/**
 * Sets of blocks of one member within a window, one bit per block, lowest block in bit 0.
 *
 * <p>Device transfers and parity kernels want runs; planning wants sets. These few functions go between.
 */
final class BlockMask {
    /** Bytes in a block: the unit of planning, of journaling, and of what a reader may see old or new. */
    static final int BLOCK_LENGTH = 4096;

    static final int BLOCK_SHIFT = 12;

    private BlockMask() {}

    /** Blocks {@code first} to {@code first + count - 1}; count 0 to 32. */
    static int of(int first, int count) {
        return count == 0 ? 0 : (-1 >>> (Integer.SIZE - count)) << first;
    }

    /** Index of the lowest block in a set that is not empty. */
    static int first(int mask) {
        return Integer.numberOfTrailingZeros(mask);
    }

    /** Length in blocks of the run that begins at the lowest block of a set that is not empty. */
    static int runLength(int mask) {
        return Integer.numberOfTrailingZeros(~(mask >>> first(mask)));
    }

    /** The set without its lowest run. */
    static int withoutFirstRun(int mask) {
        return mask & ~of(first(mask), runLength(mask));
    }
}
