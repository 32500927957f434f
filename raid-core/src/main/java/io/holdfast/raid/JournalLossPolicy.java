package io.holdfast.raid;

/** What an array does when its journal fails while it runs. Whatever it is, nothing that was answered is lost. */
public enum JournalLossPolicy {
    /**
     * Write-back data that is not on the members yet is written out, the journal is taken out of the array, and writes go on
     * without one: the array is marked dirty while it is written to and resynced after a crash. A crash together with a lost
     * member can then damage a stripe that was being written, until the array has a journal again.
     */
    CONTINUE,

    /** As above, but no more writes are taken until the array has a journal again. Reads go on. */
    READ_ONLY,

    /** As above, and reads are refused as well. */
    STOP
}
