package io.holdfast.raid.engine;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.journal.JournalVisitor;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.StripeMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * What a log says of every stripe it mentions: for each slot, where in the log the newest page lies.
 *
 * <table>
 * <caption>How a stripe's pages move as the log is read</caption>
 * <tr><th>payload</th><th>effect</th></tr>
 * <tr><td>data</td><td>its page is pending: without parity it must not reach the members</td></tr>
 * <tr><td>parity</td><td>pending pages and the parity pages become complete, over any complete ones from before</td></tr>
 * <tr><td>flush</td><td>the stripe is on the members: everything is forgotten</td></tr>
 * </table>
 *
 * <p>Complete pages are applied as they are. What is still pending at the end (Linux's write-back mode leaves such stripes)
 * needs parity first. Parity without any data belongs to a stripe that was at rest when the log's tail moved past its data,
 * and is dropped, as Linux does. Memory is bounded by the size of the log, whatever it contains.
 */
final class ReplayIndex implements JournalVisitor {
    static final long NONE = -1;

    /** One 4 KiB stripe. */
    static final class Stripe {
        final long memberSector;
        final StripeMap map;
        final long[] complete;
        final long[] pending;
        boolean hasCompleteData;
        boolean hasPendingData;

        Stripe(long memberSector, StripeMap map, int slotCount) {
            this.memberSector = memberSector;
            this.map = map;
            complete = new long[slotCount];
            pending = new long[slotCount];
            Arrays.fill(complete, NONE);
            Arrays.fill(pending, NONE);
        }

        /** How many pages are complete. */
        int completeCount() {
            return completeBelow(complete.length);
        }

        /** How many pages of slots below this one are complete. */
        int completeBelow(int endSlot) {
            int count = 0;
            for (int slot = 0; slot < endSlot; slot++) {
                count += complete[slot] == NONE ? 0 : 1;
            }
            return count;
        }

        /** Byte offset in the members' data. */
        long memberOffset() {
            return memberSector * DeviceGeometry.SECTOR_LENGTH;
        }
    }

    private final ArrayLayout layout;
    private final Long2ObjectHashMap<Stripe> stripes = new Long2ObjectHashMap<>();
    private long ignoredPayloads;

    ReplayIndex(ArrayLayout layout) {
        this.layout = layout;
    }

    @Override
    public void onData(long arraySector, long pagePosition) {
        long offset = arraySector * DeviceGeometry.SECTOR_LENGTH;
        if (arraySector < 0
                || arraySector > layout.arrayLength() / DeviceGeometry.SECTOR_LENGTH - 8
                || arraySector % 8 != 0) {
            ignoredPayloads++;
            return;
        }
        Stripe stripe = stripe(layout.memberOffset(offset) / DeviceGeometry.SECTOR_LENGTH);
        stripe.pending[layout.slot(offset)] = pagePosition;
        stripe.hasPendingData = true;
    }

    @Override
    public void onParity(long memberSector, long pPagePosition, long qPagePosition) {
        if (memberSector < 0
                || memberSector > layout.memberLength() / DeviceGeometry.SECTOR_LENGTH - 8
                || memberSector % 8 != 0
                || (qPagePosition >= 0) != (layout.parityCount() == 2)) {
            ignoredPayloads++;
            return;
        }
        Stripe stripe = stripe(memberSector);
        for (int slot = 0; slot < stripe.pending.length; slot++) {
            if (stripe.pending[slot] != NONE) {
                stripe.complete[slot] = stripe.pending[slot];
                stripe.pending[slot] = NONE;
            }
        }
        stripe.complete[stripe.map.pSlot()] = pPagePosition;
        if (stripe.map.qSlot() >= 0) {
            stripe.complete[stripe.map.qSlot()] = qPagePosition;
        }
        stripe.hasCompleteData |= stripe.hasPendingData;
        stripe.hasPendingData = false;
    }

    @Override
    public void onFlush(long memberSector) {
        stripes.remove(memberSector);
    }

    private Stripe stripe(long memberSector) {
        Stripe stripe = stripes.get(memberSector);
        if (stripe == null) {
            long row = memberSector * DeviceGeometry.SECTOR_LENGTH / layout.chunkLength();
            stripe = new Stripe(memberSector, layout.stripe(row), layout.memberCount());
            stripes.put(memberSector, stripe);
        }
        return stripe;
    }

    /** Stripes with pages to be written as they are, in member order. */
    List<Stripe> complete() {
        return select(true);
    }

    /** Stripes with data that lacks parity, in member order. */
    List<Stripe> pending() {
        return select(false);
    }

    private List<Stripe> select(boolean wantComplete) {
        List<Stripe> selected = new ArrayList<>();
        for (Stripe stripe : stripes.values()) {
            if (wantComplete ? stripe.hasCompleteData : stripe.hasPendingData) {
                selected.add(stripe);
            }
        }
        selected.sort(Comparator.comparingLong(stripe -> stripe.memberSector));
        return selected;
    }

    /** Payloads that were valid but made no sense for this array. */
    long ignoredPayloads() {
        return ignoredPayloads;
    }
}
