package io.holdfast.raid.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.layout.StripeMap;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Holds the table to a description of each row in the words of its documentation, over every combination of one row. */
class WritePlanTest {
    private enum Row {
        NONE,
        FULL,
        BARE,
        MODIFY,
        RECONSTRUCT,
        RECOVER,
        LOST
    }

    /** What is done to a data block, if anything. */
    private static final int WHOLE = 1;

    private static final int PARTIAL = 2;

    private final Map<Row, Integer> seen = new EnumMap<>(Row.class);

    @Test
    void shouldDecideEveryCombinationOfOneRowAtLevelFive() {
        decideAll(RaidLevel.RAID5, 4);
        assertEquals(Row.values().length, seen.size(), seen::toString);
    }

    @Test
    void shouldDecideEveryCombinationOfOneRowAtLevelSix() {
        decideAll(RaidLevel.RAID6, 5);
        assertEquals(Row.values().length, seen.size(), seen::toString);
    }

    @Test
    void shouldPreferReadingLess() {
        // Six data blocks, one of them written: two reads to modify, five to reconstruct.
        StripeMap stripe = stripe(RaidLevel.RAID5, 7);
        int[] whole = new int[7];
        whole[stripe.dataSlot(2)] = 1;
        WritePlan plan = new WritePlan(7, 1);
        plan.decide(stripe, whole, new int[7], new int[7], false, true, true, true, false);
        assertEquals(1, plan.modifyRows);
        assertEquals(2, Arrays.stream(plan.read).sum());
        // Five of them written: six to modify, one to reconstruct.
        for (int d = 0; d < 5; d++) {
            whole[stripe.dataSlot(d)] = 1;
        }
        plan.decide(stripe, whole, new int[7], new int[7], false, true, true, true, false);
        assertEquals(1, plan.reconstructRows);
        assertEquals(1, Arrays.stream(plan.read).sum());
    }

    @Test
    void shouldDecideEachRowForItself() {
        StripeMap stripe = stripe(RaidLevel.RAID5, 7);
        int[] whole = new int[7];
        int[] untrusted = new int[7];
        for (int d = 0; d < 6; d++) {
            whole[stripe.dataSlot(d)] = 0b0001;
        }
        whole[stripe.dataSlot(0)] |= 0b1110;
        untrusted[stripe.dataSlot(0)] = 0b0100;
        untrusted[stripe.dataSlot(1)] = 0b1000;
        untrusted[stripe.dataSlot(2)] = 0b1000;
        untrusted[stripe.pSlot()] = 0b1000;
        WritePlan plan = new WritePlan(7, 1);
        plan.decide(stripe, whole, new int[7], untrusted, true, true, true, true, false);
        assertEquals(0b0001, plan.fullRows);
        assertEquals(0b0010, plan.modifyRows);
        assertEquals(0b0100, plan.reconstructRows);
        assertEquals(0b1000, plan.lostRows);
    }

    @Test
    void shouldReadWhatIsWantedOrRecoverItsRow() {
        StripeMap stripe = stripe(RaidLevel.RAID6, 5);
        int a = stripe.dataSlot(0);
        int b = stripe.dataSlot(1);
        int c = stripe.dataSlot(2);
        int[] wanted = new int[5];
        int[] untrusted = new int[5];
        wanted[a] = 0b111;
        untrusted[a] = 0b110;
        untrusted[b] = 0b100;
        untrusted[c] = 0b100;
        WritePlan plan = new WritePlan(5, 2);
        plan.decideRead(stripe, wanted, untrusted);
        assertEquals(0b010, plan.recoverRows);
        assertEquals(0b100, plan.lostRows);
        assertEquals(0b001, plan.read[a] & 0b011);
        assertEquals(0b010, plan.read[b] & 0b011);
        assertEquals(0b010, plan.read[stripe.pSlot()]);
        assertEquals(0b010, plan.read[stripe.qSlot()]);
    }

    @Test
    void shouldReadAllThatCanBeTrustedForMaintenance() {
        int[] untrusted = {0b01, 0b10, 0, 0b10};
        WritePlan plan = new WritePlan(4, 1);
        plan.decideSync(untrusted, 0b1111);
        assertEquals(0b01, plan.recoverRows);
        assertEquals(0b10, plan.lostRows);
        for (int slot = 0; slot < 4; slot++) {
            assertEquals(0b1111 & ~untrusted[slot], plan.read[slot]);
        }
    }

    private static StripeMap stripe(RaidLevel level, int memberCount) {
        return new ArrayLayout(level, 2, memberCount, 4096, 1 << 20).stripe(0);
    }

    private void decideAll(RaidLevel level, int memberCount) {
        StripeMap stripe = stripe(level, memberCount);
        int slots = memberCount;
        int dataCount = stripe.dataCount();
        boolean hasQ = stripe.qSlot() >= 0;
        int writes = (int) Math.pow(3, dataCount);
        for (int write = 0; write < writes; write++) {
            int[] whole = new int[slots];
            int[] partial = new int[slots];
            int rest = write;
            for (int d = 0; d < dataCount; d++, rest /= 3) {
                whole[stripe.dataSlot(d)] = rest % 3 == WHOLE ? 1 : 0;
                partial[stripe.dataSlot(d)] = rest % 3 == PARTIAL ? 1 : 0;
            }
            for (int trust = 0; trust < 1 << slots; trust++) {
                int[] untrusted = new int[slots];
                for (int slot = 0; slot < slots; slot++) {
                    untrusted[slot] = trust >>> slot & 1;
                }
                for (int flags = 0; flags < 8; flags++) {
                    boolean wantQ = hasQ && (flags & 2) != 0;
                    decide(stripe, whole, partial, untrusted, (flags & 4) != 0, (flags & 1) != 0, wantQ);
                }
            }
        }
    }

    private void decide(
            StripeMap stripe,
            int[] whole,
            int[] partial,
            int[] untrusted,
            boolean consistent,
            boolean wantP,
            boolean wantQ) {
        WritePlan plan = new WritePlan(whole.length, stripe.qSlot() < 0 ? 1 : 2);
        boolean any = Arrays.stream(untrusted).anyMatch(mask -> mask != 0);
        plan.decide(stripe, whole, partial, untrusted, any, consistent, true, wantP, wantQ);
        String what = stripe + " whole=" + Arrays.toString(whole) + " partial=" + Arrays.toString(partial)
                + " untrusted=" + Arrays.toString(untrusted) + " consistent=" + consistent + " wantP=" + wantP
                + " wantQ=" + wantQ;
        int[] reads = new int[whole.length];
        Row expected = describe(stripe, whole, partial, untrusted, consistent, wantP, wantQ, reads);
        assertEquals(expected, rowOf(plan), what);
        assertTrue(Arrays.equals(reads, plan.read), what + " read=" + Arrays.toString(plan.read));
        for (int slot = 0; slot < whole.length; slot++) {
            assertEquals(0, plan.read[slot] & untrusted[slot], what);
        }
        seen.merge(expected, 1, Integer::sum);
    }

    /** The documentation's table, by brute force. */
    private static Row describe(
            StripeMap stripe,
            int[] whole,
            int[] partial,
            int[] untrusted,
            boolean consistent,
            boolean wantP,
            boolean wantQ,
            int[] reads) {
        int parityCount = stripe.qSlot() < 0 ? 1 : 2;
        int touched = 0;
        int wholes = 0;
        for (int d = 0; d < stripe.dataCount(); d++) {
            touched += whole[stripe.dataSlot(d)] + partial[stripe.dataSlot(d)];
            wholes += whole[stripe.dataSlot(d)];
        }
        if (touched == 0) {
            return Row.NONE;
        }
        if (wholes == stripe.dataCount()) {
            return Row.FULL;
        }
        if (!wantP && !wantQ && allTrusted(partial, untrusted)) {
            System.arraycopy(partial, 0, reads, 0, reads.length);
            return Row.BARE;
        }
        int[] modify = new int[whole.length];
        int[] reconstruct = new int[whole.length];
        for (int slot = 0; slot < whole.length; slot++) {
            if (stripe.dataIndex(slot) >= 0) {
                modify[slot] = whole[slot] | partial[slot];
                reconstruct[slot] = 1 - whole[slot];
            } else {
                modify[slot] = (slot == stripe.pSlot() ? wantP : wantQ) ? 1 : 0;
            }
        }
        boolean canModify = consistent && allTrusted(modify, untrusted);
        boolean canReconstruct = allTrusted(reconstruct, untrusted);
        if (canModify && !(canReconstruct && sum(reconstruct) <= sum(modify))) {
            System.arraycopy(modify, 0, reads, 0, reads.length);
            return Row.MODIFY;
        }
        if (canReconstruct) {
            System.arraycopy(reconstruct, 0, reads, 0, reads.length);
            return Row.RECONSTRUCT;
        }
        if (sum(untrusted) <= parityCount) {
            for (int slot = 0; slot < reads.length; slot++) {
                reads[slot] = 1 - untrusted[slot];
            }
            return Row.RECOVER;
        }
        return Row.LOST;
    }

    private static boolean allTrusted(int[] wanted, int[] untrusted) {
        for (int slot = 0; slot < wanted.length; slot++) {
            if ((wanted[slot] & untrusted[slot]) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int sum(int[] blocks) {
        return Arrays.stream(blocks).sum();
    }

    private static Row rowOf(WritePlan plan) {
        int[] rows = {
            plan.fullRows, plan.bareRows, plan.modifyRows, plan.reconstructRows, plan.recoverRows, plan.lostRows
        };
        assertTrue(sum(rows) <= 1, "a row is decided once");
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] != 0) {
                return Row.values()[i + 1];
            }
        }
        return Row.NONE;
    }
}
