package io.holdfast.fault.torture;

import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.JournalUse;
import io.holdfast.raid.JournalLossPolicy;
import java.util.List;

/**
 * What happens to one array, step by step.
 *
 * @param seed          it was drawn from.
 * @param settings      it was drawn with.
 * @param shape         of the array.
 * @param journal       whether there is one, and what writes wait for.
 * @param onJournalLoss what the array does when it is lost.
 * @param journalLength bytes of log, where there is one.
 * @param faults        that are injected.
 * @param drawn         every step as drawn.
 * @param steps         those that are lived: some or all of {@code drawn}, in that order, perhaps shortened.
 */
public record History(
        long seed,
        TortureSettings settings,
        ArrayShape shape,
        JournalUse journal,
        JournalLossPolicy onJournalLoss,
        long journalLength,
        FaultPlan faults,
        List<Step> drawn,
        List<Step> steps) {
    /** Takes the lists as they are. */
    public History {
        drawn = List.copyOf(drawn);
        steps = List.copyOf(steps);
    }

    /** The same history with only some of its steps. */
    History with(List<Step> kept) {
        return new History(seed, settings, shape, journal, onJournalLoss, journalLength, faults, drawn, kept);
    }

    /**
     * The same history with only some of its steps.
     *
     * @param selection of them.
     */
    public History only(StepSelection selection) {
        return with(selection.select(drawn));
    }

    /** Whether the array goes on without its journal, and takes writes, when that is lost. */
    boolean isJournalDispensable() {
        return journal.isJournaled() && onJournalLoss == JournalLossPolicy.CONTINUE;
    }

    /** Bytes that are old or new as a whole after a crash. */
    int unitLength() {
        return isJournalDispensable() ? shape.logicalBlockLength() : shape.unitLength();
    }

    /** The options of the command that replays it. */
    public String replayOptions() {
        boolean isWhole = steps.equals(drawn);
        return "--seed " + seed + " " + settings.describe()
                + (isWhole ? "" : " --only " + StepSelection.of(steps, drawn));
    }
}
