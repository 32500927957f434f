package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalListener;
import io.holdfast.journal.JournalTransaction;
import io.holdfast.journal.JournalWriter;
import io.holdfast.raid.engine.WindowOperation.Phase;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.parity.StripeParity;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

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
 * <p>In {@link WriteBack} a write is answered after the third step, with data alone, and the rest follows later.
 *
 * <p>Confined to its shard's thread; allocates nothing once running.
 */
final class WindowMachine implements WindowFlow {
    private final WindowGeometry geometry;
    private final MemberView view;
    private final ConductorLink conductor;
    private final ShardLog log;
    private final JournalListener logged;
    private final WindowContent content;
    private final WindowScrub scrub;
    private final WindowReading reading;
    private final WindowWriting writing;
    private final WindowCache cache;
    private final WriteBack writeBack;
    private final int slotCount;
    private final int allBlocks;

    private final WindowPool pool;
    private final ArrayDeque<WindowOperation> gated;
    private final ArrayDeque<WindowOperation> unlogged;
    private final Piece[] freePieces;
    private int freePieceCount;

    /** Null when nothing had to be replayed. */
    private WindowReplay replay;

    private final WriteIntents intents;
    private boolean writesHeld;
    private final AtomicLong writeCount = new AtomicLong();
    private final AtomicInteger writesUnderWay = new AtomicInteger();
    private int stepsUnderWay;
    private long cacheNowNs;

    /**
     * A machine with everything at rest.
     *
     * @param layout         of the array.
     * @param geometry       of its windows.
     * @param parity         kernels of this shard's own.
     * @param view           of the members.
     * @param channels       to them.
     * @param conductor      told what only it may decide.
     * @param intents        what is on record of writes that no journal records.
     * @param log            that records of writes go to.
     * @param logged         told when they are durable.
     * @param operationCount windows that can be owned at once.
     * @param pieceCount     pieces of work that can be under way or wait.
     */
    WindowMachine(
            ArrayLayout layout,
            WindowGeometry geometry,
            StripeParity parity,
            MemberView view,
            MemberChannels channels,
            ConductorLink conductor,
            WriteIntents intents,
            ShardLog log,
            JournalListener logged,
            int operationCount,
            int pieceCount) {
        this.geometry = geometry;
        this.view = view;
        this.conductor = conductor;
        this.intents = intents;
        this.log = log;
        this.logged = logged;
        slotCount = layout.memberCount();
        allBlocks = BlockMask.of(0, geometry.blockCount());
        content = new WindowContent(geometry, parity, slotCount);
        scrub = new WindowScrub(content, parity, slotCount);
        cache = new WindowCache(operationCount);
        writeBack =
                new WriteBack(view, log, content, cache, geometry.blockCount(), layout.parityCount(), operationCount);
        reading = new WindowReading(view, channels, conductor, content, this, cache, slotCount, allBlocks, log);
        writing = new WindowWriting(view, channels, conductor, log, this, slotCount, operationCount);
        pool = new WindowPool(layout, geometry, operationCount);
        gated = new ArrayDeque<>(operationCount);
        unlogged = new ArrayDeque<>(operationCount);
        freePieces = new Piece[pieceCount];
        for (int i = 0; i < pieceCount; i++) {
            freePieces[freePieceCount++] = new Piece();
        }
        prepareForLog();
    }

    /** The most operations that can be outstanding on one member's channel. */
    static int channelCapacity(int operationCount, int blockCount) {
        return operationCount * (blockCount + 1);
    }

    WindowPool pool() {
        return pool;
    }

    WindowOperation operation(int index) {
        return pool.operation(index);
    }

    /** The half that reads; device completions go to it. */
    WindowReading reading() {
        return reading;
    }

    /** The half that writes; device completions go to it. */
    WindowWriting writing() {
        return writing;
    }

    /** Writes started so far; may be read by any thread. */
    long writeCount() {
        return writeCount.get();
    }

    /** Writes begun and not answered yet, without those that are held back; may be read by any thread. */
    int writesUnderWay() {
        return writesUnderWay.get();
    }

    // ---- work coming in ----

    /** Whether {@link #submit} could take a piece for this window now. */
    boolean canSubmit(long window) {
        int reserved = replay == null ? 0 : replay.reservedCount();
        return freePieceCount > 0 && (pool.freeCount() > reserved || pool.owner(window) != null);
    }

    /**
     * Whether {@link #submit(SyncStep)} could take a step now. Maintenance never holds more than half of the operations: it
     * always has more steps waiting, and would leave callers none.
     */
    boolean canSubmitStep(long window) {
        return canSubmit(window) && stepsUnderWay < Math.max(1, pool.capacity() / 2);
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
        WindowOperation operation = pool.owner(window);
        if (operation != null && operation.phase == Phase.CACHED) {
            cache.unpark(operation);
            operation.addPiece(piece);
            start(operation);
            return;
        }
        if (operation != null) {
            operation.addWaiting(piece);
            return;
        }
        operation = pool.take(window);
        operation.addPiece(piece);
        start(operation);
    }

    private void start(WindowOperation operation) {
        if (replay != null && replay.holds(operation.window)) {
            replay.first(operation);
            return;
        }
        operation.begin(operation.firstPiece.work);
        switch (operation.work) {
            case READ:
                content.collectReads(operation);
                break;
            case WRITE:
                content.collectWrites(operation);
                if (startWrite(operation)) {
                    return;
                }
                break;
            case SYNC:
            default:
                startSync(operation);
                return;
        }
        reading.plan(operation);
    }

    /** Begin a step of maintenance. One that may come to log what it corrects is a write as far as the journal goes. */
    private void startSync(WindowOperation operation) {
        if (operation.isCached() && writeBack.canLeave()) {
            writeOutFirst(operation);
            return;
        }
        boolean mayLog = log.exists() && operation.firstPiece.sync.action().mayCorrect();
        if (mayLog && !view.writesAreRefused()) {
            if (areWritesHeld()) {
                hold(operation);
                return;
            }
            countWrite(operation);
        }
        reading.plan(operation);
    }

    /** Begin a write; false when it goes on at once with what it has to read. */
    private boolean startWrite(WindowOperation operation) {
        boolean touchesNothing = operation.touchedRows() == 0;
        if (!touchesNothing && view.writesAreRefused()) {
            countWrite(operation);
            operation.status = view.refusal();
            finish(operation);
            return true;
        }
        boolean isHeld = !touchesNothing && areWritesHeld();
        boolean isCached = !touchesNothing && !isHeld && log.exists() && writeBack.tryCache(operation);
        if (!isCached && operation.isCached() && writeBack.canLeave() && !touchesNothing) {
            writeOutFirst(operation);
            return true;
        }
        if (isHeld) {
            hold(operation);
            return true;
        }
        if (!touchesNothing && !log.exists() && !intents.areRecorded(operation.window)) {
            // Nothing of the write may reach a member before this is on record. Consider one that does:
            // 1. Data is written to one member, then power fails before parity is.
            // 2. The superblocks say clean, or the region's bit is not set: the next start compares nothing there.
            // 3. Another member is lost one day, and its block is computed from parity that does not fit.
            hold(operation);
            intents.want(operation.window);
            return true;
        }
        countWrite(operation);
        if (!touchesNothing && !log.exists()) {
            operation.region = intents.begin(operation.window);
        }
        if (touchesNothing) {
            // Discards that cover no row of blocks whole: nothing to write, or to log.
            finish(operation);
        } else if (isCached) {
            append(operation);
        } else {
            return false;
        }
        return true;
    }

    private void hold(WindowOperation operation) {
        operation.phase = Phase.GATED;
        gated.add(operation);
    }

    /** While the array is between two journals, or its journal has failed and nobody has decided yet what that means. */
    private boolean areWritesHeld() {
        return writesHeld || log.isFailed();
    }

    private void releaseHeld() {
        for (int count = gated.size(); count > 0; count--) {
            WindowOperation operation = gated.pollFirst();
            if (operation.work == Piece.Work.SYNC) {
                startSync(operation);
            } else if (!startWrite(operation)) {
                reading.plan(operation);
            }
        }
    }

    private void countWrite(WindowOperation operation) {
        operation.counted = true;
        writesUnderWay.lazySet(writesUnderWay.get() + 1);
        writeCount.lazySet(writeCount.get() + 1);
    }

    private void uncountWrite(WindowOperation operation) {
        if (operation.counted) {
            operation.counted = false;
            writesUnderWay.lazySet(writesUnderWay.get() - 1);
            intents.end(operation.region);
            operation.region = WriteIntents.NO_REGION;
        }
    }

    // ---- write-back ----

    @Override
    public void writeOutFirst(WindowOperation operation) {
        operation.putBackPieces();
        startWriteOut(operation);
    }

    private void startWriteOut(WindowOperation operation) {
        writeBack.begin(operation);
        countWrite(operation);
        reading.plan(operation);
    }

    // ---- what the last run left in the log ----

    /** Say what has to be replayed, before anything is submitted. */
    void replay(WindowReplay left) {
        replay = left;
    }

    @Override
    public void replayLoaded(WindowOperation operation) {
        writing.start(operation);
    }

    /** Go on with that. */
    int tendReplay() {
        if (replay == null) {
            return 0;
        }
        int work = replay.doWork();
        if (!replay.isUnderWay() && !replay.holdsAny()) {
            replay.close();
            replay = null;
        }
        return work;
    }

    /** Whether there is any window whose newest data may not be on the members. */
    boolean isAnyNewer() {
        return cache.cachedCount() > 0 || replay != null;
    }

    /** Whether a window's newest data may not be on the members. */
    boolean isNewer(long window) {
        return (replay != null && replay.holds(window)) || isCached(window);
    }

    /** Whether a window's newest data may be here and not on the members. */
    private boolean isCached(long window) {
        if (cache.cachedCount() == 0) {
            return false;
        }
        WindowOperation operation = pool.owner(window);
        return operation != null && operation.isCached();
    }

    /** Windows whose newest data is not on the members; may be read by any thread. */
    int cachedCount() {
        return cache.cachedCount();
    }

    /** Whether writes may be answered before the members have them; if not, what is cached leaves at once. */
    void writeBackWanted(boolean wanted) {
        writeBack.wanted(wanted);
    }

    /** Send to the members what has lingered long enough, or is in the way. */
    int tendCache(long nowNs) {
        if (cache.cachedCount() == 0) {
            return 0;
        }
        cacheNowNs = nowNs;
        int started = 0;
        for (WindowOperation ready = cache.pollReady(); ready != null; ready = cache.pollReady()) {
            reading.plan(ready);
            started++;
        }
        WindowOperation due = writeBack.nextDue(nowNs, pool.freeCount(), pool.capacity());
        while (due != null) {
            cache.unpark(due);
            startWriteOut(due);
            started++;
            due = writeBack.nextDue(nowNs, pool.freeCount(), pool.capacity());
        }
        return started;
    }

    // ---- what the halves hand on ----

    @Override
    public void contentKnown(WindowOperation operation) {
        switch (operation.work) {
            case READ:
                content.recover(operation, operation.plan.recoverRows, false);
                content.copyOut(operation);
                heal(operation);
                writing.start(operation);
                break;
            case WRITE:
                content.make(operation, log.exists());
                heal(operation);
                markWritten(operation);
                if (log.exists()) {
                    startLogging(operation);
                } else {
                    writing.start(operation);
                }
                break;
            case WRITE_OUT:
                operation.logged = writeBack.make(operation);
                heal(operation);
                if (operation.logged) {
                    append(operation);
                } else {
                    writing.start(operation);
                }
                break;
            case SYNC:
            default:
                finishSyncStep(operation);
                break;
        }
    }

    /**
     * Blocks that could not be read and have been recovered are written back: most disks remap a sector on write. So are those
     * that were listed as bad before.
     */
    private void heal(WindowOperation operation) {
        if (!operation.anyUntrusted || view.writesAreRefused()) {
            return;
        }
        for (int slot = 0; slot < slotCount; slot++) {
            int listed = view.listed(slot, operation) & ~operation.cached[slot];
            int blocks = (operation.bad[slot] | listed) & operation.have[slot];
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
        int lost = operation.plan.lostRows;
        int rows = allBlocks & ~lost;
        if (step.action() == SyncStep.Action.RECOVER) {
            content.recover(operation, operation.plan.recoverRows, true);
            for (int slot = 0; slot < slotCount; slot++) {
                if (view.membership().state(slot) == Membership.SlotState.RECOVERING) {
                    operation.dirty[slot] |= rows;
                    // What it cannot be given it does not have: it costs these blocks, and not the rebuild.
                    view.wantListed(operation, slot, lost);
                }
                if (operation.copied[slot] != 0 && lost != 0) {
                    // Taken for what the slot holds, what it has there would be served as data one day.
                    view.lose(view.replacement(slot), IoStatus.MEDIA_ERROR, "copy");
                }
            }
        } else {
            scrub.run(operation, step, rows, view.isParityConsistent(operation));
            // Also parity that could not be read: it was not to be compared with, but is to be written again.
            content.recover(operation, operation.plan.recoverRows, true);
            if (view.isAnyAbsent(operation)) {
                step.memberMissing();
            }
        }
        step.lost(operation.untrusted, lost);
        int corrected = step.action().mayCorrect() ? operation.dirtyRows() : 0;
        heal(operation);
        if (corrected != 0 && log.exists()) {
            logCorrected(operation, corrected);
        } else {
            writing.start(operation);
        }
    }

    /**
     * What a repair corrects goes through the journal, row by row and whole, like any write.
     *
     * <p>Otherwise:
     * 1. Parity has rotted, and a small write builds upon it. Its record holds the parity that came of that.
     * 2. A repair makes the parity right, and is told of.
     * 3. Power fails before the tail has moved over the record, perhaps because it lies behind one of something cached.
     * 4. The replay puts the wrong parity back.
     * With the corrected row in the log, behind that record, the replay ends with what is right.
     */
    private void logCorrected(WindowOperation operation, int rows) {
        for (int d = 0; d < operation.stripe.dataCount(); d++) {
            operation.whole[operation.stripe.dataSlot(d)] |= rows;
        }
        startLogging(operation);
    }

    // ---- logging ----

    private void startLogging(WindowOperation operation) {
        operation.logged = true;
        content.describe(operation);
        append(operation);
    }

    private void append(WindowOperation operation) {
        operation.phase = Phase.LOGGING;
        if (!unlogged.isEmpty() || !tryAppend(operation)) {
            unlogged.add(operation);
        }
    }

    private boolean tryAppend(WindowOperation operation) {
        return operation.recordLength == 0
                ? log.writer().tryAppend(operation.transaction)
                : log.writer().tryAppendPromised(operation.transaction, operation.recordLength);
    }

    /** The record is durable: from here on a crash is made good by replay, so members may be overwritten. */
    void onLogged(WindowOperation operation) {
        if (operation.caching) {
            writeBack.onCached(operation);
            finish(operation);
            return;
        }
        if (operation.work == Piece.Work.WRITE_OUT) {
            operation.remember(operation.transaction);
        }
        writing.start(operation);
    }

    void onLogFailed(WindowOperation operation, IoStatus status) {
        if (!view.arrayFailed()) {
            conductor.journalFailed(status);
        }
        operation.logged = false;
        if (operation.work == Piece.Work.WRITE_OUT) {
            // It was answered long ago, and nobody will replay the log any more: the members are all there is.
            writing.start(operation);
            return;
        }
        if (operation.caching) {
            writeBack.onCachingFailed(operation);
        }
        if (view.writesAreRefused()) {
            operation.status = view.refusal();
            finish(operation);
            return;
        }
        // Whether the record reached the log is unknown, so nothing of it may reach members while that log counts: old
        // or
        // new, never half. The write begins anew, and is held until it is decided how writes go on, if they do.
        uncountWrite(operation);
        operation.putBackPieces();
        next(operation);
    }

    int appendUnlogged() {
        int appended = 0;
        while (!unlogged.isEmpty() && tryAppend(unlogged.peekFirst())) {
            unlogged.pollFirst();
            appended++;
        }
        return appended;
    }

    @Override
    public void finish(WindowOperation operation) {
        if (operation.logged && operation.status == IoStatus.OK && operation.work != Piece.Work.WRITE_OUT) {
            // At rest on every member that is left. If the array failed meanwhile the record stays, for a replay.
            log.writer().retire(operation.transaction);
        }
        if (operation.work == Piece.Work.WRITE_OUT) {
            writeBack.finish(operation);
        }
        if (operation.work == Piece.Work.REPLAY) {
            replay.finished(operation);
        }
        uncountWrite(operation);
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
            if (!operation.isCached()) {
                pool.giveBack(operation);
            } else if (writeBack.isDue(operation)) {
                startWriteOut(operation);
            } else {
                cache.park(operation, cacheNowNs);
            }
            return;
        }
        Piece.Work work = operation.firstWaiting.work;
        do {
            operation.addPiece(operation.pollWaiting());
        } while (operation.firstWaiting != null && operation.firstWaiting.work == work && work != Piece.Work.SYNC);
        start(operation);
    }

    @Override
    public void answerPiecesOn(WindowOperation operation, int rows, IoStatus status) {
        Piece piece = operation.firstPiece;
        operation.firstPiece = null;
        operation.lastPiece = null;
        while (piece != null) {
            Piece next = piece.next;
            if (content.touches(operation, piece, rows)) {
                answer(piece, status);
            } else {
                operation.addPiece(piece);
            }
            piece = next;
        }
    }

    @Override
    public void finishWhenRecorded(WindowOperation operation) {
        writing.finishWhenRecorded(operation);
    }

    // ---- what the conductor decides ----

    void useMembership(Membership next) {
        view.membership(next);
        writing.settle();
    }

    void membershipRecorded(long version) {
        view.recordedVersion(version);
        writing.settle();
    }

    void failArray() {
        view.failArray();
        writing.settle();
        openGate();
    }

    void refuseWrites() {
        view.refuseWrites();
        openGate();
    }

    void openGate() {
        intents.arrayDirty(!view.writesAreRefused());
        releaseHeld();
    }

    /**
     * Hold back later writes, if none is under way, and none waits for the bit of its region either: on slow devices that may
     * take longer than the array stays dirty without a write, and then the one would be taken away while the other comes.
     */
    boolean tryCloseGate() {
        boolean isAnyAboutToBegin = !gated.isEmpty() && !areWritesHeld();
        if (writesUnderWay.get() == 0 && !isAnyAboutToBegin) {
            intents.arrayDirty(false);
        }
        return !intents.isArrayDirty();
    }

    /** The bits of regions are set: go on with what waits for them. */
    void grantRegions(int[] regions) {
        intents.granted(regions);
        releaseHeld();
    }

    void sweepRegions(boolean atOnce) {
        intents.sweep(atOnce);
    }

    /** Ask for regions from now on, or no more. Only while writes are held and none is under way. */
    void useBitmap(BitmapRegions regions) {
        if (!writesHeld || writesUnderWay.get() > 0) {
            throw new IllegalStateException("the bitmap changes while it is in use: writesHeld=" + writesHeld
                    + " writesUnderWay=" + writesUnderWay);
        }
        intents.use(regions);
    }

    /** Begin no write until told otherwise; what is cached leaves. Reads go on. */
    void holdWrites(boolean held) {
        writesHeld = held;
        writeBack.leaving(held);
        if (!held) {
            releaseHeld();
        }
    }

    /** Log to another journal from now on, or to none. Only while writes are held and none is under way. */
    void useJournal(JournalWriter next) {
        if (!writesHeld || writesUnderWay.get() > 0 || cache.cachedCount() > 0 || !unlogged.isEmpty()) {
            throw new IllegalStateException("the journal changes while it is in use: writesHeld=" + writesHeld
                    + " writesUnderWay=" + writesUnderWay + " cached=" + cache.cachedCount() + " unlogged="
                    + unlogged.size());
        }
        log.use(next);
        view.allowWrites();
        intents.arrayDirty(false);
        prepareForLog();
    }

    /** Allocates, once in the life of a shard that gets a journal. */
    private void prepareForLog() {
        if (!log.exists() || pool.operation(0).transaction != null) {
            return;
        }
        for (int i = 0; i < pool.capacity(); i++) {
            WindowOperation operation = pool.operation(i);
            operation.transaction = new JournalTransaction(slotCount * geometry.blockCount());
            operation.transaction.owner(logged, operation.index);
        }
        cache.provideOld(pool.capacity(), slotCount * geometry.length());
    }
}
