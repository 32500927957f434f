package io.holdfast.raid.engine;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalTransaction;
import io.holdfast.raid.layout.StripeMap;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a shard holds while it owns a window: the work, the buffers, and how far it has come. Plain state; the
 * {@link Shard} moves it. One buffer of a window's length for each slot, so a run of blocks is one transfer.
 */
final class WindowOperation {
    /** Where an operation stands. */
    enum Phase {
        FREE,
        /** The array must be marked dirty on disk before anything of it changes. */
        GATED,
        READING,
        /** Blocks whose read failed are tried once more, one at a time. */
        RETRYING,
        /** The journal does not have the record yet. */
        LOGGING,
        WRITING,
        /** Blocks that were rewritten after a read error are read back. */
        VERIFYING,
        FLUSHING,
        /** Done but for the superblocks of the survivors, which must name a failed member before anyone is answered. */
        RECORDING
    }

    final int index;
    final int windowLength;
    final JournalTransaction transaction;
    final WritePlan plan;

    /** By slot: the blocks whose content on the member must not be used. */
    final int[] untrusted;
    /** By slot: whether nothing serves it. */
    final boolean[] absent;
    /** By slot: the blocks that the buffer holds. */
    final int[] have;
    /** By slot: reads that failed, to be tried once more, singly. */
    final int[] retry;
    /** By slot: reads that failed twice. */
    final int[] bad;
    /** By slot: data blocks overwritten whole; to be overwritten in part. */
    final int[] whole;

    final int[] partial;
    /** By slot: blocks to write to the member. */
    final int[] dirty;
    /** By slot: blocks rewritten because they could not be read. */
    final int[] healed;
    /** By slot: the device that a write of this operation failed on, or -1. */
    final int[] failedDevice;

    UnsafeBuffer buffer;
    long bufferAddress;
    /** A member that was given up has not given back its part of the buffer. */
    boolean bufferHeld;

    Phase phase = Phase.FREE;
    Piece.Work work;
    long window;
    long memberOffset;
    StripeMap stripe;
    Piece firstPiece;
    Piece lastPiece;
    Piece firstWaiting;
    Piece lastWaiting;
    int pending;
    boolean anyUntrusted;
    /** Something was learnt from a read that the plan did not know. */
    boolean replan;

    boolean logged;
    boolean forceUnitAccess;
    /** Every touched row of blocks becomes all zeroes. */
    boolean zeroes;

    boolean writeFailed;
    long membershipVersion;
    IoStatus status;

    WindowOperation(
            int index,
            int slotCount,
            int parityCount,
            int windowLength,
            UnsafeBuffer buffer,
            JournalTransaction transaction) {
        this.index = index;
        this.buffer = buffer;
        this.bufferAddress = buffer.addressOffset();
        this.windowLength = windowLength;
        this.transaction = transaction;
        this.plan = new WritePlan(slotCount, parityCount);
        untrusted = new int[slotCount];
        absent = new boolean[slotCount];
        have = new int[slotCount];
        retry = new int[slotCount];
        bad = new int[slotCount];
        whole = new int[slotCount];
        partial = new int[slotCount];
        dirty = new int[slotCount];
        healed = new int[slotCount];
        failedDevice = new int[slotCount];
    }

    /** Take a window. */
    void own(long newWindow, long newMemberOffset, StripeMap newStripe) {
        window = newWindow;
        memberOffset = newMemberOffset;
        stripe = newStripe;
        firstPiece = null;
        lastPiece = null;
        firstWaiting = null;
        lastWaiting = null;
    }

    /** Forget everything about the work just done, keeping the window. */
    void begin(Piece.Work newWork) {
        work = newWork;
        Arrays.fill(untrusted, 0);
        Arrays.fill(absent, false);
        Arrays.fill(have, 0);
        Arrays.fill(retry, 0);
        Arrays.fill(bad, 0);
        Arrays.fill(whole, 0);
        Arrays.fill(partial, 0);
        Arrays.fill(dirty, 0);
        Arrays.fill(healed, 0);
        Arrays.fill(failedDevice, -1);
        pending = 0;
        anyUntrusted = false;
        replan = false;
        logged = false;
        forceUnitAccess = false;
        zeroes = false;
        writeFailed = false;
        status = IoStatus.OK;
    }

    /**
     * Leave the buffer to a member that may still write to it, and go on with a new one. Once in a member's life, so it may
     * allocate. Only while nothing is under way but what that member was asked.
     */
    void leaveHeldBuffer() {
        if (bufferHeld) {
            UnsafeBuffer fresh = BufferSlab.allocate(buffer.capacity());
            fresh.putBytes(0, buffer, 0, buffer.capacity());
            buffer = fresh;
            bufferAddress = fresh.addressOffset();
            bufferHeld = false;
        }
    }

    int bufferIndex(int slot, int block) {
        return slot * windowLength + (block << BlockMask.BLOCK_SHIFT);
    }

    long blockAddress(int slot, int block) {
        return bufferAddress + bufferIndex(slot, block);
    }

    void addPiece(Piece piece) {
        piece.next = null;
        if (lastPiece == null) {
            firstPiece = piece;
        } else {
            lastPiece.next = piece;
        }
        lastPiece = piece;
    }

    void addWaiting(Piece piece) {
        piece.next = null;
        if (lastWaiting == null) {
            firstWaiting = piece;
        } else {
            lastWaiting.next = piece;
        }
        lastWaiting = piece;
    }

    Piece pollWaiting() {
        Piece piece = firstWaiting;
        firstWaiting = piece.next;
        if (firstWaiting == null) {
            lastWaiting = null;
        }
        return piece;
    }

    int touchedRows() {
        int rows = 0;
        for (int slot = 0; slot < whole.length; slot++) {
            rows |= whole[slot] | partial[slot];
        }
        return rows;
    }
}
