package io.holdfast.raid.parity;

import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.StripeMap;
import java.util.Arrays;
import org.agrona.UnsafeApi;

/**
 * Parity in terms of stripes: computes it, recovers what is missing, updates it by differences, verifies it, and tells who
 * lied.
 *
 * <p>A stripe's memory is given as {@code slotAddress}, one off-heap address per slot, of {@code length} bytes each.
 * Addresses are multiples of 64 and lengths positive multiples of 4096. On data slots address 0 stands for zeroes; on
 * parity slots it stands for "not there and not wanted". Buffers do not overlap.
 *
 * <p>For one thread at a time: an instance keeps its working arrays, and allocates nothing after construction.
 */
public final class StripeParity {
    /** {@link #verify}'s bit for a P that is not the XOR of the data. */
    public static final int P_MISMATCH = 1;
    /** {@link #verify}'s bit for a Q that is not the weighted sum of the data. */
    public static final int Q_MISMATCH = 2;
    /** {@link #locate}'s answer for a stripe that is consistent. */
    public static final int NONE = -1;
    /** {@link #locate}'s answer for a stripe that no single wrong slot explains. */
    public static final int UNKNOWN = -2;

    private final ParityCodec codec;
    private final int slotCount;
    private final boolean hasQ;
    private final long[] sources = new long[ParityCodec.MAX_SOURCE_COUNT];
    private final byte[] rowA = new byte[ParityCodec.MAX_SOURCE_COUNT];
    private final byte[] rowB = new byte[ParityCodec.MAX_SOURCE_COUNT];
    private final byte[] rows = new byte[2 * ParityCodec.MAX_SOURCE_COUNT];
    private final long[] targets = new long[2];
    private final int[] slotByExponent = new int[ArrayLayout.MAX_MEMBER_COUNT];

    /**
     * Parity for the stripes of one array.
     *
     * @param codec  whose loops to use.
     * @param layout of the array; all stripes given later are its.
     */
    public StripeParity(ParityCodec codec, ArrayLayout layout) {
        this.codec = codec;
        this.slotCount = layout.memberCount();
        this.hasQ = layout.parityCount() == 2;
    }

    /**
     * Compute the parity of a stripe from all its data.
     *
     * @param stripe      the placement.
     * @param slotAddress by slot; a parity slot with address 0 is skipped.
     * @param length      of each slot, in bytes.
     */
    public void compute(StripeMap stripe, long[] slotAddress, int length) {
        computeInto(stripe, slotAddress, slotAddress[stripe.pSlot()], hasQ ? slotAddress[stripe.qSlot()] : 0, length);
    }

    /**
     * Recompute one or two missing slots, in place, from all the others.
     * <p>
     * A missing data slot is taken from P if P is there, else from Q; two missing data slots take both.
     *
     * @param stripe       the placement.
     * @param slotAddress  by slot; what the missing slots' memory holds is not looked at. A missing parity slot with
     *                     address 0 is skipped; one that is not named missing but has address 0 is not used.
     * @param missingSlotA a slot.
     * @param missingSlotB another slot, or -1.
     * @param length       of each slot, in bytes.
     * @throws IllegalArgumentException when more is missing than the parity that is there can give, or a missing data
     *                                  slot has no memory: the caller must not have asked.
     */
    public void recover(StripeMap stripe, long[] slotAddress, int missingSlotA, int missingSlotB, int length) {
        int pSlot = stripe.pSlot();
        int qSlot = stripe.qSlot();
        boolean pMissing = missingSlotA == pSlot || missingSlotB == pSlot;
        boolean qMissing = hasQ && (missingSlotA == qSlot || missingSlotB == qSlot);
        long p = slotAddress[pSlot];
        long q = hasQ ? slotAddress[qSlot] : 0;
        int x = stripe.dataIndex(missingSlotA) >= 0 ? missingSlotA : -1;
        int y = missingSlotB >= 0 && stripe.dataIndex(missingSlotB) >= 0 ? missingSlotB : -1;
        if (x < 0) {
            x = y;
            y = -1;
        }
        if (x < 0) {
            computeInto(stripe, slotAddress, pMissing ? p : 0, qMissing ? q : 0, length);
            return;
        }
        boolean pUsable = p != 0 && !pMissing;
        boolean qUsable = q != 0 && !qMissing;
        boolean enough = y >= 0 ? x != y && pUsable && qUsable : pUsable || qUsable;
        if (!enough || slotAddress[x] == 0 || (y >= 0 && slotAddress[y] == 0)) {
            throw new IllegalArgumentException("cannot recover: missingSlotA=" + missingSlotA + " missingSlotB="
                    + missingSlotB + " pUsable=" + pUsable + " qUsable=" + qUsable + " stripe=" + stripe);
        }
        targets[0] = slotAddress[x];
        if (y >= 0) {
            recoverTwoData(stripe, slotAddress, x, y, length);
        } else if (pUsable) {
            recoverDataFromP(stripe, slotAddress, x, qMissing ? q : 0, length);
        } else {
            recoverDataFromQ(stripe, slotAddress, x, pMissing ? p : 0, length);
        }
    }

    /**
     * Add one block to parity. Given the old contents of a data block and then the new, parity follows the change.
     *
     * @param stripe       the placement.
     * @param dataSlot     that the block belongs to.
     * @param blockAddress of the block.
     * @param pAddress     of the same place in P, or 0 to leave P alone.
     * @param qAddress     of the same place in Q, or 0 to leave Q alone.
     * @param length       of each, in bytes.
     */
    public void accumulate(
            StripeMap stripe, int dataSlot, long blockAddress, long pAddress, long qAddress, int length) {
        if (pAddress != 0) {
            sources[0] = pAddress;
            sources[1] = blockAddress;
            codec.xor(sources, 2, pAddress, length);
        }
        if (qAddress != 0) {
            codec.multiplyAccumulate(GaloisField.power(stripe.exponent(dataSlot)), blockAddress, qAddress, length);
        }
    }

    /**
     * Compare the parity that is there with the data that is there.
     *
     * @param stripe         the placement.
     * @param slotAddress    by slot; a parity slot with address 0 is not checked.
     * @param scratchAddress room for {@code length} bytes for each parity of the level.
     * @param length         of each slot, in bytes.
     * @return 0, or {@link #P_MISMATCH} and {@link #Q_MISMATCH} together.
     */
    public int verify(StripeMap stripe, long[] slotAddress, long scratchAddress, int length) {
        long p = slotAddress[stripe.pSlot()];
        long q = hasQ ? slotAddress[stripe.qSlot()] : 0;
        long computedQ = scratchAddress + length;
        computeInto(stripe, slotAddress, p == 0 ? 0 : scratchAddress, q == 0 ? 0 : computedQ, length);
        return (p != 0 && differs(p, scratchAddress, length) ? P_MISMATCH : 0)
                | (q != 0 && differs(q, computedQ, length) ? Q_MISMATCH : 0);
    }

    /**
     * Name the one slot whose bytes are wrong, where both parities are there to testify.
     * <p>
     * Every differing byte testifies for itself: if only P differs it is P, if only Q differs it is Q, and if both do
     * the quotient of the differences is the coefficient of the data slot that would explain them. Only when all bytes
     * name the same slot is there an answer, so give one block at a time. Two wrong slots can mimic a third, but
     * hardly in every byte of a block.
     *
     * @param stripe         the placement, of a level with P and Q.
     * @param slotAddress    by slot; P and Q have memory.
     * @param scratchAddress room for twice {@code length} bytes.
     * @param length         of each slot, in bytes.
     * @return the slot, {@link #NONE} when all agree, or {@link #UNKNOWN}.
     * @throws IllegalArgumentException when the level has no Q or a parity has no memory.
     */
    public int locate(StripeMap stripe, long[] slotAddress, long scratchAddress, int length) {
        if (!hasQ || slotAddress[stripe.pSlot()] == 0 || slotAddress[stripe.qSlot()] == 0) {
            throw new IllegalArgumentException("cannot locate without both P and Q: stripe=" + stripe);
        }
        int mismatch = verify(stripe, slotAddress, scratchAddress, length);
        if (mismatch != (P_MISMATCH | Q_MISMATCH)) {
            return switch (mismatch) {
                case P_MISMATCH -> stripe.pSlot();
                case Q_MISMATCH -> stripe.qSlot();
                default -> NONE;
            };
        }
        mapExponents(stripe);
        long p = slotAddress[stripe.pSlot()];
        long q = slotAddress[stripe.qSlot()];
        int accused = NONE;
        for (int i = 0; i < length; i++) {
            int pDifference = (UnsafeApi.getByte(p + i) ^ UnsafeApi.getByte(scratchAddress + i)) & 0xff;
            int qDifference = (UnsafeApi.getByte(q + i) ^ UnsafeApi.getByte(scratchAddress + length + i)) & 0xff;
            if ((pDifference | qDifference) != 0) {
                int slot = accusedBy(stripe, pDifference, qDifference);
                if (slot == UNKNOWN || (accused != NONE && accused != slot)) {
                    return UNKNOWN;
                }
                accused = slot;
            }
        }
        return accused;
    }

    private void mapExponents(StripeMap stripe) {
        Arrays.fill(slotByExponent, UNKNOWN);
        for (int dataIndex = 0; dataIndex < stripe.dataCount(); dataIndex++) {
            int slot = stripe.dataSlot(dataIndex);
            slotByExponent[stripe.exponent(slot)] = slot;
        }
    }

    private int accusedBy(StripeMap stripe, int pDifference, int qDifference) {
        if (qDifference == 0) {
            return stripe.pSlot();
        }
        if (pDifference == 0) {
            return stripe.qSlot();
        }
        int exponent = GaloisField.logarithm(qDifference) - GaloisField.logarithm(pDifference);
        return slotByExponent[exponent < 0 ? exponent + GaloisField.ORDER : exponent];
    }

    /** D_x = P + the other data; and Q, if wanted, from the same sources. */
    private void recoverDataFromP(StripeMap stripe, long[] slotAddress, int x, long qTarget, int length) {
        int xCoefficient = hasQ ? coefficient(stripe, x) : 0;
        int count = 0;
        for (int slot = 0; slot < slotCount; slot++) {
            if (stripe.dataIndex(slot) >= 0 && slot != x && slotAddress[slot] != 0) {
                rowB[count] = (byte) (hasQ ? coefficient(stripe, slot) ^ xCoefficient : 0);
                sources[count++] = slotAddress[slot];
            }
        }
        rowB[count] = (byte) xCoefficient;
        sources[count++] = slotAddress[stripe.pSlot()];
        if (qTarget == 0) {
            codec.xor(sources, count, targets[0], length);
        } else {
            Arrays.fill(rowA, 0, count, (byte) 1);
            targets[1] = qTarget;
            dot(2, count, length);
        }
    }

    /** D_x = (Q + the other data's share of Q) / g^x; and P, if wanted, from the same sources. */
    private void recoverDataFromQ(StripeMap stripe, long[] slotAddress, int x, long pTarget, int length) {
        int divisor = GaloisField.inverse(coefficient(stripe, x));
        int count = 0;
        for (int slot = 0; slot < slotCount; slot++) {
            if (stripe.dataIndex(slot) >= 0 && slot != x && slotAddress[slot] != 0) {
                int share = GaloisField.multiply(coefficient(stripe, slot), divisor);
                rowA[count] = (byte) share;
                rowB[count] = (byte) (share ^ 1);
                sources[count++] = slotAddress[slot];
            }
        }
        rowA[count] = (byte) divisor;
        rowB[count] = (byte) divisor;
        sources[count++] = slotAddress[stripe.qSlot()];
        targets[1] = pTarget;
        dot(pTarget == 0 ? 1 : 2, count, length);
    }

    /**
     * With dP and dQ the parities less the share of the data that is there: D_x + D_y = dP and g^x D_x + g^y D_y = dQ,
     * so D_x = (g^y dP + dQ) / (g^x + g^y), and D_y = dP + D_x.
     */
    private void recoverTwoData(StripeMap stripe, long[] slotAddress, int x, int y, int length) {
        int xCoefficient = coefficient(stripe, x);
        int yCoefficient = coefficient(stripe, y);
        int ofQ = GaloisField.inverse(xCoefficient ^ yCoefficient);
        int ofP = GaloisField.multiply(yCoefficient, ofQ);
        int count = 0;
        for (int slot = 0; slot < slotCount; slot++) {
            if (stripe.dataIndex(slot) >= 0 && slot != x && slot != y && slotAddress[slot] != 0) {
                int ofData = ofP ^ GaloisField.multiply(coefficient(stripe, slot), ofQ);
                rowA[count] = (byte) ofData;
                rowB[count] = (byte) (ofData ^ 1);
                sources[count++] = slotAddress[slot];
            }
        }
        rowA[count] = (byte) ofP;
        rowB[count] = (byte) (ofP ^ 1);
        sources[count++] = slotAddress[stripe.pSlot()];
        rowA[count] = (byte) ofQ;
        rowB[count] = (byte) ofQ;
        sources[count++] = slotAddress[stripe.qSlot()];
        targets[1] = slotAddress[y];
        dot(2, count, length);
    }

    private void computeInto(StripeMap stripe, long[] slotAddress, long p, long q, int length) {
        if (p != 0 && q != 0) {
            computeBoth(stripe, slotAddress, p, q, length);
        } else if (p != 0 || q != 0) {
            int count = 0;
            for (int slot = 0; slot < slotCount; slot++) {
                if (stripe.dataIndex(slot) >= 0 && slotAddress[slot] != 0) {
                    rowA[count] = (byte) (q != 0 ? coefficient(stripe, slot) : 1);
                    sources[count++] = slotAddress[slot];
                }
            }
            targets[0] = p | q;
            if (count == 0) {
                UnsafeApi.setMemory(p | q, length, (byte) 0);
            } else if (p != 0) {
                codec.xor(sources, count, p, length);
            } else {
                dot(1, count, length);
            }
        }
    }

    private void computeBoth(StripeMap stripe, long[] slotAddress, long p, long q, int length) {
        Arrays.fill(sources, 0, slotCount, 0);
        int count = 0;
        for (int slot = 0; slot < slotCount; slot++) {
            int exponent = stripe.exponent(slot);
            if (exponent >= 0 && slotAddress[slot] != 0) {
                sources[exponent] = slotAddress[slot];
                count = Math.max(count, exponent + 1);
            }
        }
        if (count == 0) {
            UnsafeApi.setMemory(p, length, (byte) 0);
            UnsafeApi.setMemory(q, length, (byte) 0);
        } else {
            codec.syndrome(sources, count, p, q, length);
        }
    }

    private void dot(int rowCount, int sourceCount, int length) {
        System.arraycopy(rowA, 0, rows, 0, sourceCount);
        if (rowCount == 2) {
            System.arraycopy(rowB, 0, rows, sourceCount, sourceCount);
        }
        codec.dot(rows, rowCount, sources, sourceCount, targets, length);
    }

    private static int coefficient(StripeMap stripe, int slot) {
        return GaloisField.power(stripe.exponent(slot));
    }

    private static boolean differs(long a, long b, int length) {
        for (int i = 0; i < length; i += 32) {
            long difference = (UnsafeApi.getLong(a + i) ^ UnsafeApi.getLong(b + i))
                    | (UnsafeApi.getLong(a + i + 8) ^ UnsafeApi.getLong(b + i + 8))
                    | (UnsafeApi.getLong(a + i + 16) ^ UnsafeApi.getLong(b + i + 16))
                    | (UnsafeApi.getLong(a + i + 24) ^ UnsafeApi.getLong(b + i + 24));
            if (difference != 0) {
                return true;
            }
        }
        return false;
    }
}
