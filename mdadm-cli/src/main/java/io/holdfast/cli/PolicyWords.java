package io.holdfast.cli;

import io.holdfast.cli.option.Suggestion;
import io.holdfast.cli.option.UsageException;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** How a journal is to be used, as typed. */
final class PolicyWords {
    private static final List<String> LOSS_POLICIES = List.of("continue", "readonly", "stop");
    private static final List<String> MODES = List.of("write-through", "write-back");

    private static final int MOST_DIGITS = 9;

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

    /**
     * How long something may take.
     *
     * @param prefix of the message when it cannot be understood.
     * @param text   as typed: a number and s, ms or m; s when there is none.
     * @return at most a day.
     * @throws UsageException when it is something else.
     */
    static Duration duration(String prefix, String text) {
        int end = 0;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        Duration unit =
                switch (text.substring(end)) {
                    case "", "s" -> Duration.ofSeconds(1);
                    case "ms" -> Duration.ofMillis(1);
                    case "m" -> Duration.ofMinutes(1);
                    default -> null;
                };
        if (unit == null || end == 0 || end > MOST_DIGITS) {
            throw UsageException.of(prefix + "'" + text + "' is no time; use such as 5s, 500ms or 2m.");
        }
        Duration duration = unit.multipliedBy(Long.parseLong(text.substring(0, end)));
        if (duration.compareTo(Duration.ofDays(1)) > 0) {
            throw UsageException.of(prefix + text + " is longer than a day.");
        }
        return duration;
    }

    /**
     * How often something is to be done.
     *
     * @param prefix of the message when it cannot be understood.
     * @param text   as typed: a number and d, h or m, or a word.
     * @return seconds from one to the next, at most 366 days; 0 for never.
     * @throws UsageException when it is something else.
     */
    static long periodSeconds(String prefix, String text) {
        switch (text) {
            case "none" -> {
                return 0;
            }
            case "daily" -> {
                return Duration.ofDays(1).toSeconds();
            }
            case "weekly" -> {
                return Duration.ofDays(7).toSeconds();
            }
            case "monthly" -> {
                return Duration.ofDays(30).toSeconds();
            }
            default -> {
                int end = text.length() - 1;
                Duration unit = end < 1
                        ? null
                        : switch (text.charAt(end)) {
                            case 'd' -> Duration.ofDays(1);
                            case 'h' -> Duration.ofHours(1);
                            case 'm' -> Duration.ofMinutes(1);
                            default -> null;
                        };
                boolean isNumber = unit != null
                        && end <= MOST_DIGITS
                        && text.substring(0, end).chars().allMatch(c -> c >= '0' && c <= '9');
                long seconds = isNumber
                        ? unit.multipliedBy(Long.parseLong(text.substring(0, end)))
                                .toSeconds()
                        : 0;
                if (seconds < 1 || seconds > Duration.ofDays(366).toSeconds()) {
                    throw UsageException.of(prefix + "'" + text
                            + "' is no time between two checks; use such as 7d, 12h, weekly, monthly or none.");
                }
                return seconds;
            }
        }
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
