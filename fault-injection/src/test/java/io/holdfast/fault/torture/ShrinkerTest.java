package io.holdfast.fault.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.fault.JournalUse;
import io.holdfast.fault.device.HarmListener;
import io.holdfast.fault.device.LostWriteDevice;
import io.holdfast.fault.device.LyingFlushDevice;
import io.holdfast.fault.torture.Shrinker.Shrunk;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Devices that misbehave behind the harness's back: it must notice, and show it in few steps. */
class ShrinkerTest {
    private static final TortureSettings JOURNALED = TortureSettings.open()
            .faults(FaultPlan.parse("power=0.03,torn,reorder"))
            .array(5, 4, JournalUse.WRITE_THROUGH);
    private static final int MOST_STEPS = 6;

    @Test
    void shouldShowAJournalThatLiesAboutItsFlushesInAHandfulOfSteps() {
        UnaryOperator<BlockDevice> sabotage = device -> {
            LyingFlushDevice lying = new LyingFlushDevice(device);
            lying.lies(device.name().equals("journal"));
            return lying;
        };
        TortureResult failure = firstFailure(JOURNALED, sabotage);
        Shrunk shrunk = Shrinker.shrink(failure, () -> false, life(sabotage));

        assertTrue(shrunk.isFinished());
        assertSmall(shrunk);
        String story = shrunk.smallest().describe();
        assertTrue(story.contains("power loss"), story);
        assertTrue(story.contains("write"), story);
    }

    @Test
    void shouldShowAMemberThatLosesWritesInAHandfulOfSteps() {
        UnaryOperator<BlockDevice> sabotage = device -> {
            LostWriteDevice losing = new LostWriteDevice(device, HarmListener.NONE);
            losing.loseNextWrites(3, device.name().equals("d1") ? 1 : 0);
            return losing;
        };
        TortureSettings settings =
                TortureSettings.open().faults(FaultPlan.none()).array(6, 5, JournalUse.NONE);
        TortureResult failure = firstFailure(settings, sabotage);
        Shrunk shrunk = Shrinker.shrink(failure, () -> false, life(sabotage));

        assertSmall(shrunk);
        TortureResult again = TortureRun.live(shrunk.smallest().history(), true);
        assertFalse(again.isFailure(), "an honest device breaks no promise\n" + again.describe());
    }

    @Test
    void shouldLeaveItAtThatWhenTimeIsUp() {
        UnaryOperator<BlockDevice> sabotage = device -> {
            LostWriteDevice losing = new LostWriteDevice(device, HarmListener.NONE);
            losing.loseNextWrites(3, 1);
            return losing;
        };
        TortureSettings settings =
                TortureSettings.open().faults(FaultPlan.none()).array(5, 3, JournalUse.NONE);
        TortureResult failure = firstFailure(settings, sabotage);
        int[] asked = new int[1];
        Shrunk shrunk = Shrinker.shrink(failure, () -> ++asked[0] > 3, life(sabotage));
        assertFalse(shrunk.isFinished());
        assertTrue(shrunk.smallest().isFailure());
    }

    @Test
    void shouldRefuseWhatDidNotFail() {
        History history =
                HistoryGenerator.generate(1, TortureSettings.open().stepCount(1).faults(FaultPlan.none()));
        TortureResult result = TortureRun.live(history, false);
        assertThrows(IllegalArgumentException.class, () -> Shrinker.shrink(result, () -> false));
    }

    /** The command line that a failure prints gives the very history that was found. */
    private static void assertSmall(Shrunk shrunk) {
        History history = shrunk.smallest().history();
        assertTrue(shrunk.smallest().isFailure());
        assertTrue(history.steps().size() <= MOST_STEPS, () -> shrunk.smallest().describe());
        String options = history.replayOptions();
        String only = options.substring(options.indexOf("--only ") + "--only ".length());
        History replayed =
                HistoryGenerator.generate(history.seed(), history.settings()).only(StepSelection.parse(only));
        assertEquals(history.steps(), replayed.steps());
    }

    private static Shrinker.Life life(UnaryOperator<BlockDevice> sabotage) {
        return (history, isTold) -> TortureRun.live(history, isTold, () -> false, sabotage);
    }

    private static TortureResult firstFailure(TortureSettings settings, UnaryOperator<BlockDevice> sabotage) {
        for (long seed = 0; seed < 100; seed++) {
            TortureResult result = life(sabotage).live(HistoryGenerator.generate(seed, settings.stepCount(120)), false);
            // A journal whose superblock is far behind takes a log that has gone round: nothing small shows that.
            if (result.isFailure() && !result.findings().get(0).startsWith("refused")) {
                return result;
            }
        }
        throw new AssertionError("nobody noticed");
    }
}
