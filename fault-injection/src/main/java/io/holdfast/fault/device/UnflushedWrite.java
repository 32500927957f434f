package io.holdfast.fault.device;

import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A write that power loss may undo, in whole or in part. Immutable. */
public final class UnflushedWrite {
    private final long sequence;
    private final long offset;
    private final long length;
    private final byte[] bytes;

    UnflushedWrite(long sequence, long offset, long length, byte[] bytes) {
        this.sequence = sequence;
        this.offset = offset;
        this.length = length;
        this.bytes = bytes;
    }

    /** Counts the changes to its device, in order of submission. */
    public long sequence() {
        return sequence;
    }

    /** Of the first byte, from the start of the device. */
    public long offset() {
        return offset;
    }

    /** In bytes. */
    public long length() {
        return length;
    }

    boolean overlaps(UnflushedWrite other) {
        return offset < other.offset + other.length && other.offset < offset + length;
    }

    void apply(SparseContents contents) {
        contents.write(offset, bytes, 0, length);
    }

    UnflushedWrite part(long from, long partLength) {
        if (partLength == length) {
            return this;
        }
        byte[] partBytes = bytes == null ? null : Arrays.copyOfRange(bytes, (int) from, (int) (from + partLength));
        return new UnflushedWrite(sequence, offset + from, partLength, partBytes);
    }

    /** Whether memory still holds what was submitted. */
    boolean matches(DirectBuffer buffer, int index) {
        return new UnsafeBuffer(bytes).equals(new UnsafeBuffer(buffer, index, bytes.length));
    }

    @Override
    public String toString() {
        return "UnflushedWrite{sequence=" + sequence + " offset=" + offset + " length=" + length + "}";
    }
}
