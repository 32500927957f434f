package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.CrashImages.Image;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.raid.ArrayState.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Everything stops at every boundary of every workload of one or two requests, and the array is found again.
 *
 * <p>A run is made once, and at each of its boundaries the devices are looked at as a killed process would leave them, and as
 * a power failure would, with all or none of what was not flushed. Each different image is then started from, and judged:
 * what was answered is there, what was not is old or new, nothing else has changed, and parity fits.
 *
 * <p>Of the workloads of two requests a test run takes some; {@code -Dholdfast.scenario.stride=1} takes all.
 */
class StopEverywhereScenarioTest {
    private static final int STRIDE = Scene.stride(37);
    private static final int CHUNK = 8192;
    private static final int BLOCK = Scene.BLOCK;
    private static int workloadCount;
    private static final Aftermath AFTERMATH = new Aftermath();

    /** A request of every kind there is, laid out so that any two of them meet. */
    private enum Request {
        SECTOR,
        BLOCK_,
        CHUNK_,
        PART_OF_TWO_CHUNKS,
        ROW,
        ACROSS_ROWS,
        FORCED,
        FLUSH,
        ZEROES,
        DISCARD;

        Answer submit(Scene scene, long seed) {
            int row = CHUNK * scene.layout().dataCount();
            return switch (this) {
                case SECTOR -> scene.submitWrite(3 * 512, Scene.bytes(seed, 512), false);
                case BLOCK_ -> scene.submitWrite(BLOCK, Scene.bytes(seed, BLOCK), false);
                case CHUNK_ -> scene.submitWrite(0, Scene.bytes(seed, CHUNK), false);
                case PART_OF_TWO_CHUNKS -> scene.submitWrite(CHUNK - 2500, Scene.bytes(seed, 5000), false);
                case ROW -> scene.submitWrite(0, Scene.bytes(seed, row), false);
                case ACROSS_ROWS -> scene.submitWrite(row - BLOCK, Scene.bytes(seed, 3 * BLOCK), false);
                case FORCED -> scene.submitWrite(0, Scene.bytes(seed, BLOCK), true);
                case FLUSH -> scene.submitFlush();
                case ZEROES -> scene.submitZeroes(2048, 3 * BLOCK);
                case DISCARD -> scene.submitDiscard(0, row);
            };
        }
    }

    @ParameterizedTest
    @CsvSource({
        "4, false, false", "4, false, true", "4, true, false", "4, true, true",
        "5, false, false", "5, false, true", "5, true, false", "5, true, true",
        "6, false, false", "6, false, true", "6, true, false", "6, true, true"
    })
    void shouldKeepItsPromisesWhereverItStops(int level, boolean isJournaled, boolean isDegraded) {
        ArrayShape shape = new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 2, isJournaled, 512, 1, true);
        Snapshot whole = Scene.make(shape, 0, 256 * 1024);
        Set<Integer> lost = isDegraded ? (level == 6 ? Set.of(1, 2) : Set.of(1)) : Set.of();
        Snapshot begin = whole;
        if (isDegraded) {
            // Recorded as degraded, and at rest, before the workload begins.
            Scene scene = Scene.of(whole, 5);
            scene.absent().addAll(lost);
            scene.start().settle();
            scene.stop();
            begin = scene.snapshot();
        }
        Request[] all = Request.values();
        for (int i = 0; i < all.length; i++) {
            stopEverywhere(begin, lost, List.of(all[i]), false);
            for (int j = 0; j < all.length; j++) {
                if ((i * all.length + j + level) % STRIDE == 0) {
                    // Each pair both ways: one after the other, and in flight together.
                    stopEverywhere(begin, lost, List.of(all[i], all[j]), i < j);
                }
            }
        }
    }

    private void stopEverywhere(Snapshot begin, Set<Integer> lost, List<Request> requests, boolean isTogether) {
        String what = begin.shape() + " without=" + lost + " requests=" + requests + " isTogether=" + isTogether;
        Scene scene = Scene.of(begin, 11);
        scene.absent().addAll(lost);
        scene.start();
        scene.simulation().runUntilQuiet(Scene.STEPS);
        CrashImages images = new CrashImages(scene, CrashImages.ALL_OR_NOTHING);
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            answers.add(requests.get(i).submit(scene, 100 + i));
            if (!isTogether) {
                scene.await(answers.get(i));
            }
        }
        answers.forEach(scene::await);
        // A stop while the array comes to rest, and marks itself clean.
        assertTrue(scene.settle());
        scene.simulation().clock().advanceNs(1_000_000_000);
        assertTrue(scene.settle());
        List<Image> found = images.end();
        answers.forEach(answer -> assertEquals(IoStatus.OK, answer.status, what));
        workloadCount++;
        for (int k = 0; k < found.size(); k++) {
            Snapshot image = found.get(k).snapshot();
            String which = what + " " + found.get(k).what();
            recover(image, lost, which);
            if (lost.isEmpty() && k % 3 == 0) {
                // Members go with the crash: with a journal that must not matter.
                Set<Integer> gone = begin.shape().parityCount() == 2
                        ? Set.of(k / 3 % 4, (k / 3 + 1 + k / 12 % 3) % 4)
                        : Set.of(k / 3 % 4);
                recover(image, gone, which);
            }
        }
    }

    private static void recover(Snapshot image, Set<Integer> lost, String which) {
        String what = which + " found without=" + lost;
        Scene scene = AFTERMATH.judge(image, lost, what);
        assertEquals(lost.isEmpty() ? Condition.HEALTHY : Condition.DEGRADED, scene.condition(), what);
    }

    @AfterAll
    static void tellWhatWasTried() {
        System.out.println("workloads=" + workloadCount + " images=" + AFTERMATH.imageCount() + " refused="
                + AFTERMATH.refusedCount() + " writeHoles=" + AFTERMATH.holeCount());
        assertTrue(AFTERMATH.refusedCount() > 0, "no stop fell where an array without a journal is dirty and degraded");
        assertTrue(AFTERMATH.holeCount() > 0, "the write hole is there without a journal, and was not hit once");
    }
}
