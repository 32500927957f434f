package io.holdfast.raid.engine;

import io.holdfast.journal.JournalWriter;

/**
 * The journal as one shard sees it: the writer that its records go to, or that there is none. It changes while the array
 * runs, but only while the shard holds writes back and nothing of the old journal is left anywhere but on the members.
 * Confined to its shard's thread.
 */
final class ShardLog {
    private JournalWriter writer;

    ShardLog(JournalWriter writer) {
        this.writer = writer;
    }

    /** Null when the array has no journal. */
    JournalWriter writer() {
        return writer;
    }

    void use(JournalWriter next) {
        writer = next;
    }

    /** Whether writes are logged before they go to the members. */
    boolean exists() {
        return writer != null;
    }

    /** Whether the array has a journal that can still take records. */
    boolean isAlive() {
        return writer != null && !writer.isFailed();
    }

    boolean isFailed() {
        return writer != null && writer.isFailed();
    }
}
