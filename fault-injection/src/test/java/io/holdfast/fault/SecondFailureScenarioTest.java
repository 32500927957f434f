package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.fault.device.Survival;
import io.holdfast.fault.device.VanishingDevice;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState.Condition;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A second device goes while the first is being rebuilt, at every boundary in turn: level 6 goes on and rebuilds what it
 * can; levels 4 and 5 stop, write nothing more, and are as they were when the device comes back.
 */
class SecondFailureScenarioTest {
    private static final int CHUNK = 4096;
    private static final int MISSING = 1;
    private static final int SPARE = 4;
    private static final Aftermath AFTERMATH = new Aftermath();
    private static final int STRIDE = Scene.stride(7);

    @ParameterizedTest
    @CsvSource({
        "4, false, 0",
        "4, true, 2",
        "4, true, 4",
        "5, false, 2",
        "5, true, 0",
        "5, true, 3",
        "5, false, 4",
        "6, false, 0",
        "6, true, 2",
        "6, true, 3",
        "6, false, 4"
    })
    void shouldLoseAnotherWhileItRebuilds(int level, boolean isJournaled, int second) {
        Snapshot made = Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 4, isJournaled, 512, 1, true), 1, 256 * 1024);
        int hitCount = 0;
        boolean isOver = false;
        for (int boundary = second % STRIDE; !isOver; boundary += STRIDE) {
            Map<String, VanishingDevice> devices = new TreeMap<>();
            Scene scene = Scene.of(made, boundary);
            scene.absent().add(MISSING);
            boolean[] isReached = new boolean[1];
            scene.atBoundary(boundary, () -> {
                isReached[0] = true;
                devices.get("d" + second).vanish();
            });
            String what = made.shape() + " second=" + second + " boundary=" + boundary;
            try {
                scene.start(device -> {
                    VanishingDevice vanishing = new VanishingDevice(device);
                    devices.put(device.name(), vanishing);
                    return vanishing;
                });
                hitCount += live(scene, second, what) ? 1 : 0;
            } catch (ArrayException e) {
                assertTrue(level != 6 && second != SPARE, () -> what + " did not start: " + e);
            }
            isOver = !isReached[0];

            // All are back but the one that was missing from the start.
            scene.crash(Cut.POWER, Survival.NONE);
            AFTERMATH.judge(scene.snapshot(), Set.of(MISSING), what + " when it is back");
        }
        assertTrue(hitCount > 0, "the second failure was meant to fall into the rebuild: hitCount=" + hitCount);
    }

    /** Returns whether the second device was missed before the first was rebuilt. */
    private static boolean live(Scene scene, int second, String what) {
        Answer answer = scene.submitWrite(3000, Scene.bytes(1, 2 * CHUNK), true);
        scene.await(answer);
        boolean isQuiet = scene.settle();
        assertTrue(isQuiet, what);
        boolean isFailed = scene.condition() == Condition.FAILED;
        assertEquals(isFailed ? 1 : 0, scene.events().count("arrayFailed"), what);
        if (isFailed) {
            assertTrue(scene.shape().level() != 6 && second != SPARE, what);
            assertWritesNothing(scene, what);
            return true;
        }
        // In the last moments of a rebuild a write may still find too little to go by, and say so; no more than that.
        assertTrue(
                answer.status == IoStatus.OK
                        || (scene.shape().level() != 6 && second != SPARE && answer.status == IoStatus.MEDIA_ERROR),
                () -> what + " status=" + answer.status + scene.events());
        assertEquals(List.of(), scene.oracle().judge(scene.readAll(), Set.of()), what);
        // The only spare fills the first empty slot.
        boolean isRebuilt = scene.array().state().slots().stream()
                .anyMatch(slot -> slot.inSync() && slot.deviceName().equals("d" + SPARE));
        boolean isMissed = scene.events().count("memberFailed d" + second) > 0;
        if (second == SPARE) {
            assertFalse(isMissed && isRebuilt && scene.condition() == Condition.HEALTHY, what);
        } else if (scene.shape().level() == 6) {
            assertTrue(isRebuilt, () -> what + scene.events());
        }
        return isMissed;
    }

    private static void assertWritesNothing(Scene scene, String what) {
        List<SparseContents> before = scene.contents();
        Answer write = scene.submitWrite(0, Scene.bytes(2, 3 * CHUNK), false);
        assertEquals(IoStatus.GONE, scene.await(write), what);
        scene.submitFlush();
        scene.simulation().clock().advanceNs(1_000_000_000);
        assertTrue(scene.settle(), what);
        // What can still be read is right.
        byte[] found = new byte[scene.oracle().length()];
        Set<Integer> lost = scene.readBlocks(found);
        byte[] expected = scene.oracle().newest();
        for (int offset = 3 * CHUNK; offset < expected.length; offset += CHUNK) {
            if (!lost.contains(offset)) {
                assertEquals(
                        -1,
                        Arrays.mismatch(expected, offset, offset + CHUNK, found, offset, offset + CHUNK),
                        what + " offset=" + offset);
            }
        }
        assertTrue(scene.tryStop(), what);
        List<SparseContents> after = scene.contents();
        for (int i = 0; i < before.size(); i++) {
            assertTrue(before.get(i).sameAs(after.get(i)), what + ": written after it had failed: device=" + i);
        }
    }
}
