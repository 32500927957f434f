package io.holdfast.cli;

/** What can be done to the journal of an array. */
enum JournalChange {
    /** Give a journal to an array that has none, or has lost its own. */
    ADD("add"),
    /** One more copy of the journal there is. */
    ADD_COPY("add-copy"),
    /** Another journal in the place of the one there is, or was. */
    REPLACE("replace"),
    /** Go on without. */
    REMOVE("remove");

    private final String verb;

    JournalChange(String verb) {
        this.verb = verb;
    }

    /** As typed. */
    String verb() {
        return verb;
    }

    /** Whether it can do without the log of a journal that is lost. */
    boolean mayGiveUp() {
        return this != ADD_COPY;
    }
}
