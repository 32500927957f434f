package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.OperationKind;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.Survival;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every write and every flush of a small life, from the start of the array to its stop, fails on every device in turn: once,
 * or from then on; having been done all the same, or not.
 *
 * <p>At the moment of each answer that comes after the failure the power fails too, and all devices come back, the one that
 * failed among them, with a superblock that may still call it good. What was answered must be there, and parity fit: so the
 * survivors' superblocks knew of the failure before the answer.
 */
class FailingOperationScenarioTest {
    private static final int CHUNK = 8192;
    private static final int BLOCK = Scene.BLOCK;
    private static final Aftermath AFTERMATH = new Aftermath();

    @ParameterizedTest
    @CsvSource({"4, false", "4, true", "5, false", "5, true", "6, false", "6, true"})
    void shouldKeepWhatWasAnsweredWhicheverWriteFails(int level, boolean isJournaled) {
        Snapshot made = make(level, isJournaled);
        int failures = failEach(made, NthFaultDevice.WRITES, false, false, IoStatus.MEDIA_ERROR)
                + failEach(made, NthFaultDevice.WRITES, true, true, IoStatus.NO_SPACE);
        assertTrue(failures > 30, "failures=" + failures);
    }

    @ParameterizedTest
    @CsvSource({"4, false", "4, true", "5, false", "5, true", "6, false", "6, true"})
    void shouldTrustNothingThatAFailedFlushWasToMakeDurable(int level, boolean isJournaled) {
        Snapshot made = make(level, isJournaled);
        int failures = failEach(made, NthFaultDevice.FLUSHES, false, false, IoStatus.MEDIA_ERROR);
        assertTrue(failures > 10, "failures=" + failures);
    }

    private static Snapshot make(int level, boolean isJournaled) {
        return Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 2, isJournaled, 512, 1, true), 0, 256 * 1024);
    }

    /** How many operations there were to fail. */
    private static int failEach(
            Snapshot made, Predicate<OperationKind> kinds, boolean isForGood, boolean isDone, IoStatus error) {
        int failures = 0;
        for (int device = 0; device < made.contents().size(); device++) {
            boolean wasHit = true;
            for (int nth = 0; wasHit; nth++) {
                wasHit = failOne(made, device, kinds, nth, isForGood, isDone, error);
                failures += wasHit ? 1 : 0;
            }
        }
        return failures;
    }

    private static boolean failOne(
            Snapshot made,
            int failing,
            Predicate<OperationKind> kinds,
            int nth,
            boolean isForGood,
            boolean isDone,
            IoStatus error) {
        String what = made.shape() + " device=" + failing + " nth=" + nth + " isForGood=" + isForGood;
        boolean isJournal = failing == made.journalIndex();
        Scene scene = Scene.of(made, 3);
        NthFaultDevice[] faulty = new NthFaultDevice[1];
        List<Snapshot> images = new ArrayList<>();
        boolean isStopped = false;
        try {
            scene.start(device -> {
                if (device.name().equals("d" + failing)) {
                    faulty[0] = new NthFaultDevice(device, kinds, nth, isForGood, isDone, error);
                    return faulty[0];
                }
                return device;
            });
            isStopped = live(scene, faulty[0], images, isJournal, what);
        } catch (DeviceException | ArrayException e) {
            assertTrue(isJournal, () -> what + ": an array does without a member: " + e);
        }
        for (Snapshot image : images) {
            AFTERMATH.judge(image, Set.of(), !made.shape().isJournaled() || isJournal, what + " found after an answer");
        }
        if (!isStopped) {
            scene.crash(Cut.POWER, Survival.NONE);
        }
        boolean isMissed = faulty[0].errorCount() > 0 && !isJournal;
        scene.start(scene.context(device -> device).force(isJournal));
        assertEquals(0, scene.events().count("syncStarted RECOVERY"), what);
        assertEquals(
                isMissed,
                !scene.array().state().slots().get(Math.min(failing, 3)).inSync(),
                what);
        assertTrue(scene.settle(), what);
        scene.assertAllThere(what);
        return faulty[0].errorCount() > 0;
    }

    private static boolean live(
            Scene scene, NthFaultDevice faulty, List<Snapshot> images, boolean isJournal, String what) {
        int row = CHUNK * scene.layout().dataCount();
        scene.onAnswer(() -> {
            if (faulty.errorCount() > 0 && images.size() < 3) {
                images.add(scene.image(Cut.POWER, Survival.NONE));
            }
        });
        List<Answer> answers = new ArrayList<>();
        answers.add(scene.submitWrite(512, Scene.bytes(1, BLOCK), false));
        scene.await(answers.get(0));
        answers.add(scene.submitWrite(CHUNK, Scene.bytes(2, row), true));
        answers.add(scene.submitWrite(row + 2000, Scene.bytes(3, 3 * BLOCK), false));
        answers.add(scene.submitZeroes(row - BLOCK, BLOCK));
        answers.forEach(scene::await);
        answers.add(scene.submitFlush());
        scene.await(answers.get(answers.size() - 1));
        assertTrue(scene.settle(), what);
        // Long enough to be marked clean.
        scene.simulation().clock().advanceNs(1_000_000_000);
        assertTrue(scene.settle(), what);
        for (Answer answer : answers) {
            assertTrue(
                    answer.status == IoStatus.OK || (isJournal && answer.status == IoStatus.READ_ONLY),
                    () -> what + " status=" + answer.status);
        }
        scene.assertAllThere(what + " while it runs");
        boolean wasHit = faulty.errorCount() > 0;
        Condition expected = !wasHit ? Condition.HEALTHY : isJournal ? Condition.READ_ONLY : Condition.DEGRADED;
        assertEquals(expected, scene.condition(), what);
        assertEquals(wasHit && !isJournal ? 1 : 0, failedMembers(scene), () -> what + scene.events());
        scene.stop();
        return true;
    }

    private static int failedMembers(Scene scene) {
        // A member that failed while the array was started is told of in its description.
        long told = scene.events().count("memberFailed");
        long dropped = scene.array().state().slots().stream()
                .filter(slot -> slot.deviceName().isEmpty())
                .count();
        assertTrue(told <= dropped);
        return (int) dropped;
    }
}
