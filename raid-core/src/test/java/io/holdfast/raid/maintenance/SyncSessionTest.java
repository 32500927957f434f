package io.holdfast.raid.maintenance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.LostBlocks;
import io.holdfast.raid.Mismatch;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress.Outcome;
import io.holdfast.raid.engine.MaintenanceSession;
import io.holdfast.raid.engine.SyncStep;
import io.holdfast.raid.engine.SyncSteps;
import io.holdfast.raid.engine.SyncSupport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyncSessionTest {
    private static final long WINDOWS = 5000;
    private static final long INTERVAL_NS = 1000;

    private final Deque<SyncStep> submitted = new ArrayDeque<>();
    private final TreeSet<Long> seen = new TreeSet<>();
    private final List<Mismatch> told = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private long advanced = -1;
    private int checkpoints;
    private int wakes;
    private long windowCount = WINDOWS;
    /** Null for all. */
    private TreeSet<Long> wanted;

    private final SyncSupport support = new SyncSupport() {
        @Override
        public long nextWindow(SyncActivity activity, long window) {
            Long next = wanted == null ? Long.valueOf(window) : wanted.ceiling(window);
            return next == null ? windowCount : next;
        }

        @Override
        public long windowCount() {
            return windowCount;
        }

        @Override
        public long windowLength() {
            return 65536;
        }

        @Override
        public long memberSector(long window) {
            return window * 128;
        }

        @Override
        public Mismatch describe(SyncStep step, SyncStep.Finding finding) {
            return new Mismatch(
                    step.window() * 65536 + finding.firstSector() * 512L,
                    finding.sectorCount() * 512L,
                    Mismatch.Culprit.P,
                    finding.slot(),
                    "device",
                    finding.remedy(),
                    List.of());
        }

        @Override
        public LostBlocks describe(SyncStep step, SyncStep.Lost lost) {
            return new LostBlocks(step.window() * 65536, lost.blockCount() * 4096L, lost.slots(), List.of());
        }

        @Override
        public void onMismatch(Mismatch mismatch) {
            told.add(mismatch);
        }

        @Override
        public void submit(SyncStep step) {
            assertTrue(seen.add(step.window()), "window " + step.window() + " is dealt with twice");
            submitted.add(step);
        }

        @Override
        public void onAdvance(SyncActivity activity, long doneBelow) {
            assertTrue(doneBelow > advanced);
            for (SyncStep step : submitted) {
                assertTrue(step.window() >= doneBelow, "the mark runs ahead of window " + step.window());
            }
            advanced = doneBelow;
        }

        @Override
        public void checkpoint() {
            checkpoints++;
        }

        @Override
        public void onEnd(MaintenanceSession session, Outcome outcome) {
            assertTrue(submitted.isEmpty(), "ended with windows in flight");
            outcomes.add(outcome);
        }

        @Override
        public void wake() {
            wakes++;
        }
    };

    private SyncSession session(SyncActivity activity, long first) {
        SyncStep.Action action =
                switch (activity) {
                    case RECOVERY -> SyncStep.Action.RECOVER;
                    case RESYNC -> SyncStep.Action.RESYNC;
                    case CHECK -> SyncStep.Action.CHECK;
                    case REPAIR -> SyncStep.Action.CORRECT;
                };
        return new SyncSession(activity, action, first, support, INTERVAL_NS);
    }

    private void finish(SyncSession session, long nowNs) {
        while (outcomes.isEmpty()) {
            session.doWork(nowNs);
            while (!submitted.isEmpty()) {
                SyncSteps.complete(submitted.poll(), IoStatus.OK);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(SyncActivity.class)
    void shouldDealWithEveryWindowOnceWhateverTheOrderOfAnswers(SyncActivity activity) {
        SyncSession session = session(activity, 17);
        Random random = new Random(1);
        while (outcomes.isEmpty()) {
            session.doWork(0);
            List<SyncStep> inFlight = new ArrayList<>(submitted);
            assertTrue(inFlight.size() <= 32);
            Collections.shuffle(inFlight, random);
            // The slowest of all now and then keeps the others waiting.
            int answers = Math.max(1, random.nextInt(inFlight.size() + 1));
            for (SyncStep step : inFlight.subList(0, Math.min(answers, inFlight.size()))) {
                submitted.remove(step);
                SyncSteps.complete(step, IoStatus.OK);
            }
        }
        assertEquals(List.of(Outcome.COMPLETE), outcomes);
        assertEquals(WINDOWS - 17, seen.size());
        assertEquals(17, seen.first());
        assertEquals(WINDOWS, advanced);
        assertEquals(WINDOWS, session.doneBelow());
        assertEquals(WINDOWS * 65536, session.progress().doneLength());
        assertTrue(wakes > 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 40, 1500, 4999})
    void shouldPassOverWhatIsNotWanted(long distance) {
        wanted = new TreeSet<>();
        for (long window = 3; window < WINDOWS; window += distance) {
            wanted.add(window);
        }
        SyncSession session = session(SyncActivity.RESYNC, 0);
        Random random = new Random(distance);
        while (outcomes.isEmpty()) {
            session.doWork(0);
            List<SyncStep> inFlight = new ArrayList<>(submitted);
            Collections.shuffle(inFlight, random);
            for (SyncStep step : inFlight.subList(0, (inFlight.size() + 1) / 2)) {
                submitted.remove(step);
                SyncSteps.complete(step, IoStatus.OK);
            }
        }
        assertEquals(List.of(Outcome.COMPLETE), outcomes);
        assertEquals(wanted, seen);
        assertEquals(WINDOWS, advanced);
    }

    @Test
    void shouldEndAtOnceWhereNothingIsWanted() {
        wanted = new TreeSet<>();
        windowCount = 1L << 40;
        SyncSession session = session(SyncActivity.RESYNC, 0);
        session.doWork(0);
        session.doWork(0);
        assertEquals(List.of(Outcome.COMPLETE), outcomes);
        assertEquals(1L << 40, advanced);
    }

    @Test
    void shouldNotRunAheadOfItsSlowestWindowForEver() {
        SyncSession session = session(SyncActivity.CHECK, 0);
        session.doWork(0);
        SyncStep slowest = submitted.poll();
        for (int i = 0; i < 5000; i++) {
            while (!submitted.isEmpty()) {
                SyncSteps.complete(submitted.poll(), IoStatus.OK);
            }
            session.doWork(0);
        }
        assertTrue(submitted.isEmpty());
        assertEquals(1024, seen.size());
        assertEquals(-1, advanced);
        SyncSteps.complete(slowest, IoStatus.OK);
        session.doWork(0);
        assertEquals(1024, advanced);
        assertFalse(submitted.isEmpty());
    }

    @Test
    void shouldStopAtAMarkBelowWhichEverythingIsDone() {
        SyncSession session = session(SyncActivity.RECOVERY, 0);
        session.doWork(0);
        session.stop();
        List<SyncStep> inFlight = new ArrayList<>(submitted);
        Collections.reverse(inFlight);
        for (SyncStep step : inFlight) {
            assertTrue(outcomes.isEmpty());
            session.doWork(0);
            submitted.remove(step);
            SyncSteps.complete(step, IoStatus.OK);
        }
        session.doWork(0);
        assertEquals(List.of(Outcome.STOPPED), outcomes);
        assertEquals(32, session.doneBelow());
        assertEquals(32, seen.size());
        session.doWork(0);
        assertEquals(1, outcomes.size());
    }

    @Test
    void shouldFailAtAWindowThatCannotBeReadAndSaySo() {
        SyncSession session = session(SyncActivity.RECOVERY, 0);
        session.doWork(0);
        for (int i = 0; i < 5; i++) {
            SyncSteps.complete(submitted.poll(), IoStatus.OK);
        }
        SyncSteps.completeUnreadable(submitted.poll(), 2);
        finish(session, 0);
        assertEquals(List.of(Outcome.FAILED), outcomes);
        assertEquals(5, session.doneBelow());
        assertTrue(session.progress().message().contains("slot 2"), session.progress()::message);
        assertTrue(session.progress().message().contains("sector " + 5 * 128), session.progress()::message);
    }

    @Test
    void shouldCountSectorsOfParityThatDoesNotFitOncePerBlock() {
        windowCount = 3;
        SyncSession session = session(SyncActivity.REPAIR, 0);
        session.doWork(0);
        SyncSteps.completeWrong(submitted.poll(), 0b0011, 0b0110);
        SyncSteps.completeWrong(submitted.poll(), 0, 0);
        SyncSteps.completeWrong(submitted.poll(), 0, 0b1000);
        session.doWork(0);
        assertEquals(4 * 8, session.progress().mismatchedSectors());
        assertEquals(List.of(Outcome.COMPLETE), outcomes);
    }

    @Test
    void shouldCheckpointNowAndThen() {
        SyncSession session = session(SyncActivity.RESYNC, 0);
        session.doWork(5);
        session.doWork(5 + INTERVAL_NS - 1);
        assertEquals(0, checkpoints);
        session.doWork(5 + INTERVAL_NS);
        assertEquals(1, checkpoints);
        session.doWork(5 + 2 * INTERVAL_NS - 1);
        assertEquals(1, checkpoints);
        session.doWork(5 + 2 * INTERVAL_NS);
        assertEquals(2, checkpoints);
    }

    @Test
    void shouldEndAtOnceWhenThereIsNothingToDo() {
        SyncSession session = session(SyncActivity.RESYNC, WINDOWS);
        session.doWork(0);
        assertEquals(List.of(Outcome.COMPLETE), outcomes);
        assertTrue(seen.isEmpty());
    }
}
