package io.holdfast.journal;

/**
 * Where a log ends, and why.
 *
 * @param isNew         there is no valid block where the log should begin.
 * @param isReadable    whether all that had to be read could be; if not, nobody knows whether the log goes on.
 * @param startPosition where it begins, in sectors.
 * @param endPosition   where the next block would have been, in sectors.
 * @param nextSequence  that it would have had; meaningless when the log is new.
 * @param blockCount    valid blocks.
 * @param pageCount     pages that they head.
 * @param verdict       a word for what is found at the end, such as "end of log" or "torn".
 * @param laterPosition where, beyond the end, an intact block lies that would be dropped, in sectors; -1 when none was found
 *                      within reach of a replay.
 * @param sentence      the same in whole, for an operator.
 */
public record LogEnd(
        boolean isNew,
        boolean isReadable,
        long startPosition,
        long endPosition,
        long nextSequence,
        long blockCount,
        long pageCount,
        String verdict,
        long laterPosition,
        String sentence) {
    /** Sectors of the log that a replay would read and use. */
    public long usedSectors() {
        return (blockCount + pageCount) * MetaBlockDescriptor.LENGTH_SECTORS;
    }
}
