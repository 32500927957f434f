package io.holdfast.cli.config;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Paths with {@code *}, {@code ?} and {@code [...]} in any of their parts, as a shell has them. */
public final class PathPattern {
    private PathPattern() {}

    /**
     * What there is of a pattern.
     *
     * @param pattern from the root on, or relative.
     * @return paths of what is no folder, sorted; a pattern without a wildcard stands for itself if it is there.
     */
    public static List<String> expand(String pattern) {
        List<Path> found = new ArrayList<>();
        found.add(Path.of(pattern.startsWith("/") ? "/" : ""));
        for (String part : pattern.split("/+", -1)) {
            if (part.isEmpty()) {
                continue;
            }
            List<Path> next = new ArrayList<>();
            for (Path folder : found) {
                step(folder, part, next);
            }
            found = next;
        }
        TreeSet<String> names = new TreeSet<>();
        for (Path path : found) {
            if (!Files.isDirectory(path)) {
                names.add(path.toString());
            }
        }
        return List.copyOf(names);
    }

    private static void step(Path folder, String part, List<Path> next) {
        if (!isPattern(part)) {
            try {
                Path path = folder.resolve(part);
                if (Files.exists(path)) {
                    next.add(path);
                }
            } catch (InvalidPathException e) {
                // Nothing is called so.
                return;
            }
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, escaped(part))) {
            for (Path entry : entries) {
                boolean isHidden = entry.getFileName().toString().startsWith(".");
                if (!isHidden || part.startsWith(".")) {
                    next.add(entry);
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            // A folder that cannot be read holds nothing for us, and a pattern that makes no sense fits nothing.
            return;
        }
    }

    private static boolean isPattern(String part) {
        return part.indexOf('*') >= 0 || part.indexOf('?') >= 0 || part.indexOf('[') >= 0;
    }

    /** Java's patterns have alternatives in braces, which the shell's globs have not. */
    private static String escaped(String part) {
        return part.replace("{", "\\{").replace("}", "\\}");
    }

    /**
     * Whether a path is one that a pattern stands for.
     *
     * @param pattern as for {@link #expand}.
     * @param path    to look at.
     * @return true when it fits.
     */
    public static boolean fits(String pattern, String path) {
        try {
            return FileSystems.getDefault()
                    .getPathMatcher("glob:" + escaped(pattern))
                    .matches(Path.of(path));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
