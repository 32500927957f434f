package io.holdfast.blockdev;

/** Receives the outcome of operations submitted to an {@link IoChannel}. */
@FunctionalInterface
public interface IoCompletionHandler {
    /**
     * An operation ended.
     *
     * @param token  given at submission.
     * @param status how it ended.
     */
    void onCompletion(long token, IoStatus status);
}
