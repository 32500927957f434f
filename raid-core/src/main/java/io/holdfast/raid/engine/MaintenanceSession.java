package io.holdfast.raid.engine;

import io.holdfast.raid.SyncTask;

/** Long work over the engine, stepped by the {@link Conductor} on its thread. */
public interface MaintenanceSession extends SyncTask {
    /** Windows below this are dealt with. On the conductor's thread. */
    long doneBelow();

    /**
     * Move on.
     *
     * @param nowNs of the engine's clock.
     * @return how much was done, 0 for nothing.
     */
    int doWork(long nowNs);
}
