package io.holdfast.raid.engine;

/**
 * A window whose newest content is, in part, in the log of the last run: where its pages lie there, and what their checksums
 * are. Confined to its shard's thread once that runs.
 */
final class UnreplayedWindow {
    private static final int SLOT_SHIFT = 4;
    private static final int POSITION_SHIFT = 12;
    private static final int BLOCK_MASK = (1 << SLOT_SHIFT) - 1;
    private static final int SLOT_MASK = (1 << (POSITION_SHIFT - SLOT_SHIFT)) - 1;

    final long window;
    /** Position in the log, slot and block of each page, in ascending order of position. */
    private final long[] page;

    private final int[] checksum;
    /** Some page cannot be had: nobody may see or change the window any more. */
    private boolean damaged;

    /**
     * A window.
     *
     * @param window   its number.
     * @param page     of {@link #page(long, int, int)}, ascending.
     * @param checksum of each.
     */
    UnreplayedWindow(long window, long[] page, int[] checksum) {
        this.window = window;
        this.page = page;
        this.checksum = checksum;
    }

    static long page(long position, int slot, int block) {
        return position << POSITION_SHIFT | (long) slot << SLOT_SHIFT | block;
    }

    static long position(long page) {
        return page >>> POSITION_SHIFT;
    }

    int pageCount() {
        return page.length;
    }

    /** Position in the log, in sectors. */
    long position(int index) {
        return position(page[index]);
    }

    int slot(int index) {
        return (int) page[index] >>> SLOT_SHIFT & SLOT_MASK;
    }

    int block(int index) {
        return (int) page[index] & BLOCK_MASK;
    }

    int checksum(int index) {
        return checksum[index];
    }

    boolean isDamaged() {
        return damaged;
    }

    void damaged() {
        damaged = true;
    }
}
