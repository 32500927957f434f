package io.holdfast.raid.metadata;

/** What an entry of a superblock's table of roles can say: a slot, from 0 to {@link #MAX_SLOT_COUNT} - 1, or one of three special values. */
public final class Role {
    /** Exclusive bound of the values that are slots. */
    public static final int MAX_SLOT_COUNT = 0xff00;

    /** The device holds the journal. */
    public static final int JOURNAL = 0xfffd;

    /** The device failed. */
    public static final int FAULTY = 0xfffe;

    /** The device is a spare, or there is no device of this number. */
    public static final int SPARE = 0xffff;

    private Role() {}

    /**
     * Whether a role is a slot.
     *
     * @param role 0 to 0xffff.
     * @return true for a slot of the array.
     */
    public static boolean isSlot(int role) {
        return role < MAX_SLOT_COUNT;
    }

    /**
     * A role for people.
     *
     * @param role 0 to 0xffff.
     * @return "slot 2", "journal", "faulty" or "spare".
     */
    public static String describe(int role) {
        return switch (role) {
            case JOURNAL -> "journal";
            case FAULTY -> "faulty";
            case SPARE -> "spare";
            default -> "slot " + role;
        };
    }
}
