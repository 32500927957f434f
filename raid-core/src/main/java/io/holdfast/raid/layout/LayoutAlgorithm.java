package io.holdfast.raid.layout;

/**
 * The ways md rotates parity and data over the slots, by md's numbers and mdadm's names.
 *
 * <p>The numbers 6, 7 and 11 to 15 are unused. A number means the same at every level that has it, but the names of the
 * three DDF layouts do not: at level 5 they are other names for three classic algorithms, at level 6 they are algorithms
 * of their own. Level 4 has no choice: its layout number is carried in the superblock and ignored.
 */
public enum LayoutAlgorithm {
    /** P moves down from the last slot; data fills the other slots in ascending order. */
    LEFT_ASYMMETRIC(0, "left-asymmetric"),
    /** P moves up from slot 0; data fills the other slots in ascending order. */
    RIGHT_ASYMMETRIC(1, "right-asymmetric"),
    /** P moves down from the last slot; data starts after the parity and wraps. The default. */
    LEFT_SYMMETRIC(2, "left-symmetric"),
    /** P moves up from slot 0; data starts after the parity and wraps. */
    RIGHT_SYMMETRIC(3, "right-symmetric"),
    /** Parity always in the first slots. */
    PARITY_FIRST(4, "parity-first"),
    /** Parity always in the last slots. */
    PARITY_LAST(5, "parity-last"),
    /** Level 6 only: as right-asymmetric, with Q exponents that are slot numbers. */
    DDF_ZERO_RESTART(8, "ddf-zero-restart"),
    /** Level 6 only: Q moves down from slot 0, P before it, data ascending; Q exponents are slot numbers. */
    DDF_N_RESTART(9, "ddf-N-restart"),
    /** Level 6 only: P moves down, Q just before it, data after P; Q exponents are slot numbers. */
    DDF_N_CONTINUE(10, "ddf-N-continue"),
    /** Level 6 only: left-asymmetric of level 5 over all slots but the last, which is Q. */
    LEFT_ASYMMETRIC_6(16, "left-asymmetric-6"),
    /** Level 6 only: right-asymmetric of level 5 over all slots but the last, which is Q. */
    RIGHT_ASYMMETRIC_6(17, "right-asymmetric-6"),
    /** Level 6 only: left-symmetric of level 5 over all slots but the last, which is Q. */
    LEFT_SYMMETRIC_6(18, "left-symmetric-6"),
    /** Level 6 only: right-symmetric of level 5 over all slots but the last, which is Q. */
    RIGHT_SYMMETRIC_6(19, "right-symmetric-6"),
    /** Level 6 only: P in the first slot, Q in the last. */
    PARITY_FIRST_6(20, "parity-first-6");

    /** What a new array of level 5 or 6 gets when nobody chose. */
    public static final LayoutAlgorithm DEFAULT = LEFT_SYMMETRIC;

    private static final LayoutAlgorithm[] ALGORITHMS = values();

    private final int number;
    private final String layoutName;

    LayoutAlgorithm(int number, String layoutName) {
        this.number = number;
        this.layoutName = layoutName;
    }

    /**
     * The number in a superblock's layout field.
     *
     * @return 0 to 5, 8 to 10, or 16 to 20.
     */
    public int number() {
        return number;
    }

    /**
     * The name by which mdadm takes and prints this layout.
     *
     * @return the long name, in mdadm's spelling.
     */
    public String layoutName() {
        return layoutName;
    }

    /**
     * Whether an array of a level can be laid out so. For level 4 only {@link #PARITY_LAST} is: the place its parity
     * always has.
     *
     * @param level of the array.
     * @return true when md knows the combination.
     */
    public boolean isValidFor(RaidLevel level) {
        return switch (level) {
            case RAID4 -> this == PARITY_LAST;
            case RAID5 -> number <= PARITY_LAST.number;
            case RAID6 -> true;
        };
    }

    /**
     * The algorithm behind a superblock's level and layout number.
     *
     * @param level  of the array.
     * @param number of the layout; ignored at level 4, as Linux does.
     * @return the algorithm; {@link #PARITY_LAST} for level 4.
     * @throws IllegalArgumentException when the level has no such layout.
     */
    public static LayoutAlgorithm of(RaidLevel level, int number) {
        if (level == RaidLevel.RAID4) {
            return PARITY_LAST;
        }
        for (LayoutAlgorithm algorithm : ALGORITHMS) {
            if (algorithm.number == number && algorithm.isValidFor(level)) {
                return algorithm;
            }
        }
        throw new IllegalArgumentException("layout=" + number + " does not exist at level " + level.number()
                + (level == RaidLevel.RAID5 ? ": use 0 to 5" : ": use 0 to 5, 8 to 10, or 16 to 20"));
    }

    /**
     * The algorithm an operator named, by any name mdadm takes: the long name, {@code la ra ls rs}, or {@code default}.
     *
     * @param level of the array.
     * @param name  exactly as mdadm spells it; case matters.
     * @return the algorithm; at level 5 the DDF names give the classic algorithm they mean there.
     * @throws IllegalArgumentException when the name means nothing at that level, or the level has no choice.
     */
    public static LayoutAlgorithm named(RaidLevel level, String name) {
        if (level == RaidLevel.RAID4) {
            throw new IllegalArgumentException("layout not meaningful for raid4 arrays.");
        }
        LayoutAlgorithm algorithm = byName(name);
        if (algorithm != null && level == RaidLevel.RAID5) {
            algorithm = algorithm.asClassic();
        }
        if (algorithm == null || !algorithm.isValidFor(level)) {
            throw new IllegalArgumentException("layout " + name + " not understood for raid" + level.number() + ".");
        }
        return algorithm;
    }

    /**
     * How a report prints a layout number: its name, or what mdadm prints for a number it does not know.
     *
     * @param level  of the array.
     * @param number of the layout, as found on a disk: any value.
     * @return the long name, or {@code -unknown-}.
     */
    public static String nameOf(RaidLevel level, int number) {
        for (LayoutAlgorithm algorithm : ALGORITHMS) {
            if (algorithm.number == number && algorithm.isValidFor(level)) {
                return algorithm.layoutName;
            }
        }
        return "-unknown-";
    }

    /** Whether the Q exponent of a data slot is its slot number, holes and all. */
    boolean isDdf() {
        return this == DDF_ZERO_RESTART || this == DDF_N_RESTART || this == DDF_N_CONTINUE;
    }

    /** Whether this is a layout of level 5 with Q added as the last slot. */
    boolean isLevel5PlusQ() {
        return number >= LEFT_ASYMMETRIC_6.number;
    }

    /** After how many rows the placement repeats. */
    int period(int memberCount) {
        return switch (this) {
            case PARITY_FIRST, PARITY_LAST, PARITY_FIRST_6 -> 1;
            default -> isLevel5PlusQ() ? memberCount - 1 : memberCount;
        };
    }

    private static LayoutAlgorithm byName(String name) {
        return switch (name) {
            case "default" -> DEFAULT;
            case "la" -> LEFT_ASYMMETRIC;
            case "ra" -> RIGHT_ASYMMETRIC;
            case "ls" -> LEFT_SYMMETRIC;
            case "rs" -> RIGHT_SYMMETRIC;
            default -> byLayoutName(name);
        };
    }

    private static LayoutAlgorithm byLayoutName(String name) {
        for (LayoutAlgorithm algorithm : ALGORITHMS) {
            if (algorithm.layoutName.equals(name)) {
                return algorithm;
            }
        }
        return null;
    }

    private LayoutAlgorithm asClassic() {
        return switch (this) {
            case DDF_ZERO_RESTART -> RIGHT_ASYMMETRIC;
            case DDF_N_RESTART -> LEFT_ASYMMETRIC;
            case DDF_N_CONTINUE -> LEFT_SYMMETRIC;
            default -> this;
        };
    }
}
