package io.holdfast.raid;

import io.holdfast.blockdev.IoStatus;

/** An array that could not be started, or a request that could not be met. The message is a whole sentence for an operator. */
public final class ArrayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final IoStatus status;

    /**
     * Describe a failure.
     *
     * @param status  in short.
     * @param message at length.
     */
    public ArrayException(IoStatus status, String message) {
        super(message);
        this.status = status;
    }

    /** The failure in short. */
    public IoStatus status() {
        return status;
    }
}
