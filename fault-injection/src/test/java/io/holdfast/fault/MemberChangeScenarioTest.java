package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SeededSurvival;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.fault.device.Survival;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.metadata.SuperblockReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Members of a running array are failed, removed, added and replaced, and everything stops at every boundary of that in turn. Given all
 * devices again, the removed one too, the array is as it was answered: what was removed is not believed, what came is believed
 * as far as it is filled.
 */
class MemberChangeScenarioTest {
    private static final int CHUNK = 8192;
    private static final int VICTIM = 1;
    private static final List<Survival> SURVIVALS =
            List.of(Survival.NONE, Survival.ALL, new SeededSurvival(3), new SeededSurvival(4));

    private final Aftermath aftermath = new Aftermath();

    /** What happens while writes are in flight. */
    private enum Change {
        /** A spare comes and waits. */
        SPARE {
            @Override
            void happen(Scene scene, int blank) {
                end(scene, scene.array().addAsync(scene.device(blank)));
            }
        },
        /** A spare comes, and a member is failed, whose place it takes. */
        SPARE_TAKES_OVER {
            @Override
            void happen(Scene scene, int blank) {
                end(scene, scene.array().addAsync(scene.device(blank)));
                end(scene, scene.array().failAsync("d" + VICTIM));
            }
        },
        /** A member is failed and removed, and another comes for it. */
        EXCHANGE {
            @Override
            void happen(Scene scene, int blank) {
                end(scene, scene.array().failAsync("d" + VICTIM));
                end(scene, scene.array().removeAsync("d" + VICTIM));
                end(scene, scene.array().addAsync(scene.device(blank)));
            }
        },
        /** A member is copied to a device that takes its place. */
        REPLACE {
            @Override
            void happen(Scene scene, int blank) {
                end(scene, scene.array().replaceAsync("d" + VICTIM, scene.device(blank)));
            }
        },
        /** The same, and in the middle of it the member fails. */
        REPLACE_AND_FAIL {
            @Override
            void happen(Scene scene, int blank) {
                end(scene, scene.array().replaceAsync("d" + VICTIM, scene.device(blank)));
                end(scene, scene.array().failAsync("d" + VICTIM));
            }
        },
        /** The same device goes and comes back as a new one. */
        SAME_AGAIN {
            @Override
            void happen(Scene scene, int blank) {
                end(scene, scene.array().failAsync("d" + VICTIM));
                end(scene, scene.array().removeAsync("d" + VICTIM));
                end(scene, scene.array().addAsync(scene.device(VICTIM)));
            }
        };

        abstract void happen(Scene scene, int blank);

        static void end(Scene scene, CompletableFuture<Void> change) {
            scene.await(change::isDone);
            change.join();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "5, true, SPARE",
        "5, true, SPARE_TAKES_OVER",
        "6, true, SPARE_TAKES_OVER",
        "5, false, SPARE_TAKES_OVER",
        "4, true, EXCHANGE",
        "5, false, EXCHANGE",
        "6, true, EXCHANGE",
        "6, false, EXCHANGE",
        "5, true, REPLACE",
        "5, false, REPLACE",
        "6, true, REPLACE",
        "4, true, REPLACE_AND_FAIL",
        "6, false, REPLACE_AND_FAIL",
        "5, true, SAME_AGAIN",
        "6, false, SAME_AGAIN"
    })
    void shouldFindEveryAnswerWhereverTheChangeStops(int level, boolean isJournaled, Change change) {
        Snapshot begin = withBlankDevice(Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 6, isJournaled, 512, 1, true), 0, 256 * 1024));
        boolean isOver = false;
        int stride = Scene.stride(7);
        for (int boundary = 0; !isOver; boundary += stride) {
            isOver = live(begin, change, boundary);
        }
        assertTrue(aftermath.imageCount() > 60, "imageCount=" + aftermath.imageCount());
    }

    /** One life, and what would be found at one boundary of it; true when there are no more boundaries. */
    private boolean live(Snapshot begin, Change change, int boundary) {
        Scene scene = Scene.of(begin, 5);
        int blank = scene.deviceCount() - 1;
        scene.absent().add(blank);
        scene.start();
        assertTrue(scene.settle());
        List<Snapshot> images = new ArrayList<>();
        scene.atBoundary(boundary, () -> SURVIVALS.forEach(survival -> images.add(scene.image(Cut.POWER, survival))));
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            answers.add(scene.submitWrite(i * 9000L + 100, Scene.bytes(10 + i, 5000), true));
        }
        change.happen(scene, blank);
        for (int i = 0; i < 4; i++) {
            answers.add(scene.submitWrite(i * 17_000L + 3000, Scene.bytes(20 + i, 4000 + 3000 * i), true));
        }
        answers.forEach(answer -> assertEquals(IoStatus.OK, scene.await(answer)));
        assertTrue(scene.settle());
        assertEquals(Condition.HEALTHY, scene.condition());
        for (int i = 0; i < 3; i++) {
            assertEquals(IoStatus.OK, scene.await(scene.submitWrite(i * 11_000L, Scene.bytes(30 + i, 4000), true)));
        }
        assertEquals(List.of(), scene.oracle().judge(scene.readAll(), Set.of()), "while it runs");
        scene.stop();
        if (images.isEmpty()) {
            judge(scene.snapshot(), blank, Set.of(), "stopped");
            return true;
        }
        for (int i = 0; i < images.size(); i++) {
            String what = change + " boundary=" + boundary + " survival=" + i;
            judge(images.get(i), blank, Set.of(), what);
            boolean isSpare = begin.shape().level() == 6 || change == Change.SPARE || change == Change.REPLACE;
            if (begin.shape().isJournaled() && isSpare) {
                judge(images.get(i), blank, Set.of(boundary % 2 == 0 ? 0 : 2), what + " and a member is lost");
            }
        }
        return false;
    }

    private void judge(Snapshot image, int blank, Set<Integer> lost, String what) {
        Set<Integer> absent = new TreeSet<>(lost);
        if (!SuperblockReader.examine(Scene.of(image, 1).device(blank)).isValid()) {
            // It has not been taken yet: nobody would give it.
            absent.add(blank);
        }
        aftermath.judge(image, absent, !image.shape().isJournaled(), what);
    }

    /** The same devices and a blank one. */
    private static Snapshot withBlankDevice(Snapshot made) {
        List<SparseContents> contents = new ArrayList<>(made.contents());
        List<Long> lengths = new ArrayList<>(made.lengths());
        contents.add(new SparseContents());
        lengths.add(made.lengths().get(0));
        return new Snapshot(made.shape(), made.journalIndex(), contents, lengths, made.oracle());
    }
}
