package io.holdfast.raid;

import java.util.concurrent.CompletableFuture;

/** A resync, recovery, check or repair that is going on. Thread-safe. */
public interface SyncTask {
    /** Which work it is. */
    SyncActivity activity();

    /** How far it has come. */
    SyncProgress progress();

    /** What it has found so far, place by place. */
    SyncReport report();

    /** Ask it to end soon, keeping what it has done; {@link #completion} tells when it has. */
    void stop();

    /** Completed when the work has ended, by itself or on request, and its outcome is recorded on the members. */
    CompletableFuture<SyncProgress> completion();
}
