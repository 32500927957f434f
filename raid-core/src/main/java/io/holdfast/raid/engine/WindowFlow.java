package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;

/** Where reading and writing hand a window operation on to. */
interface WindowFlow {
    /** Every block that the plan asked for is in the buffer, or can be recovered from what is. */
    void contentKnown(WindowOperation operation);

    /** Answer the pieces that touch some rows of blocks, and go on without them. */
    void answerPiecesOn(WindowOperation operation, int rows, IoStatus status);

    /** Let what is cached of the window go to the members before anything else is done with it. */
    void writeOutFirst(WindowOperation operation);

    /** What the log of the last run has of the window is in the buffer, and marked to be written. */
    void replayLoaded(WindowOperation operation);

    /** Wait until what the operation wants recorded is, then finish. */
    void finishWhenRecorded(WindowOperation operation);

    /** Answer, and let go of the window or begin what waits for it. */
    void finish(WindowOperation operation);
}
