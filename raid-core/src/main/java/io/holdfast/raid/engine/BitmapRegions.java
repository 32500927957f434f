package io.holdfast.raid.engine;

import io.holdfast.raid.metadata.BitmapArea;
import java.util.BitSet;

/**
 * How the windows of an array and the bits of its bitmap lie to each other.
 *
 * <p>A <em>region</em> is the smallest range of every member that is whole windows and whole bits: the windows of one bit, or
 * the bits of one window where those are smaller. Writers ask for regions, and resyncs visit regions; bits are for the disk.
 */
final class BitmapRegions {
    private final int windowShift;
    private final int bitShift;
    private final long bitCount;
    private final long windowCount;
    private final int count;

    /**
     * Lay regions over windows.
     *
     * @param windowLength in bytes, a power of two.
     * @param windowCount  of the array.
     * @param area         the bitmap; bytes for a bit are a power of two as well.
     */
    BitmapRegions(int windowLength, long windowCount, BitmapArea area) {
        this.windowCount = windowCount;
        int windowLengthShift = Integer.numberOfTrailingZeros(windowLength);
        int bitLengthShift = Long.numberOfTrailingZeros(area.chunkLength());
        windowShift = Math.max(0, bitLengthShift - windowLengthShift);
        bitShift = Math.max(0, windowLengthShift - bitLengthShift);
        bitCount = area.bitCount();
        count = Math.toIntExact((bitCount + (1L << bitShift) - 1) >> bitShift);
    }

    /** Regions in the array. */
    int count() {
        return count;
    }

    /** The region that a window lies in. */
    int region(long window) {
        return (int) (window >> windowShift);
    }

    /** Regions, from the first on, that lie below a window with all that is in them. */
    int countBelow(long window) {
        return window >= windowCount ? count : region(window);
    }

    /** The first window of a region. */
    long firstWindow(int region) {
        return (long) region << windowShift;
    }

    /** The first bit of a region. */
    long firstBit(int region) {
        return (long) region << bitShift;
    }

    /** One beyond the last bit of a region. */
    long endBit(int region) {
        return Math.min(bitCount, (region + 1L) << bitShift);
    }

    /** Regions with any bit set. */
    BitSet setIn(BitmapArea area) {
        BitSet set = new BitSet(count);
        for (long bit = 0; bit < bitCount; bit++) {
            if (area.isSet(bit)) {
                set.set((int) (bit >> bitShift));
            }
        }
        return set;
    }

    /** Whether all bits of a region are set. */
    boolean isWhollySetIn(BitmapArea area, int region) {
        for (long bit = firstBit(region); bit < endBit(region); bit++) {
            if (!area.isSet(bit)) {
                return false;
            }
        }
        return true;
    }
}
