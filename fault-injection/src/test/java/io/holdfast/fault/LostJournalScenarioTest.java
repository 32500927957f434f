package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.Scene.Answer;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.fault.device.Survival;
import io.holdfast.fault.device.VanishingDevice;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The journal is not there, is another array's, is from another time, or goes while the array runs. */
class LostJournalScenarioTest {
    private static final int CHUNK = 8192;
    private static final long JOURNAL_LENGTH = 256 * 1024;
    private static final int STRIDE = Scene.stride(3);
    private static final Aftermath AFTERMATH = new Aftermath();

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldNotStartWithoutItsJournalUnlessForcedAndThenOnlyForReading(int level) {
        Snapshot made = make(level, 2);
        for (boolean isCrashed : new boolean[] {false, true}) {
            Snapshot begin = isCrashed ? crashed(made) : made;
            Scene scene = Scene.of(begin, 2);
            scene.absent().add(begin.journalIndex());
            ArrayException e = assertThrows(ArrayException.class, scene::start);
            assertTrue(e.getMessage().contains("journal"), e::getMessage);
            assertUntouched(begin, scene);

            scene.start(scene.context(device -> device).force(true));
            assertEquals(Condition.READ_ONLY, scene.condition());
            assertEquals(IoStatus.READ_ONLY, scene.write(0, Scene.bytes(1, 512)));
            if (!isCrashed) {
                assertEquals(List.of(), scene.oracle().judge(scene.readAll(), Set.of()));
            }
            assertTrue(scene.tryStop());
            assertUntouched(begin, scene);

            // The journal turns up: nothing is lost.
            AFTERMATH.judge(begin, Set.of(), false, "the journal is back, isCrashed=" + isCrashed);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldNotReplayTheJournalOfAnotherArrayOrOfAnotherTime(int level) {
        Snapshot made = make(level, 2);
        Snapshot crashed = crashed(made);
        Snapshot other = crashed(make(level, 3));
        int journal = made.journalIndex();
        Scene lived = Scene.of(made, 4);
        lived.start();
        assertEquals(IoStatus.OK, lived.write(0, Scene.bytes(9, 5 * CHUNK)));
        lived.stop();
        lived.start();
        assertEquals(IoStatus.OK, lived.write(0, Scene.bytes(10, CHUNK)));
        lived.stop();
        Snapshot later = lived.snapshot();

        for (SparseContents wrong :
                List.of(other.contents().get(journal), crashed.contents().get(journal))) {
            List<SparseContents> contents = new ArrayList<>(later.contents());
            contents.set(journal, wrong);
            Snapshot mixed = new Snapshot(later.shape(), journal, contents, later.lengths(), later.oracle());
            Scene scene = Scene.of(mixed, 5);
            ArrayException e = assertThrows(ArrayException.class, scene::start);
            assertTrue(e.getMessage().contains("journal") || e.getMessage().contains("d" + journal), e::getMessage);
            assertUntouched(mixed, scene);
        }
        AFTERMATH.judge(later, Set.of(), false, "with its own");
    }

    /** Writes are refused from then on, nothing answered is lost, and the array comes to rest. */
    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldLoseItAtAnyMoment(int level) {
        Snapshot made = make(level, 2);
        int failedCount = 0;
        boolean isOver = false;
        for (int boundary = 0; !isOver; boundary += STRIDE) {
            String what = made.shape() + " boundary=" + boundary;
            Scene scene = Scene.of(made, 6);
            VanishingDevice[] journal = new VanishingDevice[1];
            scene.start(device -> {
                VanishingDevice vanishing = new VanishingDevice(device);
                if (device.name().equals("d" + made.journalIndex())) {
                    journal[0] = vanishing;
                }
                return vanishing;
            });
            assertTrue(scene.settle());
            boolean[] isReached = new boolean[1];
            scene.atBoundary(boundary, () -> {
                isReached[0] = true;
                journal[0].vanish();
            });
            List<Snapshot> atAnswers = new ArrayList<>();
            scene.onAnswer(() -> atAnswers.add(scene.image(Cut.POWER, Survival.NONE)));
            List<Answer> answers = List.of(
                    scene.submitWrite(700, Scene.bytes(1, 3000), false),
                    scene.submitWrite(2 * CHUNK, Scene.bytes(2, 3 * CHUNK), false));
            answers.forEach(scene::await);
            scene.onAnswer(() -> {});
            assertTrue(scene.settle(), what);
            assertEquals(List.of(), scene.oracle().judge(scene.readAll(), Set.of()), what);
            boolean isFailed = scene.condition() == Condition.READ_ONLY;
            failedCount += isFailed ? 1 : 0;
            assertEquals(isFailed ? 1 : 0, scene.events().count("journalFailed"), what);
            for (Answer answer : answers) {
                assertTrue(
                        answer.status == IoStatus.OK || (isFailed && answer.status == IoStatus.READ_ONLY),
                        () -> what + " status=" + answer.status);
            }
            for (Snapshot image : atAnswers) {
                AFTERMATH.judge(image, Set.of(), true, what + " found at an answer, the journal back");
            }
            isOver = !isReached[0];
        }
        assertTrue(failedCount > 0, "failedCount=" + failedCount);
    }

    private static Snapshot make(int level, long seed) {
        return Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 3, true, 512, 1, true), 0, JOURNAL_LENGTH, seed);
    }

    private static Snapshot crashed(Snapshot made) {
        Scene scene = Scene.of(made, 2);
        scene.start();
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            answers.add(scene.submitWrite(i * 4000L, Scene.bytes(i, 5000), false));
        }
        scene.await(() -> answers.stream().filter(Answer::isIn).count() >= 4);
        scene.crash(Cut.POWER, Survival.NONE);
        return scene.snapshot();
    }

    private static void assertUntouched(Snapshot begin, Scene scene) {
        for (int i = 0; i < begin.contents().size(); i++) {
            assertTrue(begin.contents().get(i).sameAs(scene.device(i).contents()), "written to: device=" + i);
        }
    }
}
