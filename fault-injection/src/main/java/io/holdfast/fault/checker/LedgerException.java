package io.holdfast.fault.checker;

/** A ledger that cannot be used. The message is a whole sentence for the person who named it. */
public final class LedgerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Describe the failure.
     *
     * @param message what was found, and what can be done about it.
     * @param cause   that led to it, or null.
     */
    public LedgerException(String message, Throwable cause) {
        super(message, cause);
    }
}
