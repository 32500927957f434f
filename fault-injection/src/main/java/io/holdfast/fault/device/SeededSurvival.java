package io.holdfast.fault.device;

import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Survival drawn from a seed, with a liking for the cases that find bugs: nothing, everything, a prefix in order, all but
 * one, only one, any subset; and, for each write, whole or torn into a prefix, a suffix, or scattered blocks.
 *
 * <p>The draw for a device depends on the seed and the device's name alone, not on the order in which devices are asked.
 */
public final class SeededSurvival implements Survival {
    private final long seed;
    private final boolean tears;
    private final boolean reorders;

    /**
     * Fix the draw; anything legal may come of it.
     *
     * @param seed of it.
     */
    public SeededSurvival(long seed) {
        this(seed, true, true);
    }

    /**
     * Fix the draw.
     *
     * @param seed     of it.
     * @param tears    whether parts of a write may survive without the rest.
     * @param reorders whether a write may survive without those that took effect before it.
     */
    public SeededSurvival(long seed, boolean tears, boolean reorders) {
        this.seed = seed;
        this.tears = tears;
        this.reorders = reorders;
    }

    @Override
    public Choice choose(String deviceName, List<UnflushedWrite> writes, int blockLength) {
        SplittableRandom random = new SplittableRandom(seed ^ deviceName.hashCode() * 0x9E3779B97F4A7C15L);
        BitSet kept = keptWrites(random, writes.size(), reorders);
        BitSet[] blocks = new BitSet[writes.size()];
        boolean tearsNow = random.nextInt(4) != 0 && tears;
        for (int i = kept.nextSetBit(0); i >= 0; i = kept.nextSetBit(i + 1)) {
            int blockCount = Math.toIntExact(writes.get(i).length() / blockLength);
            blocks[i] = keptBlocks(random, blockCount, tearsNow);
        }
        return (write, block) -> blocks[write] != null && blocks[write].get(block);
    }

    private static BitSet keptWrites(SplittableRandom random, int count, boolean reorders) {
        BitSet kept = new BitSet(count);
        if (count == 0) {
            return kept;
        }
        switch (random.nextInt(reorders ? 6 : 3)) {
            case 0 -> kept.clear();
            case 1 -> kept.set(0, count);
            case 2 -> kept.set(0, random.nextInt(count + 1));
            case 3 -> {
                kept.set(0, count);
                kept.clear(random.nextInt(count));
            }
            case 4 -> kept.set(random.nextInt(count));
            default -> scatter(random, kept, count);
        }
        return kept;
    }

    private static BitSet keptBlocks(SplittableRandom random, int count, boolean tears) {
        BitSet kept = new BitSet(count);
        switch (tears ? random.nextInt(4) : 0) {
            case 0 -> kept.set(0, count);
            case 1 -> kept.set(0, random.nextInt(count + 1));
            case 2 -> kept.set(random.nextInt(count + 1), count);
            default -> scatter(random, kept, count);
        }
        return kept;
    }

    private static void scatter(SplittableRandom random, BitSet kept, int count) {
        for (int i = 0; i < count; i++) {
            kept.set(i, random.nextBoolean());
        }
    }

    @Override
    public String toString() {
        return "SeededSurvival{seed=" + seed + "}";
    }
}
