package io.holdfast.raid.metadata;

import io.holdfast.raid.metadata.AssemblyPlan.JournalState;
import java.util.List;

/** What each row of {@link AssemblyDecision} says to an operator. */
final class AssemblySentences {
    private static final String LOSS =
            " What was being written when it stopped may be wrong where it has to be computed for the missing slots.";

    /** What is said when a start by force leaves parity over that nothing is rebuilt from. */
    static final String PARITY_LEFT_IN_DOUBT =
            "Parity stays in doubt until what is missing is rebuilt and the resync after that has ended; a start before then"
                    + " takes --force again.";

    /** What is said when a lost journal is given up. */
    static final String JOURNAL_GIVEN_UP =
            "The journal is given up: what only it held is lost, in stripes that nobody can name any more.";

    private AssemblySentences() {}

    /**
     * The sentence of a row.
     *
     * @param decision            the row.
     * @param missingSlots        a clause for each missing slot.
     * @param slotCount           number of slots.
     * @param journalState        how the array stands to its journal.
     * @param where               what of parity is not known to be good, with its preposition.
     * @return whole sentences; empty where other findings say it all.
     */
    static String of(
            AssemblyDecision decision,
            List<String> missingSlots,
            int slotCount,
            JournalState journalState,
            String where) {
        String present = (slotCount - missingSlots.size()) + " of " + slotCount;
        String missing = "Missing: " + String.join(", ", missingSlots) + ".";
        return switch (decision) {
            case UNSUPPORTED, CONFLICT -> "";
            case TOO_FEW ->
                "Only " + present + " members are there and in sync, not enough to start the array. " + missing;
            case INCOMPLETE ->
                "Only " + present
                        + " members are there and in sync, and the array did not know of that when it was last used; add the missing"
                        + " devices, or use --run to go on without them. " + missing;
            case JOURNAL_LOST ->
                "Not safe to assemble with missing or stale journal device, consider --force. " + journal(journalState);
            case JOURNAL_LOST_FORCED ->
                "Journal is missing or stale, starting array read only. " + journal(journalState);
            case DIRTY_DEGRADED ->
                present + " members are not enough to start the array while not clean - consider --force. " + missing
                        + LOSS;
            case DIRTY_DEGRADED_LIMITED, DIRTY_DEGRADED_READ_ONLY, DIRTY_DEGRADED_FORCED ->
                "Forced although not clean and" + " degraded. " + missing + LOSS;
            case DEGRADED_LIMITED, DEGRADED_READ_ONLY, DEGRADED -> "Degraded. " + missing;
            case DIRTY_LIMITED, DIRTY_READ_ONLY ->
                "Not clean: parity is in doubt " + where + "; data reads as it was written.";
            case DIRTY -> "Not clean: parity will be recomputed " + where + ".";
            case CLEAN_LIMITED, CLEAN_READ_ONLY, CLEAN -> "Clean, all members in sync.";
        };
    }

    private static String journal(JournalState state) {
        return state == JournalState.STALE
                ? "The journal missed updates, so what it holds may be older than what the members hold."
                : "The journal may hold what the members do not.";
    }
}
