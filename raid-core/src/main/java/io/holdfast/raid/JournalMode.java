package io.holdfast.raid;

/** What a write waits for when the array has a journal. Not kept on disk: an array starts in write-through, as under Linux. */
public enum JournalMode {
    /** Data and parity are in the journal and on the members. */
    WRITE_THROUGH,
    /**
     * Data is in the journal. It lingers in memory to gather neighbours, so that stripes go to the members whole where they
     * can. Losing the journal and the process at the same time loses what had not left yet.
     */
    WRITE_BACK
}
