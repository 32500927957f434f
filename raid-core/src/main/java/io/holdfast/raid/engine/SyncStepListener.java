package io.holdfast.raid.engine;

/** Told when a shard has finished a {@link SyncStep}. */
@FunctionalInterface
public interface SyncStepListener {
    /**
     * The step is done. Called on the shard's thread.
     *
     * @param step with its outcome.
     */
    void onStepComplete(SyncStep step);
}
