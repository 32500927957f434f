package io.holdfast.fault.checker;

import java.nio.ByteBuffer;

/** Where a ledger's bytes are kept: appended, made durable, and read back when the ledger is opened again. */
public interface LedgerStore extends AutoCloseable {
    /**
     * Read from the front.
     *
     * @param target filled as far as there are bytes; its position moves.
     * @param offset in bytes from the start.
     */
    void read(ByteBuffer target, long offset);

    /** Bytes kept. */
    long length();

    /**
     * Forget what lies behind.
     *
     * @param length bytes that stay.
     */
    void truncate(long length);

    /**
     * Add at the end.
     *
     * @param bytes from position to limit; the position moves.
     */
    void append(ByteBuffer bytes);

    /** Make what was appended durable, and wait for it. */
    void sync();

    /** Let go of it. Idempotent. */
    @Override
    void close();
}
