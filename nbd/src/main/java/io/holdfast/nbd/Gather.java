package io.holdfast.nbd;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Collects the few bytes of a header, however the socket has cut them. On the heap; its owner's thread only. */
final class Gather {
    private final ByteBuf bytes;
    private int wantedLength;

    /**
     * Make room.
     *
     * @param capacity the most that will be wanted at once, in bytes.
     */
    Gather(int capacity) {
        bytes = Unpooled.buffer(capacity, capacity);
    }

    /**
     * Begin anew.
     *
     * @param length wanted, in bytes; at most the capacity.
     */
    void expect(int length) {
        bytes.clear();
        wantedLength = length;
    }

    /**
     * Take what is still wanted, or as much as there is.
     *
     * @param in taken from.
     * @return whether all that is wanted is here.
     */
    boolean fill(ByteBuf in) {
        int missing = wantedLength - bytes.readableBytes();
        bytes.writeBytes(in, Math.min(missing, in.readableBytes()));
        return bytes.readableBytes() == wantedLength;
    }

    /** What was collected: index 0 is its first byte. */
    ByteBuf bytes() {
        return bytes;
    }
}
