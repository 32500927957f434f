package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.CrashImages.Image;
import io.holdfast.fault.CrashImages.Stop;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SeededSurvival;
import io.holdfast.fault.device.Survival;
import io.holdfast.raid.ArrayState.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Everything stops at every boundary of the life of a write-intent bitmap: bits are set, age and are cleared, a member goes and
 * comes back. Whatever the bits say then, a resync that goes by them leaves no parity that does not fit, and a member that is
 * brought up to date from them lacks nothing.
 */
class BitmapScenarioTest {
    private static final int CHUNK = 8192;
    private static final long SWEEP_NS = 600_000;
    private static final List<Stop> STOPS = List.of(
            new Stop(Cut.POWER, Survival.NONE, "power, nothing survives"),
            new Stop(Cut.POWER, Survival.ALL, "power, all survives"),
            new Stop(Cut.POWER, new SeededSurvival(3), "power, some survives"),
            new Stop(Cut.POWER, new SeededSurvival(4), "power, some other survives"));

    private final Aftermath aftermath = new Aftermath();

    private static Snapshot make(int level, int bitmapChunk, int shardCount) {
        ArrayShape shape = new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 8, false, 512, shardCount, true);
        return Scene.make(shape.withBitmap(bitmapChunk), 0, 0);
    }

    /** Let bits age, and be cleared. */
    private static void age(Scene scene) {
        for (int i = 0; i < 3; i++) {
            scene.simulation().clock().advanceNs(SWEEP_NS);
            assertTrue(scene.settle());
        }
    }

    private static int dirtyCount(Scene scene) {
        return scene.array().bitmap().orElseThrow().dirtyCount();
    }

    private static long rowLength(Scene scene) {
        return (long) CHUNK * scene.layout().dataCount();
    }

    @ParameterizedTest
    @CsvSource({"5, 4096, 1", "5, 16384, 2", "6, 8192, 1", "4, 32768, 2"})
    void shouldFindParityThatFitsWhereverItStops(int level, int bitmapChunk, int shardCount) {
        Snapshot begin = make(level, bitmapChunk, shardCount);
        Scene scene = Scene.of(begin, 5);
        scene.start();
        assertTrue(scene.settle());
        age(scene);
        assertEquals(0, dirtyCount(scene));
        CrashImages images = new CrashImages(scene, STOPS);
        List<Answer> answers = new ArrayList<>();
        for (int row = 0; row < 4; row++) {
            answers.add(scene.submitWrite(row * rowLength(scene) + 700, Scene.bytes(row, 9000), row % 2 == 0));
        }
        answers.forEach(scene::await);
        scene.simulation().clock().advanceNs(SWEEP_NS);
        // While bits are being cleared, some of the regions are written to again.
        for (int step = 0; step < 6; step++) {
            scene.simulation().clock().advanceNs(SWEEP_NS);
            for (int i = 0; i < 40; i++) {
                scene.simulation().step();
            }
            answers.add(scene.submitWrite(
                    (step % 3) * rowLength(scene) + 4096L * step, Scene.bytes(40 + step, 3000), step == 3));
        }
        answers.forEach(answer -> assertEquals(IoStatus.OK, scene.await(answer)));
        age(scene);
        assertEquals(0, dirtyCount(scene));
        List<Image> found = images.end();
        int stride = Scene.stride(3);
        for (int i = 0; i < found.size(); i += stride) {
            Scene after = aftermath.judge(
                    found.get(i).snapshot(), Set.of(), found.get(i).what());
            assertEquals(Condition.HEALTHY, after.condition(), found.get(i).what());
            if (i % 2 == 0) {
                aftermath.judge(
                        found.get(i).snapshot(), Set.of(i % 4), found.get(i).what() + ", and a member is lost");
            }
        }
        assertTrue(aftermath.imageCount() > 50, "imageCount=" + aftermath.imageCount());
    }

    @ParameterizedTest
    @CsvSource({"5, 4096, 1", "5, 16384, 2", "6, 8192, 2", "6, 32768, 1"})
    void shouldLackNothingWhenAMemberComesBackWhereverItStops(int level, int bitmapChunk, int shardCount) {
        Snapshot begin = make(level, bitmapChunk, shardCount);
        Scene scene = Scene.of(begin, 6);
        NthFaultDevice[] failing = new NthFaultDevice[1];
        scene.start(device -> {
            if (!device.name().equals("d1")) {
                return device;
            }
            failing[0] = new NthFaultDevice(device, kind -> true, 40, true, false, IoStatus.GONE);
            return failing[0];
        });
        assertTrue(scene.settle());
        age(scene);
        CrashImages images = new CrashImages(scene, STOPS);
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            answers.add(scene.submitWrite(
                    (i % 4) * rowLength(scene) + 2048L * i, Scene.bytes(60 + i, 2000 + 800 * i), i % 3 == 0));
            if (i % 2 == 1) {
                scene.await(answers.get(i));
                scene.simulation().clock().advanceNs(SWEEP_NS);
            }
        }
        answers.forEach(answer -> assertEquals(IoStatus.OK, scene.await(answer)));
        age(scene);
        assertTrue(failing[0].errorCount() > 0, "d1 was to fail");
        assertTrue(dirtyCount(scene) > 0);
        scene.stop();
        List<Image> found = images.end();
        int stride = Scene.stride(3);
        for (int i = 0; i < found.size(); i += stride) {
            Scene after = aftermath.judge(
                    found.get(i).snapshot(), Set.of(), found.get(i).what());
            assertEquals(Condition.HEALTHY, after.condition(), found.get(i).what());
        }
        // It comes back in good order, and everything stops while it is brought up to date; then another member is
        // lost.
        Scene back = Scene.of(scene.snapshot(), 7);
        images = new CrashImages(back, STOPS);
        back.start();
        answers.clear();
        for (int i = 0; i < 6; i++) {
            answers.add(back.submitWrite(i * rowLength(back) + 300, Scene.bytes(80 + i, 5000), i % 2 == 0));
        }
        answers.forEach(answer -> assertEquals(IoStatus.OK, back.await(answer)));
        assertTrue(back.settle());
        assertEquals(Condition.HEALTHY, back.condition());
        age(back);
        assertEquals(0, dirtyCount(back));
        assertEquals(List.of(), back.auditParity());
        back.stop();
        aftermath.judge(back.snapshot(), Set.of(2), "back, and another member is lost");
        found = images.end();
        for (int i = 0; i < found.size(); i += stride) {
            Scene after = aftermath.judge(
                    found.get(i).snapshot(), Set.of(), "back " + found.get(i).what());
            assertEquals(Condition.HEALTHY, after.condition(), found.get(i).what());
        }
    }

    @ParameterizedTest
    @CsvSource({"5, 4096, 1", "6, 8192, 2"})
    void shouldLackNothingWhenAMemberIsTakenBackByARunningArrayWhereverItStops(
            int level, int bitmapChunk, int shardCount) {
        Scene scene = Scene.of(make(level, bitmapChunk, shardCount), 8);
        scene.start();
        assertTrue(scene.settle());
        age(scene);
        CrashImages images = new CrashImages(scene, STOPS);
        List<Answer> answers = new ArrayList<>();
        end(scene, scene.array().failAsync("d1"));
        end(scene, scene.array().removeAsync("d1"));
        for (int i = 0; i < 4; i++) {
            answers.add(scene.submitWrite(i * 7000L + 300, Scene.bytes(80 + i, 5000), i % 2 == 0));
        }
        answers.forEach(scene::await);
        end(scene, scene.array().reAddAsync(scene.device(1)));
        for (int i = 0; i < 6; i++) {
            answers.add(scene.submitWrite(
                    (i % 4) * rowLength(scene) + 2048L * i, Scene.bytes(90 + i, 2000 + 800 * i), i % 3 == 0));
        }
        answers.forEach(answer -> assertEquals(IoStatus.OK, scene.await(answer)));
        assertTrue(scene.settle());
        assertEquals(Condition.HEALTHY, scene.condition());
        assertEquals(List.of(), scene.oracle().judge(scene.readAll(), Set.of()), "while it runs");
        age(scene);
        assertEquals(0, dirtyCount(scene));
        scene.stop();
        assertEquals(List.of(), scene.auditParity());
        List<Image> found = images.end();
        int stride = Scene.stride(3);
        for (int i = 0; i < found.size(); i += stride) {
            aftermath.judge(found.get(i).snapshot(), Set.of(), found.get(i).what());
        }
        assertTrue(aftermath.imageCount() > 20, "imageCount=" + aftermath.imageCount());
    }

    private static void end(Scene scene, CompletableFuture<Void> change) {
        scene.await(change::isDone);
        change.join();
    }
}
