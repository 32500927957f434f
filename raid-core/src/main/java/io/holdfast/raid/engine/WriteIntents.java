package io.holdfast.raid.engine;

import java.util.Arrays;

/**
 * What a shard knows to be on record, on every member, of the writes that it may begin.
 *
 * <p>Without a journal, whoever starts the array after a crash has to find out from the members where a write may have been
 * under way. They are told in two grades: the superblocks say that there may be <em>some</em>, and the bits of a bitmap, if there
 * is one, say in which regions. Both are durable before the first write that they stand for begins, in whatever order, and
 * both are taken back lazily: {@link DirtyGate} looks after the first, {@link BitmapKeeper} after the second.
 *
 * <p>Asking takes a flush of all members, so a shard remembers what it was granted and looks no further: one byte for each
 * region, and a count of the writes under way there. Confined to its shard's thread; allocates nothing unless it has to ask.
 */
final class WriteIntents {
    /** No write's region: the array has no bitmap, or the write is recorded in a journal. */
    static final int NO_REGION = -1;

    private static final byte NOT_GRANTED = 0;
    private static final byte ASKED = 1;
    private static final byte GRANTED = 2;
    /** As granted, and the last sweep found nothing under way. */
    private static final byte IDLE = 3;

    private static final int[] NONE = {};

    private final int shardIndex;
    private final ConductorLink conductor;
    private boolean isArrayDirty;
    /** Null when the array has no bitmap. */
    private BitmapRegions regions;

    private byte[] grant = {};
    private int[] underWay = NONE;

    WriteIntents(int shardIndex, ConductorLink conductor) {
        this.shardIndex = shardIndex;
        this.conductor = conductor;
    }

    /** Use a bitmap from now on, or none: null. Only while no write is under way. */
    void use(BitmapRegions next) {
        regions = next;
        grant = new byte[next == null ? 0 : next.count()];
        underWay = new int[grant.length];
    }

    /** Whether a crash in the middle of a write to a window would be known of. */
    boolean areRecorded(long window) {
        return isArrayDirty && (regions == null || grant[regions.region(window)] >= GRANTED);
    }

    /** Ask for what is not on record yet; the answers come through {@link #arrayDirty} and {@link #granted}. */
    void want(long window) {
        if (!isArrayDirty) {
            conductor.dirtyWanted();
        }
        if (regions != null && grant[regions.region(window)] == NOT_GRANTED) {
            grant[regions.region(window)] = ASKED;
            conductor.regionWanted(shardIndex, regions.region(window));
        }
    }

    /** A write begins. The region returned is to be handed to {@link #end}. */
    int begin(long window) {
        if (regions == null) {
            return NO_REGION;
        }
        int region = regions.region(window);
        grant[region] = GRANTED;
        underWay[region]++;
        return region;
    }

    /** A write has ended. */
    void end(int region) {
        if (region != NO_REGION) {
            underWay[region]--;
        }
    }

    boolean isArrayDirty() {
        return isArrayDirty;
    }

    void arrayDirty(boolean dirty) {
        isArrayDirty = dirty;
    }

    /** The bits of regions are set on every member; those that are not meant for this shard are not among them. */
    void granted(int[] granted) {
        for (int region : granted) {
            grant[region] = GRANTED;
        }
    }

    /**
     * Give back what has not been written to since the sweep before the last.
     *
     * @param atOnce whether to give back whatever nothing is under way in.
     */
    void sweep(boolean atOnce) {
        int[] released = NONE;
        int count = 0;
        for (int region = 0; region < grant.length; region++) {
            if (grant[region] < GRANTED || underWay[region] > 0) {
                continue;
            }
            if (grant[region] == GRANTED && !atOnce) {
                grant[region] = IDLE;
                continue;
            }
            // From here on a write has to ask again, so the bit can be cleared once nobody else has it.
            grant[region] = NOT_GRANTED;
            if (count == released.length) {
                released = Arrays.copyOf(released, Math.max(16, count * 2));
            }
            released[count++] = region;
        }
        if (count > 0) {
            conductor.regionsReleased(Arrays.copyOf(released, count));
        }
    }
}
