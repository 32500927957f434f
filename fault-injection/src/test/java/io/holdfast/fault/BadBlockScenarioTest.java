package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.ReadErrorDevice;
import io.holdfast.fault.device.SeededSurvival;
import io.holdfast.fault.device.Survival;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.JournalMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A spare is filled past blocks that another member cannot read, then what was lost is written again, and everything stops at
 * every boundary of that. At the next start that other member reads everything, as disks do when they have cooled down:
 * what the new member never got is still not taken for what it should hold, and what was answered is not taken for lost.
 */
class BadBlockScenarioTest {
    private static final int CHUNK = 8192;
    private static final int ROWS = 6;
    private static final int BLOCK = Scene.BLOCK;
    private static final List<Survival> SURVIVALS =
            List.of(Survival.NONE, Survival.ALL, new SeededSurvival(3), new SeededSurvival(4), new SeededSurvival(5));

    @ParameterizedTest
    @CsvSource({"4, false, WRITE_THROUGH", "5, false, WRITE_THROUGH", "5, true, WRITE_THROUGH", "5, true, WRITE_BACK"})
    void shouldCostThoseBlocksAndNoOthersWhereverItStops(int level, boolean isJournaled, JournalMode mode) {
        Snapshot begin = Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, ROWS, isJournaled, 512, 1, true), 1, 256 * 1024);
        int imageCount = 0;
        int lostCount = 0;
        boolean isOver = false;
        for (int boundary = 0; !isOver; boundary += Scene.stride(11)) {
            List<Snapshot> images = new ArrayList<>();
            Set<Integer> answeredRows = new TreeSet<>();
            isOver = live(begin, mode, boundary, images, answeredRows);
            for (int i = 0; i < images.size(); i++) {
                lostCount += judge(images.get(i), answeredRows, "boundary=" + boundary + " survival=" + i);
                imageCount++;
            }
        }
        assertTrue(imageCount > 20 && lostCount > 0, "imageCount=" + imageCount + " lostCount=" + lostCount);
    }

    private static boolean isDamaged(int row) {
        return row % 2 == 1;
    }

    private boolean live(
            Snapshot begin, JournalMode mode, int boundary, List<Snapshot> images, Set<Integer> answeredRows) {
        Scene scene = Scene.of(begin, 5);
        scene.absent().add(0);
        Set<Integer> answered = new TreeSet<>();
        scene.atBoundary(boundary, () -> {
            SURVIVALS.forEach(survival -> images.add(scene.image(Cut.POWER, survival)));
            answeredRows.addAll(answered);
        });
        scene.start(scene.context(device -> {
                    ReadErrorDevice wrapped = new ReadErrorDevice(device);
                    for (int row = 0; row < ROWS && device.name().equals("d1"); row++) {
                        if (isDamaged(row)) {
                            wrapped.failReads(scene.memberOffset(row) + BLOCK + 512, 512);
                        }
                    }
                    return wrapped;
                })
                .journalMode(mode));
        assertTrue(scene.settle());
        assertEquals(Condition.HEALTHY, scene.condition(), () -> "" + scene.events());
        assertEquals(3, scene.events().count("listed d4"), () -> "" + scene.events());
        int rowLength = CHUNK * scene.layout().dataCount();
        for (int row = 1; row < ROWS; row += 2) {
            // Without a journal the answer does not promise that the data is durable; it does that the entry is gone
            // for good.
            byte[] bytes = Scene.bytes(row, rowLength);
            boolean isForced = begin.shape().isJournaled();
            assertEquals(IoStatus.OK, scene.await(scene.submitWrite((long) row * rowLength, bytes, isForced)));
            answered.add(row);
        }
        assertTrue(scene.settle());
        assertArrayEquals(scene.oracle().newest(), scene.readAll());
        scene.stop();
        scene.assertParityFits("written again");
        return images.isEmpty();
    }

    private static int judge(Snapshot image, Set<Integer> answeredRows, String what) {
        Scene scene = Scene.of(image, 7);
        scene.absent().add(0);
        scene.start();
        assertTrue(scene.settle(), what);
        byte[] found = new byte[scene.oracle().length()];
        Set<Integer> lost = scene.readBlocks(found);
        Set<Integer> excused = new TreeSet<>();
        int rowLength = CHUNK * scene.layout().dataCount();
        for (int offset : lost) {
            int row = offset / rowLength;
            int slot = scene.layout().slot(offset);
            assertTrue(isDamaged(row) && offset % CHUNK == BLOCK, what + " lost=" + lost);
            assertTrue(slot < 2, what + " lost=" + lost);
            assertTrue(!answeredRows.contains(row), what + " answered and lost: " + lost + scene.events());
            for (int unit = 0; unit < BLOCK; unit += scene.shape().unitLength()) {
                excused.add(offset + unit);
            }
        }
        assertEquals(List.of(), scene.oracle().judge(found, excused), () -> what + scene.events());
        assertEquals(IoStatus.OK, scene.write(0, Scene.bytes(99, found.length)), what);
        scene.stop();
        scene.assertParityFits(what);
        assertArrayEquals(Scene.bytes(99, found.length), scene.start().readAll(), what);
        scene.stop();
        return lost.size();
    }
}
