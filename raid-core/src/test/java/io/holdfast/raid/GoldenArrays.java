package io.holdfast.raid;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The golden arrays among the test resources; {@code golden/README.md} says how they came to be. */
public final class GoldenArrays {
    private GoldenArrays() {}

    /** The names of all of them. */
    public static List<String> names() {
        try (InputStream in = open("index.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names of those that begin with a prefix; an unknown prefix is an error, so that no test runs over nothing. */
    public static List<String> names(String prefix) {
        List<String> names =
                names().stream().filter(name -> name.startsWith(prefix)).toList();
        if (names.isEmpty()) {
            throw new IllegalArgumentException("no golden array begins with " + prefix);
        }
        return names;
    }

    /**
     * Unpack a golden array.
     *
     * @param name of a golden array.
     * @return the array, in memory.
     */
    public static GoldenArray load(String name) {
        try (InputStream in = open(name + ".golden")) {
            return GoldenArray.load(name, in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String name) throws IOException {
        InputStream in = GoldenArrays.class.getResourceAsStream("/golden/" + name);
        if (in == null) {
            throw new IOException("golden/" + name + ": no such test resource");
        }
        return in;
    }
}
