package io.holdfast.journal;

import java.util.concurrent.atomic.AtomicLong;

/** What a writer has made durable: counted by its thread, read by any. Allocates nothing. */
final class BatchCounters {
    private final AtomicLong batchCount = new AtomicLong();
    private final AtomicLong transactionCount = new AtomicLong();
    private final AtomicLong batchedLength = new AtomicLong();

    /** A batch is durable. On the writer's thread. */
    void add(int transactions, int length) {
        // One thread writes, so nothing is lost between the read and the write.
        batchCount.lazySet(batchCount.get() + 1);
        transactionCount.lazySet(transactionCount.get() + transactions);
        batchedLength.lazySet(batchedLength.get() + length);
    }

    /** The counts, with what the writer knows besides. From any thread. */
    JournalUse with(long capacity, long used, long waitingCount) {
        return new JournalUse(
                capacity, used, waitingCount, batchCount.get(), transactionCount.get(), batchedLength.get());
    }
}
