package io.holdfast.raid.engine;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.metadata.BadBlockLog.Range;
import java.util.List;

/** What is listed as bad on a member, as shards look at it: immutable, by offset in the member's data. */
final class BadBlocks {
    /** Of a member that has no list. */
    static final BadBlocks NONE = new BadBlocks(new long[0], false);

    /** First and end offset of each range, ascending. */
    private final long[] ranges;

    private final boolean isKept;

    private BadBlocks(long[] ranges, boolean isKept) {
        this.ranges = ranges;
        this.isKept = isKept;
    }

    /**
     * As a list says.
     *
     * @param listed     in device sectors, ascending.
     * @param dataOffset of the device, in bytes.
     * @param isKept     whether more can be listed.
     */
    static BadBlocks of(List<Range> listed, long dataOffset, boolean isKept) {
        long[] ranges = new long[2 * listed.size()];
        for (int i = 0; i < listed.size(); i++) {
            ranges[2 * i] = listed.get(i).deviceSector() * DeviceGeometry.SECTOR_LENGTH - dataOffset;
            ranges[2 * i + 1] = ranges[2 * i] + listed.get(i).sectors() * DeviceGeometry.SECTOR_LENGTH;
        }
        return new BadBlocks(ranges, isKept);
    }

    /** Whether what is found bad is listed from now on. */
    boolean isKept() {
        return isKept;
    }

    boolean isEmpty() {
        return ranges.length == 0;
    }

    /** Of some blocks from an offset on, those that a range touches. */
    int blocks(long memberOffset, int all) {
        if (ranges.length == 0) {
            return 0;
        }
        int mask = 0;
        for (int i = firstEndingBehind(memberOffset); i < ranges.length; i += 2) {
            int untouched = all & ~mask;
            boolean isBeyond = true;
            for (int rest = untouched; rest != 0; rest &= rest - 1) {
                long block = memberOffset + ((long) BlockMask.first(rest) << BlockMask.BLOCK_SHIFT);
                boolean isBelowEnd = ranges[i] < block + BlockMask.BLOCK_LENGTH;
                isBeyond &= !isBelowEnd;
                if (isBelowEnd && block < ranges[i + 1]) {
                    mask |= Integer.lowestOneBit(rest);
                }
            }
            if (isBeyond) {
                return mask;
            }
        }
        return mask;
    }

    private int firstEndingBehind(long memberOffset) {
        int low = 0;
        int high = ranges.length / 2;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ranges[2 * middle + 1] <= memberOffset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return 2 * low;
    }
}
