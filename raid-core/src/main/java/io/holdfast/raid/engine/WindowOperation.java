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
        /** Nothing is under way; the window holds data that is in the journal and not on the members. */
        CACHED,
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

    /** Records of data of one window, after which it is written out; that of its parity comes on top. */
    static final int MAX_RECORDS = 64;

    final int index;
    final int windowLength;
    /** Null until the array has a journal. */
    JournalTransaction transaction;

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
    /** By slot: data blocks that are newer here, and in the journal, than on the member. Outlives {@link #begin}. */
    final int[] cached;
    /** Ordinals of the first and last meta block of each record of what is cached, oldest first. */
    final long[] recordFirst = new long[MAX_RECORDS + 1];

    final long[] recordLast = new long[MAX_RECORDS + 1];
    int recordCount;
    /** Bytes of the log that are promised to the parity of what is cached. */
    long promisedLength;
    /** Bytes of a promise that the record under way takes over; 0 when it has to wait for room. */
    long recordLength;
    /** What the stripe holds on the members, where what is cached must not be overwritten by it; null while not needed. */
    UnsafeBuffer old;

    long parkedNs;
    WindowOperation nextParked;
    WindowOperation previousParked;

    /** By slot: blocks to write to the member. */
    final int[] dirty;
    /** By slot: blocks rewritten because they could not be read. */
    final int[] healed;
    /** By slot: blocks that are to be on its bad block list, and blocks that are to be off it, before this ends. */
    final int[] toList;

    final int[] toClear;
    /** By slot: the device whose list that is. */
    final int[] listDevice;
    /** Rows of blocks that can be neither read nor recovered. */
    int lostRows;

    /** By slot: the device that a write of this operation failed on, or -1. */
    final int[] failedDevice;

    /** By slot: who is being filled to take it and missed this write; -1 for nobody. */
    final int[] failedReplacement;

    /** By slot: blocks for the device that is being filled to take it, and for no other. */
    final int[] copied;

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

    /** Among the writes that are under way. */
    boolean counted;

    boolean logged;
    /** The record that is under way holds data alone. */
    boolean caching;
    /** Rows of blocks whose parity nobody can make any more: what is cached of them goes to the members bare. */
    int bareRows;

    /** Nobody asked for the window: it is replayed because its turn has come. */
    boolean sweeping;

    boolean forceUnitAccess;
    /** Every touched row of blocks becomes all zeroes. */
    boolean zeroes;

    /** Whose bits stand for the write under way, or {@link WriteIntents#NO_REGION}. */
    int region = WriteIntents.NO_REGION;

    boolean writeFailed;
    long membershipVersion;
    IoStatus status;

    WindowOperation(int index, int slotCount, int parityCount, int windowLength, UnsafeBuffer buffer) {
        this.index = index;
        this.buffer = buffer;
        this.bufferAddress = buffer.addressOffset();
        this.windowLength = windowLength;
        this.plan = new WritePlan(slotCount, parityCount);
        untrusted = new int[slotCount];
        absent = new boolean[slotCount];
        have = new int[slotCount];
        retry = new int[slotCount];
        bad = new int[slotCount];
        whole = new int[slotCount];
        partial = new int[slotCount];
        cached = new int[slotCount];
        dirty = new int[slotCount];
        healed = new int[slotCount];
        failedDevice = new int[slotCount];
        failedReplacement = new int[slotCount];
        copied = new int[slotCount];
        toList = new int[slotCount];
        toClear = new int[slotCount];
        listDevice = new int[slotCount];
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
        if (newWork == Piece.Work.WRITE_OUT) {
            Arrays.fill(have, 0);
        } else {
            System.arraycopy(cached, 0, have, 0, have.length);
        }
        Arrays.fill(retry, 0);
        Arrays.fill(bad, 0);
        Arrays.fill(whole, 0);
        Arrays.fill(partial, 0);
        Arrays.fill(dirty, 0);
        Arrays.fill(healed, 0);
        Arrays.fill(failedDevice, -1);
        Arrays.fill(failedReplacement, -1);
        Arrays.fill(copied, 0);
        Arrays.fill(toList, 0);
        Arrays.fill(toClear, 0);
        lostRows = 0;
        pending = 0;
        anyUntrusted = false;
        replan = false;
        logged = false;
        caching = false;
        bareRows = 0;
        recordLength = 0;
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
            if (old != null) {
                UnsafeBuffer freshOld = BufferSlab.allocate(old.capacity());
                freshOld.putBytes(0, old, 0, old.capacity());
                old = freshOld;
            }
            bufferHeld = false;
        }
    }

    int bufferIndex(int slot, int block) {
        return slot * windowLength + (block << BlockMask.BLOCK_SHIFT);
    }

    long blockAddress(int slot, int block) {
        return bufferAddress + bufferIndex(slot, block);
    }

    /** Whether anything of the window is newer here than on the members. */
    boolean isCached() {
        return recordCount > 0;
    }

    /** Whether every data block of the window is cached, so that it can leave without a read. */
    boolean isFull(int allBlocks) {
        for (int d = 0; d < stripe.dataCount(); d++) {
            if (cached[stripe.dataSlot(d)] != allBlocks) {
                return false;
            }
        }
        return true;
    }

    /** The record that was under way is durable: what it held is cached from now on. */
    void remember(JournalTransaction record) {
        recordFirst[recordCount] = record.firstBlock();
        recordLast[recordCount] = record.lastBlock();
        recordCount++;
    }

    /** What was cached is on the members. */
    void forget() {
        Arrays.fill(cached, 0);
        recordCount = 0;
    }

    /** Let the pieces of this operation wait, before all others, for the next. */
    void putBackPieces() {
        if (lastPiece != null) {
            lastPiece.next = firstWaiting;
            firstWaiting = firstPiece;
            lastWaiting = lastWaiting == null ? lastPiece : lastWaiting;
            firstPiece = null;
            lastPiece = null;
        }
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

    /** Rows of which some slot has a block to be written. */
    int dirtyRows() {
        int rows = 0;
        for (int blocks : dirty) {
            rows |= blocks;
        }
        return rows;
    }

    int touchedRows() {
        int rows = 0;
        for (int slot = 0; slot < whole.length; slot++) {
            rows |= whole[slot] | partial[slot];
        }
        return rows;
    }
}
