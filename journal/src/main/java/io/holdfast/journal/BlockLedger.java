package io.holdfast.journal;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.agrona.BitUtil;

/**
 * The meta blocks between tail and head, in order, and how many transactions of each are not yet at rest.
 *
 * <p>The tail always designates a block that exists, so that the next start finds where to begin: the last block whose
 * transactions, and those of every block before it, are at rest. {@link #retire} may be called by any thread, everything
 * else by the journal's.
 */
final class BlockLedger {
    private final long[] position;
    private final AtomicIntegerArray pending;
    private final int mask;
    private long tail;
    private long finished;
    private long next;

    /** The most blocks that are kept account of, however long the log: 12 MiB of memory. */
    static final long MAX_CAPACITY = 1 << 20;

    /**
     * A ledger.
     *
     * @param areaSectors  length of the log: it bounds how many blocks can be live, as a block is followed by a page, but
     *                     for the odd empty one. A very long log may run out of ledger before it runs out of space, and
     *                     waits for the tail all the same.
     * @param tailPosition of the block that the log begins with, which nothing hangs on.
     */
    BlockLedger(long areaSectors, long tailPosition) {
        long most = Math.min(MAX_CAPACITY, areaSectors / (2L * MetaBlockDescriptor.LENGTH_SECTORS) + 8);
        int capacity = BitUtil.findNextPositivePowerOfTwo((int) most);
        position = new long[capacity];
        pending = new AtomicIntegerArray(capacity);
        mask = capacity - 1;
        position[0] = tailPosition;
        next = 1;
    }

    /**
     * A ledger of a log that begins with blocks of which no account was kept: they come to rest all at once, when the
     * last of them is retired. Before anything else is added.
     *
     * @param lastPosition of the last of these blocks.
     * @return its ordinal.
     */
    long addUnaccounted(long lastPosition) {
        long ordinal = add(lastPosition);
        hold(ordinal);
        return ordinal;
    }

    /** Whether that many more blocks can be added. */
    boolean hasRoomFor(int blockCount) {
        return next - tail + blockCount <= mask + 1;
    }

    /** Note a block that is about to be written; returns its ordinal. */
    long add(long blockPosition) {
        if (!hasRoomFor(1)) {
            throw new IllegalStateException("too many live meta blocks: tail=" + tail + " next=" + next);
        }
        position[(int) next & mask] = blockPosition;
        pending.set((int) next & mask, 0);
        return next++;
    }

    /** Another transaction has pages in a block. Before it is durable. */
    void hold(long ordinal) {
        pending.incrementAndGet((int) ordinal & mask);
    }

    /** A transaction's pages are on the members. */
    void retire(long firstOrdinal, long lastOrdinal) {
        for (long ordinal = firstOrdinal; ordinal <= lastOrdinal; ordinal++) {
            if (pending.decrementAndGet((int) ordinal & mask) < 0) {
                throw new IllegalStateException("a transaction was retired twice: block=" + ordinal);
            }
        }
    }

    /** Move on over blocks at rest, up to {@code durableEnd}; returns how many. */
    int advance(long durableEnd) {
        int count = 0;
        while (finished + 1 < durableEnd && pending.get((int) (finished + 1) & mask) == 0) {
            finished++;
            count++;
        }
        return count;
    }

    long nextOrdinal() {
        return next;
    }

    /** Whether every block is at rest. */
    boolean isAtRest() {
        return finished + 1 == next;
    }

    long finishedPosition() {
        return position[(int) finished & mask];
    }

    long tailPosition() {
        return position[(int) tail & mask];
    }

    /** The tail was recorded: what lies before it may be overwritten. */
    void moveTail(long recordedPosition) {
        long ordinal = tail;
        while (position[(int) ordinal & mask] != recordedPosition) {
            if (++ordinal > finished) {
                throw new IllegalStateException("no block at rest lies there: position=" + recordedPosition);
            }
        }
        tail = ordinal;
    }
}
