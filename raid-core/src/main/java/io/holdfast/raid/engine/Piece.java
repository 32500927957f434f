package io.holdfast.raid.engine;

/** The part of some work that falls into one window: a caller's request, or a step of maintenance. Pooled by its shard. */
final class Piece {
    /** Pieces of one class may share a window operation. */
    enum Work {
        READ,
        WRITE,
        SYNC,
        /** Of an operation only: what is cached goes to the members. No piece asks for it. */
        WRITE_OUT,
        /** Of an operation only: what the log of the last run has of the window goes to the members. No piece asks for it. */
        REPLAY
    }

    Work work;
    ArrayRequest request;
    /** Array offsets in bytes of the first byte it is about, and of the byte after the last; may reach beyond the window. */
    long start;

    long end;
    SyncStep sync;
    /** Of a discard: the rows of blocks that it covers whole, the only ones it touches. */
    int discardRows;

    Piece next;
}
