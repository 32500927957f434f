package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.CrashImages.Image;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.OperationKind;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.Survival;
import io.holdfast.fault.device.VanishingDevice;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.ReplayProgress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An array is used while the log of its last life is still being replayed: everything stops at each boundary of that, members
 * are lost at each of their operations, pages of the log cannot be read, the log is full; and all of it again while that is
 * replayed.
 */
class BackgroundReplayScenarioTest {
    private static final int CHUNK = 8192;
    private static final int ROW_COUNT = 6;
    private static final Aftermath AFTERMATH = new Aftermath();

    // ---- what callers see ----

    @ParameterizedTest
    @CsvSource({"4, -1", "4, 3", "5, -1", "5, 0", "6, -1", "6, 2"})
    void shouldServeEveryBlockAtOnce(int level, int missing) {
        Snapshot crashed = crashed(level, 256 * 1024, JournalMode.WRITE_THROUGH);
        for (int shards = 1; shards <= 2; shards++) {
            Scene scene = Scene.of(crashed, 20 + shards);
            if (missing >= 0) {
                scene.absent().add(missing);
            }
            scene.start(scene.context(device -> device).shardCount(shards));
            ReplayProgress before = scene.array().replayProgress();
            assertTrue(before.windowCount() > 4, before::toString);
            assertEquals(0, before.windowsDone());
            assertFalse(before.isOver());
            scene.assertAllThere("at once");
            List<Answer> answers = new ArrayList<>();
            for (int at = scene.oracle().length() - Scene.BLOCK; at >= 0; at -= 7 * Scene.BLOCK) {
                answers.add(scene.submitWrite(at, Scene.bytes(at, Scene.BLOCK), false));
            }
            answers.forEach(scene::await);
            assertTrue(scene.settle());
            ReplayProgress after = scene.array().replayProgress();
            assertTrue(after.isOver(), after::toString);
            assertEquals(after.windowCount(), after.windowsDone());
            assertEquals(after.length(), after.lengthDone());
            scene.assertAllThere("afterwards");
            scene.stop();
            if (missing < 0) {
                scene.assertParityFits("afterwards");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldWaitForRoomInTheLogUntilTheReplayIsOver(int level) {
        // The log is as full as it gets: whoever writes waits for the tail, which waits for the replay.
        Scene scene = Scene.of(Scene.make(shape(level), 0, 64 * 1024), 30);
        scene.start();
        List<Answer> fillers = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            fillers.add(scene.submitWrite(i * (long) CHUNK, Scene.bytes(i, CHUNK), false));
        }
        scene.await(() -> fillers.stream().filter(Answer::isIn).count() >= 1);
        scene.crash(Cut.POWER, Survival.ALL);
        Snapshot full = scene.snapshot();
        for (int length : new int[] {512, CHUNK, 6 * CHUNK}) {
            Scene again = Scene.of(full, 31);
            again.start();
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                answers.add(again.submitWrite(
                        i * 3L * CHUNK % (again.oracle().length() - length), Scene.bytes(40 + i, length), false));
            }
            answers.forEach(answer -> assertEquals(IoStatus.OK, again.await(answer)));
            assertTrue(again.settle());
            again.assertAllThere("length=" + length);
            again.stop();
            again.assertParityFits("length=" + length);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldLeaveNothingToReplayWhenItIsStoppedMeanwhile(int level) {
        Scene scene = Scene.of(crashed(level, 256 * 1024, JournalMode.WRITE_THROUGH), 32);
        scene.start();
        scene.stop();
        scene.assertParityFits("stopped");
        scene.start();
        assertEquals(0, scene.array().replayProgress().windowCount());
        scene.assertAllThere("after the stop");
        scene.stop();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldCheckOnlyWhatIsReplayed(int level) {
        Scene scene = Scene.of(crashed(level, 256 * 1024, JournalMode.WRITE_THROUGH), 33);
        scene.start();
        var check = scene.check(false);
        assertEquals(0, scene.await(check).mismatchedSectors());
        assertTrue(scene.array().replayProgress().isOver());
        scene.stop();
    }

    // ---- everything stops ----

    @ParameterizedTest
    @CsvSource({"4, false, false", "5, false, true", "5, true, false", "6, false, false", "6, true, true"})
    void shouldReplayOldAndNewWhereverItStops(int level, boolean isDegraded, boolean isWriteBack) {
        Snapshot crashed = crashed(level, 256 * 1024, isWriteBack ? JournalMode.WRITE_BACK : JournalMode.WRITE_THROUGH);
        Set<Integer> absent = isDegraded ? Set.of(1) : Set.of();
        List<Image> images = used(Scene.of(crashed, 40), absent);
        assertTrue(images.size() > 40, "images=" + images.size());
        int stride = Scene.stride(4);
        for (int i = 0; i < images.size(); i += stride) {
            String what = crashed.shape() + " " + images.get(i).what();
            AFTERMATH.judge(images.get(i).snapshot(), absent, false, what);
            Set<Integer> lost = new HashSet<>(absent);
            lost.add((i / stride + 2) % 4);
            if (lost.size() <= crashed.shape().parityCount()) {
                AFTERMATH.judge(images.get(i).snapshot(), lost, false, what + " lost=" + lost);
            }
        }
        // From one of them, used again, stopped again.
        Image middle = images.get(images.size() / 2);
        List<Image> deeper = used(Scene.of(middle.snapshot(), 41), absent);
        for (int i = 0; i < deeper.size(); i += 3 * stride) {
            AFTERMATH.judge(
                    deeper.get(i).snapshot(),
                    absent,
                    false,
                    crashed.shape() + " " + middle.what() + " and then "
                            + deeper.get(i).what());
        }
    }

    /** Write to windows that have been replayed and to windows that have not, until all is over. */
    private static List<Image> used(Scene scene, Set<Integer> absent) {
        scene.absent().addAll(absent);
        CrashImages images = new CrashImages(scene, CrashImages.ALL_OR_NOTHING);
        scene.start();
        List<Answer> answers = new ArrayList<>();
        int length = scene.oracle().length();
        for (int i = 0; i < 6; i++) {
            answers.add(scene.submitWrite((length - 1 - i * 13_000L) & -512, Scene.bytes(60 + i, 512), false));
            answers.add(scene.submitWrite(i * 9000L, Scene.bytes(50 + i, 7000), false));
            scene.await(answers.get(answers.size() - 1));
        }
        answers.forEach(scene::await);
        assertTrue(scene.settle());
        return images.end();
    }

    // ---- members and the journal fail ----

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldDoWithoutAMemberThatFailsAtAnyOperation(int level) {
        Snapshot crashed = crashed(level, 256 * 1024, JournalMode.WRITE_THROUGH);
        int hitCount = 0;
        for (Predicate<OperationKind> kinds :
                List.of(NthFaultDevice.WRITES, NthFaultDevice.FLUSHES, NthFaultDevice.READS)) {
            for (int member = 0; member < 4; member += 3) {
                boolean isHit = true;
                for (int nth = 1; isHit; nth += Scene.stride(3)) {
                    Scene scene = Scene.of(crashed, 50);
                    NthFaultDevice[] faulty = new NthFaultDevice[1];
                    IoStatus error = kinds == NthFaultDevice.READS ? IoStatus.GONE : IoStatus.MEDIA_ERROR;
                    boolean started = tryStart(scene, wrapping("d" + member, kinds, nth, true, error, faulty));
                    String what = crashed.shape() + " member=" + member + " nth=" + nth + " error=" + error;
                    if (started) {
                        use(scene, what);
                        isHit = faulty[0].errorCount() > 0;
                        hitCount += isHit ? 1 : 0;
                        // The power fails, and the member is back.
                        AFTERMATH.judge(scene.image(Cut.POWER, Survival.NONE), Set.of(), false, what);
                        assertTrue(scene.tryStop(), what);
                    }
                }
            }
        }
        assertTrue(hitCount > 10, "hitCount=" + hitCount);
    }

    private static void use(Scene scene, String what) {
        int length = scene.oracle().length();
        List<Answer> answers = new ArrayList<>();
        for (int i = 4; i >= 0; i--) {
            answers.add(scene.submitWrite((length / 5L * i) & -512, Scene.bytes(70 + i, 6144), false));
        }
        answers.forEach(answer -> assertEquals(IoStatus.OK, scene.await(answer), what));
        assertTrue(scene.settle(), what);
        assertTrue(scene.array().replayProgress().isOver(), what);
        scene.assertAllThere(what);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldNotMindALogThatFailsToAnswerOnce(int level) {
        Snapshot crashed = crashed(level, 256 * 1024, JournalMode.WRITE_THROUGH);
        int hitCount = 0;
        boolean isHit = true;
        for (int nth = 0; isHit; nth++) {
            Scene scene = Scene.of(crashed, 60);
            NthFaultDevice[] faulty = new NthFaultDevice[1];
            boolean started = tryStart(
                    scene,
                    wrapping(
                            "d" + crashed.journalIndex(),
                            NthFaultDevice.READS,
                            nth,
                            false,
                            IoStatus.MEDIA_ERROR,
                            faulty));
            String what = crashed.shape() + " nth=" + nth;
            isHit = faulty[0].errorCount() > 0;
            if (!started) {
                // Its superblock could not be read.
                continue;
            }
            use(scene, what);
            isHit = faulty[0].errorCount() > 0;
            hitCount += isHit ? 1 : 0;
            assertEquals(0, scene.events().count("journalFailed"), what);
            scene.stop();
            scene.assertParityFits(what);
        }
        assertTrue(hitCount > 4, "hitCount=" + hitCount);
    }

    @ParameterizedTest
    @CsvSource({"4, MEDIA_ERROR", "5, MEDIA_ERROR", "5, GONE", "6, GONE"})
    void shouldServeNothingStaleWhenTheLogCannotBeRead(int level, IoStatus error) {
        Snapshot crashed = crashed(level, 256 * 1024, JournalMode.WRITE_THROUGH);
        int damagedCount = 0;
        boolean isHit = true;
        for (int nth = 0; isHit; nth++) {
            Scene scene = Scene.of(crashed, 61);
            NthFaultDevice[] faulty = new NthFaultDevice[1];
            boolean started = tryStart(
                    scene, wrapping("d" + crashed.journalIndex(), NthFaultDevice.READS, nth, true, error, faulty));
            isHit = faulty[0].errorCount() > 0;
            if (!started) {
                continue;
            }
            String what = crashed.shape() + " nth=" + nth;
            byte[] found = new byte[scene.oracle().length()];
            Set<Integer> refused = scene.readBlocks(found);
            assertTrue(scene.settle(), what);
            isHit = faulty[0].errorCount() > 0;
            ReplayProgress progress = scene.array().replayProgress();
            assertTrue(progress.isOver(), what);
            assertEquals(isHit, progress.windowsDamaged() > 0, what + progress);
            assertEquals(progress.windowsDamaged(), scene.events().count("replayDamaged"), what);
            assertEquals(isHit, !refused.isEmpty(), what);
            Set<Integer> exempt = new HashSet<>();
            for (int offset : refused) {
                for (int unit = 0; unit < Scene.BLOCK; unit += crashed.shape().unitLength()) {
                    exempt.add(offset + unit);
                }
            }
            assertEquals(List.of(), scene.oracle().judge(found, exempt), what);
            if (isHit) {
                damagedCount++;
                assertEquals(1, scene.events().count("journalFailed"), what);
                // Nor does it change any more, or turn up later.
                int offset = refused.iterator().next();
                Answer answer = scene.submitWrite(offset, Scene.bytes(1, 512), false);
                assertTrue(scene.await(answer) != IoStatus.OK, what);
                byte[] again = new byte[found.length];
                assertEquals(refused, scene.readBlocks(again), what);
            }
            assertTrue(scene.tryStop(), what);
        }
        assertTrue(damagedCount > 2, "damagedCount=" + damagedCount);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldKeepTheLogWhenTooManyMembersVanishMeanwhile(int level) {
        Snapshot crashed = crashed(level, 256 * 1024, JournalMode.WRITE_THROUGH);
        int failedCount = 0;
        boolean isOver = false;
        for (int boundary = 0; !isOver; boundary += Scene.stride(5)) {
            Scene scene = Scene.of(crashed, 70);
            List<VanishingDevice> members = new ArrayList<>();
            scene.start(device -> {
                VanishingDevice vanishing = new VanishingDevice(device);
                members.add(vanishing);
                return vanishing;
            });
            int tooMany = crashed.shape().parityCount() + 1;
            scene.atBoundary(boundary, () -> members.subList(0, tooMany).forEach(VanishingDevice::vanish));
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                answers.add(scene.submitWrite(i * 30_000L, Scene.bytes(80 + i, 3000), false));
            }
            answers.forEach(scene::await);
            assertTrue(scene.settle());
            isOver = scene.condition() != Condition.FAILED;
            failedCount += isOver ? 0 : 1;
            scene.simulation().power().observer(null);
            scene.crash(Cut.POWER, Survival.NONE);
            AFTERMATH.judge(scene.snapshot(), Set.of(), false, crashed.shape() + " boundary=" + boundary);
            isOver |= boundary > 2000;
        }
        assertTrue(failedCount > 3, "failedCount=" + failedCount);
    }

    // ---- the scene ----

    private static boolean tryStart(Scene scene, UnaryOperator<BlockDevice> wrap) {
        try {
            scene.start(wrap);
            return true;
        } catch (ArrayException | DeviceException e) {
            return false;
        }
    }

    private static UnaryOperator<BlockDevice> wrapping(
            String name,
            Predicate<OperationKind> kinds,
            long nth,
            boolean isForGood,
            IoStatus error,
            NthFaultDevice[] wrapped) {
        return device -> {
            if (!device.name().equals(name)) {
                return device;
            }
            wrapped[0] = new NthFaultDevice(device, kinds, nth, isForGood, false, error);
            return wrapped[0];
        };
    }

    private static ArrayShape shape(int level) {
        return new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, ROW_COUNT, true, 512, 1, true);
    }

    /** A log of many small writes all over the array; of the last there is a part, and what members have is not durable. */
    private static Snapshot crashed(int level, long journalLength, JournalMode mode) {
        Scene scene = Scene.of(Scene.make(shape(level), 0, journalLength), 10);
        scene.start(scene.context(device -> device).journalMode(mode));
        int length = scene.oracle().length();
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 14; i++) {
            int size = i % 3 == 0 ? 512 : i % 3 == 1 ? 4096 : 9000;
            long offset = i * 7919L * 3 % (length - size) & -512;
            answers.add(scene.submitWrite(i % 3 == 1 ? offset & -4096 : offset, Scene.bytes(i, size), false));
            if (i % 3 == 2) {
                answers.forEach(scene::await);
            }
        }
        scene.await(() -> answers.stream().filter(Answer::isIn).count() >= 13);
        scene.crash(Cut.POWER, Survival.NONE);
        return scene.snapshot();
    }

    @AfterAll
    static void tellWhatWasTried() {
        System.out.println("crashes during a replay=" + AFTERMATH.imageCount());
    }
}
