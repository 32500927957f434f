package io.holdfast.cli.report;

import java.util.List;

/**
 * How an array that is not running stands to its journal.
 *
 * @param listedCount copies that the freshest superblock names.
 * @param policy      what its loss is to mean, as typed.
 * @param copies      what there is of it among the devices, stale ones last.
 */
public record JournalFacts(int listedCount, String policy, List<Copy> copies) {
    /**
     * One copy.
     *
     * @param deviceName   that holds it.
     * @param state        in a few words, such as "up to date" or "stale".
     * @param isUsable     whether a start would use it.
     * @param areaSectors  of the log.
     * @param tailPosition where a replay begins, in sectors.
     * @param log          what a replay would find; null for a copy that is not used, or cannot be read.
     * @param sentence     the same for people, or why it cannot be read.
     */
    public record Copy(
            String deviceName,
            String state,
            boolean isUsable,
            long areaSectors,
            long tailPosition,
            Log log,
            String sentence) {}

    /**
     * What a replay would find.
     *
     * @param blockCount   valid blocks.
     * @param pageCount    pages of data and parity.
     * @param usedSectors  of the log.
     * @param headPosition where the log ends, in sectors.
     * @param nextSequence number of the block that would come next.
     * @param isEmpty      whether there is nothing to replay.
     */
    public record Log(
            long blockCount, long pageCount, long usedSectors, long headPosition, long nextSequence, boolean isEmpty) {}

    /** Takes the list as it is. */
    public JournalFacts {
        copies = List.copyOf(copies);
    }

    /** Copies that a start would use. */
    public long usableCount() {
        return copies.stream().filter(Copy::isUsable).count();
    }
}
