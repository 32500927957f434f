package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalWriter;
import io.holdfast.raid.engine.WindowOperation.Phase;

/**
 * Write-back: which writes are answered when their data is in the journal, and when what they left in memory goes to the
 * members.
 *
 * <p>Going to the members is a write like any other, with this order: old blocks are read, parity is made <em>and is durable
 * in the journal</em>, members are written, and only then may the journal let go of the data and of the parity. A crash before
 * the parity is durable finds data alone in the log, and members that nobody has touched; after it, a complete record.
 *
 * <p>Two things keep this from ever getting stuck. Room in the log for a window's parity is promised together with the room
 * for its first data. And a window that gets neither room nor memory writes through, or goes to the members first; nothing
 * waits while it holds what others wait for. Confined to its shard's thread.
 */
final class WriteBack {
    private final MemberView view;
    private final ShardLog log;
    private final WindowContent content;
    private final WindowCache cache;
    private final int allBlocks;
    /** Bytes of log that the parity of a window can take. */
    private final long parityLength;

    private final int mostWriteOuts;
    private boolean wanted;
    private boolean leaving;
    private int writeOutCount;

    /**
     * Nothing is cached, and nothing will be before {@link #wanted(boolean)}.
     *
     * @param view           of the members.
     * @param log            that data goes to; nothing is ever cached while there is none.
     * @param content        of the windows.
     * @param cache          of the windows that linger.
     * @param blockCount     of a window.
     * @param parityCount    of the level.
     * @param operationCount windows that the shard can own.
     */
    WriteBack(
            MemberView view,
            ShardLog log,
            WindowContent content,
            WindowCache cache,
            int blockCount,
            int parityCount,
            int operationCount) {
        this.view = view;
        this.log = log;
        this.content = content;
        this.cache = cache;
        allBlocks = BlockMask.of(0, blockCount);
        parityLength = (1L + (long) blockCount * parityCount) * BlockMask.BLOCK_LENGTH;
        mostWriteOuts = Math.max(2, operationCount / 4);
    }

    /** Whether new writes may be answered before the members have them. */
    void wanted(boolean value) {
        wanted = value;
    }

    /** Whether what is cached is to leave at once, whatever the mode. */
    void leaving(boolean value) {
        leaving = value;
    }

    /**
     * Take an operation's writes into the cache, if that may be.
     *
     * @param operation whose writes have been collected.
     * @return false when they have to go another way; nothing has been changed then but the transaction.
     */
    boolean tryCache(WindowOperation operation) {
        if (!wanted
                || !log.isAlive()
                || view.writesAreRefused()
                || !view.isWhole()
                || !view.isParityConsistent(operation)
                || operation.recordCount == WindowOperation.MAX_RECORDS
                || (!operation.isCached() && !cache.hasRoom())
                || !content.isCacheable(operation)) {
            return false;
        }
        content.describeData(operation);
        long length = JournalWriter.lengthOf(operation.transaction);
        boolean isFirst = !operation.isCached();
        if (!log.writer().tryPromise(length + (isFirst ? parityLength : 0))) {
            return false;
        }
        if (isFirst) {
            operation.promisedLength = parityLength;
            cache.entered();
        }
        content.copyIn(operation);
        operation.caching = true;
        operation.phase = Phase.LOGGING;
        operation.recordLength = length;
        return true;
    }

    /** The data is durable in the log: it may be answered, and is served from memory. */
    void onCached(WindowOperation operation) {
        for (int slot = 0; slot < operation.cached.length; slot++) {
            operation.cached[slot] |= operation.whole[slot] | operation.partial[slot];
        }
        operation.remember(operation.transaction);
        operation.caching = false;
    }

    /** The data did not reach the log, and never will: what was cached before still is. */
    void onCachingFailed(WindowOperation operation) {
        operation.caching = false;
        if (!operation.isCached()) {
            operation.promisedLength = 0;
            cache.left();
        }
    }

    /** Make an operation the write-out of its window. */
    void begin(WindowOperation operation) {
        operation.begin(Piece.Work.WRITE_OUT);
        System.arraycopy(operation.cached, 0, operation.whole, 0, operation.whole.length);
        writeOutCount++;
    }

    /**
     * What is to be written, when the old content is known.
     *
     * @return whether it has to be logged first.
     */
    boolean make(WindowOperation operation) {
        content.makeWriteOut(operation);
        cache.releaseOld(operation);
        for (int slot = 0; slot < operation.cached.length; slot++) {
            operation.dirty[slot] |= operation.cached[slot];
        }
        int rows = operation.touchedRows();
        operation.dirty[operation.stripe.pSlot()] |= rows;
        if (operation.stripe.qSlot() >= 0) {
            operation.dirty[operation.stripe.qSlot()] |= rows;
        }
        if (rows == 0 || log.isFailed()) {
            // A journal that has failed is nobody's to replay: the members are all there is, and the sooner the better.
            return false;
        }
        content.describeParity(operation);
        operation.recordLength = operation.promisedLength;
        operation.promisedLength = 0;
        return true;
    }

    /** The write-out is over. */
    void finish(WindowOperation operation) {
        writeOutCount--;
        cache.releaseOld(operation);
        if (operation.status != IoStatus.OK) {
            // The array has failed. What is here stays here, for reads, and in the log, for the next start.
            return;
        }
        // On every member that is left, whose caches are flushed before the tail moves over the records.
        for (int i = 0; i < operation.recordCount; i++) {
            log.writer().retire(operation.recordFirst[i], operation.recordLast[i]);
        }
        if (operation.promisedLength > 0) {
            log.writer().breakPromise(operation.promisedLength);
            operation.promisedLength = 0;
        }
        operation.forget();
        cache.left();
    }

    /** Whether a write-out could be begun and come to an end. */
    boolean canLeave() {
        return !view.arrayFailed() && !view.tooManyAreLost();
    }

    /** Whether a window has nothing to wait for. */
    boolean isDue(WindowOperation operation) {
        return canLeave() && (operation.isFull(allBlocks) || mustAllLeave());
    }

    private boolean mustAllLeave() {
        return !wanted || leaving || log.isFailed() || !view.isWhole();
    }

    /**
     * The parked window that should go to the members now, or null.
     *
     * @param nowNs     the time.
     * @param freeCount operations that nobody uses.
     * @param allCount  operations there are.
     */
    WindowOperation nextDue(long nowNs, int freeCount, int allCount) {
        if (cache.parkedCount() == 0 || writeOutCount >= mostWriteOuts || !canLeave()) {
            return null;
        }
        if (mustAllLeave() || cache.hasLingered(nowNs) || freeCount + writeOutCount < allCount / 4) {
            return cache.longestParked();
        }
        // Three quarters of the log are full: whoever has been in it longest keeps the tail where it is.
        return log.writer().availableLength() < log.writer().capacity() / 4 ? cache.oldestRecorded() : null;
    }
}
