package io.holdfast.raid.engine;

import io.holdfast.raid.BitmapStatus;
import io.holdfast.raid.metadata.BitmapArea;
import io.holdfast.raid.metadata.Superblock;
import java.util.Arrays;
import java.util.BitSet;
import org.agrona.MutableDirectBuffer;

/**
 * Keeps the write-intent bitmap of a running array: sets bits before anybody writes under them, and takes them away when that
 * has become needless. The conductor's {@link SuperblockRecorder} does the writing, one batch after the other; what is asked
 * for meanwhile is the next batch, so that many writers share one flush.
 *
 * <pre>
 *            a shard asks         durable on all members
 *   CLEAR ----------------> SET ------------------------> GRANTED to shards
 *     ^                                                      |
 *     |  members flushed, then written                       | two sweeps find nothing under way
 *     +------------------------------------- IDLE <----------+
 * </pre>
 *
 * <p>A bit stays set while anything depends on it: a write of some shard, a member that is not complete (it may have missed
 * what was written here, and is brought up to date from the bits when it comes back), or a resync that has yet to visit the region.
 *
 * <p>Confined to the conductor's thread, but for {@link #status}.
 */
final class BitmapKeeper {
    /** What the keeper asks of the conductor. */
    interface Host {
        /** Whether every slot has a complete member, as far as is known. */
        boolean isWhole();

        /** The count of updates that every member has. */
        long recordedEvents();

        /** Whether a device has a slot, and has not failed. */
        boolean isSeated(int device);

        /** A device's own superblock, which says where its copy lies. */
        Superblock superblock(int device);

        /** Bytes that a device writes at least. */
        int blockLength(int device);

        /** Tell every shard. */
        void broadcast(ShardControl control);

        /** Tell one shard. */
        void tell(int shard, ShardControl control);
    }

    private final Host host;
    private final BitmapArea area;
    private final BitmapRegions regions;
    private final long sweepIntervalNs;
    private final int shardCount;

    /** Regions with a bit in the area. */
    private final BitSet set;
    /** Of these, those that all members have, durably. */
    private final BitSet durable;
    /** Regions whose parity a resync has yet to compare. */
    private final BitSet doubtful;
    /** Regions that shards wait for, by shard. */
    private final BitSet[] asked;

    private final BitSet wanted = new BitSet();
    /** By region: how many shards may write there without asking. */
    private final int[] holders;

    private final BitSet changedPages = new BitSet();
    private final BitSet newDevices = new BitSet();
    private final Batch batch = new Batch();
    private long durableEventsCleared;
    private boolean clearWanted;
    private boolean wasWhole;
    /** Bits can be cleared when members that are older than this are told to be of no use. */
    private long wholeSinceEvents;

    private long lastSweepNs = Long.MIN_VALUE;
    private boolean isComingToRest;
    private volatile BitmapStatus status;

    /**
     * A keeper of a bitmap that all members have.
     *
     * @param host            what the conductor does for it.
     * @param area            as every member has it; changed from now on.
     * @param regions         of its bits.
     * @param doubtful        regions that a resync is to visit.
     * @param sweepIntervalNs between two looks for bits to clear.
     * @param shardCount      of the array.
     */
    BitmapKeeper(
            Host host, BitmapArea area, BitmapRegions regions, BitSet doubtful, long sweepIntervalNs, int shardCount) {
        this.host = host;
        this.area = area;
        this.regions = regions;
        this.doubtful = doubtful;
        this.sweepIntervalNs = sweepIntervalNs;
        this.shardCount = shardCount;
        set = regions.setIn(area);
        durable = new BitSet();
        for (int region = set.nextSetBit(0); region >= 0; region = set.nextSetBit(region + 1)) {
            durable.set(region, regions.isWhollySetIn(area, region));
        }
        durableEventsCleared = area.eventsCleared();
        holders = new int[regions.count()];
        asked = new BitSet[shardCount];
        Arrays.setAll(asked, shard -> new BitSet());
        // Nobody knows since when the members that are there have been the array's: none that are away count for less.
        wholeSinceEvents = host.recordedEvents();
        wasWhole = host.isWhole();
        publish();
    }

    BitmapRegions regions() {
        return regions;
    }

    /** How much is set; from any thread. */
    BitmapStatus status() {
        return status;
    }

    private void publish() {
        status = new BitmapStatus(area.chunkLength(), regions.count(), set.cardinality());
    }

    // ---- shards ----

    /** A shard has a write in a region, and waits for its bits. */
    void wanted(int shard, int region) {
        if (durable.get(region)) {
            grant(shard, region);
        } else {
            asked[shard].set(region);
            wanted.set(region);
        }
    }

    private void grant(int shard, int... granted) {
        for (int region : granted) {
            holders[region]++;
        }
        host.tell(shard, new ShardControl.GrantRegions(granted));
    }

    /** A shard has nothing under way in regions, and will ask again before it has. */
    void released(int[] released) {
        for (int region : released) {
            holders[region]--;
            clearWanted |= holders[region] == 0;
        }
    }

    // ---- sessions ----

    /** A resync has made parity fit below a window. */
    void resyncedBelow(long window) {
        doubtful.clear(0, regions.countBelow(window));
    }

    /** The first window, from one on, whose parity is in doubt; {@link Long#MAX_VALUE} when there is none. */
    long nextDoubtful(long window) {
        return next(doubtful, window);
    }

    /** The first window, from one on, that may have been written to since some member went; {@link Long#MAX_VALUE} for none. */
    long nextSet(long window) {
        return next(set, window);
    }

    private long next(BitSet of, long window) {
        int region = regions.region(window);
        if (of.get(region)) {
            return window;
        }
        int next = of.nextSetBit(region);
        return next < 0 ? Long.MAX_VALUE : regions.firstWindow(next);
    }

    // ---- members ----

    /** A device was given a slot: it gets all of the bitmap, before any superblock calls it complete. */
    void seated(int device) {
        newDevices.set(device);
    }

    /**
     * Whether a member that was away can be brought up to date from the bits.
     *
     * @param away its superblock, as it was found.
     */
    boolean covers(Superblock away) {
        return area.covers(away);
    }

    // ---- time ----

    /** Look for bits to clear, when it is time to. */
    int tick(long nowNs) {
        if (!host.isWhole()) {
            // Somebody misses what is written from now on, and the bits are all that will tell him what.
            wasWhole = false;
            return 0;
        }
        if (lastSweepNs == Long.MIN_VALUE) {
            lastSweepNs = nowNs;
        }
        if (nowNs - lastSweepNs < sweepIntervalNs) {
            return 0;
        }
        lastSweepNs = nowNs;
        if (set.isEmpty()) {
            return 0;
        }
        host.broadcast(new ShardControl.SweepRegions(false));
        clearWanted |= nextClearable(0) >= 0;
        return 1;
    }

    /** Clear all that can be cleared, for the array is about to stop; true when that is done, or cannot be. */
    boolean comeToRest() {
        if (!host.isWhole() || !wasWhole) {
            return !wantsBatch();
        }
        if (!isComingToRest) {
            isComingToRest = true;
            host.broadcast(new ShardControl.SweepRegions(true));
        }
        clearWanted = nextClearable(0) >= 0;
        return !clearWanted && !wantsBatch() && !isAnyHeld();
    }

    private boolean isAnyHeld() {
        for (int held : holders) {
            if (held > 0) {
                return true;
            }
        }
        return false;
    }

    private int nextClearable(int from) {
        for (int region = set.nextSetBit(from); region >= 0; region = set.nextSetBit(region + 1)) {
            if (holders[region] == 0 && !doubtful.get(region) && !wanted.get(region)) {
                return region;
            }
        }
        return -1;
    }

    // ---- batches ----

    /** Whether something is to be written that cannot wait for the next superblocks. */
    boolean wantsBatch() {
        return !wanted.isEmpty() || !newDevices.isEmpty() || !changedPages.isEmpty() || (clearWanted && mayClear());
    }

    private boolean mayClear() {
        return host.isWhole() && wasWhole;
    }

    /**
     * Make the next batch, for bits alone.
     *
     * @return what to write.
     */
    BitmapBatch prepare() {
        prepareBits();
        return batch;
    }

    /**
     * Make the next batch, to go ahead of a generation of superblocks.
     *
     * @param events the generation's.
     * @return what to write.
     */
    BitmapBatch prepare(long events) {
        prepareBits();
        area.events(events);
        if (mayClear()) {
            // Not the coming count: a member that fails while that is written would be left with less than it, and be
            // of
            // no use afterwards although it has missed nothing yet.
            area.eventsCleared(host.recordedEvents());
        }
        batch.pages.set(0);
        batch.isGeneration = true;
        batch.describesWhole = host.isWhole();
        return batch;
    }

    private void prepareBits() {
        batch.begin();
        for (int region = wanted.nextSetBit(0); region >= 0; region = wanted.nextSetBit(region + 1)) {
            change(region, true);
        }
        batch.added.or(wanted);
        if (clearWanted && mayClear()) {
            if (Long.compareUnsigned(durableEventsCleared, wholeSinceEvents) >= 0) {
                clearIdle();
            } else {
                // First of all, and durably, no member that went before these ones were complete may be trusted to have
                // missed no more than the bits say. Consider a bit cleared without that:
                // 1. A member goes, writes go on, a spare takes its slot and is rebuilt; the array is whole.
                // 2. The bits of what the first member missed are cleared. Power fails, the count was not durable.
                // 3. The spare is lost, the first member comes back. Its count of updates is not below the old mark, so
                //    it is brought up to date from bits that no longer tell what it missed.
                area.eventsCleared(host.recordedEvents());
                batch.pages.set(0);
            }
        }
        publish();
    }

    private void clearIdle() {
        clearWanted = false;
        for (int region = nextClearable(0); region >= 0; region = nextClearable(region + 1)) {
            durable.clear(region);
            change(region, false);
            batch.removed.set(region);
        }
    }

    private void change(int region, boolean on) {
        for (long bit = regions.firstBit(region); bit < regions.endBit(region); bit++) {
            area.set(bit, on);
            batch.pages.set(area.page(bit));
        }
        set.set(region, on);
    }

    /**
     * The batch has ended.
     *
     * @param recorded whether all of it is durable on every device it was meant for, and the superblocks that may have followed.
     */
    void ended(boolean recorded) {
        if (!recorded) {
            // Nobody knows which devices have what of it; they get it again. Bits that were to be cleared stay.
            for (int region = batch.removed.nextSetBit(0); region >= 0; region = batch.removed.nextSetBit(region + 1)) {
                change(region, true);
                clearWanted = true;
            }
            changedPages.or(batch.pages);
            newDevices.or(batch.newDevices);
            publish();
            return;
        }
        durableEventsCleared = area.eventsCleared();
        if (batch.isGeneration && batch.describesWhole && host.isWhole() && !wasWhole) {
            wasWhole = true;
            wholeSinceEvents = area.events();
        }
        durable.or(batch.added);
        wanted.andNot(batch.added);
        for (int shard = 0; shard < shardCount; shard++) {
            asked[shard].stream().filter(durable::get).forEach(batch.granted::set);
            if (!batch.granted.isEmpty()) {
                asked[shard].andNot(batch.granted);
                grant(shard, batch.granted.stream().toArray());
                batch.granted.clear();
            }
        }
        publish();
    }

    /** What is being written; the area stands still meanwhile. */
    private final class Batch implements BitmapBatch {
        final BitSet pages = new BitSet();
        final BitSet newDevices = new BitSet();
        final BitSet added = new BitSet();
        final BitSet removed = new BitSet();
        final BitSet granted = new BitSet();
        boolean isGeneration;
        boolean describesWhole;

        void begin() {
            pages.clear();
            added.clear();
            removed.clear();
            newDevices.clear();
            pages.or(changedPages);
            newDevices.or(BitmapKeeper.this.newDevices);
            changedPages.clear();
            BitmapKeeper.this.newDevices.clear();
            isGeneration = false;
        }

        @Override
        public boolean concerns(int device) {
            return host.isSeated(device) && (!pages.isEmpty() || newDevices.get(device));
        }

        @Override
        public MutableDirectBuffer buffer() {
            return area.buffer();
        }

        @Override
        public int index(int device) {
            return newDevices.get(device) ? 0 : pages.nextSetBit(0) * BitmapArea.PAGE_LENGTH;
        }

        @Override
        public int length(int device) {
            int endPage = newDevices.get(device) ? area.pageCount() : pages.length();
            return area.endOf(endPage, host.blockLength(device)) - index(device);
        }

        @Override
        public long offset(int device) {
            return BitmapArea.offset(host.superblock(device)) + index(device);
        }

        @Override
        public boolean takesBitsAway() {
            return !removed.isEmpty();
        }
    }
}
