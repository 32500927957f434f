package io.holdfast.journal;

/**
 * Where a writer goes on in a log.
 *
 * @param tailPosition of the meta block that the recorded tail designates, durably: a replay would not find what is appended
 *                     otherwise.
 * @param lastPosition of the last meta block there is; the tail's own when there is no other.
 * @param headPosition where the next one goes.
 * @param nextSequence its sequence number.
 * @param isLive       whether anything between tail and head is not at rest on the members yet. It comes to rest as a whole:
 *                     {@link JournalWriter#oldPartAtRest}.
 */
public record LogStart(long tailPosition, long lastPosition, long headPosition, long nextSequence, boolean isLive) {
    /**
     * Behind an empty meta block that the tail designates.
     *
     * @param area     of the log.
     * @param position of the block.
     * @param sequence its number.
     */
    public static LogStart behindEmptyBlock(JournalArea area, long position, long sequence) {
        if (!area.isPosition(position)) {
            throw new IllegalArgumentException("no position of this log: position=" + position + " " + area);
        }
        return new LogStart(
                position, position, area.advance(position, MetaBlockDescriptor.LENGTH_SECTORS), sequence + 1, false);
    }

    /**
     * Behind what a scan found, none of which is known to be at rest. Only when nothing of a later block can be left behind
     * the end: see {@link JournalAppender#clearAhead}.
     *
     * @param report of the scan, of a log that is not new.
     */
    public static LogStart behind(ScanReport report) {
        return new LogStart(
                report.startPosition(), report.lastPosition(), report.endPosition(), report.nextSequence(), true);
    }
}
