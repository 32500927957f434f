package io.holdfast.cli;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.report.JsonWriter;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ReplayProgress;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlanner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.ParseResult;

/** {@code copy-in}: an image into an array. */
final class CopyInCommand {
    private static final String STANDARD_INPUT = "-";

    private final WordOptions options;
    private final Session session;
    private final String image;

    CopyInCommand(ParseResult words, Session session) {
        this.options = new WordOptions(words, session);
        this.session = session;
        this.image = options.positional(0);
    }

    int run() throws IOException {
        if (image.equals(STANDARD_INPUT)) {
            if (options.has("--dry-run")) {
                return tell(-1);
            }
            return copy(Channels.newChannel(session.in()), -1);
        }
        Path path = Path.of(image);
        if (Files.isDirectory(path)) {
            session.say("cannot open " + image + ": Is a directory");
            return Session.FAILED;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (options.has("--dry-run")) {
                return tell(Files.isRegularFile(path) ? channel.size() : -1);
            }
            return copy(channel, Files.isRegularFile(path) ? channel.size() : -1);
        }
    }

    /** What would be overwritten, if it were. */
    private int tell(long imageLength) {
        Optional<String> running = RunningArray.find(options.devices(1), session);
        long arrayLength;
        if (running.isPresent()) {
            arrayLength =
                    ControlClient.status(session.runFolder(), running.get()).arrayLength();
        } else {
            AssemblyPlan plan = AssemblyPlanner.plan(
                    Looker.examineAll(options.devices(1)),
                    new AssemblyOptions(options.has("--force"), options.has("--run"), false, null));
            if (!plan.isWritable()) {
                throw new ArrayException(IoStatus.UNSUPPORTED, plan.reason());
            }
            arrayLength = plan.identity().orElseThrow().arraySectors() * DeviceGeometry.SECTOR_LENGTH;
        }
        if (imageLength > arrayLength) {
            session.say(doesNotFit(imageLength, arrayLength));
            return Session.FAILED;
        }
        session.out()
                .println("would overwrite "
                        + (imageLength < 0
                                ? "as many of the array's "
                                : "the first " + imageLength + " of the array's ")
                        + arrayLength + " bytes" + (imageLength < 0 ? " as there are in " + image : ""));
        return Session.OK;
    }

    private String doesNotFit(long imageLength, long arrayLength) {
        return image + ": its " + imageLength + " bytes do not fit into the array's " + arrayLength
                + "; nothing was written.";
    }

    private int copy(ReadableByteChannel channel, long imageLength) throws IOException {
        JournalLossPolicy lossPolicy = options.lossPolicy();
        JournalMode mode = options.journalMode();
        Duration maxReplay = options.maxReplay();
        Optional<String> running = RunningArray.find(options.devices(1), session);
        if (running.isPresent()) {
            options.refuseForRunning("--journal-mode", "--on-journal-loss", "--max-replay", "--run", "--force");
            try (Interruption interruption = new Interruption();
                    ServedArray array = new ServedArray(ControlClient.status(session.runFolder(), running.get()))) {
                return copy(channel, imageLength, array, interruption, new ArrayNews(), () -> ReplayProgress.NONE);
            }
        }
        ArrayNews news = new ArrayNews();
        try (Interruption interruption = new Interruption();
                RaidArray array = new ArrayOpener()
                        .run(options.has("--run"))
                        .force(options.has("--force"))
                        .onJournalLoss(lossPolicy)
                        .journalMode(mode)
                        .maxReplay(maxReplay)
                        .listener(news)
                        .open(options.devices(1))) {
            if (mode == JournalMode.WRITE_BACK && !array.state().journaled()) {
                session.say("the array has no journal, so --journal-mode=write-back changes nothing.");
            }
            // The array was used all the while a replay went on; what took how long is worth a line.
            return copy(
                    channel,
                    imageLength,
                    ByteStore.of(array),
                    interruption,
                    news,
                    () -> ReplayWait.await(array, options, interruption));
        } finally {
            news.tell(session, null);
        }
    }

    private int copy(
            ReadableByteChannel channel,
            long imageLength,
            ByteStore array,
            Interruption interruption,
            ArrayNews news,
            Supplier<ReplayProgress> replay)
            throws IOException {
        if (imageLength > array.length()) {
            session.say(doesNotFit(imageLength, array.length()));
            return Session.FAILED;
        }
        Progress progress = options.progress("copy in", imageLength);
        ArrayStream stream = new ArrayStream(array, interruption::isRequested, length -> {
            progress.at(length);
            news.tell(session, progress);
        });
        long copied = stream.write(target -> fill(channel, target, interruption), 0, array.length());
        array.flush();
        if (interruption.isRequested()) {
            progress.abandon();
            session.say("interrupted; the first " + copied + " bytes are in the array.");
            return Session.FAILED;
        }
        String summary = progress.finish();
        if (copied == array.length() && imageLength < 0 && hasMore(channel)) {
            session.say("the image is longer than the array: its first " + copied + " bytes were written.");
            return Session.FAILED;
        }
        report(copied, array, summary, replay.get());
        return Session.OK;
    }

    private static void fill(ReadableByteChannel channel, ByteBuffer target, Interruption interruption)
            throws IOException {
        int count = 0;
        while (target.hasRemaining() && count >= 0) {
            count = interruption.read(channel, target);
        }
    }

    private static boolean hasMore(ReadableByteChannel channel) throws IOException {
        return channel.read(ByteBuffer.allocate(1)) > 0;
    }

    private void report(long copied, ByteStore array, String summary, ReplayProgress replay) {
        if (options.has("--json")) {
            JsonWriter json = new JsonWriter().beginObject().member("copiedBytes", copied);
            json.member("arrayUuid", array.uuid()).member("arrayBytes", array.length());
            ReplayWait.write(json, replay);
            session.out().print(json.endObject());
        } else if (!options.has("--quiet")) {
            session.out()
                    .println(copied + " bytes copied into " + array.level() + " array " + array.uuid()
                            + " and flushed (" + summary + ").");
        }
    }
}
