package io.holdfast.journal;

/** Told of the blocks of a log, one by one: see {@link JournalDump}. */
public interface LogBlockVisitor {
    /**
     * A block of the log, in the order in which they would be replayed.
     *
     * @param block that is valid.
     */
    void onBlock(LogBlock block);

    /**
     * What lies where the log ends and carries the number that its next block would have: a write that was cut short, or
     * damage. Nothing of it would be replayed.
     *
     * @param block that is not valid.
     */
    void onBrokenBlock(LogBlock block);

    /**
     * The log ends here.
     *
     * @param end where, and why.
     */
    void onEnd(LogEnd end);

    /**
     * A block outside of the log: of an earlier turn, of an earlier log, or out of reach behind a damaged one. Only told when
     * asked for, after the end, from there on.
     *
     * @param block whose own place in the log fits, valid or not.
     */
    void onStrayBlock(LogBlock block);
}
