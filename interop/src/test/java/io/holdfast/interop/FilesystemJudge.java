package io.holdfast.interop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * Says whether an image holds a filesystem that lost nothing it had promised. The judges are those of e2fsprogs, in the order
 * in which a kernel that mounts the image would meet its trouble: the filesystem's journal is replayed, files that were
 * deleted while a crash came are let go of, and then nothing at all may be left to repair.
 */
final class FilesystemJudge {
    private static final Path CHECKER = Path.of("/usr/sbin/fsck.ext4");
    private static final Path DEBUGGER = Path.of("/usr/sbin/debugfs");
    private static final int LIMIT_SECONDS = 60;
    private static final int MAX_OUTPUT_LINES = 12;

    private final Path directory;

    /**
     * A judge.
     *
     * @param directory for its scratch files.
     */
    FilesystemJudge(Path directory) {
        this.directory = directory;
    }

    /** Skip the calling test, as {@link #require(String, Path...)} does, where there is no judge. */
    static void require() {
        require("e2fsprogs", CHECKER, DEBUGGER);
    }

    /**
     * Skip the calling test, with one loud line, where a program is missing; fail it instead where the environment variable
     * {@code CI} is set.
     *
     * @param packageName of the Debian package to install.
     * @param programs    that must be there.
     */
    static void require(String packageName, Path... programs) {
        for (Path program : programs) {
            if (!Files.isExecutable(program)) {
                String line = "FILESYSTEM TESTS SKIPPED: " + program + " is missing; install " + packageName;
                if (System.getenv("CI") != null) {
                    throw new AssertionError(line + " (CI is set, so a skip is a failure)");
                }
                System.err.println(line);
                Assumptions.abort(line);
            }
        }
    }

    /**
     * Judge an image, which is changed as a mount would change it.
     *
     * @param image    of the filesystem.
     * @param expected by path, the digests of which one must be found.
     * @return what is wrong, a line each; empty when nothing is.
     */
    List<String> judge(Path image, Map<String, Set<String>> expected) throws IOException {
        Run replay = run(CHECKER, "-E", "journal_only", "-p", image.toString());
        if (replay.exitCode > 1) {
            return List.of("its journal cannot be replayed:\n" + replay.output);
        }
        Run check = run(CHECKER, "-fn", image.toString());
        if (check.exitCode != 0) {
            return List.of("exit " + check.exitCode + " from fsck.ext4 -fn:\n" + check.output);
        }
        return compareFiles(image, expected);
    }

    private List<String> compareFiles(Path image, Map<String, Set<String>> expected) throws IOException {
        List<String> paths = List.copyOf(expected.keySet());
        StringBuilder commands = new StringBuilder();
        for (int i = 0; i < paths.size(); i++) {
            Files.deleteIfExists(copy(i));
            commands.append("dump ")
                    .append(paths.get(i))
                    .append(' ')
                    .append(copy(i))
                    .append('\n');
        }
        Path script = directory.resolve("commands");
        Files.writeString(script, commands);
        Run dump = run(DEBUGGER, "-f", script.toString(), image.toString());
        if (dump.exitCode != 0) {
            return List.of("its files cannot be read:\n" + dump.output);
        }
        List<String> findings = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            String digest = Files.exists(copy(i)) ? digest(Files.readAllBytes(copy(i))) : FilesystemTrace.GONE;
            if (!expected.get(paths.get(i)).contains(digest)) {
                findings.add(paths.get(i) + ": found " + digest + ", promised " + expected.get(paths.get(i)));
            }
        }
        return findings;
    }

    private Path copy(int index) {
        return directory.resolve("file-" + index);
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Run(int exitCode, String output) {}

    private Run run(Path program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end within " + LIMIT_SECONDS + " seconds");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        List<String> lines = Files.readAllLines(output, StandardCharsets.ISO_8859_1);
        return new Run(
                process.exitValue(), String.join("\n", lines.subList(0, Math.min(lines.size(), MAX_OUTPUT_LINES))));
    }
}
