package io.holdfast.fault.checker;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A ledger in memory that, like a file, keeps across a power cut what was made durable and perhaps some more. */
final class MemoryStore implements LedgerStore {
    private byte[] bytes = new byte[1 << 16];
    private int length;
    private int durableLength;

    /** What a machine that was cut off leaves: all that was durable, and some of the rest. */
    MemoryStore afterCut(int survivingPercent) {
        MemoryStore left = new MemoryStore();
        int survivingLength = durableLength + (int) ((length - durableLength) * (long) survivingPercent / 100);
        left.append(ByteBuffer.wrap(bytes, 0, survivingLength));
        left.sync();
        return left;
    }

    byte[] contents() {
        return Arrays.copyOf(bytes, length);
    }

    @Override
    public void read(ByteBuffer target, long offset) {
        int count = Math.min(target.remaining(), length - (int) offset);
        target.put(bytes, (int) offset, count);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public void truncate(long newLength) {
        length = (int) newLength;
    }

    @Override
    public void append(ByteBuffer source) {
        int count = source.remaining();
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, 2 * bytes.length));
        }
        source.get(bytes, length, count);
        length += count;
    }

    @Override
    public void sync() {
        durableLength = length;
    }

    @Override
    public void close() {}

    @Override
    public String toString() {
        return "memory";
    }
}
