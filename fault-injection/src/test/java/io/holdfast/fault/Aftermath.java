package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState.Condition;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Starts from what a crash has left and judges it: what was answered is there, what was not is old or new, nothing else has
 * changed, and parity fits once the array says that it is done.
 *
 * <p>An array without a journal that is dirty and lacks a member must refuse to start and write nothing; started by force, it
 * may have lost blocks of missing members in rows of blocks where a write was in doubt, and no others: the write hole. Counts
 * what it has seen.
 */
final class Aftermath {
    private int imageCount;
    private int refusedCount;
    private int holeCount;

    int imageCount() {
        return imageCount;
    }

    int refusedCount() {
        return refusedCount;
    }

    /** Images in which the write hole really took something. */
    int holeCount() {
        return holeCount;
    }

    /**
     * Judge an image.
     *
     * @param image  as it was found.
     * @param absent devices that are not there any more.
     * @param what   it is, for the message when it is wrong.
     * @return the scene, its array stopped in good order.
     */
    Scene judge(Snapshot image, Set<Integer> absent, String what) {
        return judge(image, absent, !image.shape().isJournaled(), what);
    }

    /** The same where the array may refuse to start for want of more than a clean stop. */
    Scene judge(Snapshot image, Set<Integer> absent, boolean mayRefuse, String what) {
        imageCount++;
        Scene scene = Scene.of(image, 7);
        scene.absent().addAll(absent);
        boolean isForced = false;
        try {
            scene.start();
        } catch (ArrayException e) {
            refusedCount++;
            assertTrue(mayRefuse, () -> what + " refused: " + e.getMessage());
            List<SparseContents> after = scene.contents();
            for (int i = 0; i < after.size(); i++) {
                assertTrue(image.contents().get(i).sameAs(after.get(i)), () -> what + ": written although refused");
            }
            isForced = true;
            scene.start(scene.context(device -> device).force(true));
        }
        Set<Integer> lost = new HashSet<>();
        for (int slot = 0; slot < image.shape().memberCount(); slot++) {
            if (!scene.array().state().slots().get(slot).inSync()) {
                lost.add(slot);
            }
        }
        assertTrue(!isForced || image.shape().isJournaled() || !lost.isEmpty(), () -> what + " refused without need");
        assertTrue(scene.settle(), what);
        Set<Integer> hole = isForced && !image.shape().isJournaled() ? hole(scene, lost) : Set.of();
        byte[] all = scene.readAll();
        assertEquals(List.of(), scene.oracle().judge(all, hole), what);
        holeCount += scene.oracle().judge(all, Set.of()).isEmpty() ? 0 : 1;
        assertEquals(0, scene.events().count("error"), () -> what + scene.events());
        boolean isWhole = scene.condition() == Condition.HEALTHY;
        assertTrue(scene.tryStop(), what);
        if (isWhole) {
            assertEquals(List.of(), scene.auditParity(), what);
        }
        return scene;
    }

    /** Units of missing members in rows of blocks where something was in doubt: what the write hole may take. */
    private static Set<Integer> hole(Scene scene, Set<Integer> lost) {
        Set<Integer> units = new HashSet<>();
        int dataCount = scene.layout().dataCount();
        int chunk = scene.shape().chunkLength();
        for (int at = 0; at < scene.oracle().length(); at += Scene.BLOCK) {
            if (!scene.oracle().isInDoubt(at, at + Scene.BLOCK)) {
                continue;
            }
            long row = scene.layout().row(at);
            for (int index = 0; index < dataCount; index++) {
                long other = (row * dataCount + index) * chunk + scene.layout().offsetInChunk(at);
                if (lost.contains(scene.layout().slot(other))) {
                    for (int unit = 0; unit < Scene.BLOCK; unit += scene.shape().unitLength()) {
                        units.add((int) other + unit);
                    }
                }
            }
        }
        return units;
    }
}
