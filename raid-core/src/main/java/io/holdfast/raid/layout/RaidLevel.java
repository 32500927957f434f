package io.holdfast.raid.layout;

/** How many members an array can lose, and how it survives that. */
public enum RaidLevel {
    /** One parity member, always the last slot. */
    RAID4(4, 1, 2),
    /** One parity chunk a row, placed by a {@link LayoutAlgorithm}. */
    RAID5(5, 1, 2),
    /** Two parity chunks a row, P and Q, placed by a {@link LayoutAlgorithm}. */
    RAID6(6, 2, 4);

    private final int number;
    private final int parityCount;
    private final int minMemberCount;

    RaidLevel(int number, int parityCount, int minMemberCount) {
        this.number = number;
        this.parityCount = parityCount;
        this.minMemberCount = minMemberCount;
    }

    /**
     * The number by which md's superblock and mdadm's options call this level.
     *
     * @return 4, 5 or 6.
     */
    public int number() {
        return number;
    }

    /**
     * Parity chunks in each row, which is also how many members may be lost.
     *
     * @return 1 or 2.
     */
    public int parityCount() {
        return parityCount;
    }

    /**
     * The fewest slots an array of this level has.
     *
     * @return 2 for levels 4 and 5, 4 for level 6.
     */
    public int minMemberCount() {
        return minMemberCount;
    }

    /**
     * The level with a number.
     *
     * @param number as in a superblock.
     * @return the level.
     * @throws IllegalArgumentException when the number is not 4, 5 or 6.
     */
    public static RaidLevel of(int number) {
        return switch (number) {
            case 4 -> RAID4;
            case 5 -> RAID5;
            case 6 -> RAID6;
            default -> throw new IllegalArgumentException("level=" + number + " is not a parity level: use 4, 5 or 6");
        };
    }
}
