package io.holdfast.cli;

import io.holdfast.raid.RaidArray;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** An array's bytes, whoever runs it: this command, or a daemon that it talks to. Thread-safe. */
interface ByteStore {
    /** Level in md's words: raid4, raid5 or raid6. */
    String level();

    /** In mdadm's form. */
    String uuid();

    /** In bytes. */
    long length();

    /**
     * Start a read.
     *
     * @param target direct; filled from its position to its limit; neither moves. Its memory is in use until the answer.
     * @param offset in bytes.
     * @return completed when the bytes are there; exceptionally when they cannot be had.
     */
    CompletableFuture<Void> readAsync(ByteBuffer target, long offset);

    /**
     * Start a write.
     *
     * @param source direct; written from its position to its limit; neither moves. Its memory is in use until the answer; what
     *               lies behind the limit may be overwritten.
     * @param offset in bytes.
     * @return completed when it is answered; exceptionally when it cannot be done.
     */
    CompletableFuture<Void> writeAsync(ByteBuffer source, long offset);

    /** Make what was answered survive power loss, and wait for that. */
    void flush();

    /**
     * An array of this command's own.
     *
     * @param array started.
     * @return its bytes.
     */
    static ByteStore of(RaidArray array) {
        return new ByteStore() {
            @Override
            public String level() {
                return array.description().level();
            }

            @Override
            public String uuid() {
                return array.description().uuid();
            }

            @Override
            public long length() {
                return array.length();
            }

            @Override
            public CompletableFuture<Void> readAsync(ByteBuffer target, long offset) {
                return array.readAsync(target, offset);
            }

            @Override
            public CompletableFuture<Void> writeAsync(ByteBuffer source, long offset) {
                return array.writeAsync(source, offset);
            }

            @Override
            public void flush() {
                array.flush();
            }
        };
    }
}
