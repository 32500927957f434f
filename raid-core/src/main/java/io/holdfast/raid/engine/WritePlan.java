package io.holdfast.raid.engine;

import io.holdfast.raid.layout.StripeMap;
import java.util.Arrays;

/**
 * How to write into a window: for every touched row of blocks, which blocks to read first and how parity will be made.
 *
 * <table>
 * <caption>The choice, per row of blocks; the first that applies</caption>
 * <tr><th>row</th><th>when</th><th>reads</th></tr>
 * <tr><td>full</td><td>every data block is overwritten whole</td><td>nothing</td></tr>
 * <tr><td>bare</td><td>no parity is wanted: every parity member is gone and no journal asks for it</td>
 *     <td>partly written blocks</td></tr>
 * <tr><td>read-modify-write</td><td>possible, and reads less</td><td>written blocks and parity</td></tr>
 * <tr><td>reconstruct-write</td><td>possible</td><td>data blocks not wholly overwritten</td></tr>
 * <tr><td>recover</td><td>a block that must be read is not trusted, no more than parity can give back</td>
 *     <td>every trusted block</td></tr>
 * <tr><td>lost</td><td>otherwise</td><td>nothing: the writes fail</td></tr>
 * </table>
 *
 * <p>A tie goes to reconstruct-write: it takes nothing old into the new parity. Single-threaded, reused, allocates nothing.
 */
final class WritePlan {
    /** By slot: the blocks to read before parity can be made. */
    final int[] read;

    int fullRows;
    int bareRows;
    int modifyRows;
    int reconstructRows;
    int recoverRows;
    int lostRows;

    private final int parityCount;

    WritePlan(int slotCount, int parityCount) {
        this.read = new int[slotCount];
        this.parityCount = parityCount;
    }

    /**
     * Decide.
     *
     * @param stripe           roles of the slots in this row.
     * @param whole            by slot: data blocks overwritten whole.
     * @param partial          by slot: data blocks overwritten in part.
     * @param untrusted        by slot: blocks whose content on the member is not to be used.
     * @param anyUntrusted     false when every set of {@code untrusted} is empty.
     * @param parityConsistent false while a resync has not yet vouched for parity here.
     * @param mayModify        false to do without read-modify-write.
     * @param wantP            whether P has to be made.
     * @param wantQ            whether Q has to be made.
     */
    void decide(
            StripeMap stripe,
            int[] whole,
            int[] partial,
            int[] untrusted,
            boolean anyUntrusted,
            boolean parityConsistent,
            boolean mayModify,
            boolean wantP,
            boolean wantQ) {
        clear();
        int dataCount = stripe.dataCount();
        int rows = 0;
        int allWhole = -1;
        for (int d = 0; d < dataCount; d++) {
            int slot = stripe.dataSlot(d);
            rows |= whole[slot] | partial[slot];
            allWhole &= whole[slot];
        }
        fullRows = allWhole & rows;
        boolean parityWanted = wantP || wantQ;
        for (int rest = rows & ~fullRows; rest != 0; rest &= rest - 1) {
            int bit = Integer.lowestOneBit(rest);
            if (!parityWanted && tryBare(stripe, bit, partial, untrusted)) {
                continue;
            }
            decideRow(stripe, bit, whole, partial, untrusted, anyUntrusted, parityConsistent, mayModify, wantP, wantQ);
        }
    }

    private boolean tryBare(StripeMap stripe, int bit, int[] partial, int[] untrusted) {
        for (int d = 0; d < stripe.dataCount(); d++) {
            int slot = stripe.dataSlot(d);
            if ((partial[slot] & untrusted[slot] & bit) != 0) {
                return false;
            }
        }
        for (int d = 0; d < stripe.dataCount(); d++) {
            int slot = stripe.dataSlot(d);
            read[slot] |= partial[slot] & bit;
        }
        bareRows |= bit;
        return true;
    }

    private void decideRow(
            StripeMap stripe,
            int bit,
            int[] whole,
            int[] partial,
            int[] untrusted,
            boolean anyUntrusted,
            boolean parityConsistent,
            boolean mayModify,
            boolean wantP,
            boolean wantQ) {
        int dataCount = stripe.dataCount();
        int p = stripe.pSlot();
        int q = stripe.qSlot();
        int modifyReads = (wantP ? 1 : 0) + (wantQ ? 1 : 0);
        int reconstructReads = 0;
        boolean canModify = parityConsistent && mayModify;
        boolean canReconstruct = true;
        for (int d = 0; d < dataCount; d++) {
            int slot = stripe.dataSlot(d);
            boolean trusted = (untrusted[slot] & bit) == 0;
            if (((whole[slot] | partial[slot]) & bit) != 0) {
                modifyReads++;
                canModify &= trusted;
            }
            if ((whole[slot] & bit) == 0) {
                reconstructReads++;
                canReconstruct &= trusted;
            }
        }
        if (anyUntrusted) {
            canModify &= !(wantP && (untrusted[p] & bit) != 0);
            canModify &= !(wantQ && (untrusted[q] & bit) != 0);
        }
        if (canModify && (!canReconstruct || modifyReads < reconstructReads)) {
            modifyRows |= bit;
            for (int d = 0; d < dataCount; d++) {
                int slot = stripe.dataSlot(d);
                read[slot] |= (whole[slot] | partial[slot]) & bit;
            }
            if (wantP) {
                read[p] |= bit;
            }
            if (wantQ) {
                read[q] |= bit;
            }
        } else if (canReconstruct) {
            reconstructRows |= bit;
            for (int d = 0; d < dataCount; d++) {
                int slot = stripe.dataSlot(d);
                read[slot] |= ~whole[slot] & bit;
            }
        } else if (untrustedCount(untrusted, bit) <= parityCount) {
            // Also where nobody vouches for parity yet: it is all that there is of a block that cannot be read,
            // and what a read of that block would be told.
            recoverRows |= bit;
            readTrusted(untrusted, bit);
        } else {
            lostRows |= bit;
        }
    }

    /** Plan a read: take what is wanted from its member where that can be trusted, else recover the row of blocks. */
    void decideRead(StripeMap stripe, int[] wanted, int[] untrusted) {
        clear();
        for (int d = 0; d < stripe.dataCount(); d++) {
            int slot = stripe.dataSlot(d);
            read[slot] |= wanted[slot] & ~untrusted[slot];
            recoverRows |= wanted[slot] & untrusted[slot];
        }
        recoverOrLose(untrusted);
    }

    /** Plan a copy: take what is wanted of any slot, parity too, from its member where that can be trusted. */
    void decideCopy(int[] wanted, int[] untrusted) {
        clear();
        for (int slot = 0; slot < read.length; slot++) {
            read[slot] |= wanted[slot] & ~untrusted[slot];
            recoverRows |= wanted[slot] & untrusted[slot];
        }
        recoverOrLose(untrusted);
    }

    /** Plan a look at every block: read all that can be trusted. */
    void decideSync(int[] untrusted, int allBlocks) {
        clear();
        for (int slot = 0; slot < read.length; slot++) {
            read[slot] |= allBlocks & ~untrusted[slot];
            recoverRows |= untrusted[slot];
        }
        recoverOrLose(untrusted);
    }

    private void recoverOrLose(int[] untrusted) {
        for (int rest = recoverRows; rest != 0; rest &= rest - 1) {
            int bit = Integer.lowestOneBit(rest);
            if (untrustedCount(untrusted, bit) <= parityCount) {
                readTrusted(untrusted, bit);
            } else {
                recoverRows &= ~bit;
                lostRows |= bit;
            }
        }
    }

    private void clear() {
        Arrays.fill(read, 0);
        fullRows = 0;
        bareRows = 0;
        modifyRows = 0;
        reconstructRows = 0;
        recoverRows = 0;
        lostRows = 0;
    }

    /** Read whatever can be trusted of a row of blocks, to recover the rest from it. */
    private void readTrusted(int[] untrusted, int bit) {
        for (int slot = 0; slot < read.length; slot++) {
            read[slot] |= ~untrusted[slot] & bit;
        }
    }

    static int untrustedCount(int[] untrusted, int bit) {
        int count = 0;
        for (int mask : untrusted) {
            if ((mask & bit) != 0) {
                count++;
            }
        }
        return count;
    }
}
