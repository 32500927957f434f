package io.holdfast.cli;

import io.holdfast.cli.daemon.Background;
import io.holdfast.cli.daemon.RunFolder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** One run of the command in this JVM, at a fixed time on a host of a fixed name. */
@SuppressWarnings("ArrayRecordComponent") // never compared; images come out as bytes
record CommandRun(int exitCode, byte[] outBytes, String err) {
    static final String HOSTNAME = "testhost";
    static final Instant NOW = Instant.parse("2026-11-21T07:08:43Z");
    private static final RunFolder NOWHERE = RunFolder.of(name -> "/proc/nowhere");
    private static final long SEED = 20261121;

    static CommandRun of(String... args) {
        return answering("", args);
    }

    static CommandRun answering(String input, String... args) {
        return reading(input.getBytes(StandardCharsets.UTF_8), args);
    }

    static CommandRun reading(byte[] input, String... args) {
        return within(NOWHERE, Background.NONE, input, args);
    }

    /** Run where arrays may be running. */
    static CommandRun within(RunFolder folder, Background background, byte[] input, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream outStream = new PrintStream(out, false, StandardCharsets.UTF_8);
        Session session = new Session(
                outStream,
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new ByteArrayInputStream(input),
                false,
                false,
                HOSTNAME,
                Clock.fixed(NOW, ZoneOffset.UTC),
                new SplittableRandom(SEED),
                folder,
                background);
        int exitCode = Holdfast.run(args, session);
        outStream.flush();
        return new CommandRun(exitCode, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    String out() {
        return new String(outBytes, StandardCharsets.UTF_8);
    }

    /** Run with words split at blanks, then with more words. */
    static CommandRun of(String words, List<String> more) {
        return answering("", words, more);
    }

    static CommandRun answering(String input, String words, List<String> more) {
        List<String> all = new ArrayList<>(List.of(words.split(" ")));
        all.addAll(more);
        return answering(input, all.toArray(new String[0]));
    }

    static List<String> makeFiles(Path folder, int count, long length) throws IOException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(makeFile(folder, "d" + i, length));
        }
        return names;
    }

    static String makeFile(Path folder, String name, long length) throws IOException {
        Path path = folder.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(length);
        }
        return path.toString();
    }

    static void put(String name, long offset, byte[] bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(name, "rw")) {
            file.seek(offset);
            file.write(bytes);
        }
    }
}
