package io.holdfast.raid.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BlockMaskTest {
    @Test
    void shouldHoldTheBlocksAsked() {
        for (int first = 0; first < 32; first++) {
            for (int count = 0; first + count <= 32; count++) {
                int mask = BlockMask.of(first, count);
                for (int block = 0; block < 32; block++) {
                    assertEquals(block >= first && block < first + count, (mask >>> block & 1) != 0);
                }
            }
        }
    }

    @Test
    void shouldTakeEverySetApartIntoItsRuns() {
        for (int low = 0; low < 1 << 16; low++) {
            takeApart(low);
            takeApart(low << 16);
            takeApart(~low);
        }
    }

    private static void takeApart(int mask) {
        int seen = 0;
        int lastEnd = -1;
        for (int rest = mask; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
            int first = BlockMask.first(rest);
            int count = BlockMask.runLength(rest);
            assertTrue(first > lastEnd, "runs touch: mask=" + mask);
            seen |= BlockMask.of(first, count);
            lastEnd = first + count;
        }
        assertEquals(mask, seen);
    }
}
