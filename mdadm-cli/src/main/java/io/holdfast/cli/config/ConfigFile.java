package io.holdfast.cli.config;

import io.holdfast.cli.option.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A configuration file in mdadm's language: a keyword and words on a line, which goes on where the next begins with a blank; a
 * {@code #} before a word begins a comment; quotes protect blanks. Keywords are of any case and may be cut to three letters.
 * Immutable.
 */
public final class ConfigFile {
    /** Where it is unless something else is said. */
    public static final Path DEFAULT = Path.of("/etc/holdfast.conf");

    private static final long LENGTH_LIMIT = 1 << 20;
    private static final int SHORTEST_KEYWORD = 3;
    private static final List<String> KEYWORDS = List.of(
            "device",
            "array",
            "mailaddr",
            "mailfrom",
            "program",
            "monitordelay",
            "create",
            "homehost",
            "homecluster",
            "auto",
            "policy",
            "part-policy",
            "sysfs");

    private final List<String> devicePatterns = new ArrayList<>();
    private final List<ArrayLine> arrays = new ArrayList<>();
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();

    private ConfigFile() {}

    /**
     * Read a file.
     *
     * @param path of it.
     * @return what it says.
     * @throws UsageException when it cannot be read.
     */
    public static ConfigFile read(Path path) {
        try {
            if (Files.size(path) > LENGTH_LIMIT) {
                throw UsageException.of(path + ": is longer than any configuration file should be.");
            }
            return parse(Files.readString(path, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw UsageException.of("cannot read the configuration file " + path + ": "
                    + (Files.exists(path) ? e.getMessage() : "No such file or directory"));
        }
    }

    /**
     * Take a text apart.
     *
     * @param text of a file.
     * @return what it says.
     */
    static ConfigFile parse(String text) {
        ConfigFile file = new ConfigFile();
        List<String> words = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            boolean goesOn = !line.isEmpty() && (line.charAt(0) == ' ' || line.charAt(0) == '\t');
            if (!goesOn) {
                file.take(words);
                words.clear();
            }
            split(line, words);
        }
        file.take(words);
        return file;
    }

    private static void split(String line, List<String> words) {
        int at = 0;
        while (at < line.length()) {
            char c = line.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
                continue;
            }
            if (c == '#') {
                return;
            }
            StringBuilder word = new StringBuilder();
            char quote = 0;
            for (; at < line.length() && (quote != 0 || !Character.isWhitespace(line.charAt(at))); at++) {
                char next = line.charAt(at);
                if (quote == 0 && (next == '"' || next == '\'')) {
                    quote = next;
                } else if (next == quote) {
                    quote = 0;
                } else {
                    word.append(next);
                }
            }
            words.add(word.toString());
        }
    }

    private void take(List<String> words) {
        if (words.isEmpty()) {
            return;
        }
        List<String> values = words.subList(1, words.size());
        String keyword = keyword(words.get(0));
        switch (keyword) {
            case "device" -> devicePatterns.addAll(values);
            case "array" -> takeArray(values);
            case "" -> warnings.add("Unknown keyword " + words.get(0));
            default -> settings.putIfAbsent(keyword, String.join(" ", values));
        }
    }

    private static String keyword(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        for (String keyword : KEYWORDS) {
            if (lower.equals(keyword) || (lower.length() >= SHORTEST_KEYWORD && keyword.startsWith(lower))) {
                return keyword;
            }
        }
        return "";
    }

    private void takeArray(List<String> values) {
        String name = "";
        Map<String, String> tags = new LinkedHashMap<>();
        for (String value : values) {
            int equals = value.indexOf('=');
            if (equals < 0) {
                name = value;
            } else {
                tags.put(value.substring(0, equals).toLowerCase(Locale.ROOT), value.substring(equals + 1));
            }
        }
        ArrayLine line = new ArrayLine(name, tags);
        if (line.hasIdentity()) {
            arrays.add(line);
        } else {
            warnings.add("ARRAY line " + name + " has no identity information.");
        }
    }

    /** Where devices are: patterns of paths, or the word {@code partitions}. */
    public List<String> devicePatterns() {
        return List.copyOf(devicePatterns);
    }

    /** The arrays it lists, in order. */
    public List<ArrayLine> arrays() {
        return List.copyOf(arrays);
    }

    /**
     * What it says of something else.
     *
     * @param keyword in full, such as {@code mailaddr}.
     * @return the words behind it.
     */
    public Optional<String> setting(String keyword) {
        return Optional.ofNullable(settings.get(keyword));
    }

    /** What could not be understood. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }
}
