package io.holdfast.raid.engine;

import io.holdfast.raid.LostBlocks;
import io.holdfast.raid.Mismatch;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress;

/** What the engine does for a {@link MaintenanceSession}. On the conductor's thread, but for {@link #wake}. */
public interface SyncSupport {
    /** Windows in the array. */
    long windowCount();

    /** Bytes of each member in a window. */
    long windowLength();

    /** The first sector of a window, counted from the start of each member's data. */
    long memberSector(long window);

    /** Say in the operator's words what a step has found; while the step has not been used again. */
    Mismatch describe(SyncStep step, SyncStep.Finding finding);

    /** Say in the operator's words what a step could not get; while the step has not been used again. */
    LostBlocks describe(SyncStep step, SyncStep.Lost lost);

    /** Something to be told of was found. */
    void onMismatch(Mismatch mismatch);

    /**
     * Where there is something to do.
     *
     * @param activity of the session.
     * @param window   to look from, at most {@link #windowCount()}.
     * @return the first window, from that one on, that has to be visited; {@link #windowCount()} when there is none.
     */
    long nextWindow(SyncActivity activity, long window);

    /** Hand a step to the shard that owns its window. */
    void submit(SyncStep step);

    /** Every window below {@code doneBelow} is dealt with: it may be relied on at once. */
    void onAdvance(SyncActivity activity, long doneBelow);

    /** Record how far the work has come, once what it wrote is durable. */
    void checkpoint();

    /** The session has nothing in flight any more. The engine records the outcome, then completes the session's future. */
    void onEnd(MaintenanceSession session, SyncProgress.Outcome outcome);

    /** Have the conductor's loop call the session soon. From any thread. */
    void wake();
}
