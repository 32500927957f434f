package io.holdfast.cli.option;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Cuts a command line into options and other words, in order: long options by any unambiguous beginning, with their value
 * after {@code =} or as the next word; letters in clusters, the value of the last one joined to it or as the next word;
 * {@code --} before words that are no options.
 */
final class OptionScanner {
    private static final Map<String, Option> BY_NAME = new HashMap<>();

    static {
        for (Option option : Option.values()) {
            for (String name : option.names()) {
                BY_NAME.put(name, option);
            }
        }
    }

    private final String[] words;
    private int nextWord;
    private int nextLetter;
    private boolean isAfterDashes;
    private Option option;
    private String spelling;
    private String value;

    OptionScanner(String[] words) {
        this.words = words;
    }

    /**
     * Go to the next option or word.
     *
     * @param mode        set so far, since letters change their meaning with it; null before any is.
     * @param isAfterWord whether a word came before, which decides about letters where no mode is set.
     * @return false at the end.
     */
    boolean next(Mode mode, boolean isAfterWord) {
        option = null;
        value = null;
        if (nextLetter > 0) {
            scanLetter(words[nextWord], mode, isAfterWord);
            return true;
        }
        if (nextWord == words.length) {
            return false;
        }
        String word = words[nextWord];
        if (isAfterDashes || word.length() < 2 || word.charAt(0) != '-') {
            value = word;
            nextWord++;
            return true;
        }
        if (word.equals("--")) {
            isAfterDashes = true;
            nextWord++;
            return next(mode, isAfterWord);
        }
        if (word.startsWith("--")) {
            scanLong(word);
        } else {
            nextLetter = 1;
            scanLetter(word, mode, isAfterWord);
        }
        return true;
    }

    /** The option, or null when this is another word. */
    Option option() {
        return option;
    }

    /** The option as it was typed, with its dashes, or unabbreviated where it was abbreviated. */
    String spelling() {
        return spelling;
    }

    /** The option's value, null without one; or the word, where this is no option. */
    String value() {
        return value;
    }

    private void scanLong(String word) {
        nextWord++;
        int equals = word.indexOf('=');
        String typed = equals < 0 ? word.substring(2) : word.substring(2, equals);
        String name = complete(typed);
        option = BY_NAME.get(name);
        spelling = "--" + name;
        if (equals >= 0) {
            if (!option.mayTakeValue()) {
                throw UsageException.ofWord("option '" + spelling + "' doesn't allow an argument");
            }
            value = word.substring(equals + 1);
        } else if (option.takesValue()) {
            if (nextWord == words.length) {
                throw UsageException.ofWord("option '" + spelling + "' requires an argument");
            }
            value = words[nextWord++];
        }
    }

    private static String complete(String typed) {
        if (BY_NAME.containsKey(typed)) {
            return typed;
        }
        List<String> candidates = new ArrayList<>();
        Set<Option> options = new LinkedHashSet<>();
        for (Option option : Option.values()) {
            for (String name : option.names()) {
                if (name.startsWith(typed)) {
                    candidates.add(name);
                    options.add(option);
                }
            }
        }
        if (candidates.isEmpty()) {
            throw UsageException.ofWord(
                    "unrecognized option '--" + typed + "'" + Suggestion.of(typed, BY_NAME.keySet(), "--"));
        }
        if (options.size() > 1) {
            throw UsageException.ofWord("option '--" + typed + "' is ambiguous; possibilities: '--"
                    + String.join("' '--", candidates) + "'");
        }
        return candidates.get(0);
    }

    private void scanLetter(String word, Mode mode, boolean isAfterWord) {
        char letter = word.charAt(nextLetter++);
        option = Option.ofLetter(letter, mode);
        if (option == Option.FORCE && mode == null && isAfterWord) {
            // An array came first: that is how members are failed.
            option = Option.FAIL;
        }
        spelling = "-" + letter;
        if (option == null) {
            throw UsageException.ofWord("invalid option -- '" + letter + "'");
        }
        if (option.takesValue()) {
            if (nextLetter < word.length()) {
                value = word.substring(nextLetter);
            } else if (nextWord + 1 < words.length) {
                value = words[++nextWord];
            } else {
                throw UsageException.ofWord("option requires an argument -- '" + letter + "'");
            }
            nextLetter = 0;
            nextWord++;
        } else if (nextLetter == word.length()) {
            nextLetter = 0;
            nextWord++;
        }
    }
}
