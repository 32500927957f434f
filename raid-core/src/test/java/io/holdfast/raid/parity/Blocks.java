package io.holdfast.raid.parity;

import io.holdfast.blockdev.BufferSlab;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/** Off-heap buffers for tests, each followed by a guard that shows whether a kernel wrote too far. */
final class Blocks {
    private static final int GUARD_LENGTH = 64;
    private static final byte GUARD = 0x5a;

    private final UnsafeBuffer[] buffers;
    private final int maxLength;

    Blocks(int count, int maxLength) {
        this.maxLength = maxLength;
        this.buffers = new UnsafeBuffer[count];
        for (int i = 0; i < count; i++) {
            buffers[i] = BufferSlab.allocate(maxLength + GUARD_LENGTH);
        }
    }

    long address(int index) {
        return buffers[index].addressOffset();
    }

    /** Fill the first bytes, and guard what lies behind them. */
    void put(int index, byte[] bytes) {
        buffers[index].putBytes(0, bytes);
        buffers[index].setMemory(bytes.length, maxLength + GUARD_LENGTH - bytes.length, GUARD);
    }

    /** The first bytes, after a look at the guard. */
    byte[] get(int index, int length) {
        for (int i = length; i < maxLength + GUARD_LENGTH; i++) {
            if (buffers[index].getByte(i) != GUARD) {
                throw new AssertionError("written beyond the end: buffer=" + index + " offset=" + i);
            }
        }
        byte[] bytes = new byte[length];
        buffers[index].getBytes(0, bytes);
        return bytes;
    }

    static byte[] random(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
