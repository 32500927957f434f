package io.holdfast.cli;

import java.util.List;
import picocli.CommandLine.ParseResult;

/** The options that several words share, read in one place. */
final class WordOptions {
    private final ParseResult words;
    private final Session session;

    WordOptions(ParseResult words, Session session) {
        this.words = words;
        this.session = session;
    }

    boolean has(String option) {
        return words.hasMatchedOption(option);
    }

    String text(String option, String otherwise) {
        return words.matchedOptionValue(option, otherwise);
    }

    String positional(int index) {
        return words.matchedPositional(index).getValue();
    }

    List<String> devices(int index) {
        return words.matchedPositional(index).getValue();
    }

    /** Progress on standard error, unless nobody wants any. */
    Progress progress(String label, long totalLength) {
        boolean isQuiet = has("--quiet") || has("--json");
        return new Progress(isQuiet ? null : session.err(), session.isTerminal(), System::nanoTime, label, totalLength);
    }
}
