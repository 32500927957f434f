package io.holdfast.raid.engine;

import io.holdfast.raid.layout.ArrayLayout;

/**
 * Where windows lie.
 *
 * <p>A <em>window</em> is the same short range of every member in one row: at most {@value #MAX_LENGTH} bytes, never
 * crossing a chunk. It is the unit of ownership (one operation at a time has a window) and of memory (an operation holds
 * one buffer of that length for each member), so that a full window moves as one transfer per member, while a small
 * write touches only the blocks it needs. Window {@code w} is bytes {@code w * length} onwards of every member's data.
 */
final class WindowGeometry {
    /** The longest window in bytes: long enough for a device to stream, short enough that many are in flight. */
    static final int MAX_LENGTH = 64 * 1024;

    private final int length;
    private final int lengthShift;
    private final int chunkShift;
    private final int windowsPerChunkShift;
    private final int dataCount;
    private final long windowCount;
    private final long arrayLength;

    /**
     * Cut an array into windows.
     *
     * @param layout    of the array.
     * @param maxLength the longest window wanted, a power of two from 4096 to {@value #MAX_LENGTH}: small journals need
     *                  small windows.
     */
    WindowGeometry(ArrayLayout layout, int maxLength) {
        length = Math.min(layout.chunkLength(), Math.min(maxLength, MAX_LENGTH));
        lengthShift = Integer.numberOfTrailingZeros(length);
        chunkShift = Integer.numberOfTrailingZeros(layout.chunkLength());
        windowsPerChunkShift = chunkShift - lengthShift;
        dataCount = layout.dataCount();
        windowCount = layout.rowCount() << windowsPerChunkShift;
        arrayLength = layout.arrayLength();
    }

    int length() {
        return length;
    }

    int blockCount() {
        return length >> BlockMask.BLOCK_SHIFT;
    }

    long windowCount() {
        return windowCount;
    }

    long arrayLength() {
        return arrayLength;
    }

    int chunkLength() {
        return 1 << chunkShift;
    }

    long row(long window) {
        return window >> windowsPerChunkShift;
    }

    /** Offset in bytes of a window from the start of a member's data. */
    long memberOffset(long window) {
        return window << lengthShift;
    }

    /** The window that holds a byte of a member's data. */
    long windowOfMember(long memberOffset) {
        return memberOffset >> lengthShift;
    }

    /** Array offset in bytes of the part of a window that holds data index {@code dataIndex}. */
    long arrayOffset(long window, int dataIndex) {
        long row = window >> windowsPerChunkShift;
        long inChunk = (window & ((1L << windowsPerChunkShift) - 1)) << lengthShift;
        return ((row * dataCount + dataIndex) << chunkShift) + inChunk;
    }

    long rowOfArray(long arrayOffset) {
        return (arrayOffset >> chunkShift) / dataCount;
    }

    /** Array offset of the first byte of a row. */
    long rowOffset(long row) {
        return (row * dataCount) << chunkShift;
    }

    int dataIndexOfArray(long arrayOffset) {
        return (int) ((arrayOffset >> chunkShift) % dataCount);
    }

    /** Offset in bytes on a member of an array byte. */
    long memberOffsetOfArray(long arrayOffset) {
        return (rowOfArray(arrayOffset) << chunkShift) + (arrayOffset & ((1L << chunkShift) - 1));
    }

    /** The first window to look at for an array range; see {@link #touches}. */
    long firstWindow(long arrayOffset) {
        return rowOfArray(arrayOffset) << windowsPerChunkShift;
    }

    /** One beyond the last window to look at for an array range that is not empty. */
    long endWindow(long arrayOffset, long arrayLength) {
        return (rowOfArray(arrayOffset + arrayLength - 1) + 1) << windowsPerChunkShift;
    }

    /** Whether a window holds any byte of an array range. */
    boolean touches(long window, long arrayOffset, long arrayLength) {
        long end = arrayOffset + arrayLength;
        long row = window >> windowsPerChunkShift;
        int firstIndex = rowOfArray(arrayOffset) == row ? dataIndexOfArray(arrayOffset) : 0;
        int lastIndex = rowOfArray(end - 1) == row ? dataIndexOfArray(end - 1) : dataCount - 1;
        if (lastIndex - firstIndex > 1) {
            return true;
        }
        return overlaps(window, firstIndex, arrayOffset, end) || overlaps(window, lastIndex, arrayOffset, end);
    }

    private boolean overlaps(long window, int dataIndex, long start, long end) {
        long part = arrayOffset(window, dataIndex);
        return part < end && start < part + length;
    }
}
