package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.CrashImages.Image;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.Survival;
import io.holdfast.raid.ArrayState.Condition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Everything stops while it recovers from a stop: at every boundary of a replay of the journal with the reset of its log, of a
 * resync, and of a rebuild; and again, at boundaries of the recovery from that. No mark is ever ahead of what is durable, or
 * the rest of the work would be skipped, and parity, or the rebuilt member, be wrong at the end.
 */
class RecoveryStopScenarioTest {
    private static final int CHUNK = 4096;
    private static final int ROW_COUNT = 6;
    private static final Aftermath AFTERMATH = new Aftermath();
    private static int deepCount;

    @ParameterizedTest
    @CsvSource({"4, false", "4, true", "5, false", "5, true", "6, false", "6, true"})
    void shouldReplayTheJournalHoweverItIsCut(int level, boolean isDegraded) {
        Snapshot made = make(level, true, 0);
        Scene scene = Scene.of(made, 2);
        if (isDegraded) {
            scene.absent().add(1);
        }
        scene.start();
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            answers.add(scene.submitWrite(i * 5000L, Scene.bytes(i, 6000), false));
        }
        // Most are answered, some are only in the log, of the last there is a part.
        scene.await(() -> answers.stream().filter(Answer::isIn).count() >= 5);
        scene.crash(Cut.POWER, Survival.NONE);
        Set<Integer> lost = isDegraded ? Set.of(1) : Set.of();
        cutEverywhere("replayed from the journal", scene.snapshot(), lost, level == 6 || !isDegraded);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldResyncHoweverItIsCut(int level) {
        Scene scene = Scene.of(make(level, false, 0), 2);
        scene.start();
        for (int i = 0; i < 6; i++) {
            scene.submitWrite(i * 7000L, Scene.bytes(i, 6500), false);
        }
        for (int i = 0; i < 120; i++) {
            scene.simulation().step();
        }
        scene.crash(Cut.POWER, (device, writes, blockLength) -> (write, block) -> block % 3 != 1);
        cutEverywhere("syncStarted RESYNC", scene.snapshot(), Set.of(), false);
    }

    @ParameterizedTest
    @CsvSource({"4, false", "5, false", "5, true", "6, false", "6, true"})
    void shouldRebuildHoweverItIsCut(int level, boolean isJournaled) {
        // The member that is missing is never seen again; a spare takes its place.
        cutEverywhere("syncStarted RECOVERY", make(level, isJournaled, 1), Set.of(1), level == 6);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRebuildTwoMembersHoweverItIsCut(boolean isJournaled) {
        cutEverywhere("syncStarted RECOVERY", make(6, isJournaled, 2), Set.of(0, 2), false);
    }

    private static Snapshot make(int level, boolean isJournaled, int spareCount) {
        return Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, ROW_COUNT, isJournaled, 512, 1, true),
                spareCount,
                256 * 1024);
    }

    /**
     * Recover, and judge what each cut on the way leaves.
     *
     * @param sign       of the recovery that is meant, among the events or in the description.
     * @param begin      where it begins.
     * @param absent     devices that are not there.
     * @param mayLoseOne whether one more member may be lost with the cut.
     */
    private static void cutEverywhere(String sign, Snapshot begin, Set<Integer> absent, boolean mayLoseOne) {
        Scene once = Scene.of(begin, 9);
        once.absent().addAll(absent);
        List<Image> images = recoveryOf(once);
        assertTrue((once.array().description() + once.events().toString()).contains(sign), sign);
        assertTrue(images.size() > 8, "images=" + images.size());
        for (int i = 0; i < images.size(); i++) {
            String what = begin.shape() + " " + images.get(i).what();
            Scene after = AFTERMATH.judge(images.get(i).snapshot(), absent, false, what);
            boolean isWhole = after.array().state().slots().stream().allMatch(slot -> slot.inSync());
            assertEquals(isWhole ? Condition.HEALTHY : Condition.DEGRADED, after.condition(), what);
            if (mayLoseOne && i % 3 == 0) {
                int more = (i / 3 + 2) % 4;
                if (!absent.contains(more)) {
                    Set<Integer> all = new HashSet<>(absent);
                    all.add(more);
                    AFTERMATH.judge(images.get(i).snapshot(), all, false, what + " and then without " + all);
                }
            }
            // The recovery from one in a while is itself cut everywhere.
            if (i == images.size() / 3 || i == images.size() * 2 / 3) {
                Scene again = Scene.of(images.get(i).snapshot(), 9);
                again.absent().addAll(absent);
                for (Image deeper : recoveryOf(again)) {
                    deepCount++;
                    AFTERMATH.judge(deeper.snapshot(), absent, false, what + " and then " + deeper.what());
                }
            }
        }
    }

    private static List<Image> recoveryOf(Scene scene) {
        CrashImages images = new CrashImages(scene, CrashImages.ALL_OR_NOTHING);
        scene.start();
        assertTrue(scene.settle());
        assertEquals(IoStatus.OK, scene.flush());
        assertTrue(scene.tryStop());
        return images.end();
    }

    @AfterAll
    static void tellWhatWasTried() {
        System.out.println("recoveries cut=" + AFTERMATH.imageCount() + " of them twice=" + deepCount);
    }
}
