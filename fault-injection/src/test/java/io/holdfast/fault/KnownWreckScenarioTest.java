package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.OperationKind;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.Survival;
import io.holdfast.fault.device.VanishingDevice;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.metadata.SuperblockReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrecks that other arrays are known to have suffered, each by its name. */
class KnownWreckScenarioTest {
    private static final int CHUNK = 8192;
    private static final Aftermath AFTERMATH = new Aftermath();

    /**
     * A stale member is usually recognized by its count of updates. One behind is also what a crash between two superblocks
     * leaves, of a member that is good; so what the others say of it has to decide.
     */
    @ParameterizedTest
    @CsvSource({"4, false", "4, true", "5, false", "5, true", "6, false", "6, true"})
    void staleMemberOneEventBehindThatIsNeverthelessStale(int level, boolean isJournaled) {
        Scene scene = Scene.of(make(level, isJournaled, 0), 1);
        Map<String, VanishingDevice> devices = new TreeMap<>();
        scene.start(device -> vanishing(device, devices));
        assertEquals(IoStatus.OK, scene.await(scene.submitWrite(0, Scene.bytes(1, 3 * CHUNK), true)));
        devices.get("d1").vanish();
        scene.onAnswer(() -> scene.simulation().power().cutNow(Cut.POWER));
        Answer answer = scene.submitWrite(0, Scene.bytes(2, 6 * CHUNK), true);
        scene.simulation().runUntil(() -> false, Scene.STEPS);
        assertEquals(IoStatus.OK, answer.status);
        scene.onAnswer(() -> {});
        scene.crash(Cut.POWER, Survival.NONE);
        assertEquals(1, events(scene, 0) - events(scene, 1), "one event behind was meant");

        scene.start(scene.context(device -> device).force(!isJournaled));
        assertFalse(scene.array().state().slots().get(1).inSync());
        assertTrue(scene.settle());
        assertEquals(Condition.DEGRADED, scene.condition());
        scene.assertAllThere("with a stale member at hand");
        scene.stop();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void journalPresentAndAMemberFailsDuringReplay(int level) {
        Snapshot crashed = crashedWithALog(level);
        int hitCount = 0;
        for (Predicate<OperationKind> kinds : List.of(NthFaultDevice.WRITES, NthFaultDevice.FLUSHES)) {
            for (int member = 0; member < 4; member++) {
                boolean isHit = true;
                for (int nth = 0; isHit; nth++) {
                    Scene scene = Scene.of(crashed, 2);
                    NthFaultDevice[] faulty = new NthFaultDevice[1];
                    int failing = member;
                    int failingNth = nth;
                    scene.start(device -> {
                        if (device.name().equals("d" + failing)) {
                            faulty[0] =
                                    new NthFaultDevice(device, kinds, failingNth, true, false, IoStatus.MEDIA_ERROR);
                            return faulty[0];
                        }
                        return device;
                    });
                    String what = crashed.shape() + " member=" + member + " nth=" + nth;
                    assertTrue(scene.settle());
                    assertTrue(scene.array().replayProgress().isOver(), what);
                    isHit = faulty[0].errorCount() > 0;
                    hitCount += isHit ? 1 : 0;
                    assertEquals(
                            !isHit, scene.array().state().slots().get(member).inSync(), what);
                    // The power fails at once, and the member is back.
                    AFTERMATH.judge(scene.image(Cut.POWER, Survival.NONE), Set.of(), false, what);
                    scene.assertAllThere(what);
                    scene.stop();
                }
            }
        }
        assertTrue(hitCount > 8, "hitCount=" + hitCount);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void journalPresentAndMoreMembersFailDuringReplayThanTheLevelTolerates(int level) {
        Snapshot crashed = crashedWithALog(level);
        int tooMany = crashed.shape().parityCount() + 1;
        for (int nth = 0; nth < 3; nth++) {
            Scene scene = Scene.of(crashed, 2);
            int failingNth = nth;
            scene.start(device -> Integer.parseInt(device.name().substring(1)) < tooMany
                    ? new NthFaultDevice(
                            device, NthFaultDevice.WRITES, failingNth / 2, true, false, IoStatus.MEDIA_ERROR)
                    : device);
            assertTrue(scene.settle());
            assertEquals(Condition.FAILED, scene.condition());
            assertFalse(scene.array().replayProgress().isOver());
            scene.crash(nth % 2 == 0 ? Cut.POWER : Cut.PROCESS, Survival.NONE);
            AFTERMATH.judge(scene.snapshot(), Set.of(), false, crashed.shape() + " all are back");
        }
    }

    /** Below the mark the spare is read, above it its content is computed; the mark moves all the while. */
    @ParameterizedTest
    @CsvSource({"4, false", "5, false", "5, true", "6, false", "6, true"})
    void degradedReadsOnBothSidesOfARebuildsMark(int level, boolean isJournaled) {
        ArrayShape shape = new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 300, isJournaled, 512, 1, true);
        Snapshot made = Scene.make(shape, 1, 256 * 1024);
        byte[] expected = made.oracle().newest();
        for (int slot = 0; slot < 4; slot += 2) {
            Scene scene = Scene.of(made, 3);
            scene.absent().add(slot);
            scene.start();
            int rebuilding = slot;
            long[] marks = {shape.memberLength() / 8, shape.memberLength() / 3};
            for (long mark : marks) {
                scene.await(() -> scene.array().state().slots().get(rebuilding).recoveredLength() >= mark);
                readAround(scene, mark, expected);
                assertFalse(scene.array().state().slots().get(slot).inSync(), "read too late");
            }
            scene.crash(Cut.POWER, Survival.NONE);
            scene.start();
            long mark = scene.array().state().slots().get(slot).recoveredLength();
            assertTrue(mark > 0 && mark < shape.memberLength(), "mark=" + mark);
            readAround(scene, mark, expected);
            assertTrue(scene.settle());
            assertEquals(Condition.HEALTHY, scene.condition());
            assertArrayEquals(expected, scene.readAll());
            scene.stop();
            scene.assertParityFits("rebuilt");
        }
    }

    /** The rows just below and above the mark, those at both ends, and one far behind: whole rows, so every slot is asked. */
    private static void readAround(Scene scene, long mark, byte[] expected) {
        int rowLength = CHUNK * scene.layout().dataCount();
        int markRow = (int) (mark / CHUNK);
        int lastRow = scene.shape().rowCount() - 1;
        for (int row : new int[] {0, markRow - 1, markRow, (markRow + lastRow) / 2, lastRow}) {
            byte[] found = new byte[rowLength];
            assertEquals(IoStatus.OK, scene.read((long) row * rowLength, found));
            assertEquals(
                    -1,
                    Arrays.mismatch(expected, row * rowLength, (row + 1) * rowLength, found, 0, rowLength),
                    "row=" + row + " mark=" + mark);
        }
    }

    @ParameterizedTest
    @CsvSource({"4, false", "5, false", "5, true", "6, false", "6, true"})
    void memberThatReturnsFromBeforeItsRebuild(int level, boolean isJournaled) {
        Scene scene = Scene.of(make(level, isJournaled, 1), 1);
        scene.absent().add(1);
        scene.start();
        assertTrue(scene.settle());
        assertEquals(Condition.HEALTHY, scene.condition());
        assertEquals(IoStatus.OK, scene.write(0, Scene.bytes(5, scene.oracle().length())));
        scene.stop();
        Snapshot rebuilt = scene.snapshot();

        Scene both = Scene.of(rebuilt, 2);
        both.start();
        assertEquals("d4", both.array().state().slots().get(1).deviceName());
        assertTrue(both.settle());
        assertEquals(Condition.HEALTHY, both.condition());
        both.assertAllThere("beside the one that replaced it");
        both.stop();

        Scene instead = Scene.of(rebuilt, 3);
        instead.absent().add(4);
        instead.start();
        assertEquals("", instead.array().state().slots().get(1).deviceName());
        assertTrue(instead.settle());
        assertEquals(Condition.DEGRADED, instead.condition());
        instead.assertAllThere("in the place of the one that replaced it");
        instead.stop();
    }

    private static Snapshot crashedWithALog(int level) {
        Scene scene = Scene.of(make(level, true, 0), 2);
        scene.start();
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            answers.add(scene.submitWrite(i * 4000L, Scene.bytes(i, 5000), false));
        }
        scene.await(() -> answers.stream().filter(Answer::isIn).count() >= 5);
        scene.crash(Cut.POWER, Survival.NONE);
        return scene.snapshot();
    }

    private static Snapshot make(int level, boolean isJournaled, int spareCount) {
        return Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 3, isJournaled, 512, 1, true),
                spareCount,
                256 * 1024);
    }

    private static BlockDevice vanishing(BlockDevice device, Map<String, VanishingDevice> devices) {
        VanishingDevice vanishing = new VanishingDevice(device);
        devices.put(device.name(), vanishing);
        return vanishing;
    }

    private static long events(Scene scene, int device) {
        return SuperblockReader.examine(scene.device(device)).superblock().events();
    }
}
