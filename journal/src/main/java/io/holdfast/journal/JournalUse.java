package io.holdfast.journal;

/**
 * How much of a log is in use, and what has gone through it since its writer began. Taken without stopping the writer, so the
 * numbers need not be of one moment.
 *
 * @param capacity         bytes that can be used at all; see {@link JournalWriter#liveLimit}.
 * @param used             bytes of records that a replay would want, or that are promised to writes under way.
 * @param waitingCount     transactions that wait for the next batch.
 * @param batchCount       batches that are durable.
 * @param transactionCount transactions in them.
 * @param batchedLength    bytes in them.
 */
public record JournalUse(
        long capacity, long used, long waitingCount, long batchCount, long transactionCount, long batchedLength) {
    /** Bytes of a batch, on average; 0 before the first. */
    public long meanBatchLength() {
        return batchCount == 0 ? 0 : batchedLength / batchCount;
    }
}
