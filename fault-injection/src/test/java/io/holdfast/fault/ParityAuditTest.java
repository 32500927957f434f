package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.layout.StripeMap;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ParityAuditTest {
    private static final int CHUNK = 8192;
    private final ArrayLayout layout = new ArrayLayout(RaidLevel.RAID6, 2, 5, CHUNK, 4 * CHUNK);
    private final byte[][] members = new byte[5][4 * CHUNK];

    @Test
    void shouldFindNothingWrongWithZeroes() {
        assertEquals(List.of(), audit());
    }

    @Test
    void shouldFindEverySingleWrongByte() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 100; i++) {
            int slot = random.nextInt(5);
            int at = random.nextInt(4 * CHUNK);
            members[slot][at] ^= 1;
            List<String> wrong = audit();
            assertEquals(1, wrong.size(), wrong::toString);
            assertTrue(wrong.get(0).contains("row=" + at / CHUNK), wrong::toString);
            members[slot][at] ^= 1;
        }
    }

    @Test
    void shouldKnowPAndQOfOneByte() {
        // The generator is 2: data index 2 counts fourfold in Q, and 0x80 times 4 wraps to 2 * 0x1D.
        StripeMap stripe = layout.stripe(0);
        int slot = slotWithExponent(stripe, 2);
        members[slot][0] = (byte) 0x80;
        members[stripe.pSlot()][0] = (byte) 0x80;
        members[stripe.qSlot()][0] = 0x3A;
        assertEquals(List.of(), audit());
        members[stripe.qSlot()][0] = 0x3B;
        assertTrue(audit().get(0).contains("wrongP=false wrongQ=true"));
    }

    private static int slotWithExponent(StripeMap stripe, int exponent) {
        for (int index = 0; index < stripe.dataCount(); index++) {
            if (stripe.exponent(stripe.dataSlot(index)) == exponent) {
                return stripe.dataSlot(index);
            }
        }
        throw new AssertionError("no data slot with exponent " + exponent);
    }

    private List<String> audit() {
        return ParityAudit.check(
                layout, (slot, offset, buffer) -> buffer.putBytes(0, members[slot], (int) offset, CHUNK), row -> false);
    }
}
