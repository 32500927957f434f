package io.holdfast.fault.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.torture.Taints.Allowance;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import org.junit.jupiter.api.Test;

class TaintsTest {
    private static final int CHUNK = 16384;
    private static final int BLOCK = 4096;

    private final ArrayLayout layout = new ArrayLayout(RaidLevel.of(5), 2, 4, CHUNK, 4L * CHUNK);
    private final Taints taints = new Taints(layout);

    /** Array offset of a block of row 1, by index of its data chunk. */
    private long block(int index, int offsetInChunk) {
        return (3L + index) * CHUNK + offsetInChunk;
    }

    @Test
    void shouldAllowNothingWhereNothingHappened() {
        assertEquals(Allowance.NOTHING, taints.allowance(0));
        taints.memberUnsound(1);
        assertEquals(Allowance.NOTHING, taints.allowance(0));
        assertTrue(taints.isEmpty());
    }

    @Test
    void shouldAllowWhatIsStoredInExactlyTheBlocksThatWereStruck() {
        long struck = block(1, BLOCK);
        int slot = layout.slot(struck);
        taints.strike(slot, layout.memberOffset(struck) + 100, BLOCK);
        for (long offset = 0; offset < layout.arrayLength(); offset += BLOCK) {
            boolean isStruck = offset == struck || offset == struck + BLOCK;
            assertEquals(isStruck ? Allowance.STORED : Allowance.NOTHING, taints.allowance(offset), "" + offset);
        }
    }

    @Test
    void shouldAllowAnythingInBlocksOfTheSameColumnThatAreComputed() {
        long struck = block(0, 0);
        long other = block(2, 0);
        taints.strike(layout.slot(struck), layout.memberOffset(struck), BLOCK);
        taints.memberUnsound(layout.slot(other));
        assertEquals(Allowance.STORED, taints.allowance(struck));
        assertEquals(Allowance.ANYTHING, taints.allowance(other));
        assertEquals(Allowance.NOTHING, taints.allowance(block(1, 0)));
        assertEquals(Allowance.NOTHING, taints.allowance(other + BLOCK));
    }

    @Test
    void shouldRememberWhatWasComputedThoughTheMemberIsSoundAgain() {
        long struck = block(0, 0);
        long other = block(2, 0);
        taints.memberUnsound(layout.slot(other));
        taints.strike(layout.slot(struck), layout.memberOffset(struck), 1);
        taints.memberSound(layout.slot(other));
        assertEquals(Allowance.ANYTHING, taints.allowance(other));
        taints.clean(taints.column(struck));
        assertEquals(Allowance.NOTHING, taints.allowance(other));
        taints.strike(layout.slot(struck), layout.memberOffset(struck), 1);
        assertEquals(Allowance.NOTHING, taints.allowance(other));
    }

    @Test
    void shouldDoubtParityWithoutDoubtingABlock() {
        taints.doubtParity(block(0, 0));
        assertEquals(Allowance.NOTHING, taints.allowance(block(0, 0)));
        taints.memberUnsound(layout.slot(block(0, 0)));
        assertEquals(Allowance.ANYTHING, taints.allowance(block(0, 0)));
        assertEquals(Allowance.NOTHING, taints.allowance(block(1, 0)));
    }

    @Test
    void shouldLetParityStayWrongOnlyWhereNobodyKnows() {
        long doubted = taints.column(block(0, 0));
        taints.doubtParity(block(0, 0));
        assertFalse(taints.mayParityStayWrong(doubted), "a resync mends it");
        long struck = layout.memberLength() / BLOCK - 1;
        assertFalse(taints.mayParityStayWrong(struck));
        taints.strike(0, struck * BLOCK, 1);
        assertTrue(taints.mayParityStayWrong(struck));
    }

    @Test
    void shouldStayOnTheMembers() {
        taints.strike(0, -8192, 4096);
        taints.strike(0, layout.memberLength(), 1 << 20);
        assertTrue(taints.isEmpty());
        taints.strike(0, -4096, 1L << 30);
        assertEquals(layout.memberLength() / BLOCK, taints.columns().size());
    }
}
