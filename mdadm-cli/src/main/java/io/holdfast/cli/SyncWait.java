package io.holdfast.cli;

import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncTask;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for long work of an array, telling how far it has come. */
final class SyncWait {
    private static final long LOOK_MS = 50;

    private SyncWait() {}

    /**
     * Wait until work ends; a request to come to rest is passed on to it.
     *
     * @param task         to wait for.
     * @param progress     to tell.
     * @param interruption to look at.
     * @return how the work ended.
     */
    static SyncProgress await(SyncTask task, Progress progress, Interruption interruption) {
        while (true) {
            try {
                SyncProgress end = task.completion().get(LOOK_MS, TimeUnit.MILLISECONDS);
                progress.at(end.doneLength());
                return end;
            } catch (TimeoutException e) {
                progress.at(task.progress().doneLength());
                if (interruption.isRequested()) {
                    task.stop();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                task.stop();
            } catch (ExecutionException e) {
                throw new IllegalStateException("work ended without an outcome: activity=" + task.activity(), e);
            }
        }
    }
}
