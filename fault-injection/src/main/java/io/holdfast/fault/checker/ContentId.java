package io.holdfast.fault.checker;

/**
 * Names the contents that one write gave a place: the version of the write, and whether they are zeroes, which cannot say
 * themselves what they are. Ids grow with versions.
 */
final class ContentId {
    /** Contents that nobody knows: whatever was there before. */
    static final long ANYTHING = 0;

    /** No contents that any write gave this place. */
    static final long NONE = -1;

    private ContentId() {}

    static long of(long version, boolean isZeroes) {
        return version << 1 | (isZeroes ? 1 : 0);
    }

    static boolean isZeroes(long id) {
        return id != NONE && (id & 1) != 0;
    }

    static long version(long id) {
        return id >>> 1;
    }

    /** For people. */
    static String name(long id) {
        return id == ANYTHING
                ? "what was there before"
                : (isZeroes(id) ? "zeroes of version " : "version ") + version(id);
    }
}
