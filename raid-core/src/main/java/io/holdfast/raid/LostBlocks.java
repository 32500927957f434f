package io.holdfast.raid;

import java.util.List;

/**
 * Blocks that a walk over the array could neither read nor compute.
 *
 * @param memberOffset in bytes from the start of every member's data.
 * @param length       in bytes, a multiple of 4096.
 * @param slots        whose blocks are missing there.
 * @param arrayRanges  what of the array cannot be read, until it is written again.
 */
public record LostBlocks(long memberOffset, long length, List<Integer> slots, List<ArrayRange> arrayRanges) {
    /** Keep the lists from changing. */
    public LostBlocks {
        slots = List.copyOf(slots);
        arrayRanges = List.copyOf(arrayRanges);
    }
}
