package io.holdfast.raid;

/** What an array does when its journal fails while it runs. Whatever it is, nothing that was answered is lost. */
public enum JournalLossPolicy {
    /**
     * Write-back data that is not on the members yet is written out, the journal is taken out of the array, and writes go on
     * without one: the array is marked dirty while it is written to and resynced after a crash. A crash together with a lost
     * member can then damage a stripe that was being written, until the array has a journal again.
     */
    CONTINUE(0),

    /** As above, but no more writes are taken until the array has a journal again. Reads go on. */
    READ_ONLY(1),

    /** As above, and reads are refused as well. */
    STOP(2);

    private final int code;

    JournalLossPolicy(int code) {
        this.code = code;
    }

    /** The number by which it is noted on disk. */
    public int code() {
        return code;
    }

    /**
     * The policy that is noted on disk by a number.
     *
     * @param code any number.
     * @return the policy; {@link #CONTINUE} for a number that means nothing.
     */
    public static JournalLossPolicy of(int code) {
        for (JournalLossPolicy policy : values()) {
            if (policy.code == code) {
                return policy;
            }
        }
        return CONTINUE;
    }
}
