package io.holdfast.raid.metadata;

/** Why a block that has the magic number of a superblock cannot be believed. */
public enum SuperblockDefect {
    /** It says that it lies elsewhere: a leftover, or the device was resized. */
    SUPER_OFFSET,
    /** Its table of roles would not fit. */
    MAX_DEV,
    /** The device's own number is one that no table of roles has. */
    DEVICE_NUMBER,
    /** The checksum is wrong. */
    CHECKSUM,
    /** A feature bit that nobody here knows, or that contradicts the rest. */
    FEATURE,
    /** Bytes that must be zero are not. */
    PAD,
    /** The room for data is less than nothing, or more than the device has. */
    DATA_SIZE,
    /** Data would begin outside the device, on top of the superblock, or in the middle of a block of the device. */
    DATA_OFFSET,
    /** The bad block log is said to be in use but cannot be there. */
    BAD_BLOCK_LOG,
    /** More slots than there can be, or too few for the level. */
    RAID_DISKS,
    /** The chunk is not a power of two of at least 4 KiB. */
    CHUNK,
    /** No such layout at this level. */
    LAYOUT,
    /** The members would have to be larger than this device, or than anything. */
    SIZE,
    /** The device holds a journal, but the array has none. */
    JOURNAL_ROLE
}
