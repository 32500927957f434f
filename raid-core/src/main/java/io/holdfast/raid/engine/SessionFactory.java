package io.holdfast.raid.engine;

import io.holdfast.raid.SyncActivity;

/** Makes the sessions that the conductor starts by itself. */
@FunctionalInterface
public interface SessionFactory {
    /**
     * A new session.
     *
     * @param activity    what it does.
     * @param action      what it does to each window.
     * @param firstWindow where it begins.
     * @param support     the engine's side.
     * @return not yet started.
     */
    MaintenanceSession create(SyncActivity activity, SyncStep.Action action, long firstWindow, SyncSupport support);
}
