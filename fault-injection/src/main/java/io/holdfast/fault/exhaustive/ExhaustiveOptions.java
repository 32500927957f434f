package io.holdfast.fault.exhaustive;

import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.JournalUse;
import io.holdfast.raid.JournalMode;

/**
 * What an exhaustive run tries.
 *
 * @param shape         of the array; assumed clean, one shard.
 * @param journalLength bytes of log, where there is one.
 * @param journalMode   what writes wait for, where there is a journal.
 * @param writes        requests of the workload that change something, 1 to 64.
 * @param inFlight      pages that the workload leaves unflushed on the members at most, as far as it can help it; without a
 *                      journal this bounds the images of a crash point to two to that power.
 * @param seed          of the workload, and of what is sampled.
 * @param recoveryDepth how many crashes inside recoveries follow the first: 0, 1, or 2, of which the second is sampled.
 * @param groupLimit    groups of images, told apart by a recovery, to try at one crash point; what is beyond is sampled.
 * @param sampleCount   images to draw where a crash point has more than that.
 * @param timeLimitNs   when to stop with what was done; {@link Long#MAX_VALUE} for never.
 */
public record ExhaustiveOptions(
        ArrayShape shape,
        long journalLength,
        JournalMode journalMode,
        int writes,
        int inFlight,
        long seed,
        int recoveryDepth,
        int groupLimit,
        int sampleCount,
        long timeLimitNs) {
    /** Pages that a small workload may leave unflushed: as many as can be tried in every combination. */
    public static final int IN_FLIGHT_DEFAULT = 12;

    /** Bytes of the longest chunk that can be tried. */
    public static final int MOST_CHUNK = 64 * 1024;

    /** Members of an array that can be tried. */
    public static final int MOST_MEMBERS = 16;

    private static final int GROUP_LIMIT_DEFAULT = 1 << 13;
    private static final int SAMPLE_COUNT_DEFAULT = 2000;
    private static final int ROW_COUNT = 3;
    private static final int LEFT_SYMMETRIC = 2;
    private static final int PAGES_PER_MEMBER = 4;

    /** Check the relations between the numbers. */
    public ExhaustiveOptions {
        check("writes", writes, 1, Pattern.MOST_WRITES);
        check("inFlight", inFlight, 1, 24);
        check("recoveryDepth", recoveryDepth, 0, 2);
        check("groupLimit", groupLimit, 1, Integer.MAX_VALUE);
        check("sampleCount", sampleCount, 0, Integer.MAX_VALUE);
        check("members", shape.memberCount(), 3, MOST_MEMBERS);
        check("chunkLength", shape.chunkLength(), PagePool.PAGE_LENGTH, MOST_CHUNK);
        if (!shape.isAssumedClean() || shape.shardCount() != 1) {
            throw new IllegalArgumentException("an exhaustive run needs a clean array of one shard: shape=" + shape);
        }
    }

    /**
     * A small array and what is tried of it unless somebody wants it otherwise.
     *
     * @param level       4, 5 or 6.
     * @param memberCount slots.
     * @param chunkLength in bytes.
     * @param journal     whether it has one, and what writes wait for.
     * @param writes      requests of the workload.
     * @param seed        of it.
     * @return the options.
     */
    public static ExhaustiveOptions of(
            int level, int memberCount, int chunkLength, JournalUse journal, int writes, long seed) {
        ArrayShape shape = new ArrayShape(
                level,
                level == 4 ? 0 : LEFT_SYMMETRIC,
                memberCount,
                chunkLength,
                ROW_COUNT,
                journal.isJournaled(),
                PagePool.PAGE_LENGTH,
                1,
                true);
        // Room for a page of each member, four times over, so that the log goes round within a few writes.
        long journalLength = (long) PAGES_PER_MEMBER * (memberCount + 1) * PagePool.PAGE_LENGTH;
        return new ExhaustiveOptions(
                shape,
                journalLength,
                journal.startMode(false),
                writes,
                IN_FLIGHT_DEFAULT,
                seed,
                1,
                GROUP_LIMIT_DEFAULT,
                SAMPLE_COUNT_DEFAULT,
                Long.MAX_VALUE);
    }

    /** The same with devices of other logical blocks: 4096, which are never torn inside a page, or 512. */
    public ExhaustiveOptions logicalBlockLength(int value) {
        return withShape(new ArrayShape(
                shape.level(),
                shape.algorithm(),
                shape.memberCount(),
                shape.chunkLength(),
                shape.rowCount(),
                shape.isJournaled(),
                value,
                1,
                true));
    }

    /** The same without a journal. */
    public ExhaustiveOptions withoutJournal() {
        return withShape(shape.withoutJournal());
    }

    /** The same with another number of crashes inside recoveries. */
    public ExhaustiveOptions recoveryDepth(int value) {
        return new ExhaustiveOptions(
                shape, journalLength, journalMode, writes, inFlight, seed, value, groupLimit, sampleCount, timeLimitNs);
    }

    /** The same with another number of unflushed pages. */
    public ExhaustiveOptions inFlight(int value) {
        return new ExhaustiveOptions(
                shape,
                journalLength,
                journalMode,
                writes,
                value,
                seed,
                recoveryDepth,
                groupLimit,
                sampleCount,
                timeLimitNs);
    }

    /** The same with another limit of groups at a crash point. */
    public ExhaustiveOptions groupLimit(int value) {
        return new ExhaustiveOptions(
                shape,
                journalLength,
                journalMode,
                writes,
                inFlight,
                seed,
                recoveryDepth,
                value,
                sampleCount,
                timeLimitNs);
    }

    /** The same with another number of images to draw beyond that limit. */
    public ExhaustiveOptions sampleCount(int value) {
        return new ExhaustiveOptions(
                shape,
                journalLength,
                journalMode,
                writes,
                inFlight,
                seed,
                recoveryDepth,
                groupLimit,
                value,
                timeLimitNs);
    }

    /** The same with a time limit. */
    public ExhaustiveOptions timeLimitNs(long value) {
        return new ExhaustiveOptions(
                shape,
                journalLength,
                journalMode,
                writes,
                inFlight,
                seed,
                recoveryDepth,
                groupLimit,
                sampleCount,
                value);
    }

    private ExhaustiveOptions withShape(ArrayShape value) {
        return new ExhaustiveOptions(
                value,
                journalLength,
                journalMode,
                writes,
                inFlight,
                seed,
                recoveryDepth,
                groupLimit,
                sampleCount,
                timeLimitNs);
    }

    private static void check(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + "=" + value + " is out of range: " + least + " to " + most);
        }
    }
}
