package io.holdfast.blockdev;

import java.nio.ByteBuffer;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One stretch of off-heap memory, aligned for direct I/O, carved up once at start.
 *
 * <p>Every buffer of a data path comes out of a slab that was sized before the first byte moved: a write in flight must
 * never have to ask for memory to make progress, however hard the machine is pressed. Carving is not thread-safe.
 */
public final class BufferSlab {
    /** Addresses are aligned to this many bytes: a page, which satisfies O_DIRECT everywhere. */
    public static final int ALIGNMENT = 4096;

    private final ByteBuffer memory;
    private final int capacity;
    private int used;

    /**
     * Take the memory now. The JVM zeroes it.
     *
     * @param capacity in bytes; rounded up to a multiple of {@link #ALIGNMENT}.
     */
    public BufferSlab(int capacity) {
        this.capacity = BitUtil.align(capacity, ALIGNMENT);
        this.memory = BufferUtil.allocateDirectAligned(this.capacity, ALIGNMENT);
    }

    /**
     * The next part of the slab.
     *
     * @param length in bytes.
     * @return a buffer of exactly that length whose address is aligned to {@link #ALIGNMENT}.
     * @throws IllegalStateException when the slab is used up: it was sized wrongly, which is our bug.
     */
    public UnsafeBuffer carve(int length) {
        if (length > capacity - used) {
            throw new IllegalStateException(
                    "slab used up: capacity=" + capacity + " used=" + used + " length=" + length);
        }
        UnsafeBuffer part = new UnsafeBuffer(memory, used, length);
        used += BitUtil.align(length, ALIGNMENT);
        return part;
    }

    /**
     * A buffer of its own, for the odd block of metadata.
     *
     * @param length in bytes.
     * @return zeroed off-heap memory aligned to {@link #ALIGNMENT}.
     */
    public static UnsafeBuffer allocate(int length) {
        return new BufferSlab(length).carve(length);
    }
}
