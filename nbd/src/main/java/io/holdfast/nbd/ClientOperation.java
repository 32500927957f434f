package io.holdfast.nbd;

import io.holdfast.blockdev.IoStatus;
import org.agrona.MutableDirectBuffer;

/**
 * One operation on an {@link NbdDevice}. It travels as one request or, when it is longer than the server takes at once, as
 * several one after the other. From submission to completion it belongs to the connection's event loop.
 */
final class ClientOperation {
    /** Told when an operation has ended, on the connection's event loop. */
    interface Completion {
        void onEnd(ClientOperation operation);
    }

    private final Completion completion;
    private int command;
    private boolean isDurable;
    private long offset;
    private MutableDirectBuffer buffer;
    private int index;
    private long length;
    private long token;
    private long doneLength;
    private long partLength;
    private IoStatus status;

    ClientOperation(Completion completion) {
        this.completion = completion;
    }

    ClientOperation set(int newCommand, long newOffset, MutableDirectBuffer newBuffer, int newIndex, long newLength) {
        command = newCommand;
        isDurable = false;
        offset = newOffset;
        buffer = newBuffer;
        index = newIndex;
        length = newLength;
        doneLength = 0;
        partLength = 0;
        status = null;
        return this;
    }

    /** See {@link RequestDescriptor}. */
    int command() {
        return command;
    }

    /** Whether there is nothing to move. */
    boolean isEmpty() {
        return length == 0;
    }

    boolean isDurable() {
        return isDurable;
    }

    void isDurable(boolean value) {
        isDurable = value;
    }

    long token() {
        return token;
    }

    void token(long value) {
        token = value;
    }

    MutableDirectBuffer buffer() {
        return buffer;
    }

    /** Where the part in flight begins on the device. */
    long partOffset() {
        return offset + doneLength;
    }

    /** Where the part in flight begins in the buffer. */
    int partIndex() {
        return index + (int) doneLength;
    }

    long partLength() {
        return partLength;
    }

    /** Take the next part, of at most so many bytes. */
    void takePart(long limit) {
        partLength = Math.min(length - doneLength, limit);
    }

    /** The part is done. Returns whether that was all. */
    boolean endPart() {
        doneLength += partLength;
        return doneLength == length;
    }

    IoStatus status() {
        return status;
    }

    void end(IoStatus how) {
        status = how;
        completion.onEnd(this);
    }

    void release() {
        buffer = null;
    }
}
