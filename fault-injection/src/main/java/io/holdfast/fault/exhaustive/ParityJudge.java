package io.holdfast.fault.exhaustive;

import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.StripeMap;
import org.agrona.collections.Long2LongHashMap;

/**
 * Says whether the parity of a row of pages fits, the slow way and without the engine's arithmetic; what it has once computed it
 * remembers, because crash images differ in few pages.
 */
final class ParityJudge {
    private static final int POLYNOMIAL = 0x11D;
    private static final long UNKNOWN = -1;

    private final ArrayLayout layout;
    private final PagePool pool;
    private final Long2LongHashMap verdicts = new Long2LongHashMap(UNKNOWN);
    private final int[][] powers = new int[ArrayLayout.MAX_MEMBER_COUNT][];

    ParityJudge(ArrayLayout layout, PagePool pool) {
        this.layout = layout;
        this.pool = pool;
    }

    /**
     * Judge one row of pages.
     *
     * @param row     that they belong to.
     * @param content by slot.
     * @return whether P, and Q where there is one, fit.
     */
    boolean fits(long row, int[] content) {
        long key = row;
        for (int each : content) {
            key = BehaviourTree.mix(key, each);
        }
        long verdict = verdicts.get(key);
        if (verdict == UNKNOWN) {
            verdict = compute(layout.stripe(row), content) ? 1 : 0;
            verdicts.put(key, verdict);
        }
        return verdict == 1;
    }

    private boolean compute(StripeMap stripe, int[] content) {
        byte[] p = pool.bytes(content[stripe.pSlot()]).clone();
        byte[] q = stripe.qSlot() < 0
                ? new byte[PagePool.PAGE_LENGTH]
                : pool.bytes(content[stripe.qSlot()]).clone();
        for (int index = 0; index < stripe.dataCount(); index++) {
            int slot = stripe.dataSlot(index);
            byte[] data = pool.bytes(content[slot]);
            int[] power = stripe.qSlot() < 0 ? null : power(stripe.exponent(slot));
            for (int i = 0; i < data.length; i++) {
                p[i] ^= data[i];
                if (power != null) {
                    q[i] ^= (byte) power[data[i] & 0xFF];
                }
            }
        }
        return isZero(p) && isZero(q);
    }

    /** For every byte, that byte times the generator, {@code exponent} times over. */
    private int[] power(int exponent) {
        if (powers[exponent] == null) {
            int[] table = new int[256];
            for (int value = 0; value < table.length; value++) {
                int result = value;
                for (int i = 0; i < exponent; i++) {
                    result <<= 1;
                    result ^= (result & 0x100) == 0 ? 0 : POLYNOMIAL;
                }
                table[value] = result;
            }
            powers[exponent] = table;
        }
        return powers[exponent];
    }

    private static boolean isZero(byte[] bytes) {
        for (byte each : bytes) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }
}
