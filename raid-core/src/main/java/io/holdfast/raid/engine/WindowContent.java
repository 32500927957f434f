package io.holdfast.raid.engine;

import static io.holdfast.raid.engine.BlockMask.BLOCK_LENGTH;
import static io.holdfast.raid.engine.BlockMask.BLOCK_SHIFT;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.journal.JournalTransaction;
import io.holdfast.raid.layout.StripeMap;
import io.holdfast.raid.parity.StripeParity;
import java.util.Arrays;

/**
 * The bytes of window operations: what callers bring and take, parity, recovery, and the journal's view of them. No
 * I/O and no state of its own but scratch; confined to its shard's thread.
 */
final class WindowContent {
    private static final byte ZERO = 0;

    private final WindowGeometry geometry;
    private final StripeParity parity;
    private final int slotCount;
    private final long[] address;

    WindowContent(WindowGeometry geometry, StripeParity parity, int slotCount) {
        this.geometry = geometry;
        this.parity = parity;
        this.slotCount = slotCount;
        address = new long[slotCount];
    }

    // ---- which blocks ----

    /** Mark in {@code partial} every block that the operation's reads need. */
    void collectReads(WindowOperation operation) {
        Arrays.fill(operation.partial, 0);
        StripeMap stripe = operation.stripe;
        for (Piece piece = operation.firstPiece; piece != null; piece = piece.next) {
            for (int d = 0; d < stripe.dataCount(); d++) {
                operation.partial[stripe.dataSlot(d)] |= touchedBlocks(operation.window, d, piece);
            }
        }
    }

    /** Mark what the operation's writes overwrite, whole or in part. */
    void collectWrites(WindowOperation operation) {
        Arrays.fill(operation.whole, 0);
        Arrays.fill(operation.partial, 0);
        StripeMap stripe = operation.stripe;
        boolean zeroes = true;
        boolean forceUnitAccess = false;
        for (Piece piece = operation.firstPiece; piece != null; piece = piece.next) {
            ArrayRequest request = piece.request;
            zeroes &= request.kind() != ArrayRequest.Kind.WRITE;
            forceUnitAccess |= request.forceUnitAccess();
            if (request.kind() == ArrayRequest.Kind.DISCARD) {
                collectDiscard(operation, piece);
                continue;
            }
            for (int d = 0; d < stripe.dataCount(); d++) {
                int slot = stripe.dataSlot(d);
                operation.whole[slot] |= wholeBlocks(operation.window, d, piece);
                operation.partial[slot] |= touchedBlocks(operation.window, d, piece);
            }
        }
        int everywhere = -1;
        int rows = 0;
        for (int d = 0; d < stripe.dataCount(); d++) {
            int slot = stripe.dataSlot(d);
            operation.partial[slot] &= ~operation.whole[slot];
            everywhere &= operation.whole[slot];
            rows |= operation.whole[slot] | operation.partial[slot];
        }
        operation.zeroes = zeroes && rows == everywhere && rows != 0;
        operation.forceUnitAccess = forceUnitAccess;
    }

    /** A discard need not touch anything; it takes the rows of blocks that it covers in every data slot. */
    private void collectDiscard(WindowOperation operation, Piece piece) {
        StripeMap stripe = operation.stripe;
        int rows = -1;
        for (int d = 0; d < stripe.dataCount(); d++) {
            rows &= wholeBlocks(operation.window, d, piece);
        }
        piece.discardRows = rows;
        for (int d = 0; d < stripe.dataCount(); d++) {
            operation.whole[stripe.dataSlot(d)] |= rows;
        }
    }

    /** Whether a piece has anything to do with some rows of blocks. */
    boolean touches(WindowOperation operation, Piece piece, int rows) {
        StripeMap stripe = operation.stripe;
        for (int d = 0; d < stripe.dataCount(); d++) {
            if ((touchedBlocks(operation.window, d, piece) & rows) != 0) {
                return true;
            }
        }
        return false;
    }

    private int touchedBlocks(long window, int dataIndex, Piece piece) {
        long part = geometry.arrayOffset(window, dataIndex);
        long start = Math.max(piece.start, part) - part;
        long end = Math.min(piece.end, part + geometry.length()) - part;
        if (start >= end) {
            return 0;
        }
        int first = (int) (start >> BLOCK_SHIFT);
        return BlockMask.of(first, (int) ((end - 1) >> BLOCK_SHIFT) - first + 1);
    }

    private int wholeBlocks(long window, int dataIndex, Piece piece) {
        long part = geometry.arrayOffset(window, dataIndex);
        long start = Math.max(piece.start, part) - part;
        long end = Math.min(piece.end, part + geometry.length()) - part;
        int first = (int) ((start + BLOCK_LENGTH - 1) >> BLOCK_SHIFT);
        int last = (int) (end >> BLOCK_SHIFT);
        return start >= end || first >= last ? 0 : BlockMask.of(first, last - first);
    }

    // ---- callers' bytes ----

    /** Give every read its bytes. */
    void copyOut(WindowOperation operation) {
        StripeMap stripe = operation.stripe;
        for (Piece piece = operation.firstPiece; piece != null; piece = piece.next) {
            ArrayRequest request = piece.request;
            for (int d = 0; d < stripe.dataCount(); d++) {
                long part = geometry.arrayOffset(operation.window, d);
                long start = Math.max(piece.start, part);
                long end = Math.min(piece.end, part + geometry.length());
                if (start < end) {
                    request.buffer()
                            .putBytes(
                                    (int) (start - request.offset()),
                                    operation.buffer,
                                    operation.bufferIndex(stripe.dataSlot(d), 0) + (int) (start - part),
                                    (int) (end - start));
                }
            }
        }
    }

    /**
     * Take the bytes of every write, once. From here on parity, journal and members all use this copy: a caller that
     * scribbles on its buffer too early harms its own data, never the agreement of data and parity.
     */
    void copyIn(WindowOperation operation) {
        StripeMap stripe = operation.stripe;
        for (Piece piece = operation.firstPiece; piece != null; piece = piece.next) {
            ArrayRequest request = piece.request;
            for (int d = 0; d < stripe.dataCount(); d++) {
                int slot = stripe.dataSlot(d);
                if (request.kind() == ArrayRequest.Kind.DISCARD) {
                    zeroBlocks(operation, slot, piece.discardRows);
                    continue;
                }
                long part = geometry.arrayOffset(operation.window, d);
                long start = Math.max(piece.start, part);
                long end = Math.min(piece.end, part + geometry.length());
                if (start >= end) {
                    continue;
                }
                int index = operation.bufferIndex(slot, 0) + (int) (start - part);
                if (request.kind() == ArrayRequest.Kind.WRITE) {
                    operation.buffer.putBytes(
                            index, request.buffer(), (int) (start - request.offset()), (int) (end - start));
                } else {
                    operation.buffer.setMemory(index, (int) (end - start), ZERO);
                }
            }
        }
    }

    private static void zeroBlocks(WindowOperation operation, int slot, int blocks) {
        for (int rest = blocks; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
            operation.buffer.setMemory(
                    operation.bufferIndex(slot, BlockMask.first(rest)), BlockMask.runLength(rest) << BLOCK_SHIFT, ZERO);
        }
    }

    // ---- parity ----

    /** Merge the writes into what was read, and make parity as planned. */
    void make(WindowOperation operation, boolean parityWhereMissing) {
        WritePlan plan = operation.plan;
        recover(operation, plan.recoverRows, false);
        boolean wantP = parityWhereMissing || wanted(operation, operation.stripe.pSlot());
        boolean wantQ =
                operation.stripe.qSlot() >= 0 && (parityWhereMissing || wanted(operation, operation.stripe.qSlot()));
        accumulate(operation, plan.modifyRows, wantP, wantQ);
        copyIn(operation);
        accumulate(operation, plan.modifyRows, wantP, wantQ);
        compute(operation, plan.fullRows | plan.reconstructRows | plan.recoverRows, wantP, wantQ);
    }

    /** Parity of a slot that nothing serves is made only for a journal. */
    private static boolean wanted(WindowOperation operation, int slot) {
        return !operation.absent[slot];
    }

    /**
     * Make parity for what is cached. What the stripe held before, where it was needed, has been read into memory of its own:
     * what is missing of it is recovered there, from old blocks and old parity, never from what is cached.
     */
    void makeWriteOut(WindowOperation operation) {
        WritePlan plan = operation.plan;
        StripeMap stripe = operation.stripe;
        boolean hasQ = stripe.qSlot() >= 0;
        if (plan.recoverRows != 0) {
            recover(operation, plan.recoverRows, false, operation.old.addressOffset());
        }
        for (int d = 0; d < stripe.dataCount(); d++) {
            int slot = stripe.dataSlot(d);
            takeOld(operation, slot, plan.recoverRows & ~operation.cached[slot]);
        }
        takeOld(operation, stripe.pSlot(), plan.modifyRows);
        if (hasQ) {
            takeOld(operation, stripe.qSlot(), plan.modifyRows);
        }
        if (plan.modifyRows != 0) {
            accumulate(operation, plan.modifyRows, true, hasQ, operation.old.addressOffset());
            accumulate(operation, plan.modifyRows, true, hasQ, operation.bufferAddress);
        }
        compute(operation, plan.fullRows | plan.reconstructRows | plan.recoverRows, true, hasQ);
    }

    private static void takeOld(WindowOperation operation, int slot, int rows) {
        for (int rest = rows; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
            int index = operation.bufferIndex(slot, BlockMask.first(rest));
            operation.buffer.putBytes(index, operation.old, index, BlockMask.runLength(rest) << BLOCK_SHIFT);
        }
    }

    private void accumulate(WindowOperation operation, int rows, boolean wantP, boolean wantQ) {
        accumulate(operation, rows, wantP, wantQ, operation.bufferAddress);
    }

    /** Add written blocks, from one buffer, to the parity in the operation's own. */
    private void accumulate(WindowOperation operation, int rows, boolean wantP, boolean wantQ, long source) {
        StripeMap stripe = operation.stripe;
        for (int d = 0; rows != 0 && d < stripe.dataCount(); d++) {
            int slot = stripe.dataSlot(d);
            int blocks = (operation.whole[slot] | operation.partial[slot]) & rows;
            for (int rest = blocks; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
                int first = BlockMask.first(rest);
                parity.accumulate(
                        stripe,
                        slot,
                        source + operation.bufferIndex(slot, first),
                        wantP ? operation.blockAddress(stripe.pSlot(), first) : 0,
                        wantQ ? operation.blockAddress(stripe.qSlot(), first) : 0,
                        BlockMask.runLength(rest) << BLOCK_SHIFT);
            }
        }
    }

    private void compute(WindowOperation operation, int rows, boolean wantP, boolean wantQ) {
        StripeMap stripe = operation.stripe;
        for (int rest = rows; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
            int first = BlockMask.first(rest);
            addresses(operation, first);
            if (!wantP) {
                address[stripe.pSlot()] = 0;
            }
            if (stripe.qSlot() >= 0 && !wantQ) {
                address[stripe.qSlot()] = 0;
            }
            parity.compute(stripe, address, BlockMask.runLength(rest) << BLOCK_SHIFT);
        }
    }

    private void addresses(WindowOperation operation, int block) {
        addresses(operation, block, operation.bufferAddress);
    }

    private void addresses(WindowOperation operation, int block, long base) {
        for (int slot = 0; slot < slotCount; slot++) {
            address[slot] = base + operation.bufferIndex(slot, block);
        }
    }

    /**
     * Fill in the blocks that could not be taken from their members.
     *
     * @param rows       of blocks, none of which lacks more slots than the level has parity.
     * @param withParity whether lost parity is made again too, and not only data. Parity that its member could not read is in
     *                   any case, so that it can be rewritten: else every read of a degraded row would meet it again.
     */
    void recover(WindowOperation operation, int rows, boolean withParity) {
        recover(operation, rows, withParity, operation.bufferAddress);
    }

    private void recover(WindowOperation operation, int rows, boolean withParity, long base) {
        StripeMap stripe = operation.stripe;
        for (int rest = rows; rest != 0; ) {
            int first = BlockMask.first(rest);
            int count = likeRun(operation, rest);
            addresses(operation, first, base);
            int missingA = -1;
            int missingB = -1;
            for (int slot = 0; slot < slotCount; slot++) {
                if ((operation.have[slot] >>> first & 1) != 0) {
                    continue;
                }
                boolean isRewritten = (operation.bad[slot] >>> first & 1) != 0;
                if (stripe.dataIndex(slot) < 0 && !withParity && !isRewritten) {
                    address[slot] = 0;
                } else if (missingA < 0) {
                    missingA = slot;
                } else {
                    missingB = slot;
                }
            }
            int blocks = BlockMask.of(first, count);
            if (missingA >= 0) {
                parity.recover(stripe, address, missingA, missingB, count << BLOCK_SHIFT);
                operation.have[missingA] |= blocks;
            }
            if (missingB >= 0) {
                operation.have[missingB] |= blocks;
            }
            rest &= ~blocks;
        }
    }

    /** How many rows, from the first of a set on, lack the same slots. */
    int likeRun(WindowOperation operation, int rows) {
        int first = BlockMask.first(rows);
        int count = BlockMask.runLength(rows);
        for (int slot = 0; slot < slotCount; slot++) {
            int have = operation.have[slot] >>> first;
            int like = (have & 1) != 0 ? Integer.numberOfTrailingZeros(~have) : Integer.numberOfTrailingZeros(have);
            count = Math.min(count, like);
        }
        return count;
    }

    // ---- the journal's view ----

    /** Whether every write of an operation brings whole blocks, or parts of blocks that are cached already. */
    boolean isCacheable(WindowOperation operation) {
        for (Piece piece = operation.firstPiece; piece != null; piece = piece.next) {
            if (piece.request.kind() != ArrayRequest.Kind.WRITE) {
                return false;
            }
        }
        for (int slot = 0; slot < slotCount; slot++) {
            if ((operation.partial[slot] & ~operation.cached[slot]) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Describe what is written, without parity: row by row, data in slot order. */
    void describeData(WindowOperation operation) {
        JournalTransaction transaction = operation.transaction;
        transaction.reset();
        for (int rest = operation.touchedRows(); rest != 0; rest &= rest - 1) {
            addData(operation, BlockMask.first(rest));
            transaction.endData();
        }
    }

    /** Describe the parity of what is cached: its data is in the log already. */
    void describeParity(WindowOperation operation) {
        operation.transaction.reset();
        for (int rest = operation.touchedRows(); rest != 0; rest &= rest - 1) {
            addParity(operation, BlockMask.first(rest));
        }
    }

    /** Describe the operation as a transaction: row by row, data in slot order, then parity, as Linux does. */
    void describe(WindowOperation operation) {
        operation.transaction.reset();
        for (int rest = operation.touchedRows(); rest != 0; rest &= rest - 1) {
            addData(operation, BlockMask.first(rest));
            addParity(operation, BlockMask.first(rest));
        }
    }

    private void addData(WindowOperation operation, int block) {
        long inWindow = (long) block << BLOCK_SHIFT;
        for (int slot = 0; slot < slotCount; slot++) {
            if (((operation.whole[slot] | operation.partial[slot]) >>> block & 1) != 0) {
                long offset = geometry.arrayOffset(operation.window, operation.stripe.dataIndex(slot)) + inWindow;
                operation.transaction.addData(
                        offset / DeviceGeometry.SECTOR_LENGTH, operation.blockAddress(slot, block));
            }
        }
    }

    private void addParity(WindowOperation operation, int block) {
        StripeMap stripe = operation.stripe;
        long memberOffset = operation.memberOffset + ((long) block << BLOCK_SHIFT);
        operation.transaction.addParity(
                memberOffset / DeviceGeometry.SECTOR_LENGTH,
                operation.blockAddress(stripe.pSlot(), block),
                stripe.qSlot() < 0 ? 0 : operation.blockAddress(stripe.qSlot(), block));
    }
}
