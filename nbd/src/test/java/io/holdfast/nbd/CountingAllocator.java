package io.holdfast.nbd;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;

/** Knows how much is in use, how much ever was, and can be told to have no more. */
final class CountingAllocator extends AbstractByteBufAllocator {
    private final UnpooledByteBufAllocator source = new UnpooledByteBufAllocator(true);
    private long limit = Long.MAX_VALUE;
    private long peak;

    CountingAllocator() {
        super(true);
    }

    void limit(long value) {
        limit = value;
    }

    /** Bytes in use now. */
    long used() {
        return source.metric().usedDirectMemory() + source.metric().usedHeapMemory();
    }

    /** Most bytes that were ever in use. */
    long peak() {
        return peak;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return noted(source.heapBuffer(initialCapacity, maxCapacity));
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        if (initialCapacity > limit) {
            throw new OutOfMemoryError("as the test wants it");
        }
        return noted(source.directBuffer(initialCapacity, maxCapacity));
    }

    private ByteBuf noted(ByteBuf buffer) {
        peak = Math.max(peak, used());
        return buffer;
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }
}
