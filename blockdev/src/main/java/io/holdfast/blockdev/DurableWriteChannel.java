package io.holdfast.blockdev;

import org.agrona.MutableDirectBuffer;

/** A channel that may be able to make one write durable by itself, sparing the flush that would cover everything. */
public interface DurableWriteChannel extends IoChannel {
    /** Whether {@link #writeDurable} can be used; fixed while the channel is open. */
    boolean hasDurableWrites();

    /**
     * Write from a buffer; durable when it completes with {@link IoStatus#OK}.
     *
     * @param offset in bytes from the start of the device.
     * @param buffer off-heap source, left unchanged by the caller until completion.
     * @param index  of the first byte in the buffer.
     * @param length in bytes.
     * @param token  handed back by {@link #poll}.
     * @throws IllegalStateException when the device has no such writes.
     */
    void writeDurable(long offset, MutableDirectBuffer buffer, int index, int length, long token);
}
