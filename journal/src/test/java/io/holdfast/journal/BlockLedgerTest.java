package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BlockLedgerTest {
    private final BlockLedger ledger = new BlockLedger(1024, 40);

    @Test
    void beginsAtRestWithTheBlockThatTheTailDesignates() {
        assertTrue(ledger.isAtRest());
        assertEquals(40, ledger.finishedPosition());
        assertEquals(40, ledger.tailPosition());
    }

    @Test
    void passesBlocksInOrderHoweverTheyComeToRest() {
        long first = add(48);
        long second = add(72);
        ledger.retire(second, second);
        ledger.advance(ledger.nextOrdinal());
        assertEquals(40, ledger.finishedPosition());
        ledger.retire(first, first);
        ledger.advance(ledger.nextOrdinal());
        assertEquals(72, ledger.finishedPosition());
        assertTrue(ledger.isAtRest());
    }

    @Test
    void waitsForEveryTransactionOfABlock() {
        long block = add(48);
        ledger.hold(block);
        ledger.retire(block, block);
        ledger.advance(ledger.nextOrdinal());
        assertEquals(40, ledger.finishedPosition());
        ledger.retire(block, block);
        ledger.advance(ledger.nextOrdinal());
        assertEquals(48, ledger.finishedPosition());
    }

    @Test
    void doesNotPassABlockThatIsNotDurable() {
        long block = ledger.add(48);
        ledger.advance(block);
        assertEquals(40, ledger.finishedPosition());
        assertFalse(ledger.isAtRest());
        ledger.advance(block + 1);
        assertEquals(48, ledger.finishedPosition());
    }

    @Test
    void movesTheTailToBlocksAtRestOnly() {
        long first = add(48);
        add(72);
        ledger.retire(first, first);
        ledger.advance(ledger.nextOrdinal());
        assertThrows(IllegalStateException.class, () -> ledger.moveTail(72));
        ledger.moveTail(48);
        assertEquals(48, ledger.tailPosition());
        assertThrows(IllegalStateException.class, () -> ledger.moveTail(40));
    }

    @Test
    void noticesATransactionRetiredTwice() {
        long block = add(48);
        ledger.retire(block, block);
        assertThrows(IllegalStateException.class, () -> ledger.retire(block, block));
    }

    @Test
    void isFullBeforeItForgetsALiveBlock() {
        BlockLedger small = new BlockLedger(64, 0);
        int added = 0;
        while (small.hasRoomFor(1)) {
            small.add(8L * ++added);
        }
        assertThrows(IllegalStateException.class, () -> small.add(0));
        small.advance(small.nextOrdinal());
        small.moveTail(small.finishedPosition());
        assertTrue(small.hasRoomFor(added));
    }

    @Test
    void takesLittleMemoryForALogOfAnyLength() {
        BlockLedger large = new BlockLedger(1L << 40, 0);
        assertTrue(large.hasRoomFor(1 << 19));
        assertFalse(large.hasRoomFor(1 << 21));
    }

    private long add(long position) {
        long block = ledger.add(position);
        ledger.hold(block);
        return block;
    }
}
