package io.holdfast.cli.daemon;

/** What an array daemon refuses, or why it cannot be reached: a whole sentence for an operator. */
public final class DaemonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    /**
     * Describe a refusal.
     *
     * @param message a sentence.
     */
    public DaemonException(String message) {
        this(message, 1);
    }

    /**
     * Describe a refusal that scripts are to tell from others.
     *
     * @param message  a sentence.
     * @param exitCode of the command that meets it.
     */
    public DaemonException(String message, int exitCode) {
        super(message, null, false, false);
        this.exitCode = exitCode;
    }

    /** The exit code of the command that meets it. */
    public int exitCode() {
        return exitCode;
    }
}
