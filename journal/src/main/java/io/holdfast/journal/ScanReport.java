package io.holdfast.journal;

/**
 * What a scan found.
 *
 * @param isNew          there is no valid block at the tail, so the log has no contents.
 * @param startPosition  of the first block, in sectors.
 * @param startSequence  of the first block.
 * @param endPosition    where the next block would have been.
 * @param nextSequence   that the next block would have had.
 * @param blockCount     valid meta blocks.
 * @param pageCount      pages that they head.
 * @param scannedSectors sectors from the start to the end.
 * @param sentence       how the scan ended, for an operator.
 * @param laterBlock     sequence number of a valid block found beyond the end that had to be dropped, or -1.
 */
public record ScanReport(
        boolean isNew,
        long startPosition,
        long startSequence,
        long endPosition,
        long nextSequence,
        long blockCount,
        long pageCount,
        long scannedSectors,
        String sentence,
        long laterBlock) {
    /** Whether there is a log, and nothing in it: one block that heads nothing, as after an orderly stop. */
    public boolean isEmpty() {
        return !isNew && blockCount == 1 && pageCount == 0 && laterBlock < 0;
    }
}
