package io.holdfast.fault.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.holdfast.fault.JournalUse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TortureRunTest {
    @Test
    void shouldLiveTheSameHistoryTwiceForTheSameSeed() {
        for (int seed = 0; seed < 3; seed++) {
            History history =
                    HistoryGenerator.generate(seed, TortureSettings.open().faults(FaultPlan.parse("all")));
            TortureResult first = TortureRun.live(history, true);
            TortureResult second = TortureRun.live(HistoryGenerator.generate(seed, history.settings()), true);
            assertEquals(first.story(), second.story());
            assertEquals(first.traceHash(), second.traceHash());
            assertFalse(first.isFailure(), first::describe);
        }
    }

    /**
     * A journal was asked for while shards were still to be told that the loss of the last one was over. They were taken to hold their
     * writes for the new one, and did not: the array was called dirty by those, and never clean again, so that it did not stop.
     */
    @Test
    void shouldComeToAnEndWhenAJournalIsTakenRightAfterOneWasLost() {
        History history = HistoryGenerator.generate(9000479, TortureSettings.open())
                .only(StepSelection.parse("53,57:16384,60,61,62:1,63:1,64:1,65"));
        TortureResult result = TortureRun.live(history, false);
        assertFalse(result.isFailure(), result::describe);
    }

    /**
     * An array of level 6 without a journal was started by force with one member missing, and called clean: the member was
     * rebuilt from some of the parity, and the rest was left as the crash had left it.
     */
    @Test
    void shouldMakeAllParityFitAfterAStartByForce() {
        History history = HistoryGenerator.generate(98, TortureSettings.open().array(0, 0, JournalUse.NONE));
        TortureResult result = TortureRun.live(history, false);
        assertFalse(result.isFailure(), result::describe);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldKeepItsPromisesWithABitmap(long seed) {
        History history = HistoryGenerator.generate(seed, TortureSettings.open().array(0, 0, JournalUse.BITMAP));
        TortureResult result = TortureRun.live(history, false);
        assertFalse(result.isFailure(), result::describe);
    }

    /** A write failed where a block could not be read and a resync was still to come, although a read of it was answered. */
    @Test
    void shouldWriteBesideAnUnreadableBlockBeforeAResync() {
        assertLived(70007, TortureSettings.open(), "");
    }

    /** An array with its journal, and a resync to come, was refused for lacking a member. */
    @Test
    void shouldStartWithItsJournalThoughAResyncIsDue() {
        assertLived(70141, TortureSettings.open(), "");
    }

    /** What a journal answered after it was given up was heard by nobody, so that nothing ever came to rest. */
    @Test
    void shouldHearLateAnswersOfAJournalThatWasGivenUp() {
        assertLived(80137, TortureSettings.open(), "113:1,115,117");
    }

    /** A write waited for its region's bit, and meanwhile the array was called clean for want of writes, and so on for ever. */
    @Test
    void shouldNotTakeTheDirtyMarkFromUnderAWriteThatWaitsForABit() {
        assertLived(
                300579,
                TortureSettings.open().array(0, 0, JournalUse.BITMAP),
                "175-178,183,184,228-231,236-242,260-279");
    }

    private static void assertLived(long seed, TortureSettings settings, String steps) {
        History history = HistoryGenerator.generate(seed, settings);
        TortureResult result =
                TortureRun.live(steps.isEmpty() ? history : history.only(StepSelection.parse(steps)), false);
        assertFalse(result.isFailure(), result::describe);
    }
}
