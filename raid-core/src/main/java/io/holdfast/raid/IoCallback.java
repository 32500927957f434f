package io.holdfast.raid;

import io.holdfast.blockdev.IoStatus;

/** Told how an asynchronous request ended. */
@FunctionalInterface
public interface IoCallback {
    /**
     * A request ended. Called on an engine thread: return soon, do not block; submitting more requests is fine.
     *
     * @param token  given with the request.
     * @param status {@link IoStatus#OK}; {@link IoStatus#MEDIA_ERROR} when bytes could not be read or reconstructed;
     *               {@link IoStatus#READ_ONLY} when the array takes no writes; {@link IoStatus#GONE} when more members are
     *               lost than the level tolerates.
     */
    void onComplete(long token, IoStatus status);
}
