package io.holdfast.fault.torture;

import io.holdfast.raid.layout.ArrayLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The places of an array at which less than everything can be promised, and exactly how much less.
 *
 * <p>The unit is the <em>column</em>: the 4 KiB blocks at one place of every member of a row, which is what one parity block
 * vouches for. A column is tainted when its parity may not fit its data: a silent fault changed one of its blocks, or the
 * array stopped while it was written without a journal. In a tainted column
 *
 * <ul>
 *   <li>a block on a member that is sound must still read as it should;
 *   <li>a block that a silent fault struck may also read as what the member in truth holds there;
 *   <li>a block that has been computed from the others (its member was missing, was rebuilt, or could not be read) may read as
 *       anything.
 * </ul>
 *
 * <p>A column is clean again when its parity is found to fit and all its members are there. Single-threaded.
 */
final class Taints {
    private static final int BLOCK_LENGTH = 4096;

    private final ArrayLayout layout;
    private final int blocksPerChunk;
    private final Map<Long, Taint> byColumn = new TreeMap<>();
    private final BitSet unsound = new BitSet();

    private static final class Taint {
        private final BitSet struck = new BitSet();
        private final BitSet computed = new BitSet();
    }

    Taints(ArrayLayout layout) {
        this.layout = layout;
        this.blocksPerChunk = layout.chunkLength() / BLOCK_LENGTH;
    }

    /** A member is not, or soon may not be, read: what is computed in its place may be wrong wherever parity is. */
    void memberUnsound(int slot) {
        if (!unsound.get(slot)) {
            unsound.set(slot);
            byColumn.values().forEach(taint -> taint.computed.set(slot));
        }
    }

    /** A member is complete, and every read of it reaches it. */
    void memberSound(int slot) {
        unsound.clear(slot);
    }

    /** Bytes on a member are not what was last written there, or were not when they were read. */
    void strike(int slot, long memberOffset, long length) {
        long end = Math.min(memberOffset + length, layout.memberLength());
        for (long at = Math.max(0, memberOffset) / BLOCK_LENGTH * BLOCK_LENGTH; at < end; at += BLOCK_LENGTH) {
            taint(at / BLOCK_LENGTH).struck.set(slot);
        }
    }

    /** Parity of the column around a byte of the array may not fit. */
    void doubtParity(long arrayOffset) {
        taint(column(arrayOffset));
    }

    /** Nothing is sure of any column but what the members hold. */
    void strikeEverything() {
        for (int slot = 0; slot < layout.memberCount(); slot++) {
            strike(slot, 0, layout.memberLength());
        }
    }

    /** Parity fits nowhere for certain, though every block is as it should be. */
    void doubtAllParity() {
        for (long column = 0; column < layout.memberLength() / BLOCK_LENGTH; column++) {
            taint(column);
        }
    }

    /** What may be read at a place of the array. */
    enum Allowance {
        /** Exactly what should. */
        NOTHING,
        /** That, or what the member holds. */
        STORED,
        /** Whatever it is. */
        ANYTHING
    }

    Allowance allowance(long arrayOffset) {
        Taint taint = byColumn.get(column(arrayOffset));
        if (taint == null) {
            return Allowance.NOTHING;
        }
        int slot = layout.slot(arrayOffset);
        if (taint.computed.get(slot)) {
            return Allowance.ANYTHING;
        }
        return taint.struck.get(slot) ? Allowance.STORED : Allowance.NOTHING;
    }

    boolean isTainted(long column) {
        return byColumn.containsKey(column);
    }

    /** Whether the parity of a column may stay wrong until a repair: nobody knows that it is, or nobody asked. */
    boolean mayParityStayWrong(long column) {
        Taint taint = byColumn.get(column);
        return taint != null && !taint.struck.isEmpty();
    }

    boolean isEmpty() {
        return byColumn.isEmpty();
    }

    /** The tainted columns, in order. */
    List<Long> columns() {
        return new ArrayList<>(byColumn.keySet());
    }

    void clean(long column) {
        byColumn.remove(column);
    }

    /** The number of the column around a byte of the array. */
    long column(long arrayOffset) {
        return layout.memberOffset(arrayOffset) / BLOCK_LENGTH;
    }

    long row(long column) {
        return column / blocksPerChunk;
    }

    int offsetInChunk(long column) {
        return (int) (column % blocksPerChunk) * BLOCK_LENGTH;
    }

    private Taint taint(long column) {
        return byColumn.computeIfAbsent(column, number -> {
            Taint taint = new Taint();
            taint.computed.or(unsound);
            return taint;
        });
    }
}
