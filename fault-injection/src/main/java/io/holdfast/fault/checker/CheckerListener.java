package io.holdfast.fault.checker;

/** Told of what a checker meets, on its loop's thread. */
public interface CheckerListener {
    /**
     * A block is not what was promised.
     *
     * @param finding what is wrong with it.
     */
    default void onFinding(BlockFinding finding) {}

    /**
     * A stage of the run begins, or has come a little further.
     *
     * @param report the numbers so far.
     */
    default void onProgress(CheckerReport report) {}
}
