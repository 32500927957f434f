package io.holdfast.raid.layout;

/**
 * Which slot holds what in one row: P, Q, and each data chunk with its Q exponent.
 *
 * <p>Immutable; one instance serves every row with the same placement. {@link ArrayLayout#stripe} hands them out.
 */
public final class StripeMap {
    private static final int NONE = -1;

    private final int pSlot;
    private final int qSlot;
    private final int[] slotByDataIndex;
    private final int[] dataIndexBySlot;
    private final int[] exponentBySlot;

    private StripeMap(int pSlot, int qSlot, int[] slotByDataIndex, int[] dataIndexBySlot, int[] exponentBySlot) {
        this.pSlot = pSlot;
        this.qSlot = qSlot;
        this.slotByDataIndex = slotByDataIndex;
        this.dataIndexBySlot = dataIndexBySlot;
        this.exponentBySlot = exponentBySlot;
    }

    /**
     * Place one row.
     * <p>
     * Every algorithm is one of two walks. Asymmetric and fixed ones hand out the slots that are not parity from 0
     * upwards. Symmetric ones start after the last parity slot of the pair (after P, where Q lies elsewhere) and wrap.
     *
     * @param level       of the array.
     * @param algorithm   valid for the level.
     * @param memberCount slots in the row.
     * @param row         number of the row within one period.
     */
    static StripeMap place(RaidLevel level, LayoutAlgorithm algorithm, int memberCount, int row) {
        boolean hasQ = level == RaidLevel.RAID6;
        // The slots that parity rotates over: with Q bolted on as the last slot, the others are a level-5 array.
        int width = algorithm.isLevel5PlusQ() ? memberCount - 1 : memberCount;
        int up = row % width;
        int down = width - 1 - up;

        int p =
                switch (algorithm) {
                    case LEFT_ASYMMETRIC, LEFT_SYMMETRIC, LEFT_ASYMMETRIC_6, LEFT_SYMMETRIC_6, DDF_N_CONTINUE -> down;
                    case RIGHT_ASYMMETRIC, RIGHT_SYMMETRIC, RIGHT_ASYMMETRIC_6, RIGHT_SYMMETRIC_6, DDF_ZERO_RESTART ->
                        up;
                    case DDF_N_RESTART -> width - 1 - (row + 1) % width;
                    case PARITY_FIRST, PARITY_FIRST_6 -> 0;
                    case PARITY_LAST -> memberCount - level.parityCount();
                };
        int q = NONE;
        if (hasQ) {
            if (algorithm.isLevel5PlusQ()) {
                q = memberCount - 1;
            } else if (algorithm == LayoutAlgorithm.DDF_N_CONTINUE) {
                q = (p + memberCount - 1) % memberCount;
            } else {
                q = (p + 1) % memberCount;
            }
        }
        int firstSlot =
                switch (algorithm) {
                    case LEFT_SYMMETRIC, RIGHT_SYMMETRIC -> (hasQ ? q : p) + 1;
                    case LEFT_SYMMETRIC_6, RIGHT_SYMMETRIC_6, DDF_N_CONTINUE -> p + 1;
                    default -> 0;
                };

        int[] slotByDataIndex = new int[memberCount - level.parityCount()];
        int[] dataIndexBySlot = new int[memberCount];
        dataIndexBySlot[p] = NONE;
        if (hasQ) {
            dataIndexBySlot[q] = NONE;
        }
        int dataIndex = 0;
        for (int i = 0; i < width; i++) {
            int slot = (firstSlot + i) % width;
            if (slot != p && slot != q) {
                slotByDataIndex[dataIndex] = slot;
                dataIndexBySlot[slot] = dataIndex++;
            }
        }
        return new StripeMap(p, q, slotByDataIndex, dataIndexBySlot, exponents(algorithm, memberCount, p, q));
    }

    /** Exponents count data slots from the one after Q, wrapping; DDF counts every slot from 0, parity included. */
    private static int[] exponents(LayoutAlgorithm algorithm, int memberCount, int p, int q) {
        int[] exponentBySlot = new int[memberCount];
        int next = 0;
        for (int i = 0; i < memberCount; i++) {
            int slot = (q + 1 + i) % memberCount;
            if (q == NONE || slot == p || slot == q) {
                exponentBySlot[slot] = NONE;
            } else {
                exponentBySlot[slot] = algorithm.isDdf() ? slot : next++;
            }
        }
        return exponentBySlot;
    }

    /**
     * Where P is.
     *
     * @return a slot.
     */
    public int pSlot() {
        return pSlot;
    }

    /**
     * Where Q is.
     *
     * @return a slot, or -1 at levels without Q.
     */
    public int qSlot() {
        return qSlot;
    }

    /**
     * Where a data chunk is.
     *
     * @param dataIndex of the chunk within the row, 0 to {@link #dataCount()} - 1, in the order of array offsets.
     * @return a slot.
     */
    public int dataSlot(int dataIndex) {
        return slotByDataIndex[dataIndex];
    }

    /**
     * Which data chunk a slot holds.
     *
     * @param slot 0 to {@link #slotCount()} - 1.
     * @return its index within the row, or -1 when the slot holds parity.
     */
    public int dataIndex(int slot) {
        return dataIndexBySlot[slot];
    }

    /**
     * The power of the generator that a data slot is multiplied by in Q.
     *
     * @param slot 0 to {@link #slotCount()} - 1.
     * @return 0 to {@link #slotCount()} - 1 and different for every data slot; -1 when the slot holds parity or the
     *     level has no Q.
     */
    public int exponent(int slot) {
        return exponentBySlot[slot];
    }

    /**
     * Members in the array.
     *
     * @return data and parity slots together.
     */
    public int slotCount() {
        return dataIndexBySlot.length;
    }

    /**
     * Data chunks in the row.
     *
     * @return {@link #slotCount()} less the parity chunks.
     */
    public int dataCount() {
        return slotByDataIndex.length;
    }

    /** One letter or number a slot, as layouts are drawn: {@code 1 2 P Q 0}. */
    @Override
    public String toString() {
        StringBuilder row = new StringBuilder();
        for (int slot = 0; slot < slotCount(); slot++) {
            row.append(slot == 0 ? "" : " ");
            if (slot == pSlot) {
                row.append('P');
            } else if (slot == qSlot) {
                row.append('Q');
            } else {
                row.append(dataIndexBySlot[slot]);
            }
        }
        return row.toString();
    }
}
