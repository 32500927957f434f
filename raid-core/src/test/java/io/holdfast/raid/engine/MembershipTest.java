package io.holdfast.raid.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.engine.Membership.SlotState;
import io.holdfast.raid.metadata.BadBlockLog.Range;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MembershipTest {
    private static final int BLOCK = BlockMask.BLOCK_LENGTH;
    private static final int ALL = BlockMask.of(0, 4);

    private final AtomicLong[] recovered = {new AtomicLong(), new AtomicLong(), new AtomicLong()};
    private final int[] device = {5, 7, -1};
    private final SlotState[] state = {SlotState.IN_SYNC, SlotState.RECOVERING, SlotState.MISSING};
    private final BadBlocks[] bad = new BadBlocks[3];

    private Membership membership() {
        return new Membership(3, device, state, recovered, bad);
    }

    @Test
    void shouldTrustWhatIsThereAndComplete() {
        Membership membership = membership();
        assertEquals(0, membership.untrusted(0, 9, 9 * 4 * BLOCK, ALL));
        assertEquals(ALL, membership.untrusted(1, 9, 9 * 4 * BLOCK, ALL));
        assertEquals(ALL, membership.untrusted(2, 9, 9 * 4 * BLOCK, ALL));
        assertEquals(2, membership.missingCount());
        assertFalse(membership.isWhole());
    }

    @Test
    void shouldTrustARecoveringMemberBelowItsMarkOnly() {
        Membership membership = membership();
        recovered[1].set(9);
        assertEquals(0, membership.untrusted(1, 8, 8 * 4 * BLOCK, ALL));
        assertEquals(ALL, membership.untrusted(1, 9, 9 * 4 * BLOCK, ALL));
        recovered[1].set(10);
        assertEquals(0, membership.untrusted(1, 9, 9 * 4 * BLOCK, ALL));
    }

    @Test
    void shouldFindTheSlotOfADevice() {
        Membership membership = membership();
        assertEquals(0, membership.slotOf(5));
        assertEquals(1, membership.slotOf(7));
        assertEquals(-1, membership.slotOf(6));
        assertEquals(3, membership.version());
        assertEquals(3, membership.slotCount());
    }

    @Test
    void shouldNotTrustABlockThatABadRangeTouches() {
        // From inside block 1 of the window to the first byte of block 3.
        long window = 9L * 4 * BLOCK;
        bad[0] = BadBlocks.of(List.of(new Range((window + 2 * BLOCK) / 512 + 7, BLOCK / 512 + 2)), BLOCK, true);
        assertEquals(0b1110, membership().untrusted(0, 9, window, ALL));
        assertEquals(0b0010, membership().untrusted(0, 9, window, 0b0011));
        assertEquals(0, membership().untrusted(0, 8, window - 4 * BLOCK, ALL));
        assertEquals(0, membership().untrusted(0, 10, window + 4 * BLOCK, ALL));
    }

    @Test
    void shouldBeWholeWithoutMissingMembersAndBadRanges() {
        state[1] = SlotState.IN_SYNC;
        state[2] = SlotState.IN_SYNC;
        device[2] = 1;
        assertTrue(membership().isWhole());
        bad[2] = BadBlocks.of(List.of(new Range(0, 1)), 0, false);
        assertFalse(membership().isWhole());
        assertEquals(0, membership().missingCount());
    }

    @Test
    void shouldNotFollowTheArraysItWasMadeOf() {
        Membership membership = membership();
        state[0] = SlotState.MISSING;
        device[0] = -1;
        assertEquals(SlotState.IN_SYNC, membership.state(0));
        assertEquals(5, membership.device(0));
    }
}
