package io.holdfast.journal;

import io.holdfast.blockdev.IoStatus;

/** Told, on the journal's thread, what became of a transaction. */
public interface JournalListener {
    /**
     * The transaction survives power loss from now on.
     *
     * @param transaction as it was appended.
     */
    void onDurable(JournalTransaction transaction);

    /**
     * The journal failed. Whether the transaction would be found by a replay is unknown.
     *
     * @param transaction as it was appended.
     * @param status      of the operation that failed.
     */
    void onFailed(JournalTransaction transaction, IoStatus status);
}
