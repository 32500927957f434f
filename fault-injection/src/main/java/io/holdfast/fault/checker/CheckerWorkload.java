package io.holdfast.fault.checker;

import java.util.BitSet;
import java.util.SplittableRandom;

/**
 * Draws what to ask of a device next: mostly writes, of sizes from one logical block to the longest transfer, aligned and
 * not, in a few hot places, in a row, and anywhere.
 */
final class CheckerWorkload {
    /** What to ask. */
    enum Kind {
        WRITE,
        DURABLE_WRITE,
        ZEROES,
        READ,
        FLUSH
    }

    private static final int HOT_UNIT_COUNT = 512;
    private static final int TRY_COUNT = 16;

    private final SplittableRandom random;
    private final CheckedArea area;
    private final int largestCount;
    private final int hotStart;
    private int sequentialUnit;
    private int firstUnit;
    private int unitCount;

    CheckerWorkload(long seed, CheckedArea area, int transferLength) {
        this.random = new SplittableRandom(seed);
        this.area = area;
        this.largestCount = transferLength / area.unitLength();
        this.hotStart = random.nextInt(Math.max(1, area.unitCount() - HOT_UNIT_COUNT));
    }

    Kind nextKind() {
        int draw = random.nextInt(100);
        if (draw < 58) {
            return Kind.WRITE;
        }
        if (draw < 70) {
            return Kind.DURABLE_WRITE;
        }
        if (draw < 76) {
            return Kind.ZEROES;
        }
        return draw < 96 ? Kind.READ : Kind.FLUSH;
    }

    /** Draw a range that touches nothing in flight. Returns false when none was found. */
    boolean pickRange(BitSet busyUnits) {
        for (int i = 0; i < TRY_COUNT; i++) {
            drawRange();
            int busy = busyUnits.nextSetBit(firstUnit);
            if (busy < 0 || busy >= firstUnit + unitCount) {
                return true;
            }
        }
        return false;
    }

    int firstUnit() {
        return firstUnit;
    }

    int unitCount() {
        return unitCount;
    }

    private void drawRange() {
        int perBlock = area.unitsPerBlock();
        int count;
        boolean isAligned = true;
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                count = 1 + random.nextInt(perBlock);
                isAligned = false;
            }
            case 2, 3, 4 -> count = perBlock;
            case 5, 6 -> count = perBlock * (1 + random.nextInt(16));
            default -> {
                count = 1 + random.nextInt(largestCount);
                isAligned = random.nextBoolean();
            }
        }
        count = Math.min(count, largestCount);
        int unit;
        switch (random.nextInt(4)) {
            case 0 -> {
                unit = sequentialUnit;
                sequentialUnit = (int) ((sequentialUnit + (long) count) % area.unitCount());
                isAligned = false;
            }
            case 1, 2 -> unit = hotStart + random.nextInt(Math.min(HOT_UNIT_COUNT, area.unitCount()));
            default -> unit = random.nextInt(area.unitCount());
        }
        unit = Math.min(unit, area.unitCount() - 1);
        firstUnit = isAligned ? unit / perBlock * perBlock : unit;
        unitCount = Math.min(count, area.contiguousUnits(firstUnit));
    }
}
