package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.CrashImages.Image;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.Survival;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Power fails at every boundary while the log goes round its end, while its tail is moved to make room, and while it is reset after
 * a recovery from there.
 */
class LogTurnScenarioTest {
    private static final int CHUNK = 4096;
    private static final int JOURNAL_LENGTH = 96 * 1024;
    private static final Aftermath AFTERMATH = new Aftermath();

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldLoseNothingWhileTheLogTurns(int level) {
        Snapshot made = Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 4, true, 512, 1, true), 0, JOURNAL_LENGTH);
        Scene scene = Scene.of(made, 8);
        scene.start();
        assertTrue(scene.settle());
        CrashImages images = new CrashImages(scene, CrashImages.ALL_OR_NOTHING);
        List<Answer> answers = new ArrayList<>();
        int blockCount = scene.oracle().length() / CHUNK;
        for (int i = 0; i < 20; i++) {
            // Far more than the log holds, a few at a time.
            answers.add(scene.submitWrite((i * 5L % blockCount) * CHUNK, Scene.bytes(i, CHUNK), false));
            if (i % 3 == 2) {
                answers.forEach(scene::await);
            }
        }
        answers.forEach(scene::await);
        assertTrue(answers.stream().allMatch(answer -> answer.status == IoStatus.OK));
        List<Image> all = images.end();
        assertTrue(all.size() > 60, "images=" + all.size());
        for (int i = 0; i < all.size(); i++) {
            Set<Integer> lost =
                    i % 2 == 0 ? Set.of() : level == 6 ? Set.of(i / 2 % 4, (i / 2 + 1) % 4) : Set.of(i / 2 % 4);
            AFTERMATH.judge(
                    all.get(i).snapshot(), lost, made.shape() + " " + all.get(i).what() + " lost=" + lost);
        }

        // From the turned log: the replay, and the reset after it.
        scene.crash(Cut.POWER, Survival.NONE);
        Snapshot turned = scene.snapshot();
        Scene recovering = Scene.of(turned, 9);
        CrashImages ofRecovery = new CrashImages(recovering, CrashImages.eachDeviceByItself(5));
        recovering.start();
        assertTrue(recovering.array().replayProgress().windowCount() > 0);
        assertTrue(recovering.settle());
        assertTrue(recovering.array().replayProgress().isOver());
        List<Image> cut = ofRecovery.end();
        assertEquals(0, recovering.events().count("error"));
        for (int i = 0; i < cut.size(); i++) {
            AFTERMATH.judge(
                    cut.get(i).snapshot(),
                    Set.of(),
                    made.shape() + " recovery " + cut.get(i).what());
        }
    }
}
