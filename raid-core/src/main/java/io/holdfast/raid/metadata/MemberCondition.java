package io.holdfast.raid.metadata;

/** What a device is to its array, as its superblock is to say. */
public enum MemberCondition {
    /** It has a slot and everything in it is good. */
    IN_SYNC,
    /** It has a slot and is being rebuilt: good up to an offset. */
    RECOVERING,
    /** It is being filled, to take the slot of a device that still serves it. */
    REPLACING,
    /** It waits for a slot. */
    SPARE,
    /** It failed, and its own superblock is no longer written. */
    FAULTY,
    /** It holds the journal. */
    JOURNAL
}
