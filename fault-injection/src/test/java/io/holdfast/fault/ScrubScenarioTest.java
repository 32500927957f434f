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
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.Mismatch.Remedy;
import io.holdfast.raid.ScrubMode;
import io.holdfast.raid.SyncReport;
import io.holdfast.raid.SyncTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One member of each row lies, each in another role, and a repair that proves it wrong stops at every boundary in turn. What
 * is found then is the lie or the truth, never something third: another repair brings the truth back everywhere, and what was
 * once told to be repaired is.
 */
class ScrubScenarioTest {
    private static final int CHUNK = 8192;
    private static final int MEMBERS = 7;
    private static final int ROWS = 14;
    private static final List<Survival> SURVIVALS =
            List.of(Survival.NONE, Survival.ALL, new SeededSurvival(3), new SeededSurvival(4));

    @ParameterizedTest
    @CsvSource({"false, WRITE_THROUGH", "true, WRITE_THROUGH", "true, WRITE_BACK"})
    void shouldBringTheTruthBackWhereverARepairStops(boolean isJournaled, JournalMode mode) {
        Snapshot whole =
                Scene.make(new ArrayShape(6, 2, MEMBERS, CHUNK, ROWS, isJournaled, 512, 1, true), 0, 512 * 1024);
        List<SparseContents> lying = new ArrayList<>();
        whole.contents().forEach(contents -> lying.add(contents.fork()));
        for (int row = 0; row < ROWS; row++) {
            lie(lying.get(row % MEMBERS), row);
        }
        Snapshot begin = new Snapshot(whole.shape(), whole.journalIndex(), lying, whole.lengths(), whole.oracle());
        boolean isOver = false;
        int imageCount = 0;
        for (int boundary = 0; !isOver; boundary += Scene.stride(17)) {
            List<Snapshot> images = new ArrayList<>();
            isOver = live(begin, mode, boundary, images);
            for (Snapshot image : images) {
                judge(image, false, "boundary=" + boundary);
                imageCount++;
            }
        }
        assertTrue(imageCount > 20, "imageCount=" + imageCount);
    }

    private boolean live(Snapshot begin, JournalMode mode, int boundary, List<Snapshot> images) {
        Scene scene = Scene.of(begin, 5);
        scene.start(scene.context(device -> device).journalMode(mode));
        assertTrue(scene.settle());
        scene.atBoundary(boundary, () -> SURVIVALS.forEach(survival -> images.add(scene.image(Cut.POWER, survival))));
        CompletableFuture<SyncTask> repair = scene.array().checkAsync(ScrubMode.CORRECT);
        List<Answer> answers = new ArrayList<>();
        if (begin.shape().isJournaled()) {
            // Into the rows that lie, beside the lie: what is written is built upon it, and carries it on.
            for (int row = 0; row < ROWS; row += 3) {
                int index = (scene.layout().stripe(row).dataIndex(row % MEMBERS) + 1)
                        % scene.layout().dataCount();
                long offset = ((long) row * scene.layout().dataCount() + index) * CHUNK + 1024;
                answers.add(scene.submitWrite(offset, Scene.bytes(row, 512), true));
            }
        }
        scene.await(repair::isDone);
        SyncTask task = repair.join();
        scene.await(() -> task.completion().isDone());
        SyncReport report = task.report();
        assertEquals(ROWS, report.mismatches().size(), report.toString());
        assertTrue(report.mismatches().stream().allMatch(each -> each.remedy() == Remedy.CORRECTED));
        for (Survival survival : SURVIVALS) {
            judge(scene.image(Cut.POWER, survival), true, "just told of the end");
        }
        answers.forEach(answer -> assertEquals(IoStatus.OK, scene.await(answer)));
        assertTrue(scene.settle());
        assertEquals(List.of(), scene.oracle().judge(scene.readAll(), Set.of()), "repaired");
        scene.stop();
        scene.assertParityFits("repaired");
        return images.isEmpty();
    }

    private static void judge(Snapshot image, boolean isRepaired, String what) {
        Scene scene = Scene.of(image, 7);
        scene.start();
        assertTrue(scene.settle(), what);
        SyncTask task = scene.check(ScrubMode.CORRECT);
        scene.await(task);
        if (isRepaired) {
            assertEquals(List.of(), task.report().mismatches(), what);
        }
        assertTrue(task.report().mismatches().stream().allMatch(each -> each.remedy() == Remedy.CORRECTED), what);
        assertEquals(List.of(), scene.oracle().judge(scene.readAll(), Set.of()), what);
        scene.stop();
        scene.assertParityFits(what);
    }

    /** Half a sector of the first block of a row. */
    private static void lie(SparseContents contents, int row) {
        long at = Scene.DATA_OFFSET + (long) row * CHUNK + 1024;
        byte[] bytes = new byte[512];
        contents.read(at, new UnsafeBuffer(bytes), 0, 512);
        for (int i = 0; i < 256; i++) {
            bytes[i] ^= (byte) (1 + (row * 31 + i) % 255);
        }
        contents.write(at, bytes, 0, 512);
    }
}
