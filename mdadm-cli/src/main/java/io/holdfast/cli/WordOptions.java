package io.holdfast.cli;

import io.holdfast.cli.option.UsageException;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import java.time.Duration;
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

    /**
     * Refuse what only the start of an array can be told.
     *
     * @param names of options.
     * @throws UsageException naming one that was given.
     */
    void refuseForRunning(String... names) {
        for (String name : names) {
            if (has(name)) {
                throw UsageException.of(
                        name
                                + " is for an array that this command starts; one that is running was told when it was started.");
            }
        }
    }

    Session session() {
        return session;
    }

    /** Whether nobody wants to be told what is going on. */
    boolean isQuiet() {
        return has("--quiet") || has("--json");
    }

    /** What the loss of the journal is to mean in this run; null when nothing was said. */
    JournalLossPolicy lossPolicy() {
        String text = text("--on-journal-loss", null);
        return text == null ? null : PolicyWords.lossPolicy("--on-journal-loss: ", text);
    }

    /** What writes are to wait for. */
    JournalMode journalMode() {
        return PolicyWords.mode("--journal-mode: ", text("--journal-mode", "write-through"));
    }

    /** The longest that a replay may take after a crash; null when nothing was said. */
    Duration maxReplay() {
        String text = text("--max-replay", null);
        return text == null ? null : PolicyWords.duration("--max-replay: ", text);
    }

    /** Progress on standard error, unless nobody wants any. */
    Progress progress(String label, long totalLength) {
        return new Progress(
                isQuiet() ? null : session.err(), session.isTerminal(), System::nanoTime, label, totalLength);
    }
}
