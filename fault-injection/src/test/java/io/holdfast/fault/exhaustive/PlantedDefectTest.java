package io.holdfast.fault.exhaustive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.fault.JournalUse;
import io.holdfast.fault.exhaustive.LyingDevice.Lie;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The harness must be able to fail: each of these takes one thing away that safety rests upon. */
class PlantedDefectTest {
    private static final long SEED = 1;

    private static ExhaustiveOptions options(JournalUse journal) {
        return ExhaustiveOptions.of(5, 3, 4096, journal, 2, SEED)
                .recoveryDepth(0)
                .groupLimit(100)
                .sampleCount(20);
    }

    private static ExhaustiveOptions crashedAgain() {
        return ExhaustiveOptions.of(5, 3, 4096, JournalUse.WRITE_THROUGH, 1, SEED)
                .groupLimit(50)
                .sampleCount(5);
    }

    private static UnaryOperator<BlockDevice> lying(String namePrefix, Lie lie) {
        return device -> device.name().startsWith(namePrefix) ? new LyingDevice(device, lie) : device;
    }

    private static ExhaustiveResult run(
            ExhaustiveOptions options, UnaryOperator<BlockDevice> recordWrap, UnaryOperator<BlockDevice> recoverWrap)
            throws InterruptedException {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            return new ExhaustiveRun(options, recordWrap, recoverWrap).run(executor, System::nanoTime);
        } finally {
            executor.shutdown();
        }
    }

    private static void assertFound(ExhaustiveResult result, String what) {
        assertTrue(
                result.findings().stream().anyMatch(finding -> finding.what().contains(what)),
                () -> "nothing of the kind was found: " + what + " " + result);
    }

    @Test
    void shouldFindAJournalThatIsNotFlushed() throws InterruptedException {
        ExhaustiveResult result =
                run(options(JournalUse.WRITE_THROUGH), lying("journal", Lie.FLUSHES), UnaryOperator.identity());
        // Nothing is left to finish a stripe with that was half written: wrong parity, or lost and foreign bytes.
        assertFalse(result.findings().isEmpty(), result::toString);
    }

    @Test
    void shouldFindAJournalThatIsNotFlushedInWriteBack() throws InterruptedException {
        ExhaustiveResult result =
                run(options(JournalUse.WRITE_BACK), lying("journal", Lie.FLUSHES), UnaryOperator.identity());
        assertFound(result, "hold what they must not");
    }

    @Test
    void shouldFindAWriteOutThatDoesNotReachAMember() throws InterruptedException {
        ExhaustiveResult result =
                run(options(JournalUse.WRITE_BACK), lying("d1", Lie.DATA_WRITES), UnaryOperator.identity());
        assertFalse(result.findings().isEmpty(), result::toString);
    }

    @Test
    void shouldFindMembersThatAreNotFlushed() throws InterruptedException {
        ExhaustiveResult result = run(options(JournalUse.NONE), lying("d", Lie.FLUSHES), UnaryOperator.identity());
        assertFound(result, "hold what they must not");
    }

    @Test
    void shouldFindAReplayThatDoesNotReachAMember() throws InterruptedException {
        ExhaustiveResult result =
                run(options(JournalUse.WRITE_THROUGH), UnaryOperator.identity(), lying("d1", Lie.DATA_WRITES));
        assertFound(result, "parity does not fit");
    }

    @Test
    void shouldFindAResyncThatDoesNotReachAMember() throws InterruptedException {
        ExhaustiveResult result = run(options(JournalUse.NONE), UnaryOperator.identity(), lying("d", Lie.DATA_WRITES));
        assertFound(result, "parity does not fit");
    }

    @Test
    void shouldFindAReplayThatIsNotFlushedBeforeTheLogIsLetGo() throws InterruptedException {
        ExhaustiveResult result = run(crashedAgain(), UnaryOperator.identity(), lying("d", Lie.FLUSHES));
        assertFalse(result.findings().isEmpty(), result::toString);
        assertTrue(
                result.findings().stream().allMatch(finding -> finding.state().indexOf(StateName.NEXT) > 0));
    }

    @Test
    void shouldTellTheStoryOfAStateByItsName() throws InterruptedException {
        ExhaustiveOptions options = crashedAgain();
        ExhaustiveResult result = run(options, UnaryOperator.identity(), lying("d", Lie.FLUSHES));
        String state = result.findings().get(0).state();
        // On devices that do as they are told nothing is wrong with the same first crash.
        StateStory story = ExhaustiveRun.replay(options, state.substring(0, state.indexOf(StateName.NEXT)));
        assertTrue(story.lines().get(0).startsWith("crash at point "), story::toString);
        assertTrue(story.lines().stream().anyMatch(line -> line.startsWith("start: SERVED")), story::toString);
        assertEquals("", story.verdict());
    }
}
