package io.holdfast.fault;

import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import java.util.SplittableRandom;

/**
 * The array of a trial.
 *
 * @param level              4, 5 or 6.
 * @param algorithm          number of the layout.
 * @param memberCount        slots.
 * @param chunkLength        in bytes.
 * @param rowCount           chunks of each member.
 * @param isJournaled        whether it has a journal.
 * @param logicalBlockLength of its devices, in bytes.
 * @param shardCount         shards of the engine.
 * @param bitmapChunkLength  bytes of each member for each bit of its write-intent bitmap; 0 when it has none.
 * @param isAssumedClean     whether it begins with parity taken for right (its devices are all zeroes), not with a resync.
 */
public record ArrayShape(
        int level,
        int algorithm,
        int memberCount,
        int chunkLength,
        int rowCount,
        boolean isJournaled,
        int logicalBlockLength,
        int shardCount,
        int bitmapChunkLength,
        boolean isAssumedClean) {
    private static final int[] RAID5_ALGORITHMS = {0, 1, 2, 3, 4, 5};
    private static final int[] RAID6_ALGORITHMS = {0, 1, 2, 3, 4, 5, 8, 9, 10, 16, 17, 18, 19, 20};

    /** One without a bitmap. */
    public ArrayShape(
            int level,
            int algorithm,
            int memberCount,
            int chunkLength,
            int rowCount,
            boolean isJournaled,
            int logicalBlockLength,
            int shardCount,
            boolean isAssumedClean) {
        this(
                level,
                algorithm,
                memberCount,
                chunkLength,
                rowCount,
                isJournaled,
                logicalBlockLength,
                shardCount,
                0,
                isAssumedClean);
    }

    /**
     * Any shape that is small enough to be crashed often.
     *
     * @param random source of chance.
     * @return the shape.
     */
    public static ArrayShape draw(SplittableRandom random) {
        int level = 4 + random.nextInt(3);
        int algorithm = 0;
        if (level == 5) {
            algorithm = RAID5_ALGORITHMS[random.nextInt(RAID5_ALGORITHMS.length)];
        } else if (level == 6) {
            algorithm = RAID6_ALGORITHMS[random.nextInt(RAID6_ALGORITHMS.length)];
        }
        int least = level == 6 ? 4 : 3;
        return new ArrayShape(
                level,
                algorithm,
                least + random.nextInt(4),
                4096 << random.nextInt(6),
                2 + random.nextInt(7),
                random.nextInt(3) > 0,
                random.nextInt(4) == 0 ? 4096 : 512,
                1 + random.nextInt(2),
                random.nextInt(4) > 0);
    }

    /** The geometry. */
    public ArrayLayout layout() {
        return new ArrayLayout(RaidLevel.of(level), algorithm, memberCount, chunkLength, memberLength());
    }

    /** Bytes used of each member. */
    public long memberLength() {
        return (long) chunkLength * rowCount;
    }

    /** Members that the level can do without. */
    public int parityCount() {
        return level == 6 ? 2 : 1;
    }

    /** Bytes that are old or new as a whole: blocks with a journal, whatever the device does not tear without. */
    public int unitLength() {
        return isJournaled ? 4096 : logicalBlockLength;
    }

    /** The same without a journal. */
    public ArrayShape withoutJournal() {
        return new ArrayShape(
                level,
                algorithm,
                memberCount,
                chunkLength,
                rowCount,
                false,
                logicalBlockLength,
                shardCount,
                bitmapChunkLength,
                isAssumedClean);
    }

    /**
     * The same with a bitmap, and without a journal, which it cannot have then.
     *
     * @param chunkLength bytes of each member for each bit.
     * @return the shape.
     */
    public ArrayShape withBitmap(int chunkLength) {
        return new ArrayShape(
                level,
                algorithm,
                memberCount,
                this.chunkLength,
                rowCount,
                false,
                logicalBlockLength,
                shardCount,
                chunkLength,
                isAssumedClean);
    }
}
