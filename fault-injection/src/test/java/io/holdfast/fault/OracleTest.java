package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** That the judge of the scenario tests condemns what it should. */
class OracleTest {
    private static final int UNIT = 8;
    private final Oracle oracle = new Oracle(new byte[4 * UNIT], UNIT);

    @Test
    void shouldAllowOldAndNewOfWhatWasNotAnswered() {
        oracle.begin(0, filled(UNIT, 1));
        assertTrue(isRight(0, 0, 0, 0));
        assertTrue(isRight(1, 0, 0, 0));
        assertFalse(isRight(2, 0, 0, 0));
        assertFalse(isRight(0, 1, 0, 0), "nobody wrote there");
    }

    @Test
    void shouldNotAllowAMixtureInsideAUnit() {
        oracle.begin(0, filled(UNIT, 1));
        byte[] torn = new byte[4 * UNIT];
        Arrays.fill(torn, 0, UNIT / 2, (byte) 1);
        assertEquals(1, oracle.judge(torn, Set.of()).size());
        assertEquals(0, oracle.judge(torn, Set.of(0)).size());
    }

    @Test
    void shouldInsistOnWhatIsDurable() {
        oracle.end(oracle.begin(0, filled(2 * UNIT, 1)), true);
        assertTrue(isRight(1, 1, 0, 0));
        assertFalse(isRight(0, 1, 0, 0));
    }

    @Test
    void shouldInsistOnWhatAFlushCovers() {
        Object first = oracle.begin(0, filled(UNIT, 1));
        oracle.end(first, false);
        Object flush = oracle.beginFlush();
        Object second = oracle.begin(UNIT, filled(UNIT, 2));
        oracle.end(second, false);
        assertTrue(isRight(0, 0, 0, 0), "not flushed yet");
        oracle.endFlush(flush);
        assertTrue(isRight(1, 0, 0, 0));
        assertTrue(isRight(1, 2, 0, 0));
        assertFalse(isRight(0, 2, 0, 0));
        assertTrue(oracle.isInDoubt(UNIT, UNIT + 1));
        assertFalse(oracle.isInDoubt(0, UNIT));
    }

    @Test
    void shouldNotBringBackWhatWasReplacedForGood() {
        oracle.end(oracle.begin(0, filled(UNIT, 1)), false);
        oracle.end(oracle.begin(0, filled(UNIT, 2)), true);
        assertTrue(isRight(2, 0, 0, 0));
        assertFalse(isRight(1, 0, 0, 0));
        assertFalse(isRight(0, 0, 0, 0));
    }

    @Test
    void shouldKnowThatRequestsOneAfterTheOtherHaveAnOrder() {
        oracle.end(oracle.begin(0, filled(UNIT, 1)), false);
        oracle.begin(0, filled(UNIT / 2, 2));
        byte[] inOrder = new byte[4 * UNIT];
        Arrays.fill(inOrder, 0, UNIT / 2, (byte) 2);
        Arrays.fill(inOrder, UNIT / 2, UNIT, (byte) 1);
        assertEquals(0, oracle.judge(inOrder, Set.of()).size());
        assertTrue(isRight(1, 0, 0, 0));
        byte[] oldBelow = new byte[4 * UNIT];
        Arrays.fill(oldBelow, 0, UNIT / 2, (byte) 2);
        assertEquals(1, oracle.judge(oldBelow, Set.of()).size(), "the later was made from the earlier");
    }

    @Test
    void shouldAllowAnyOrderOfWhatIsInFlightTogether() {
        Object first = oracle.begin(0, filled(UNIT, 1));
        Object second = oracle.begin(0, filled(UNIT, 2));
        oracle.end(second, true);
        assertTrue(isRight(2, 0, 0, 0));
        assertTrue(isRight(1, 0, 0, 0));
        assertFalse(isRight(0, 0, 0, 0));
        oracle.end(first, true);
        assertTrue(isRight(1, 0, 0, 0));
        assertFalse(isRight(0, 0, 0, 0));
    }

    @Test
    void shouldNotTakeForFlushedWhatAnEarlierLifeLeftInDoubt() {
        oracle.end(oracle.begin(0, filled(UNIT, 1)), false);
        oracle.stopped();
        oracle.endFlush(oracle.beginFlush());
        assertTrue(isRight(0, 0, 0, 0));
        assertTrue(isRight(1, 0, 0, 0));
    }

    @Test
    void shouldLeaveACopyAlone() {
        Object change = oracle.begin(0, filled(UNIT, 1));
        Oracle copy = oracle.copy();
        assertTrue(copy.sameAs(oracle));
        oracle.end(change, true);
        assertFalse(copy.sameAs(oracle));
        assertFalse(isRight(0, 0, 0, 0));
        assertEquals(0, copy.judge(new byte[4 * UNIT], Set.of()).size());
    }

    private boolean isRight(int... units) {
        byte[] actual = new byte[4 * UNIT];
        for (int i = 0; i < units.length; i++) {
            Arrays.fill(actual, i * UNIT, (i + 1) * UNIT, (byte) units[i]);
        }
        return oracle.judge(actual, Set.of()).isEmpty();
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }
}
