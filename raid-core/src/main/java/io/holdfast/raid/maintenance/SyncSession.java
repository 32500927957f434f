package io.holdfast.raid.maintenance;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.Mismatch;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncProgress.Outcome;
import io.holdfast.raid.SyncReport;
import io.holdfast.raid.engine.MaintenanceSession;
import io.holdfast.raid.engine.SyncStep;
import io.holdfast.raid.engine.SyncSupport;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * A walk over every window of an array: resync, recovery, check or repair.
 *
 * <p>The session keeps a bounded number of windows in flight at the shards, so that devices stream while callers' writes
 * find their windows free within a moment. It runs on the conductor's thread; only {@link #progress}, {@link #stop} and
 * {@link #completion} may be used from others.
 *
 * <p>Windows finish in any order. What a checkpoint records is the lowest window not yet finished, and the conductor
 * flushes the members before it writes the superblocks: a mark on disk never runs ahead of durable data.
 */
public final class SyncSession implements MaintenanceSession {
    /** Windows in flight. At 64 KiB a window this is 2 MiB of every member. */
    private static final int STEP_COUNT = 32;

    /** How far the walk may run ahead of its slowest window. */
    private static final int SPAN = 1024;

    private final SyncActivity activity;
    private final SyncStep.Action action;
    private final SyncSupport support;
    private final long checkpointIntervalNs;
    private final long endWindow;
    private final ManyToOneConcurrentArrayQueue<SyncStep> returned = new ManyToOneConcurrentArrayQueue<>(STEP_COUNT);
    private final SyncStep[] idle = new SyncStep[STEP_COUNT];
    private final SyncFindings findings = new SyncFindings();
    private final BitSet finished = new BitSet(SPAN);
    private final CompletableFuture<SyncProgress> completion = new CompletableFuture<>();

    private int idleCount;
    private long nextWindow;
    private long doneBelow;
    private long mismatchedSectors;
    private long lastCheckpointNs = Long.MIN_VALUE;
    private String failure = "";
    private boolean ended;
    private volatile boolean stopping;
    private volatile SyncProgress progress;

    /**
     * A session; the conductor starts it.
     *
     * @param activity             what to do.
     * @param action               what to do to each window.
     * @param firstWindow          where to begin.
     * @param support              the engine's side.
     * @param checkpointIntervalNs how often progress is recorded on the members.
     */
    public SyncSession(
            SyncActivity activity,
            SyncStep.Action action,
            long firstWindow,
            SyncSupport support,
            long checkpointIntervalNs) {
        this.activity = activity;
        this.support = support;
        this.checkpointIntervalNs = checkpointIntervalNs;
        this.endWindow = support.windowCount();
        this.action = action;
        nextWindow = firstWindow;
        doneBelow = firstWindow;
        for (int i = 0; i < STEP_COUNT; i++) {
            idle[idleCount++] = new SyncStep(this::giveBack);
        }
        publish(Outcome.RUNNING);
    }

    @Override
    public SyncActivity activity() {
        return activity;
    }

    @Override
    public SyncReport report() {
        return findings.report();
    }

    @Override
    public SyncProgress progress() {
        return progress;
    }

    @Override
    public void stop() {
        stopping = true;
        support.wake();
    }

    /** Completed, on the conductor's thread, when the session has ended and its outcome is recorded. */
    @Override
    public CompletableFuture<SyncProgress> completion() {
        return completion;
    }

    @Override
    public long doneBelow() {
        return doneBelow;
    }

    /** Runs on a shard's thread. The queue has room for every step there is. */
    private void giveBack(SyncStep step) {
        returned.offer(step);
        support.wake();
    }

    @Override
    public int doWork(long nowNs) {
        int work = 0;
        for (SyncStep step = returned.poll(); step != null; step = returned.poll()) {
            take(step);
            work++;
        }
        advance();
        boolean going = !stopping && failure.isEmpty();
        while (going && idleCount > 0 && nextWindow < endWindow && nextWindow < doneBelow + SPAN) {
            long wanted = support.nextWindow(activity, nextWindow);
            if (wanted > nextWindow) {
                work++;
                passOver(wanted);
            } else {
                support.submit(idle[--idleCount].prepare(action, nextWindow++));
                work++;
            }
        }
        if (work > 0) {
            publish(Outcome.RUNNING);
        }
        if (idleCount == STEP_COUNT && (doneBelow == endWindow || !going)) {
            end();
            return 1;
        }
        checkpointIfDue(nowNs);
        return work;
    }

    /** Nothing has to be done before a window: what lies in between counts as finished. */
    private void passOver(long wanted) {
        if (doneBelow == nextWindow) {
            // Nothing is under way, so the mark goes along at once, however far that is.
            nextWindow = wanted;
            doneBelow = wanted;
            support.onAdvance(activity, doneBelow);
            return;
        }
        while (nextWindow < wanted && nextWindow < doneBelow + SPAN) {
            finished.set((int) (nextWindow % SPAN));
            nextWindow++;
        }
    }

    private void take(SyncStep step) {
        idle[idleCount++] = step;
        if (step.status() != IoStatus.OK) {
            if (failure.isEmpty()) {
                failure = describe(step);
            }
            return;
        }
        if (activity == SyncActivity.RESYNC && step.isMemberMissing()) {
            // A member was lost while the step was under way; the conductor is about to end the session for that. The
            // mark
            // must not move over a window of which nobody knows whether its parity fits.
            return;
        }
        mismatchedSectors += 8L * Integer.bitCount(step.wrongPBlocks() | step.wrongQBlocks());
        for (SyncStep.Lost lost : step.lost()) {
            findings.add(support.describe(step, lost));
        }
        for (SyncStep.Finding finding : step.findings()) {
            Mismatch mismatch = support.describe(step, finding);
            if (findings.add(mismatch)) {
                support.onMismatch(mismatch);
            }
        }
        finished.set((int) (step.window() % SPAN));
    }

    private String describe(SyncStep step) {
        String where = "at sector " + support.memberSector(step.window()) + " of the members";
        if (step.unreadableSlot() >= 0) {
            return "slot " + step.unreadableSlot() + " cannot be read " + where
                    + ", and with the members that are left its content cannot be reconstructed";
        }
        return "stopped " + where + ": " + step.status();
    }

    /** Move the mark over every window that is finished without a gap. */
    private void advance() {
        long before = doneBelow;
        while (doneBelow < nextWindow && finished.get((int) (doneBelow % SPAN))) {
            finished.clear((int) (doneBelow % SPAN));
            doneBelow++;
        }
        if (doneBelow != before) {
            support.onAdvance(activity, doneBelow);
        }
    }

    private void checkpointIfDue(long nowNs) {
        if (lastCheckpointNs == Long.MIN_VALUE) {
            lastCheckpointNs = nowNs;
        } else if (nowNs - lastCheckpointNs >= checkpointIntervalNs) {
            lastCheckpointNs = nowNs;
            support.checkpoint();
        }
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        Outcome outcome = Outcome.COMPLETE;
        if (!failure.isEmpty()) {
            outcome = Outcome.FAILED;
        } else if (doneBelow < endWindow) {
            outcome = Outcome.STOPPED;
        }
        publish(outcome);
        support.onEnd(this, outcome);
    }

    private void publish(Outcome outcome) {
        progress = new SyncProgress(
                activity,
                outcome,
                support.windowLength() * doneBelow,
                support.windowLength() * endWindow,
                mismatchedSectors,
                failure);
    }
}
