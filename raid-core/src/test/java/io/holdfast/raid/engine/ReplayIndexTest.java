package io.holdfast.raid.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.engine.ReplayIndex.Stripe;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import org.junit.jupiter.api.Test;

class ReplayIndexTest {
    private static final long CHUNK_SECTORS = 8;
    private static final long NONE = ReplayIndex.NONE;

    private final ArrayLayout layout = new ArrayLayout(RaidLevel.RAID5, 2, 4, 4096, 1 << 20);
    private final ReplayIndex index = new ReplayIndex(layout);

    /** Array sector of a data block of the first row. */
    private static long data(int dataIndex) {
        return dataIndex * CHUNK_SECTORS;
    }

    private int slot(int dataIndex) {
        return layout.stripe(0).dataSlot(dataIndex);
    }

    private int parity() {
        return layout.stripe(0).pSlot();
    }

    @Test
    void shouldApplyDataTogetherWithTheParityThatFollows() {
        index.onData(data(0), 100);
        index.onData(data(2), 108);
        index.onParity(0, 116, -1);
        assertEquals(1, index.complete().size());
        Stripe stripe = index.complete().get(0);
        assertEquals(100, stripe.complete[slot(0)]);
        assertEquals(NONE, stripe.complete[slot(1)]);
        assertEquals(108, stripe.complete[slot(2)]);
        assertEquals(116, stripe.complete[parity()]);
        assertTrue(index.pending().isEmpty());
    }

    @Test
    void shouldKeepTheNewestPageOfEach() {
        index.onData(data(0), 100);
        index.onParity(0, 108, -1);
        index.onData(data(1), 124);
        index.onParity(0, 132, -1);
        index.onData(data(0), 148);
        index.onData(data(0), 156);
        index.onParity(0, 164, -1);
        Stripe stripe = index.complete().get(0);
        assertEquals(156, stripe.complete[slot(0)]);
        assertEquals(124, stripe.complete[slot(1)]);
        assertEquals(164, stripe.complete[parity()]);
    }

    @Test
    void shouldHoldBackDataThatNoParityFollows() {
        index.onData(data(0), 100);
        index.onParity(0, 108, -1);
        index.onData(data(0), 124);
        assertEquals(100, index.complete().get(0).complete[slot(0)]);
        assertEquals(1, index.pending().size());
        assertEquals(124, index.pending().get(0).pending[slot(0)]);
    }

    @Test
    void shouldDropParityThatNoDataCameBefore() {
        index.onParity(0, 108, -1);
        assertTrue(index.complete().isEmpty());
        assertTrue(index.pending().isEmpty());
    }

    @Test
    void shouldForgetStripesThatAreOnTheMembers() {
        index.onData(data(0), 100);
        index.onParity(0, 108, -1);
        index.onData(data(3), 116);
        index.onFlush(0);
        assertTrue(index.complete().isEmpty());
        assertEquals(1, index.pending().size());
        index.onFlush(4096);
        index.onData(data(0), 132);
        index.onParity(0, 140, -1);
        assertEquals(1, index.complete().size());
        assertEquals(NONE, index.complete().get(0).complete[slot(1)]);
    }

    @Test
    void shouldIgnoreWhatCannotBelongToTheArray() {
        long end = layout.arrayLength() / 512;
        long memberEnd = layout.memberLength() / 512;
        long[] wrongData = {-8, 4, end - 7, end, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE & -8L};
        for (long sector : wrongData) {
            index.onData(sector, 100);
        }
        long[] wrongParity = {-8, 4, memberEnd - 7, memberEnd, Long.MAX_VALUE & -8L, Long.MIN_VALUE};
        for (long sector : wrongParity) {
            index.onParity(sector, 100, -1);
        }
        index.onParity(0, 100, 108);
        index.onFlush(Long.MAX_VALUE);
        assertEquals(wrongData.length + wrongParity.length + 1, index.ignoredPayloads());
        assertTrue(index.complete().isEmpty());
        assertTrue(index.pending().isEmpty());
        index.onData(end - 8, 100);
        assertEquals(1, index.pending().size());
    }

    @Test
    void shouldTakeBothParitiesAtLevelSix() {
        ArrayLayout six = new ArrayLayout(RaidLevel.RAID6, 2, 5, 4096, 1 << 20);
        ReplayIndex both = new ReplayIndex(six);
        both.onData(0, 100);
        both.onParity(0, 108, -1);
        assertEquals(1, both.ignoredPayloads());
        assertTrue(both.complete().isEmpty());
        both.onParity(0, 116, 124);
        Stripe stripe = both.complete().get(0);
        assertEquals(116, stripe.complete[six.stripe(0).pSlot()]);
        assertEquals(124, stripe.complete[six.stripe(0).qSlot()]);
    }

    @Test
    void shouldListStripesInMemberOrder() {
        for (long row : new long[] {7, 3, 5}) {
            index.onData(row * 3 * CHUNK_SECTORS, 100);
            index.onParity(row * CHUNK_SECTORS, 108, -1);
        }
        assertEquals(
                java.util.List.of(3 * CHUNK_SECTORS, 5 * CHUNK_SECTORS, 7 * CHUNK_SECTORS),
                index.complete().stream().map(stripe -> stripe.memberSector).toList());
    }
}
