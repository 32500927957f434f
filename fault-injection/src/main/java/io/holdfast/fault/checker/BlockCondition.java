package io.holdfast.fault.checker;

/** What a block turned out to be. */
public enum BlockCondition {
    /** What was promised, or of writes in doubt any that were asked for. */
    GOOD("good"),
    /** The last write that had to be there left no trace: the block is as it was just before. */
    LOST("lost"),
    /** Contents from further back. */
    STALE("stale"),
    /** A write that had to be there as a whole is there in part, or sectors of one logical block differ. */
    TORN("torn"),
    /** Contents that were written to another place. */
    MISDIRECTED("misdirected"),
    /** Contents of ours whose checksum is wrong. */
    CORRUPT("corrupt"),
    /** Bytes that this run never wrote there. */
    FOREIGN("foreign"),
    /** The device reported an error. */
    UNREADABLE("unreadable");

    private final String word;

    BlockCondition(String word) {
        this.word = word;
    }

    /** The condition as people write it. */
    public String word() {
        return word;
    }
}
