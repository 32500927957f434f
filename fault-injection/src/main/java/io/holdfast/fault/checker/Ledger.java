package io.holdfast.fault.checker;

import io.holdfast.fault.checker.LedgerDescriptor.Kind;
import java.nio.ByteBuffer;

/**
 * What a checker asked of a device, what it was answered and what it flushed, kept where an interruption of the device does
 * not reach. Opened again, it knows what every block may hold.
 *
 * <p>Before a write is asked for, the ledger is durable up to and including the intent: contents that no ledger knows of can
 * never be on the device. Answers become durable with the next intents; those of the last moment may be missing after the
 * checker's own machine was cut off, which weakens the check and never makes it wrong. A record that is not whole ends the
 * ledger. It grows by 64 bytes for each write. Not thread-safe.
 */
public final class Ledger implements AutoCloseable {
    private static final int BATCH_LENGTH = 2048 * LedgerDescriptor.RECORD_LENGTH;

    private final LedgerStore store;
    private final long run;
    private final History history;
    private final ByteBuffer batch = LedgerDescriptor.newBuffer(BATCH_LENGTH);
    private long droppedLength;
    private boolean isOpenSession;
    private boolean isClosed;

    private Ledger(LedgerStore store, long run, CheckedArea area) {
        this.store = store;
        this.run = run;
        this.history = new History(area);
    }

    /**
     * Begin a ledger.
     *
     * @param store empty, or holding what is to be forgotten; the ledger's from now on.
     * @param run   a number that no other ledger for the device has: it tells their contents apart.
     * @param area  to be checked.
     * @return the ledger.
     * @throws LedgerException when it cannot be written.
     */
    public static Ledger create(LedgerStore store, long run, CheckedArea area) {
        Ledger ledger = new Ledger(store, run, area);
        store.truncate(0);
        store.append(LedgerDescriptor.header(run, area));
        store.sync();
        return ledger;
    }

    /**
     * Whether a store holds something, be it a ledger or not.
     *
     * @param store looked into.
     * @return false when it is empty.
     */
    public static boolean isPresent(LedgerStore store) {
        return store.length() > 0;
    }

    /**
     * Open a ledger again. What it does not know to be durable is in doubt from then on.
     *
     * @param store that holds it; the ledger's from now on.
     * @return the ledger.
     * @throws LedgerException when it holds no ledger, or a damaged one.
     */
    public static Ledger open(LedgerStore store) {
        ByteBuffer header = LedgerDescriptor.newBuffer(LedgerDescriptor.HEADER_LENGTH);
        store.read(header, 0);
        header.flip();
        if (!LedgerDescriptor.isLedger(header)) {
            throw new LedgerException(
                    store + " is not a checker's ledger; name the one that was written with the target.", null);
        }
        if (!LedgerDescriptor.isSound(header)) {
            throw new LedgerException(
                    "the ledger " + store + " is damaged at its beginning; nothing can be checked by it.", null);
        }
        Ledger ledger;
        try {
            ledger = new Ledger(store, LedgerDescriptor.run(header), LedgerDescriptor.area(header));
        } catch (IllegalArgumentException e) {
            throw new LedgerException("the ledger " + store + " makes no sense: " + e.getMessage(), e);
        }
        ledger.replay();
        return ledger;
    }

    /** The number that tells contents of this ledger from others'. */
    public long run() {
        return run;
    }

    /** What is checked. */
    public CheckedArea area() {
        return history.area();
    }

    /** Writes asked for so far, over all sessions. */
    public long writeCount() {
        return history.lastVersion();
    }

    /** Whether there is something that an interruption may have changed, or nobody knows that none came. */
    public boolean isInDoubt() {
        return history.isInDoubt();
    }

    /** Bytes at the ledger's end that were no whole record when it was opened. */
    public long droppedLength() {
        return droppedLength;
    }

    History history() {
        return history;
    }

    // ---- what the checker tells ----

    void openSession() {
        isOpenSession = true;
        put(Kind.OPENED, 0, 0, 0, 0);
    }

    /** Returns the id of the contents. Not to be asked of the device before {@link #sync}. */
    long intend(boolean isZeroes, boolean isForced, int firstUnit, int unitCount) {
        long id = ContentId.of(history.lastVersion() + 1, isZeroes);
        history.intend(id, firstUnit, unitCount, isForced);
        put(Kind.INTENT, isForced ? LedgerDescriptor.FLAG_FORCED : 0, id, firstUnit, unitCount);
        return id;
    }

    void answer(long id) {
        history.answer(id);
        put(Kind.ANSWERED, 0, id, 0, 0);
    }

    void flushed(long mark) {
        history.flushed(mark);
        put(Kind.FLUSHED, 0, mark, 0, 0);
    }

    void flushFailed() {
        history.flushFailed();
        put(Kind.FLUSH_FAILED, 0, 0, 0, 0);
    }

    void found(int firstUnit, int unitCount, long id) {
        history.found(firstUnit, unitCount, id);
        put(Kind.FOUND, 0, id, firstUnit, unitCount);
    }

    void resolved() {
        history.resolved();
        put(Kind.RESOLVED, 0, 0, 0, 0);
        sync();
    }

    /** Make everything told so far durable. */
    void sync() {
        writeBatch();
        store.sync();
    }

    /** The session ends in good order, with nothing in flight. */
    void closeSession() {
        if (isOpenSession) {
            isOpenSession = false;
            put(Kind.CLOSED, 0, 0, 0, 0);
            sync();
        }
    }

    /** Write down what was told, and let go of the store. Idempotent. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            writeBatch();
            store.close();
        }
    }

    private void put(Kind kind, int flags, long id, long first, long count) {
        if (batch.remaining() < LedgerDescriptor.RECORD_LENGTH) {
            writeBatch();
        }
        LedgerDescriptor.putRecord(batch, kind, flags, id, first, count);
    }

    private void writeBatch() {
        batch.flip();
        if (batch.hasRemaining()) {
            store.append(batch);
        }
        batch.clear();
    }

    // ---- reading it back ----

    private void replay() {
        long length = store.length();
        long offset = LedgerDescriptor.HEADER_LENGTH;
        boolean isWhole = true;
        ByteBuffer part = LedgerDescriptor.newBuffer(BATCH_LENGTH);
        while (isWhole && offset < length) {
            part.clear();
            store.read(part, offset);
            part.flip();
            int at = 0;
            while (at + LedgerDescriptor.RECORD_LENGTH <= part.limit()) {
                Kind kind = LedgerDescriptor.kind(part, at);
                if (kind == null) {
                    break;
                }
                apply(kind, part, at, offset + at);
                at += LedgerDescriptor.RECORD_LENGTH;
            }
            isWhole = at == part.limit() && at > 0;
            offset += at;
        }
        droppedLength = length - offset;
        if (droppedLength > 0) {
            store.truncate(offset);
        }
        history.interrupted();
    }

    private void apply(Kind kind, ByteBuffer part, int at, long offset) {
        long id = LedgerDescriptor.id(part, at);
        try {
            switch (kind) {
                // Between two sessions anything may have happened.
                case OPENED, CLOSED -> history.interrupted();
                case INTENT -> history.intend(id, unit(part, at), count(part, at), LedgerDescriptor.isForced(part, at));
                case ANSWERED -> history.answer(id);
                case FLUSHED -> history.flushed(id);
                case FLUSH_FAILED -> history.flushFailed();
                case FOUND -> history.found(unit(part, at), count(part, at), id);
                case RESOLVED -> history.resolved();
            }
        } catch (IllegalStateException e) {
            throw new LedgerException(
                    "the ledger " + store + " contradicts itself at byte " + offset + ": " + e.getMessage(), e);
        }
    }

    private int unit(ByteBuffer part, int at) {
        long first = LedgerDescriptor.first(part, at);
        if (first < 0 || first >= area().unitCount()) {
            throw new IllegalStateException("no such unit: first=" + first);
        }
        return (int) first;
    }

    private int count(ByteBuffer part, int at) {
        long count = LedgerDescriptor.count(part, at);
        if (count < 1 || count > area().unitCount() - LedgerDescriptor.first(part, at)) {
            throw new IllegalStateException("no such units: count=" + count);
        }
        return (int) count;
    }
}
