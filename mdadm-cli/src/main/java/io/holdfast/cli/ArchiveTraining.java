package io.holdfast.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Uses the commands that only look, once, so that the JVM that does it can leave an archive of the classes they need. The
 * launcher runs it after a build.
 */
final class ArchiveTraining {
    /** The system property that makes the command train in a folder instead of doing what it is told. */
    static final String FOLDER_PROPERTY = "holdfast.archive.training";

    private static final long DEVICE_LENGTH = 8L << 20;
    private static final int DEVICE_COUNT = 4;

    private ArchiveTraining() {}

    /**
     * Run through the commands.
     *
     * @param folder to make small files in, which the caller takes away.
     */
    static void run(Path folder) {
        String[] names = new String[DEVICE_COUNT];
        for (int i = 0; i < DEVICE_COUNT; i++) {
            names[i] = folder.resolve("d" + i).toString();
            try (RandomAccessFile file = new RandomAccessFile(names[i], "rw")) {
                file.setLength(DEVICE_LENGTH);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        String journal = "--write-journal=" + names[DEVICE_COUNT - 1];
        run(
                "--create",
                "md0",
                "--level=5",
                "--raid-devices=3",
                "--chunk=64",
                "--run",
                "--no-start",
                journal,
                names[0],
                names[1],
                names[2]);
        for (String action :
                new String[] {"--examine", "--detail", "--query", "--examine-bitmap", "--examine-badblocks"}) {
            run(action, names[0], names[1], names[2], names[DEVICE_COUNT - 1]);
            run(action, "--json", names[0], names[1]);
        }
        run("journal", "dump", names[DEVICE_COUNT - 1]);
        run("--assemble", "--dry-run", names[0], names[1], names[2], names[DEVICE_COUNT - 1]);
        run("--examine", "--scan", folder.toString());
        run("--examine", "--export", names[0]);
        run("mdstat");
        run("--help");
        run("--frobnicate");
    }

    private static void run(String... args) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Holdfast.run(args, nowhere, nowhere, new ByteArrayInputStream(new byte[0]));
    }
}
