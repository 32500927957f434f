package io.holdfast.raid.engine;

import static io.holdfast.raid.engine.BlockMask.BLOCK_SHIFT;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalTransaction;
import io.holdfast.journal.JournalWriter;
import io.holdfast.raid.engine.WindowOperation.Phase;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.parity.StripeParity;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * Moves window operations from the first read to the answer. One operation at a time owns a window; work that arrives
 * meanwhile waits with it, and what piled up becomes the window's next operation, so that a stream of small neighbouring
 * writes turns into few large ones by itself.
 *
 * <p>The order of a write is the whole of its crash safety:
 * <ol>
 *   <li>without a journal, the array is marked dirty on disk;
 *   <li>old blocks are read, parity is made;
 *   <li>with a journal, data and parity are durable in it;
 *   <li>members are written;
 *   <li>the failure of any member that missed the write is durable on the survivors;
 *   <li>the caller is answered, and the journal may let go of the record once members are flushed.
 * </ol>
 *
 * <p>Confined to its shard's thread; allocates nothing once running.
 */
final class WindowMachine {
    private final WindowGeometry geometry;
    private final ArrayLayout layout;
    private final MemberChannels channels;
    private final ConductorLink conductor;
    private final JournalWriter journal;
    private final WindowContent content;
    private final int slotCount;
    private final int parityCount;
    private final int allBlocks;

    private final WindowOperation[] operations;
    private final ArrayDeque<WindowOperation> free;
    private final Long2ObjectHashMap<WindowOperation> active;
    private final ArrayDeque<WindowOperation> gated;
    private final ArrayDeque<WindowOperation> unlogged;
    private final ArrayDeque<WindowOperation> unrecorded;
    private final Piece[] freePieces;
    private int freePieceCount;

    private Membership membership;
    private long recordedVersion;
    private boolean gateOpen;
    private boolean arrayFailed;
    private boolean writesRefused;
    private final AtomicLong writeCount = new AtomicLong();
    private final AtomicInteger writesUnderWay = new AtomicInteger();
    private int stepsUnderWay;
    private long parityConsistentBelow;

    WindowMachine(
            ArrayLayout layout,
            WindowGeometry geometry,
            StripeParity parity,
            MemberChannels channels,
            ConductorLink conductor,
            JournalWriter journal,
            Membership membership,
            int operationCount,
            int pieceCount) {
        this.layout = layout;
        this.geometry = geometry;
        this.channels = channels;
        this.conductor = conductor;
        this.journal = journal;
        this.membership = membership;
        slotCount = layout.memberCount();
        parityCount = layout.parityCount();
        allBlocks = BlockMask.of(0, geometry.blockCount());
        content = new WindowContent(geometry, parity, slotCount);
        operations = new WindowOperation[operationCount];
        free = new ArrayDeque<>(operationCount);
        active = new Long2ObjectHashMap<>(operationCount * 4, 0.5f);
        gated = new ArrayDeque<>(operationCount);
        unlogged = new ArrayDeque<>(operationCount);
        unrecorded = new ArrayDeque<>(operationCount);
        int stride = slotCount * geometry.length();
        for (int i = 0; i < operationCount; i++) {
            JournalTransaction transaction =
                    journal == null ? null : new JournalTransaction(slotCount * geometry.blockCount());
            operations[i] = new WindowOperation(
                    i, slotCount, parityCount, geometry.length(), new BufferSlab(stride).carve(stride), transaction);
            free.add(operations[i]);
        }
        freePieces = new Piece[pieceCount];
        for (int i = 0; i < pieceCount; i++) {
            freePieces[freePieceCount++] = new Piece();
        }
    }

    /** The most operations that can be outstanding on one member's channel. */
    static int channelCapacity(int operationCount, int blockCount) {
        return operationCount * (blockCount + 1);
    }

    WindowOperation operation(int index) {
        return operations[index];
    }

    boolean writesAreRefused() {
        return writesRefused || arrayFailed;
    }

    Membership membership() {
        return membership;
    }

    long recordedVersion() {
        return recordedVersion;
    }

    boolean arrayFailed() {
        return arrayFailed;
    }

    /** Writes started so far; may be read by any thread. */
    long writeCount() {
        return writeCount.get();
    }

    /** Writes not answered yet; may be read by any thread. */
    int writesUnderWay() {
        return writesUnderWay.get();
    }

    // ---- work coming in ----

    /** Whether {@link #submit} could take a piece for this window now. */
    boolean canSubmit(long window) {
        return freePieceCount > 0 && (!free.isEmpty() || active.containsKey(window));
    }

    /**
     * Whether {@link #submit(SyncStep)} could take a step now. Maintenance never holds more than half of the operations: it
     * always has more steps waiting, and would leave callers none.
     */
    boolean canSubmitStep(long window) {
        return canSubmit(window) && stepsUnderWay < Math.max(1, operations.length / 2);
    }

    /**
     * Begin or queue a caller's work on one window. The piece takes over one share of the request, and is about no more of
     * it than array offsets {@code start} to {@code end}.
     */
    void submit(long window, Piece.Work work, ArrayRequest request, long start, long end) {
        Piece piece = freePieces[--freePieceCount];
        piece.work = work;
        piece.request = request;
        piece.start = start;
        piece.end = end;
        piece.sync = null;
        submit(window, piece);
    }

    /** Begin or queue a step of maintenance. */
    void submit(SyncStep step) {
        Piece piece = freePieces[--freePieceCount];
        piece.work = Piece.Work.SYNC;
        piece.request = null;
        piece.sync = step;
        stepsUnderWay++;
        submit(step.window(), piece);
    }

    private void submit(long window, Piece piece) {
        WindowOperation operation = active.get(window);
        if (operation != null) {
            operation.addWaiting(piece);
            return;
        }
        // Last in, first out: the buffers used last are the ones still in cache.
        operation = free.pollFirst();
        operation.own(window, geometry.memberOffset(window), layout.stripe(geometry.row(window)));
        active.put(window, operation);
        operation.addPiece(piece);
        start(operation);
    }

    private void start(WindowOperation operation) {
        operation.begin(operation.firstPiece.work);
        if (operation.work == Piece.Work.WRITE) {
            writesUnderWay.lazySet(writesUnderWay.get() + 1);
            writeCount.lazySet(writeCount.get() + 1);
        }
        switch (operation.work) {
            case READ:
                content.collectReads(operation);
                break;
            case WRITE:
                content.collectWrites(operation);
                if (operation.touchedRows() == 0) {
                    // Discards that cover no row of blocks whole: nothing to write, or to log.
                    finish(operation);
                    return;
                }
                if (journal == null && !gateOpen && !writesAreRefused()) {
                    operation.phase = Phase.GATED;
                    gated.add(operation);
                    conductor.dirtyWanted();
                    return;
                }
                break;
            case SYNC:
            default:
                break;
        }
        plan(operation);
    }

    /** Note which blocks of which slots must not be taken from their members. */
    private void trust(WindowOperation operation) {
        if (membership.isWhole() && !channels.anySuspect()) {
            return;
        }
        for (int slot = 0; slot < slotCount; slot++) {
            int mask = isPresent(slot)
                    ? membership.untrusted(slot, operation.window, operation.memberOffset, allBlocks)
                    : allBlocks;
            operation.absent[slot] = !isPresent(slot);
            // What was read before a member failed is still what the stripe held.
            operation.untrusted[slot] |= mask & ~operation.have[slot];
            operation.anyUntrusted |= operation.untrusted[slot] != 0;
        }
    }

    /** Whether the array has failed, as far as this shard can tell before the conductor says so. */
    private boolean tooManyAreLost() {
        if (!channels.anySuspect()) {
            return false;
        }
        int lost = 0;
        for (int slot = 0; slot < slotCount; slot++) {
            lost += membership.state(slot) == Membership.SlotState.IN_SYNC && isPresent(slot) ? 0 : 1;
        }
        return lost > parityCount;
    }

    private boolean isPresent(int slot) {
        int serving = membership.device(slot);
        return serving >= 0 && !channels.isSuspect(serving);
    }

    // ---- reading ----

    private void plan(WindowOperation operation) {
        operation.replan = false;
        trust(operation);
        switch (operation.work) {
            case READ:
                planRead(operation);
                break;
            case WRITE:
                planWrite(operation);
                break;
            case SYNC:
            default:
                planSync(operation);
                break;
        }
    }

    private void planWrite(WindowOperation operation) {
        if (writesAreRefused() || tooManyAreLost()) {
            operation.status = writesRefused && !arrayFailed ? IoStatus.READ_ONLY : IoStatus.GONE;
            finish(operation);
            return;
        }
        if (operation.touchedRows() == 0) {
            // A discard that covers no row of blocks in every data slot: there is nothing to log or write.
            finish(operation);
            return;
        }
        int p = operation.stripe.pSlot();
        int q = operation.stripe.qSlot();
        // A record may be replayed when a member that is missing now has been rebuilt, so it always holds true parity.
        boolean wantP = journal != null || isPresent(p);
        boolean wantQ = q >= 0 && (journal != null || isPresent(q));
        WritePlan plan = operation.plan;
        plan.decide(
                operation.stripe,
                operation.whole,
                operation.partial,
                operation.untrusted,
                operation.anyUntrusted,
                isParityConsistent(operation),
                wantP,
                wantQ);
        if (plan.lostRows != 0) {
            failPiecesOn(operation, plan.lostRows);
            if (operation.firstPiece == null) {
                finish(operation);
                return;
            }
            content.collectWrites(operation);
            planWrite(operation);
            return;
        }
        readWhatIsMissing(operation);
    }

    /** Parity above the resync's mark is not to be built upon, unless it is all that stands in for a lost member. */
    private boolean isParityConsistent(WindowOperation operation) {
        return operation.window < parityConsistentBelow || membership.missingCount() > 0 || anyAbsent(operation);
    }

    /** As of the last {@link #trust}: also a member whose failure the conductor has not confirmed yet is missed. */
    private static boolean anyAbsent(WindowOperation operation) {
        for (boolean absent : operation.absent) {
            if (absent) {
                return true;
            }
        }
        return false;
    }

    private void planRead(WindowOperation operation) {
        WritePlan plan = operation.plan;
        plan.decideRead(operation.stripe, operation.partial, operation.untrusted);
        if (plan.lostRows != 0) {
            reportUnreadable(operation, plan.lostRows);
            failPiecesOn(operation, plan.lostRows);
            if (operation.firstPiece == null) {
                finish(operation);
                return;
            }
            content.collectReads(operation);
            planRead(operation);
            return;
        }
        readWhatIsMissing(operation);
    }

    private void planSync(WindowOperation operation) {
        if (writesAreRefused() && operation.firstPiece.sync.action() != SyncStep.Action.CHECK) {
            operation.status = arrayFailed ? IoStatus.GONE : IoStatus.READ_ONLY;
            finish(operation);
            return;
        }
        operation.plan.decideSync(operation.untrusted, allBlocks);
        if (operation.plan.lostRows != 0) {
            reportUnreadable(operation, operation.plan.lostRows);
            SyncStep step = operation.firstPiece.sync;
            for (int slot = 0; slot < slotCount; slot++) {
                if ((operation.bad[slot] & operation.plan.lostRows) != 0) {
                    step.unreadable(slot);
                }
            }
            operation.status = IoStatus.MEDIA_ERROR;
            finish(operation);
            return;
        }
        readWhatIsMissing(operation);
    }

    private void reportUnreadable(WindowOperation operation, int rows) {
        for (int slot = 0; slot < slotCount; slot++) {
            for (int rest = operation.bad[slot] & rows; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
                int first = BlockMask.first(rest);
                conductor.blocksUnreadable(
                        slot, operation.memberOffset + ((long) first << BLOCK_SHIFT), BlockMask.runLength(rest));
            }
        }
    }

    private void readWhatIsMissing(WindowOperation operation) {
        operation.phase = Phase.READING;
        for (int slot = 0; slot < slotCount; slot++) {
            int missing = operation.plan.read[slot] & ~operation.have[slot];
            for (int rest = missing; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
                submitRead(operation, slot, BlockMask.first(rest), BlockMask.runLength(rest));
            }
        }
        if (operation.pending == 0) {
            readsDone(operation);
        }
    }

    private void submitRead(WindowOperation operation, int slot, int first, int count) {
        operation.pending++;
        channels.read(
                membership.device(slot),
                operation.memberOffset + ((long) first << BLOCK_SHIFT),
                operation.buffer,
                operation.bufferIndex(slot, first),
                count << BLOCK_SHIFT,
                IoToken.of(IoToken.WINDOW_READ, operation.index, membership.device(slot), slot, first, count));
    }

    void onRead(WindowOperation operation, int slot, int first, int count, int readDevice, IoStatus status) {
        operation.pending--;
        int blocks = BlockMask.of(first, count);
        if (status == IoStatus.OK) {
            operation.have[slot] |= blocks;
        } else if (status == IoStatus.GONE) {
            lose(readDevice, status, "read");
            distrust(operation, slot, allBlocks & ~operation.have[slot]);
        } else if (operation.phase == Phase.VERIFYING) {
            // Rewritten, and still not readable: the member cannot hold this block.
            operation.failedDevice[slot] = readDevice;
            operation.writeFailed = true;
            lose(readDevice, status, "read after rewrite");
        } else if (operation.phase == Phase.RETRYING) {
            operation.bad[slot] |= blocks;
            distrust(operation, slot, blocks);
        } else {
            operation.retry[slot] |= blocks;
        }
        if (operation.pending == 0) {
            if (operation.phase == Phase.VERIFYING) {
                written(operation);
            } else {
                readsDone(operation);
            }
        }
    }

    private void distrust(WindowOperation operation, int slot, int blocks) {
        operation.untrusted[slot] |= blocks;
        operation.have[slot] &= ~blocks;
        operation.retry[slot] &= ~blocks;
        operation.anyUntrusted = true;
        operation.replan = true;
    }

    private void readsDone(WindowOperation operation) {
        boolean retrying = false;
        for (int slot = 0; slot < slotCount; slot++) {
            int again = operation.retry[slot];
            if (again == 0) {
                continue;
            }
            if (!isPresent(slot)) {
                distrust(operation, slot, again);
            } else {
                // One block at a time, so that a single bad sector costs one block and not its neighbours.
                operation.phase = Phase.RETRYING;
                operation.retry[slot] = 0;
                retrying = true;
                for (int rest = again; rest != 0; rest &= rest - 1) {
                    submitRead(operation, slot, BlockMask.first(rest), 1);
                }
            }
        }
        if (retrying) {
            return;
        }
        if (operation.replan) {
            plan(operation);
            return;
        }
        switch (operation.work) {
            case READ:
                content.recover(operation, operation.plan.recoverRows, false);
                content.copyOut(operation);
                heal(operation);
                startWriting(operation);
                break;
            case WRITE:
                content.make(operation, journal != null);
                heal(operation);
                markWritten(operation);
                if (journal == null) {
                    startWriting(operation);
                } else {
                    startLogging(operation);
                }
                break;
            case SYNC:
            default:
                finishSyncStep(operation);
                break;
        }
    }

    /** Blocks that could not be read and have been recovered are written back: most disks remap a sector on write. */
    private void heal(WindowOperation operation) {
        if (!operation.anyUntrusted || writesAreRefused()) {
            return;
        }
        for (int slot = 0; slot < slotCount; slot++) {
            int blocks = operation.bad[slot] & operation.have[slot];
            operation.healed[slot] = blocks;
            operation.dirty[slot] |= blocks;
        }
    }

    private void markWritten(WindowOperation operation) {
        int rows = operation.touchedRows();
        for (int d = 0; d < operation.stripe.dataCount(); d++) {
            int slot = operation.stripe.dataSlot(d);
            operation.dirty[slot] |= operation.whole[slot] | operation.partial[slot];
        }
        operation.dirty[operation.stripe.pSlot()] |= rows;
        if (operation.stripe.qSlot() >= 0) {
            operation.dirty[operation.stripe.qSlot()] |= rows;
        }
    }

    private void finishSyncStep(WindowOperation operation) {
        SyncStep step = operation.firstPiece.sync;
        if (step.action() == SyncStep.Action.RECOVER) {
            content.recover(operation, operation.plan.recoverRows, true);
            for (int slot = 0; slot < slotCount; slot++) {
                if (membership.state(slot) == Membership.SlotState.RECOVERING) {
                    operation.dirty[slot] |= allBlocks;
                }
            }
        } else {
            content.verify(operation, step, allBlocks, step.action() == SyncStep.Action.REPAIR);
        }
        heal(operation);
        startWriting(operation);
    }

    // ---- logging ----

    private void startLogging(WindowOperation operation) {
        operation.phase = Phase.LOGGING;
        operation.logged = true;
        content.describe(operation);
        if (!journal.tryAppend(operation.transaction)) {
            unlogged.add(operation);
        }
    }

    /** The record is durable: from here on a crash is made good by replay, so members may be overwritten. */
    void onLogged(WindowOperation operation) {
        startWriting(operation);
    }

    void onLogFailed(WindowOperation operation, IoStatus status) {
        if (!arrayFailed) {
            conductor.journalFailed(status);
        }
        // Whether the record reached the log is unknown, so nothing of it may reach members: old or new, never half.
        operation.logged = false;
        operation.status = arrayFailed ? IoStatus.GONE : IoStatus.READ_ONLY;
        finish(operation);
    }

    int appendUnlogged() {
        int appended = 0;
        while (!unlogged.isEmpty() && journal.tryAppend(unlogged.peekFirst().transaction)) {
            unlogged.pollFirst();
            appended++;
        }
        return appended;
    }

    // ---- writing ----

    private void startWriting(WindowOperation operation) {
        operation.phase = Phase.WRITING;
        operation.membershipVersion = membership.version();
        if (arrayFailed || tooManyAreLost()) {
            // Nothing is scribbled on the members that are left: with them, and the log, more may come back one day.
            operation.status = operation.work == Piece.Work.READ ? IoStatus.OK : IoStatus.GONE;
            finish(operation);
            return;
        }
        for (int slot = 0; slot < slotCount; slot++) {
            int blocks = operation.dirty[slot];
            if (blocks == 0) {
                continue;
            }
            if (!isPresent(slot)) {
                int serving = membership.device(slot);
                operation.failedDevice[slot] = serving;
                operation.writeFailed |= serving >= 0;
                operation.healed[slot] = 0;
                continue;
            }
            for (int rest = blocks; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
                submitWrite(operation, slot, BlockMask.first(rest), BlockMask.runLength(rest));
            }
        }
        if (operation.pending == 0) {
            membersWritten(operation);
        }
    }

    private void submitWrite(WindowOperation operation, int slot, int first, int count) {
        operation.pending++;
        long offset = operation.memberOffset + ((long) first << BLOCK_SHIFT);
        long token = IoToken.of(IoToken.WINDOW_WRITE, operation.index, membership.device(slot), slot, first, count);
        if (operation.zeroes) {
            channels.writeZeroes(membership.device(slot), offset, (long) count << BLOCK_SHIFT, token);
        } else {
            channels.write(
                    membership.device(slot),
                    offset,
                    operation.buffer,
                    operation.bufferIndex(slot, first),
                    count << BLOCK_SHIFT,
                    token);
        }
    }

    void onWritten(WindowOperation operation, int slot, int writtenDevice, IoStatus status) {
        operation.pending--;
        if (status != IoStatus.OK) {
            operation.failedDevice[slot] = writtenDevice;
            operation.writeFailed = true;
            operation.healed[slot] = 0;
            lose(writtenDevice, status, "write");
        }
        if (operation.pending == 0) {
            membersWritten(operation);
        }
    }

    private void membersWritten(WindowOperation operation) {
        operation.phase = Phase.VERIFYING;
        for (int slot = 0; slot < slotCount; slot++) {
            int blocks = operation.healed[slot];
            if (blocks == 0 || !isPresent(slot)) {
                continue;
            }
            for (int rest = blocks; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
                submitRead(operation, slot, BlockMask.first(rest), BlockMask.runLength(rest));
            }
        }
        if (operation.pending == 0) {
            written(operation);
        }
    }

    private void written(WindowOperation operation) {
        for (int slot = 0; slot < slotCount; slot++) {
            if (operation.healed[slot] != 0 && operation.failedDevice[slot] < 0 && isPresent(slot)) {
                conductor.readErrorCorrected(
                        membership.device(slot), operation.memberOffset, Integer.bitCount(operation.healed[slot]));
            }
        }
        // A record in the journal is as good as a flush, unless the journal has failed since: then nobody will replay
        // it.
        if (operation.logged ? journal.isFailed() : operation.forceUnitAccess) {
            operation.phase = Phase.FLUSHING;
            for (int slot = 0; slot < slotCount; slot++) {
                if (operation.dirty[slot] != 0 && isPresent(slot)) {
                    operation.pending++;
                    channels.flush(
                            membership.device(slot),
                            IoToken.of(IoToken.WINDOW_FLUSH, operation.index, membership.device(slot), slot, 0, 0));
                }
            }
        }
        if (operation.pending == 0) {
            record(operation);
        }
    }

    void onFlushed(WindowOperation operation, int slot, int flushedDevice, IoStatus status) {
        operation.pending--;
        if (status != IoStatus.OK) {
            operation.failedDevice[slot] = flushedDevice;
            operation.writeFailed = true;
            lose(flushedDevice, status, "flush");
        }
        if (operation.pending == 0) {
            record(operation);
        }
    }

    private void lose(int lostDevice, IoStatus status, String operation) {
        if (!channels.isSuspect(lostDevice)) {
            channels.suspect(lostDevice);
            conductor.deviceFailed(lostDevice, status, operation);
        }
    }

    /**
     * A member that missed this write must be named failed by every survivor before the caller hears of success.
     *
     * <p>Otherwise: the write is answered, power fails, and at the next start the member is back with an unchanged
     * superblock. Nothing tells it from the others, and its old block is served as current.
     */
    private void record(WindowOperation operation) {
        operation.phase = Phase.RECORDING;
        if (isSettled(operation)) {
            finish(operation);
        } else {
            unrecorded.add(operation);
        }
    }

    private boolean isSettled(WindowOperation operation) {
        if (operation.work == Piece.Work.READ) {
            return true;
        }
        if (arrayFailed) {
            operation.status = IoStatus.GONE;
            return true;
        }
        if (recordedVersion < operation.membershipVersion) {
            return false;
        }
        if (operation.writeFailed) {
            if (recordedVersion < membership.version()) {
                return false;
            }
            for (int failed : operation.failedDevice) {
                if (failed >= 0 && membership.slotOf(failed) >= 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private void finish(WindowOperation operation) {
        if (operation.logged && operation.status == IoStatus.OK) {
            // At rest on every member that is left. If the array failed meanwhile the record stays, for a replay.
            journal.retire(operation.transaction);
        }
        if (operation.work == Piece.Work.WRITE) {
            writesUnderWay.lazySet(writesUnderWay.get() - 1);
        }
        IoStatus status = operation.status;
        operation.phase = Phase.FREE;
        Piece piece = operation.firstPiece;
        operation.firstPiece = null;
        operation.lastPiece = null;
        while (piece != null) {
            Piece next = piece.next;
            answer(piece, status);
            piece = next;
        }
        next(operation);
    }

    private void answer(Piece piece, IoStatus status) {
        ArrayRequest request = piece.request;
        SyncStep step = piece.sync;
        piece.request = null;
        piece.sync = null;
        piece.next = null;
        freePieces[freePieceCount++] = piece;
        if (step != null) {
            stepsUnderWay--;
            step.complete(status);
        } else {
            request.release(status);
        }
    }

    /** What waited for this window becomes its next operation: everything of one kind, up to the first of another. */
    private void next(WindowOperation operation) {
        if (operation.firstWaiting == null) {
            active.remove(operation.window);
            free.addFirst(operation);
            return;
        }
        Piece.Work work = operation.firstWaiting.work;
        do {
            operation.addPiece(operation.pollWaiting());
        } while (operation.firstWaiting != null && operation.firstWaiting.work == work && work != Piece.Work.SYNC);
        start(operation);
    }

    private void failPiecesOn(WindowOperation operation, int rows) {
        Piece piece = operation.firstPiece;
        operation.firstPiece = null;
        operation.lastPiece = null;
        while (piece != null) {
            Piece next = piece.next;
            if (content.touches(operation, piece, rows)) {
                answer(piece, arrayFailed ? IoStatus.GONE : IoStatus.MEDIA_ERROR);
            } else {
                operation.addPiece(piece);
            }
            piece = next;
        }
    }

    // ---- what the conductor decides ----

    void useMembership(Membership next) {
        membership = next;
        settleUnrecorded();
    }

    void membershipRecorded(long version) {
        recordedVersion = Math.max(recordedVersion, version);
        settleUnrecorded();
    }

    /** Windows below this have parity that fits their data. */
    void parityConsistentBelow(long window) {
        parityConsistentBelow = window;
    }

    void failArray() {
        arrayFailed = true;
        settleUnrecorded();
        openGate();
    }

    void refuseWrites() {
        writesRefused = true;
        openGate();
    }

    void openGate() {
        gateOpen = !writesAreRefused();
        for (int count = gated.size(); count > 0; count--) {
            WindowOperation operation = gated.pollFirst();
            plan(operation);
        }
    }

    /** Hold back later writes, if none is under way. */
    boolean tryCloseGate() {
        if (writesUnderWay.get() == 0) {
            gateOpen = false;
        }
        return !gateOpen;
    }

    private void settleUnrecorded() {
        for (int count = unrecorded.size(); count > 0; count--) {
            WindowOperation operation = unrecorded.pollFirst();
            if (isSettled(operation)) {
                finish(operation);
            } else {
                unrecorded.addLast(operation);
            }
        }
    }
}
