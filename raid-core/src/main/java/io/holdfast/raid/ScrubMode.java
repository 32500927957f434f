package io.holdfast.raid;

/** What a walk over parity and data does where they do not fit. */
public enum ScrubMode {
    /** Count and list; change nothing. */
    CHECK,
    /**
     * Correct what P and Q together prove: the one member whose change explains both. What no single member explains, and
     * whatever does not fit at level 4 or 5, is counted and listed, and stays as it is.
     */
    CORRECT,
    /**
     * As {@link #CORRECT}, and where nobody can tell who is wrong, data is believed and parity made again from it. If it was
     * data that was wrong, it is wrong for good.
     */
    CORRECT_OR_REWRITE_PARITY
}
