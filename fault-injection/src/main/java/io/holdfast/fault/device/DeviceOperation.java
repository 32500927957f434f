package io.holdfast.fault.device;

import org.agrona.MutableDirectBuffer;

/** One operation on its way through a {@link DeviceFilter}. Reused; valid until the filter has been told how it ended. */
public final class DeviceOperation {
    private OperationKind kind;
    private long offset;
    private long length;
    private MutableDirectBuffer buffer;
    private int index;
    private long token;
    private long note;

    DeviceOperation() {}

    DeviceOperation set(
            OperationKind newKind, long newOffset, long newLength, MutableDirectBuffer newBuffer, int newIndex) {
        kind = newKind;
        offset = newOffset;
        length = newLength;
        buffer = newBuffer;
        index = newIndex;
        note = 0;
        return this;
    }

    /** What is asked. */
    public OperationKind kind() {
        return kind;
    }

    /** Of the first byte, from the start of the device; 0 for a flush. */
    public long offset() {
        return offset;
    }

    /** In bytes; 0 for a flush. */
    public long length() {
        return length;
    }

    /** Of the byte after the last. */
    public long end() {
        return offset + length;
    }

    /** Source or destination; null for the kinds that carry no bytes. */
    public MutableDirectBuffer buffer() {
        return buffer;
    }

    /** Of the first byte in the buffer. */
    public int index() {
        return index;
    }

    /** Let only the first part of the operation reach the device. */
    void truncate(long newLength) {
        length = newLength;
    }

    /** Let the operation reach the device at another place. */
    void redirect(long newOffset) {
        offset = newOffset;
    }

    /** What the filter wants to remember about the operation; 0 at first. */
    long note() {
        return note;
    }

    void note(long newNote) {
        note = newNote;
    }

    long token() {
        return token;
    }

    void token(long newToken) {
        token = newToken;
    }

    boolean overlaps(long first, long end) {
        return offset < end && first < end();
    }

    @Override
    public String toString() {
        return "DeviceOperation{kind=" + kind + " offset=" + offset + " length=" + length + "}";
    }
}
