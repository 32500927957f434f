package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.ArrayImages;
import io.holdfast.raid.ArrayImages.Image;
import io.holdfast.raid.FuzzRun;
import io.holdfast.raid.GoldenArrays;
import io.holdfast.raid.ImageMutator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/**
 * Commands that look at devices, on damaged arrays of Linux: they print what they found or complain in whole lines, leave the
 * terminal alone, and never let an operator see the inside of the program.
 */
class ExamineFuzzProperties {
    private static final int TRIES = 5;
    private static final int MAX_OUTPUT_LENGTH = 1 << 20;
    private static final int MAX_ERROR_LINES = 12;
    private static final long HEAP_LIMIT = 256 << 20;
    private static final long DIRECT_LIMIT = 64 << 20;

    private static final List<String> COMMANDS = List.of(
            "--examine",
            "--examine --json",
            "--examine --brief --verbose",
            "--examine --export",
            "--query",
            "--detail",
            "--detail --json",
            "--examine-bitmap",
            "--examine-bitmap --json",
            "--examine-badblocks",
            "--examine-badblocks --json",
            "--assemble --dry-run",
            "--assemble --dry-run --json --force --run");

    /** Commands that look at one device. */
    private static final List<String> SINGLE_COMMANDS =
            List.of("journal dump", "journal dump --all", "journal dump --all --json");

    private Path directory;

    @BeforeProperty
    void makeDirectory() throws IOException {
        directory = Files.createTempDirectory("holdfast-fuzz");
    }

    @AfterProperty
    void removeDirectory() throws IOException {
        clear();
        Files.delete(directory);
    }

    @Property(tries = 10, shrinking = ShrinkingMode.OFF)
    void commandsShouldReportOrComplain(@ForAll long seed) {
        FuzzRun.run(seed, TRIES, this::attempt);
    }

    private void attempt(long seed, List<String> story) {
        SplittableRandom random = new SplittableRandom(seed);
        List<String> names = GoldenArrays.names();
        ArrayImages images = ArrayImages.golden(names, seed, 0);
        story.add(images.origin());
        ImageMutator mutator = new ImageMutator(random.nextLong());
        mutator.mutate(images, ArrayImages.golden(names, seed, 1));
        story.addAll(mutator.story());
        try {
            clear();
            List<String> files = new ArrayList<>();
            for (Image image : images.all()) {
                Path file = directory.resolve(image.name());
                Files.write(file, image.bytes());
                files.add(file.toString());
            }
            for (String command : COMMANDS) {
                story.add(command);
                FuzzRun.withinMemory(HEAP_LIMIT, DIRECT_LIMIT, () -> look(command, files));
                story.remove(story.size() - 1);
            }
            for (String command : SINGLE_COMMANDS) {
                for (String file : files) {
                    story.add(command + " " + file);
                    FuzzRun.withinMemory(HEAP_LIMIT, DIRECT_LIMIT, () -> look(command, List.of(file)));
                    story.remove(story.size() - 1);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void look(String command, List<String> files) {
        CommandRun run = CommandRun.of(command, files);
        assertTrue(run.exitCode() == 0 || run.exitCode() == 1, () -> "exit code " + run.exitCode());
        assertTrue(run.exitCode() == 0 || !(run.err() + run.out()).isBlank(), "failed without a word");
        assertTrue(run.outBytes().length <= MAX_OUTPUT_LENGTH, () -> "output of " + run.outBytes().length + " bytes");
        assertTrue(run.err().lines().count() <= (long) MAX_ERROR_LINES * files.size(), run::err);
        for (String text : List.of(run.out(), run.err())) {
            assertFalse(text.contains("Exception") || text.contains("\tat "), text);
            assertTrue(
                    text.chars().allMatch(c -> c == '\n' || c == '\t' || !Character.isISOControl(c)),
                    "control characters are printed");
        }
        if (command.contains("--json")) {
            assertTrue(isBalanced(run.out()), run::out);
        }
    }

    /** Whether braces and brackets outside of strings close in the order in which they were opened. */
    private static boolean isBalanced(String json) {
        StringBuilder open = new StringBuilder();
        boolean isInString = false;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (isInString) {
                i += c == '\\' ? 1 : 0;
                isInString = c != '"';
            } else if (c == '"') {
                isInString = true;
            } else if (c == '{' || c == '[') {
                open.append(c);
            } else if (c == '}' || c == ']') {
                int last = open.length() - 1;
                if (last < 0 || open.charAt(last) != (c == '}' ? '{' : '[')) {
                    return false;
                }
                open.setLength(last);
            }
        }
        return !isInString && open.length() == 0;
    }

    private void clear() throws IOException {
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }
}
