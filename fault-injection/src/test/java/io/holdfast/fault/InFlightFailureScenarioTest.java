package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.Survival;
import io.holdfast.fault.device.VanishingDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A member goes while its stripe is in flight, at every boundary of the stripe's way: while old blocks are read, while the record
 * is logged, while members are written. The writes are answered as done; and when the power fails at an answer, and the
 * member is back, it is not believed.
 */
class InFlightFailureScenarioTest {
    private static final int CHUNK = 8192;
    private static final int STRIDE = Math.min(4, Scene.stride(4));
    private static final Aftermath AFTERMATH = new Aftermath();

    @ParameterizedTest
    @CsvSource({"4, false", "4, true", "5, false", "5, true", "6, false", "6, true"})
    void shouldLoseAnyMemberAtAnyMoment(int level, boolean isJournaled) {
        Snapshot made = Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 2, isJournaled, 512, 1, true), 0, 256 * 1024);
        int missedCount = 0;
        boolean isOver = false;
        for (int boundary = 0; !isOver; boundary++) {
            // One of them at each boundary, in turn.
            for (int member = boundary % STRIDE; member < 4; member += STRIDE) {
                String what = made.shape() + " member=" + member + " boundary=" + boundary;
                Scene scene = Scene.of(made, 4);
                Map<String, VanishingDevice> devices = new TreeMap<>();
                scene.start(device -> {
                    VanishingDevice vanishing = new VanishingDevice(device);
                    devices.put(device.name(), vanishing);
                    return vanishing;
                });
                assertTrue(scene.settle());
                boolean[] isReached = new boolean[1];
                int gone = member;
                scene.atBoundary(boundary, () -> {
                    isReached[0] = true;
                    devices.get("d" + gone).vanish();
                });
                List<Snapshot> atAnswers = new ArrayList<>();
                scene.onAnswer(() -> atAnswers.add(scene.image(Cut.POWER, Survival.NONE)));
                List<Answer> answers = List.of(
                        scene.submitWrite(700, Scene.bytes(1, 3000), true),
                        scene.submitWrite(
                                (long) CHUNK * scene.layout().dataCount(),
                                Scene.bytes(2, CHUNK * scene.layout().dataCount()),
                                true));
                answers.forEach(scene::await);
                scene.onAnswer(() -> {});
                answers.forEach(answer -> assertEquals(IoStatus.OK, answer.status, what));
                assertTrue(scene.settle(), what);
                assertArrayEquals(scene.oracle().newest(), scene.readAll(), what);
                missedCount += scene.events().count("memberFailed d" + member) > 0 ? 1 : 0;
                if (isReached[0]) {
                    for (Snapshot image : atAnswers) {
                        AFTERMATH.judge(image, Set.of(), what + " found at an answer, all of them back");
                    }
                }
                isOver = !isReached[0];
            }
        }
        assertTrue(missedCount > 0, "missedCount=" + missedCount);
    }
}
