package io.holdfast.fault;

import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.StripeMap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Computes the parity of a whole array the slow and obvious way, one byte at a time, and compares. It shares no arithmetic
 * with the engine but the layout: which slot of a row is what, and with which coefficient.
 */
final class ParityAudit {
    private static final int POLYNOMIAL = 0x11D;

    private ParityAudit() {}

    /** Reads the data area of one slot. */
    @FunctionalInterface
    interface SlotReader {
        /** Fill the buffer from the slot's data, beginning at {@code memberOffset}. */
        void read(int slot, long memberOffset, UnsafeBuffer buffer);
    }

    /**
     * Compare every row.
     *
     * @param layout of the array.
     * @param reader of its members, none of which is missing.
     * @param isExempt whether a row is left out.
     * @return a sentence for each wrong 4 KiB block of parity; empty when all fits.
     */
    static List<String> check(ArrayLayout layout, SlotReader reader, LongPredicate isExempt) {
        List<String> wrong = new ArrayList<>();
        int chunkLength = layout.chunkLength();
        UnsafeBuffer[] chunks = new UnsafeBuffer[layout.memberCount()];
        for (int slot = 0; slot < chunks.length; slot++) {
            chunks[slot] = new UnsafeBuffer(new byte[chunkLength]);
        }
        for (long row = 0; row < layout.rowCount(); row++) {
            if (isExempt.test(row)) {
                continue;
            }
            for (int slot = 0; slot < chunks.length; slot++) {
                reader.read(slot, row * chunkLength, chunks[slot]);
            }
            StripeMap stripe = layout.stripe(row);
            for (int at = 0; at < chunkLength; at += 4096) {
                compare(layout, stripe, row, chunks, at, wrong);
            }
        }
        return wrong;
    }

    private static void compare(
            ArrayLayout layout, StripeMap stripe, long row, UnsafeBuffer[] chunks, int from, List<String> wrong) {
        boolean wrongP = false;
        boolean wrongQ = false;
        for (int i = from; i < from + 4096; i++) {
            int p = 0;
            int q = 0;
            for (int index = 0; index < stripe.dataCount(); index++) {
                int slot = stripe.dataSlot(index);
                int value = chunks[slot].getByte(i) & 0xFF;
                p ^= value;
                if (value != 0 && stripe.qSlot() >= 0) {
                    q ^= times(value, stripe.exponent(slot));
                }
            }
            wrongP |= p != (chunks[stripe.pSlot()].getByte(i) & 0xFF);
            wrongQ |= stripe.qSlot() >= 0 && q != (chunks[stripe.qSlot()].getByte(i) & 0xFF);
        }
        if (wrongP || wrongQ) {
            wrong.add("parity does not fit: row=" + row + " offsetInChunk=" + from + " wrongP=" + wrongP + " wrongQ="
                    + wrongQ + " layout=" + layout);
        }
    }

    /** A byte times the generator, {@code exponent} times over. */
    private static int times(int value, int exponent) {
        int result = value;
        for (int i = 0; i < exponent; i++) {
            result <<= 1;
            if ((result & 0x100) != 0) {
                result ^= POLYNOMIAL;
            }
        }
        return result;
    }
}
