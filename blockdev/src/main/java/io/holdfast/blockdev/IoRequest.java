package io.holdfast.blockdev;

import org.agrona.MutableDirectBuffer;

/**
 * One operation of a channel, from submission to the poll that reports it.
 *
 * <p>Made once, when the channel is opened, and used again and again: nothing is allocated while bytes move. Between
 * submission and completion it belongs to whoever carries it out, otherwise to the channel's thread.
 */
final class IoRequest {
    /** What is asked of the device. */
    enum Kind {
        READ,
        WRITE,
        FLUSH,
        DISCARD,
        WRITE_ZEROES
    }

    /** Position of this request in its channel's table. */
    final int id;

    Kind kind;
    long offset;
    MutableDirectBuffer buffer;
    int index;
    long length;
    long token;
    IoStatus status;

    /** Bytes moved so far, where the kernel moved fewer than it was asked to. */
    long transferred;

    IoRequest(int id) {
        this.id = id;
    }

    /** Address of the first byte still to be moved. */
    long address() {
        return buffer.addressOffset() + index + transferred;
    }
}
