package io.holdfast.nbd;

/** An export takes no request any more: what it stands for has been stopped. */
public final class ExportStoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Say so.
     *
     * @param message naming what was stopped.
     * @param cause   how that was noticed; may be null.
     */
    public ExportStoppedException(String message, Throwable cause) {
        super(message, cause);
    }
}
