package io.holdfast.cli;

import io.holdfast.cli.daemon.Background;
import io.holdfast.cli.daemon.RunFolder;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * What a command has around it: where it may write and read, who and where it is, the time and chance. Tests bring their own.
 *
 * @param out           for what was asked for.
 * @param err           for what went wrong, one line each, and for progress.
 * @param in            for answers and images.
 * @param isInteractive whether a person sits at {@code in} and can be asked.
 * @param isTerminal    whether {@code err} is a terminal, on which a line can be drawn again.
 * @param hostname      of this machine, up to the first dot; may be empty.
 * @param clock         for the time and the zone.
 * @param random        for new identities.
 * @param runFolder     where daemons of running arrays are found.
 * @param background    starts such daemons.
 */
record Session(
        PrintStream out,
        PrintStream err,
        InputStream in,
        boolean isInteractive,
        boolean isTerminal,
        String hostname,
        Clock clock,
        RandomGenerator random,
        RunFolder runFolder,
        Background background) {
    /** Exit code of a command that did what was asked. */
    static final int OK = 0;
    /** Exit code of a command that could not do it. */
    static final int FAILED = 1;
    /** Exit code of a command that was not understood. */
    static final int USAGE = 2;

    private static final int ANSWER_LIMIT = 256;

    /** Print one line about what went wrong, or a remark. */
    void say(String message) {
        err.println("holdfast: " + message);
    }

    /** Print a line of a remark; those that begin with a blank continue the one before. */
    void remark(String text) {
        err.println(text.startsWith(" ") ? text : "holdfast: " + text);
    }

    /**
     * Ask, and wait for the answer.
     *
     * @param question with a blank at its end.
     * @return true for an answer that begins with y; false for any other, and when nobody answers.
     */
    boolean isConfirmed(String question) {
        out.flush();
        err.print(question);
        err.flush();
        StringBuilder answer = new StringBuilder();
        try {
            for (int c = in.read(); c >= 0 && c != '\n' && answer.length() < ANSWER_LIMIT; c = in.read()) {
                answer.append((char) c);
            }
        } catch (IOException e) {
            answer.setLength(0);
        }
        if (answer.length() == 0) {
            err.println();
        }
        return answer.length() > 0 && (answer.charAt(0) == 'y' || answer.charAt(0) == 'Y');
    }

    /** The host whose name goes before an array's: as asked for, or this machine's. */
    String homehost(CommandLine line) {
        String text = line.text(Option.HOMEHOST);
        if (text == null || text.equals("<system>")) {
            return hostname;
        }
        return text.equals("<none>") || text.equals("<ignore>") || text.equals("any") ? "" : text;
    }
}
