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
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.metadata.SuperblockReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The journal of a running array is exchanged, taken away, or fails, and everything stops at every boundary of that in turn.
 * Whatever the superblocks say then, answered writes are there: also with a member missing, as long as there is a journal on
 * either side of the change.
 */
class JournalChangeScenarioTest {
    private static final int CHUNK = 8192;
    private static final int JOURNAL_LENGTH = 256 * 1024;
    private static final List<Survival> SURVIVALS =
            List.of(Survival.NONE, Survival.ALL, new SeededSurvival(3), new SeededSurvival(4));

    private final Aftermath aftermath = new Aftermath();

    /** What is in flight while the journal changes. */
    private enum Change {
        ANOTHER,
        NONE,
        FAILS,
        /** Another copy comes. */
        COPY,
        /** Another copy comes, and the first fails a little later. */
        COPY_AND_FAILURE
    }

    @ParameterizedTest
    @CsvSource({
        "5, ANOTHER, WRITE_THROUGH",
        "5, ANOTHER, WRITE_BACK",
        "6, ANOTHER, WRITE_BACK",
        "5, NONE, WRITE_THROUGH",
        "6, NONE, WRITE_BACK",
        "5, FAILS, WRITE_THROUGH",
        "4, FAILS, WRITE_BACK",
        "5, COPY, WRITE_THROUGH",
        "6, COPY, WRITE_BACK",
        "5, COPY_AND_FAILURE, WRITE_THROUGH",
        "6, COPY_AND_FAILURE, WRITE_BACK"
    })
    void shouldFindEveryAnswerWhereverTheChangeStops(int level, Change change, JournalMode mode) {
        Snapshot begin = withBlankDevice(Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 6, true, 512, 1, true), 0, JOURNAL_LENGTH));
        boolean isOver = false;
        int stride = Scene.stride(3);
        for (int boundary = 0; !isOver; boundary += stride) {
            isOver = live(begin, change, mode, boundary);
        }
        assertTrue(aftermath.imageCount() > 60, "imageCount=" + aftermath.imageCount());
    }

    /** One life, and what would be found at one boundary of it; true when there are no more boundaries. */
    private boolean live(Snapshot begin, Change change, JournalMode mode, int boundary) {
        Scene scene = Scene.of(begin, 5);
        int blank = scene.deviceCount() - 1;
        int journal = scene.journalIndex();
        scene.absent().add(blank);
        NthFaultDevice[] failing = new NthFaultDevice[1];
        scene.start(scene.context(device -> {
                    if (change == Change.FAILS && device.name().equals("d" + journal)) {
                        failing[0] =
                                new NthFaultDevice(device, NthFaultDevice.WRITES, 4, true, false, IoStatus.MEDIA_ERROR);
                        return failing[0];
                    }
                    return device;
                })
                .onJournalLoss(JournalLossPolicy.CONTINUE)
                .journalMode(mode));
        assertTrue(scene.settle());
        List<Snapshot> images = new ArrayList<>();
        scene.atBoundary(boundary, () -> SURVIVALS.forEach(survival -> images.add(scene.image(Cut.POWER, survival))));
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            answers.add(scene.submitWrite(i * 9000L + 100, Scene.bytes(10 + i, 5000), true));
        }
        if (mode == JournalMode.WRITE_BACK || change == Change.FAILS) {
            answers.forEach(scene::await);
        }
        CompletableFuture<Void> changed =
                switch (change) {
                    case ANOTHER -> scene.array().useJournalAsync(scene.device(blank));
                    case NONE -> scene.array().removeJournalAsync();
                    case FAILS -> CompletableFuture.completedFuture(null);
                    case COPY, COPY_AND_FAILURE -> scene.array().addJournalCopyAsync(scene.device(blank));
                };
        for (int i = 0; i < 4; i++) {
            answers.add(scene.submitWrite(i * 17_000L + 3000, Scene.bytes(20 + i, 4000 + 3000 * i), true));
        }
        scene.await(changed::isDone);
        changed.join();
        answers.forEach(answer -> assertEquals(IoStatus.OK, scene.await(answer)));
        for (int i = 0; i < 3; i++) {
            assertEquals(IoStatus.OK, scene.await(scene.submitWrite(i * 11_000L, Scene.bytes(30 + i, 4000), true)));
        }
        assertTrue(scene.settle());
        assertTrue(failing[0] == null || failing[0].errorCount() > 0, "the journal was to fail");
        assertEquals(List.of(), scene.oracle().judge(scene.readAll(), Set.of()), "while it runs");
        scene.stop();
        if (images.isEmpty()) {
            judge(scene.snapshot(), blank, Set.of(), "stopped");
            return true;
        }
        for (int i = 0; i < images.size(); i++) {
            String what = change + " " + mode + " boundary=" + boundary + " survival=" + i;
            judge(images.get(i), blank, Set.of(), what);
            if (change != Change.NONE && change != Change.FAILS) {
                judge(images.get(i), blank, Set.of(boundary % 4), what + " and a member is lost");
            }
        }
        return false;
    }

    private void judge(Snapshot image, int blank, Set<Integer> lost, String what) {
        Set<Integer> absent = new TreeSet<>(lost);
        if (!SuperblockReader.examine(Scene.of(image, 1).device(blank)).isValid()) {
            // It has not been introduced: nobody would give it.
            absent.add(blank);
        }
        aftermath.judge(image, absent, false, what);
    }

    /** The same devices and a blank one. */
    private static Snapshot withBlankDevice(Snapshot made) {
        List<SparseContents> contents = new ArrayList<>(made.contents());
        List<Long> lengths = new ArrayList<>(made.lengths());
        contents.add(new SparseContents());
        lengths.add(Scene.DATA_OFFSET + JOURNAL_LENGTH);
        // Without a journal, what is old or new as a whole is a block of the devices.
        Oracle oracle = new Oracle(made.oracle().newest(), made.shape().logicalBlockLength());
        return new Snapshot(made.shape(), made.journalIndex(), contents, lengths, oracle);
    }
}
