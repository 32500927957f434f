package io.holdfast.raid.layout;

/**
 * The geometry of an array, and the arithmetic from array offsets to members and back.
 *
 * <p>Every member holds the same number of chunks; the chunks at one member offset are a row; the array's bytes run
 * through the data chunks of row 0, then row 1, and so on. Member offsets here count from the start of a member's data
 * area. Immutable, usable by any thread; queries allocate nothing.
 */
public final class ArrayLayout {
    /** The most slots md gives an array of these levels. */
    public static final int MAX_MEMBER_COUNT = 256;
    /** The smallest chunk: one block, the unit of parity. */
    public static final int MIN_CHUNK_LENGTH = 4096;
    /** {@link #arrayOffset}'s answer for a byte of P. */
    public static final long P_CHUNK = -1;
    /** {@link #arrayOffset}'s answer for a byte of Q. */
    public static final long Q_CHUNK = -2;

    private final RaidLevel level;
    private final int algorithm;
    private final int memberCount;
    private final int dataCount;
    private final int chunkLength;
    private final int chunkShift;
    private final long memberLength;
    private final long rowCount;
    private final long arrayLength;
    private final StripeMap[] stripes;

    /**
     * A layout, with all its rows placed.
     *
     * @param level        of the array.
     * @param algorithm    number of the layout as in a superblock; ignored at level 4, as Linux does.
     * @param memberCount  slots, at most {@value #MAX_MEMBER_COUNT} and at least the level's minimum.
     * @param chunkLength  in bytes, a power of two, at least {@value #MIN_CHUNK_LENGTH}.
     * @param memberLength bytes used of each member, a positive multiple of the chunk.
     * @throws IllegalArgumentException saying which of these is impossible.
     */
    public ArrayLayout(RaidLevel level, int algorithm, int memberCount, int chunkLength, long memberLength) {
        LayoutAlgorithm placement = LayoutAlgorithm.of(level, algorithm);
        // Slot numbers are the exponents of DDF layouts, and the generator's 255th power is its 0th again.
        int maxMemberCount = placement.isDdf() ? MAX_MEMBER_COUNT - 1 : MAX_MEMBER_COUNT;
        if (memberCount < level.minMemberCount() || memberCount > maxMemberCount) {
            throw new IllegalArgumentException("memberCount=" + memberCount + " is impossible at level "
                    + level.number() + " with layout " + placement.layoutName() + ": use " + level.minMemberCount()
                    + " to " + maxMemberCount);
        }
        if (chunkLength < MIN_CHUNK_LENGTH || Integer.bitCount(chunkLength) != 1) {
            throw new IllegalArgumentException("chunkLength=" + chunkLength
                    + " is impossible: a chunk is a power of two of at least " + MIN_CHUNK_LENGTH + " bytes");
        }
        if (memberLength <= 0 || memberLength % chunkLength != 0) {
            throw new IllegalArgumentException("memberLength=" + memberLength
                    + " is impossible: a member holds at least one chunk, and only whole chunks of " + chunkLength
                    + " bytes");
        }
        this.level = level;
        this.algorithm = algorithm;
        this.memberCount = memberCount;
        this.dataCount = memberCount - level.parityCount();
        this.chunkLength = chunkLength;
        this.chunkShift = Integer.numberOfTrailingZeros(chunkLength);
        this.memberLength = memberLength;
        this.rowCount = memberLength >>> chunkShift;
        if (memberLength > Long.MAX_VALUE / dataCount) {
            throw new IllegalArgumentException("memberLength=" + memberLength + " is impossible with memberCount="
                    + memberCount + ": the array would be larger than " + Long.MAX_VALUE + " bytes");
        }
        this.arrayLength = memberLength * dataCount;
        this.stripes = new StripeMap[placement.period(memberCount)];
        for (int row = 0; row < stripes.length; row++) {
            stripes[row] = StripeMap.place(level, placement, memberCount, row);
        }
    }

    /**
     * The level.
     *
     * @return as given.
     */
    public RaidLevel level() {
        return level;
    }

    /**
     * The layout's number, as a superblock carries it.
     *
     * @return as given.
     */
    public int algorithm() {
        return algorithm;
    }

    /**
     * Slots, data and parity together.
     *
     * @return as given.
     */
    public int memberCount() {
        return memberCount;
    }

    /**
     * Data chunks in a row.
     *
     * @return {@link #memberCount()} less {@link #parityCount()}.
     */
    public int dataCount() {
        return dataCount;
    }

    /**
     * Parity chunks in a row.
     *
     * @return 1 or 2.
     */
    public int parityCount() {
        return level.parityCount();
    }

    /**
     * The length of a chunk.
     *
     * @return bytes, a power of two.
     */
    public int chunkLength() {
        return chunkLength;
    }

    /**
     * What the array uses of each member.
     *
     * @return bytes, a multiple of the chunk.
     */
    public long memberLength() {
        return memberLength;
    }

    /**
     * Rows in the array.
     *
     * @return chunks of each member.
     */
    public long rowCount() {
        return rowCount;
    }

    /**
     * The usable size of the array.
     *
     * @return bytes, a multiple of chunk times {@link #dataCount()}.
     */
    public long arrayLength() {
        return arrayLength;
    }

    /**
     * The placement of a row.
     *
     * @param row 0 or more.
     * @return the map shared by all rows so placed.
     */
    public StripeMap stripe(long row) {
        return stripes[(int) (row % stripes.length)];
    }

    /**
     * The row an array offset lies in.
     *
     * @param arrayOffset in bytes, 0 to {@link #arrayLength()} - 1.
     * @return the row.
     */
    public long row(long arrayOffset) {
        return (arrayOffset >>> chunkShift) / dataCount;
    }

    /**
     * The data chunk within its row that an array offset lies in.
     *
     * @param arrayOffset in bytes, 0 to {@link #arrayLength()} - 1.
     * @return 0 to {@link #dataCount()} - 1.
     */
    public int dataIndex(long arrayOffset) {
        return (int) ((arrayOffset >>> chunkShift) % dataCount);
    }

    /**
     * How far into its chunk an array offset lies.
     *
     * @param arrayOffset in bytes, 0 to {@link #arrayLength()} - 1.
     * @return bytes, 0 to {@link #chunkLength()} - 1.
     */
    public int offsetInChunk(long arrayOffset) {
        return (int) (arrayOffset & (chunkLength - 1));
    }

    /**
     * The slot that holds an array offset.
     *
     * @param arrayOffset in bytes, 0 to {@link #arrayLength()} - 1.
     * @return the slot.
     */
    public int slot(long arrayOffset) {
        return stripe(row(arrayOffset)).dataSlot(dataIndex(arrayOffset));
    }

    /**
     * Where on its member an array offset lies.
     *
     * @param arrayOffset in bytes, 0 to {@link #arrayLength()} - 1.
     * @return bytes from the start of the member's data area.
     */
    public long memberOffset(long arrayOffset) {
        return (row(arrayOffset) << chunkShift) + offsetInChunk(arrayOffset);
    }

    /**
     * What a member's byte is: the inverse of {@link #slot} and {@link #memberOffset}.
     *
     * @param slot         0 to {@link #memberCount()} - 1.
     * @param memberOffset in bytes from the start of the member's data area, 0 to {@link #memberLength()} - 1.
     * @return the array offset, or {@link #P_CHUNK} or {@link #Q_CHUNK}.
     */
    public long arrayOffset(int slot, long memberOffset) {
        long row = memberOffset >>> chunkShift;
        StripeMap stripe = stripe(row);
        int dataIndex = stripe.dataIndex(slot);
        if (dataIndex < 0) {
            return slot == stripe.pSlot() ? P_CHUNK : Q_CHUNK;
        }
        return ((row * dataCount + dataIndex) << chunkShift) + offsetInChunk(memberOffset);
    }

    /** Every value that makes this layout, for a log line. */
    @Override
    public String toString() {
        return "level=" + level.number() + " layout=" + algorithm + " memberCount=" + memberCount + " chunkLength="
                + chunkLength + " memberLength=" + memberLength;
    }
}
