package io.holdfast.journal;

/**
 * What a scan found.
 *
 * @param isNew          there is no valid meta block at the tail, so nothing tells where the log continues.
 * @param startPosition  of the first block, in sectors.
 * @param startSequence  of the first block; meaningless when the log is new.
 * @param lastPosition   of the last valid block; meaningless when the log is new.
 * @param endPosition    where the next block would have been.
 * @param nextSequence   that the next block would have had; meaningless when the log is new.
 * @param blockCount     valid meta blocks.
 * @param pageCount      pages that they head.
 * @param scannedSectors sectors from the start to the end.
 * @param isOwn          every valid block is by a writer of this package, so that what was in flight when the last of them
 *                       died lies within {@link JournalScanner#LOOK_AHEAD_SECTORS} of the end.
 * @param isCut          behind the end there is something of the blocks that would have come next: a write that was under
 *                       way when the machine stopped, or damage.
 * @param laterPosition  where, beyond the end, an intact block lies that had to be dropped, in sectors; -1 when none was
 *                       found.
 * @param sentence       how the scan ended, for an operator.
 */
public record ScanReport(
        boolean isNew,
        long startPosition,
        long startSequence,
        long lastPosition,
        long endPosition,
        long nextSequence,
        long blockCount,
        long pageCount,
        long scannedSectors,
        boolean isOwn,
        boolean isCut,
        long laterPosition,
        String sentence) {
    /**
     * Whether there is a log, and nothing in it: one block that heads nothing and no trace of another, as after an orderly
     * stop. Only then may the log go on with the next number.
     *
     * <p>Suppose that block 7, empty, is valid and block 8 has an intact header but lacks a page. If the log went on with
     * another block 8 at the same place, and the power failed again after that one's page had reached the disk but not its
     * header, the old header and the new page could be valid together: a record that nobody wrote.
     */
    public boolean isEmpty() {
        return !isNew && blockCount == 1 && pageCount == 0 && !isCut;
    }
}
