package io.holdfast.fault;

import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.StripeMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Computes the parity of a whole array the obvious way, one byte at a time, and compares. It shares no arithmetic
 * with the engine but the layout: which slot of a row is what, and with which coefficient.
 */
public final class ParityAudit {
    private static final int BLOCK_LENGTH = 4096;
    private static final int POLYNOMIAL = 0x11D;

    private ParityAudit() {}

    /** Reads the data area of one slot. */
    @FunctionalInterface
    public interface SlotReader {
        /**
         * Fill the buffer from the slot's data.
         *
         * @param slot         0 to the number of members - 1.
         * @param memberOffset in bytes, of the first byte, from the start of the data area.
         * @param buffer       to fill.
         */
        void read(int slot, long memberOffset, UnsafeBuffer buffer);
    }

    /**
     * Compare every row.
     *
     * @param layout of the array.
     * @param reader of its members, none of which is missing.
     * @return a sentence for each wrong 4 KiB block of parity; empty when all fits.
     */
    public static List<String> check(ArrayLayout layout, SlotReader reader) {
        List<String> wrong = new ArrayList<>();
        int chunkLength = layout.chunkLength();
        UnsafeBuffer[] chunks = new UnsafeBuffer[layout.memberCount()];
        for (int slot = 0; slot < chunks.length; slot++) {
            chunks[slot] = new UnsafeBuffer(new byte[chunkLength]);
        }
        for (long row = 0; row < layout.rowCount(); row++) {
            for (int slot = 0; slot < chunks.length; slot++) {
                reader.read(slot, row * chunkLength, chunks[slot]);
            }
            StripeMap stripe = layout.stripe(row);
            for (int at = 0; at < chunkLength; at += BLOCK_LENGTH) {
                compare(layout, stripe, row, chunks, at, wrong);
            }
        }
        return wrong;
    }

    /**
     * Compare one block of each member of a row.
     *
     * @param layout        of the array.
     * @param row           of it.
     * @param offsetInChunk of the blocks, a multiple of 4096.
     * @param reader        of its members, none of which is missing.
     * @return whether parity fits.
     */
    public static boolean fits(ArrayLayout layout, long row, int offsetInChunk, SlotReader reader) {
        UnsafeBuffer[] blocks = new UnsafeBuffer[layout.memberCount()];
        for (int slot = 0; slot < blocks.length; slot++) {
            blocks[slot] = new UnsafeBuffer(new byte[BLOCK_LENGTH]);
            reader.read(slot, row * layout.chunkLength() + offsetInChunk, blocks[slot]);
        }
        List<String> wrong = new ArrayList<>();
        compare(layout, layout.stripe(row), row, blocks, 0, wrong);
        return wrong.isEmpty();
    }

    private static void compare(
            ArrayLayout layout, StripeMap stripe, long row, UnsafeBuffer[] chunks, int from, List<String> wrong) {
        byte[] p = new byte[BLOCK_LENGTH];
        byte[] q = new byte[BLOCK_LENGTH];
        for (int index = 0; index < stripe.dataCount(); index++) {
            int slot = stripe.dataSlot(index);
            byte[] data = chunks[slot].byteArray();
            for (int i = 0; i < BLOCK_LENGTH; i++) {
                p[i] ^= data[from + i];
            }
            if (stripe.qSlot() >= 0) {
                byte[] product = products(stripe.exponent(slot));
                for (int i = 0; i < BLOCK_LENGTH; i++) {
                    q[i] ^= product[data[from + i] & 0xFF];
                }
            }
        }
        boolean wrongP = !isBlock(p, chunks[stripe.pSlot()], from);
        boolean wrongQ = stripe.qSlot() >= 0 && !isBlock(q, chunks[stripe.qSlot()], from);
        if (wrongP || wrongQ) {
            wrong.add("parity does not fit: row=" + row + " offsetInChunk=" + from + " wrongP=" + wrongP + " wrongQ="
                    + wrongQ + " layout=" + layout);
        }
    }

    private static boolean isBlock(byte[] expected, UnsafeBuffer chunk, int from) {
        return Arrays.equals(expected, 0, BLOCK_LENGTH, chunk.byteArray(), from, from + BLOCK_LENGTH);
    }

    /** Every byte times the generator, {@code exponent} times over. */
    private static byte[] products(int exponent) {
        byte[] products = new byte[256];
        for (int value = 0; value < products.length; value++) {
            products[value] = (byte) times(value, exponent);
        }
        return products;
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
