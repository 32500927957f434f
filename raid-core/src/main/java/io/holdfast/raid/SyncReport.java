package io.holdfast.raid;

import java.util.List;

/**
 * What a resync, recovery, check or repair has found so far. Lists are bounded: what does not fit is counted.
 *
 * @param mismatches              where parity and data did not fit, ascending; a resync, which does not ask who is wrong,
 *                                lists none.
 * @param unlistedMismatchedBytes of every member, in places that are not listed.
 * @param leftBytes               of every member, listed or not, that did not fit and stay as they were found.
 * @param lost                    what could be neither read nor computed, ascending.
 * @param unlistedLostBytes       of every member, in places that are not listed.
 */
public record SyncReport(
        List<Mismatch> mismatches,
        long unlistedMismatchedBytes,
        long leftBytes,
        List<LostBlocks> lost,
        long unlistedLostBytes) {
    /** The most places that a list names. */
    public static final int MAX_LISTED = 1024;

    /** Of a walk that found everything as it should be. */
    public static final SyncReport NOTHING = new SyncReport(List.of(), 0, 0, List.of(), 0);

    /** Keep the lists from changing. */
    public SyncReport {
        mismatches = List.copyOf(mismatches);
        lost = List.copyOf(lost);
    }

    /** Whether something is not as it should be still: left as it was found, or lost. */
    public boolean isAnythingLeft() {
        return leftBytes > 0 || unlistedLostBytes > 0 || !lost.isEmpty();
    }
}
