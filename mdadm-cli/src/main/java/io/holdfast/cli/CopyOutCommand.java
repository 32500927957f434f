package io.holdfast.cli;

import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.report.JsonWriter;
import io.holdfast.raid.RaidArray;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import picocli.CommandLine.ParseResult;

/** {@code copy-out}: an array into an image. */
final class CopyOutCommand {
    private static final String STANDARD_OUTPUT = "-";

    private final WordOptions options;
    private final Session session;
    private final String image;

    CopyOutCommand(ParseResult words, Session session) {
        this.options = new WordOptions(words, session);
        this.session = session;
        this.image = options.positional(0);
    }

    int run() throws IOException {
        boolean isReplaying = options.has("--replay");
        if (isOneOfTheDevices()) {
            session.say(image + ": is a device of the array; name another file for the image.");
            return Session.USAGE;
        }
        Optional<String> running = RunningArray.find(options.devices(1), session);
        if (running.isPresent()) {
            options.refuseForRunning("--replay", "--force");
            try (Interruption interruption = new Interruption();
                    ServedArray array = new ServedArray(ControlClient.status(session.runFolder(), running.get()))) {
                return copy(array, interruption);
            }
        }
        try (Interruption interruption = new Interruption();
                RaidArray array = new ArrayOpener()
                        .readOnly(!isReplaying)
                        .run(true)
                        .force(options.has("--force"))
                        .open(options.devices(1))) {
            return copy(ByteStore.of(array), interruption);
        }
    }

    private int copy(ByteStore array, Interruption interruption) throws IOException {
        if (image.equals(STANDARD_OUTPUT)) {
            return copy(array, Channels.newChannel(session.out()), interruption);
        }
        // Opened only now: an image that is there is not to be lost to an array that does not start.
        try (FileChannel channel = FileChannel.open(
                Path.of(image),
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            int exitCode = copy(array, channel, interruption);
            channel.force(true);
            return exitCode;
        }
    }

    private boolean isOneOfTheDevices() throws IOException {
        if (image.equals(STANDARD_OUTPUT) || !Files.exists(Path.of(image))) {
            return false;
        }
        for (String device : options.devices(1)) {
            if (Files.exists(Path.of(device)) && Files.isSameFile(Path.of(image), Path.of(device))) {
                return true;
            }
        }
        return false;
    }

    private int copy(ByteStore array, WritableByteChannel channel, Interruption interruption) throws IOException {
        boolean isStandardOutput = image.equals(STANDARD_OUTPUT);
        Progress progress = options.progress("copy out", array.length());
        ArrayStream stream = new ArrayStream(array, interruption::isRequested, progress::at);
        long copied = stream.read(
                (source, offset) -> {
                    while (source.hasRemaining()) {
                        channel.write(source);
                    }
                    // A stream that people print to keeps its failures to itself.
                    if (isStandardOutput && session.out().checkError()) {
                        throw new IOException("standard output takes no more");
                    }
                },
                array.length());
        if (copied < array.length()) {
            progress.abandon();
            session.say("interrupted; " + image + " holds the first " + copied + " bytes of the array.");
            return Session.FAILED;
        }
        String summary = progress.finish();
        // The image itself has standard output, where it is asked for there.
        if (!isStandardOutput) {
            report(copied, array, summary);
        }
        return Session.OK;
    }

    private void report(long copied, ByteStore array, String summary) {
        if (options.has("--json")) {
            JsonWriter json = new JsonWriter().beginObject().member("copiedBytes", copied);
            json.member("arrayUuid", array.uuid());
            session.out().print(json.endObject());
        } else if (!options.has("--quiet")) {
            session.out()
                    .println(copied + " bytes copied out of "
                            + array.level() + " array "
                            + array.uuid() + " (" + summary + ").");
        }
    }
}
