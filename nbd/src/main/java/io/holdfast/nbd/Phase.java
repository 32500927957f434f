package io.holdfast.nbd;

import io.netty.buffer.ByteBuf;

/** What a connection is doing: it negotiates, then it transmits. Every method runs on the connection's event loop. */
interface Phase {
    /**
     * Take bytes from the client, one step or more.
     *
     * @param in what has arrived; left where the phase stopped.
     * @return false when the phase cannot take more for now: the connection stops reading the socket until it is resumed.
     */
    boolean read(ByteBuf in);

    /** No more is to be taken from the client: answer what can be answered, then close. */
    void shutDown();

    /** The client is gone: let go of everything that nobody else still uses. */
    void abandon();

    /** Whether nobody uses anything of this phase any more. */
    boolean isAtRest();
}
