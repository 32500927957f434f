package io.holdfast.blockdev;

import org.agrona.MutableDirectBuffer;

/**
 * One thread's asynchronous path to a {@link BlockDevice}: submit operations, each with a token, and poll for their
 * completions.
 *
 * <p>Every method is called on the owning {@link IoLoop}'s thread. Nothing is reported except through
 * {@link #poll}, so a caller never finds its state changed behind its back. Completions arrive in any order. No method
 * allocates or blocks. Submissions may be held back until the loop next goes to the kernel, so that a burst costs one
 * system call.
 *
 * <p>Submitting more than {@link #capacity()} outstanding operations is {@link IllegalStateException}: the owner sizes the
 * channel for the most it can ever have in flight.
 */
public interface IoChannel extends AutoCloseable {
    /** The most operations that may be outstanding. */
    int capacity();

    /** Operations submitted and not yet polled. */
    int outstanding();

    /**
     * Read into a buffer.
     *
     * @param offset in bytes from the start of the device.
     * @param buffer off-heap destination, left alone by the caller until completion.
     * @param index  of the first byte in the buffer.
     * @param length in bytes.
     * @param token  handed back by {@link #poll}.
     */
    void read(long offset, MutableDirectBuffer buffer, int index, int length, long token);

    /**
     * Write from a buffer; durable only after a later flush.
     *
     * @param offset in bytes from the start of the device.
     * @param buffer off-heap source, left unchanged by the caller until completion.
     * @param index  of the first byte in the buffer.
     * @param length in bytes.
     * @param token  handed back by {@link #poll}.
     */
    void write(long offset, MutableDirectBuffer buffer, int index, int length, long token);

    /**
     * Make durable every write whose completion had been polled before this call.
     *
     * @param token handed back by {@link #poll}.
     */
    void flush(long token);

    /**
     * Tell the device that a range is no longer needed. What it reads as afterwards is undefined until written.
     *
     * @param offset in bytes from the start of the device.
     * @param length in bytes.
     * @param token  handed back by {@link #poll}.
     */
    void discard(long offset, long length, long token);

    /**
     * Turn a range to zeroes; ordinary write semantics, but the zeroes need not travel.
     *
     * @param offset in bytes from the start of the device.
     * @param length in bytes.
     * @param token  handed back by {@link #poll}.
     */
    void writeZeroes(long offset, long length, long token);

    /**
     * Deliver completions that have arrived. Operations may be submitted from inside the handler.
     *
     * @param handler called once for each completed operation.
     * @return how many completions were delivered.
     */
    int poll(IoCompletionHandler handler);

    /** Release the channel's resources. Operations still outstanding are waited for and their completions dropped. */
    @Override
    void close();
}
