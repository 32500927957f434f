package io.holdfast.fault.exhaustive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import java.util.BitSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class PromiseLedgerTest {
    private static final int PAGE = PagePool.PAGE_LENGTH;
    private static final int PAGE_COUNT = 4;

    private final PagePool pool = new PagePool();
    private final UnsafeBuffer space = BufferSlab.allocate(PAGE_COUNT * PAGE);
    private final PromiseLedger ledger = new PromiseLedger((long) PAGE_COUNT * PAGE, PAGE, 2 * PAGE);

    private void put(int write, int from, int length) {
        for (int i = from; i < from + length; i++) {
            space.putByte(i, Pattern.at(write, i));
        }
    }

    private int[] pages() {
        int[] pages = new int[PAGE_COUNT];
        for (int i = 0; i < PAGE_COUNT; i++) {
            pages[i] = pool.intern(space, i * PAGE);
        }
        return pages;
    }

    private int broken() {
        return ledger.promise().broken(pool, pages()).cardinality();
    }

    @Test
    void shouldAllowOldOrNewUntilTheAnswerIsDurable() {
        int write = ledger.submitted(0, PAGE, false);
        assertEquals(0, broken());
        put(write, 0, PAGE);
        assertEquals(0, broken());
        ledger.answered(write, true);
        assertEquals(0, broken());
        put(Pattern.ZEROES, 0, PAGE);
        assertEquals(1, broken());
    }

    @Test
    void shouldInsistOnAWriteOnlyAfterAFlushThatBeganAfterItsAnswer() {
        int write = ledger.submitted(0, PAGE, false);
        int early = ledger.flushing();
        ledger.answered(write, false);
        ledger.flushed(early);
        assertEquals(0, broken());
        ledger.flushed(ledger.flushing());
        assertEquals(1, broken());
        put(write, 0, PAGE);
        assertEquals(0, broken());
    }

    @Test
    void shouldNotAllowPartOfAUnit() {
        int write = ledger.submitted(0, PAGE, false);
        put(write, 0, 512);
        assertEquals(1, broken());
    }

    @Test
    void shouldNotAllowAWriteInAnotherPlaceOrABitOfRot() {
        int write = ledger.submitted(0, PAGE, false);
        ledger.answered(write, true);
        put(write, 0, PAGE);
        put(write, PAGE, PAGE);
        assertEquals(1, broken());
        put(Pattern.ZEROES, PAGE, PAGE);
        space.putByte(77, (byte) (space.getByte(77) ^ 1));
        assertEquals(1, broken());
    }

    @Test
    void shouldLayAWriteOnTopOfThoseAnsweredBeforeIt() {
        int first = ledger.submitted(0, PAGE, false);
        ledger.answered(first, false);
        int second = ledger.submitted(0, 100, false);
        put(first, 0, PAGE);
        put(second, 0, 100);
        assertEquals(0, broken());
        put(Pattern.ZEROES, 100, PAGE - 100);
        assertEquals(1, broken());
    }

    @Test
    void shouldLeaveOpenWhichOfTwoWritesInFlightTogetherWon() {
        int first = ledger.submitted(0, PAGE, false);
        int second = ledger.submitted(0, PAGE, false);
        ledger.answered(first, true);
        ledger.answered(second, true);
        put(first, 0, PAGE);
        assertEquals(0, broken());
        put(second, 0, PAGE);
        assertEquals(0, broken());
        put(Pattern.ZEROES, 0, PAGE);
        assertEquals(1, broken());
    }

    @Test
    void shouldNoticeAnAtomicRequestThatIsThereInPart() {
        int write = ledger.submitted(0, 2 * PAGE, false);
        put(write, 0, PAGE);
        assertEquals(0, broken());
        assertNotNull(ledger.promise().split(pool, pages(), new BitSet()));
        put(write, PAGE, PAGE);
        assertNull(ledger.promise().split(pool, pages(), new BitSet()));
    }

    @Test
    void shouldLetARequestThatCrossesAWindowBeThereInPart() {
        int write = ledger.submitted(PAGE, 2 * PAGE, false);
        put(write, PAGE, PAGE);
        assertNull(ledger.promise().split(pool, pages(), new BitSet()));
    }

    @Test
    void shouldSayWhatItFoundAndWhatItWouldHaveAllowed() {
        ledger.answered(ledger.submitted(0, PAGE, false), true);
        String text = ledger.promise().describe(pool, pages(), 0);
        assertTrue(text.contains("holds 8xzeroes, allowed: 8xw0"), text);
    }
}
