package io.holdfast.cli.option;

/** A command line that cannot be meant. The message is for the person who typed it. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final boolean showsUsage;

    private UsageException(String message, int exitCode, boolean showsUsage) {
        super(message, null, false, false);
        this.exitCode = exitCode;
        this.showsUsage = showsUsage;
    }

    /**
     * A word that is no option, or an option without what it needs: the usage line helps.
     *
     * @param message what was found.
     * @return an exception of exit code 2 that asks for the usage line.
     */
    public static UsageException ofWord(String message) {
        return new UsageException(message, 2, true);
    }

    /**
     * A value or a combination that makes no sense.
     *
     * @param message what was found and, where it is not plain, what to do.
     * @return an exception of exit code 2.
     */
    public static UsageException of(String message) {
        return new UsageException(message, 2, false);
    }

    /**
     * A request that is understood and lacks something.
     *
     * @param message what is missing.
     * @return an exception of exit code 1.
     */
    public static UsageException incomplete(String message) {
        return new UsageException(message, 1, false);
    }

    /** The exit code: 1 or 2. */
    public int exitCode() {
        return exitCode;
    }

    /** Whether the line that says how to get help belongs after the message. */
    public boolean showsUsage() {
        return showsUsage;
    }
}
