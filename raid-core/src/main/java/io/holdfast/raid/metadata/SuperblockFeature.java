package io.holdfast.raid.metadata;

/** The bits of a superblock's feature map. A bit outside {@link #KNOWN} means a future nobody here knows: such an array is refused. */
public final class SuperblockFeature {
    /** A write-intent bitmap lies at the bitmap offset. */
    public static final int BITMAP = 0x1;

    /** This device has a slot but is not in sync; the recovery offset says how far it is. */
    public static final int RECOVERY_OFFSET = 0x2;

    /** A reshape is in progress and its fields are valid. */
    public static final int RESHAPE = 0x4;

    /** The bad block log of this device is not empty. */
    public static final int BAD_BLOCKS = 0x8;

    /** This device is being built to take the place of another in the same slot. */
    public static final int REPLACEMENT = 0x10;

    /** The reshape runs from the end to the beginning. */
    public static final int RESHAPE_BACKWARDS = 0x20;

    /** The data offset changes with the reshape. */
    public static final int NEW_OFFSET = 0x40;

    /** With {@link #RECOVERY_OFFSET}: the rebuild visits only what the bitmap names. */
    public static final int RECOVERY_BITMAP = 0x80;

    /** The array is shared by a cluster. */
    public static final int CLUSTERED = 0x100;

    /** The array has, and needs, a journal device. */
    public static final int JOURNAL = 0x200;

    /** The array has a partial parity log of one record per member. */
    public static final int PPL = 0x400;

    /** The array has a partial parity log of many records per member. */
    public static final int MULTIPLE_PPLS = 0x800;

    /** A level 0 array says which of two layouts it has. */
    public static final int RAID0_LAYOUT = 0x1000;

    /** Every bit that has a meaning. */
    public static final int KNOWN = 0x1fff;

    private SuperblockFeature() {}
}
