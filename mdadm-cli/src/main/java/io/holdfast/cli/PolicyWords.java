package io.holdfast.cli;

import io.holdfast.cli.option.Suggestion;
import io.holdfast.cli.option.UsageException;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import java.util.List;
import java.util.Locale;

/** How a journal is to be used, as typed. */
final class PolicyWords {
    private static final List<String> LOSS_POLICIES = List.of("continue", "readonly", "stop");
    private static final List<String> MODES = List.of("write-through", "write-back");

    private PolicyWords() {}

    /**
     * What the loss of the journal is to mean.
     *
     * @param prefix of the message when the word means nothing.
     * @param text   as typed.
     * @return the policy.
     * @throws UsageException when there is no such policy.
     */
    static JournalLossPolicy lossPolicy(String prefix, String text) {
        return switch (text) {
            case "continue" -> JournalLossPolicy.CONTINUE;
            case "readonly", "read-only" -> JournalLossPolicy.READ_ONLY;
            case "stop" -> JournalLossPolicy.STOP;
            default ->
                throw UsageException.of(prefix + "cannot '" + text + "' when the journal fails; use "
                        + String.join(", ", LOSS_POLICIES) + Suggestion.of(text, LOSS_POLICIES, ""));
        };
    }

    /**
     * What writes are to wait for.
     *
     * @param prefix of the message when the word means nothing.
     * @param text   as typed.
     * @return the mode.
     * @throws UsageException when there is no such mode.
     */
    static JournalMode mode(String prefix, String text) {
        return switch (text) {
            case "write-through" -> JournalMode.WRITE_THROUGH;
            case "write-back" -> JournalMode.WRITE_BACK;
            default ->
                throw UsageException.of(prefix + "there is no mode '" + text + "'; use write-through or write-back"
                        + Suggestion.of(text, MODES, ""));
        };
    }

    /** As typed. */
    static String of(JournalLossPolicy policy) {
        return policy.name().toLowerCase(Locale.ROOT).replace("_", "");
    }

    /** What an array is to do. */
    static String describe(JournalLossPolicy policy) {
        return switch (policy) {
            case CONTINUE -> "go on without one";
            case READ_ONLY -> "refuse writes until it has another";
            case STOP -> "stop";
        };
    }
}
