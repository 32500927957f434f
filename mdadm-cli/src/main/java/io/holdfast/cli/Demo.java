package io.holdfast.cli;

import io.holdfast.raid.RaidArray;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncTask;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlanner;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The demonstration: real files, a real process killed, a real loss, and every acknowledged byte compared with its source.
 * It fails when a single one is wrong.
 */
final class Demo {
    /** The smallest member: room for metadata and enough data for a crash in mid-stream. */
    static final long SMALLEST_MEMBER_LENGTH = 16L << 20;

    private static final int MEMBER_COUNT = 4;
    private static final long JOURNAL_LENGTH = 64L << 20;
    private static final long METADATA_LENGTH = 8L << 20;
    private static final long MIB = 1L << 20;
    private static final double NS_PER_SECOND = 1e9;
    private static final int PATIENCE_SECONDS = 60;

    private final Session session;
    private final WordOptions options;
    private final PrintStream out;
    private final Path folder;
    private final Path sourcePath;
    private final int level;
    private final int lossCount;
    private final long askedMemberLength;
    private final List<Path> made = new ArrayList<>();
    private final List<String> devices = new ArrayList<>();
    private long contentLength;

    Demo(Session session, WordOptions options, Path folder, Path sourcePath, int level, long memberLength) {
        this.session = session;
        this.options = options;
        this.out = session.out();
        this.folder = folder;
        this.sourcePath = sourcePath;
        this.level = level;
        this.lossCount = level == 6 ? 2 : 1;
        this.askedMemberLength = memberLength;
    }

    /** Show everything. Returns whether every byte was right. */
    boolean run() throws IOException {
        long startNs = System.nanoTime();
        try (DemoSource source = new DemoSource(sourcePath)) {
            if (source.length() == 0) {
                session.say(sourcePath + ": holds no bytes; name another file or folder with --source.");
                return false;
            }
            create(source);
            long acknowledged = crash();
            if (acknowledged < 0) {
                return false;
            }
            lose();
            return recover(source, acknowledged, startNs);
        }
    }

    /** Take away every file that was made. */
    void removeFiles() throws IOException {
        for (Path file : made) {
            Files.deleteIfExists(file);
        }
    }

    // ---- 1. make ----

    private void create(DemoSource source) throws IOException {
        int dataCount = MEMBER_COUNT - lossCount;
        long memberLength = askedMemberLength;
        if (memberLength == 0) {
            long wanted = (source.length() + dataCount - 1) / dataCount + METADATA_LENGTH;
            memberLength = Math.max(SMALLEST_MEMBER_LENGTH, (wanted + MIB - 1) / MIB * MIB);
        }
        say("1. Making a level " + level + " array of " + MEMBER_COUNT + " files of " + memberLength / MIB
                + " MiB, with a journal of " + JOURNAL_LENGTH / MIB + " MiB, in " + folder);
        String[] create = new String[10 + MEMBER_COUNT];
        create[0] = "--create";
        create[1] = "demo";
        create[2] = "--level=" + level;
        create[3] = "--raid-devices=" + MEMBER_COUNT;
        create[4] = "--chunk=64";
        create[5] = "--quiet";
        // New files are zero throughout, and the parity of zeroes is zero.
        create[6] = "--assume-clean";
        create[7] = "--run";
        create[8] = "--write-journal=" + makeFile("journal.img", JOURNAL_LENGTH);
        create[9] = "--no-start";
        for (int i = 0; i < MEMBER_COUNT; i++) {
            create[10 + i] = makeFile("member" + i + ".img", memberLength);
            devices.add(create[10 + i]);
        }
        devices.add(create[8].substring(create[8].indexOf('=') + 1));
        if (Holdfast.run(create, session) != Session.OK) {
            throw new IOException("the array could not be made");
        }
        try (RaidArray array = new ArrayOpener().readOnly(true).open(devices)) {
            contentLength = Math.min(source.length(), array.length());
        }
        say("   " + mib(contentLength) + " of " + sourcePath
                + (source.fileCount() > 1 ? " (" + source.fileCount() + " files)" : "") + " will go into it.");
    }

    private String makeFile(String name, long length) throws IOException {
        Path path = folder.resolve(name);
        if (Files.exists(path)) {
            throw new FileAlreadyExistsException(path.toString());
        }
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            made.add(path);
            file.setLength(length);
        }
        return path.toString();
    }

    // ---- 2. crash ----

    private long crash() throws IOException {
        Path note = folder.resolve("acknowledged");
        made.add(note);
        // Anywhere from a quarter to three quarters of the way.
        long killAt = contentLength / 4 + (long) (session.random().nextDouble() * contentLength / 2);
        say("2. Copying in with another process, which is to be killed in mid-stream");
        Process writer = startWriter(note);
        Progress progress = null;
        long seen = 0;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null && seen < killAt; line = lines.readLine()) {
                if (progress == null) {
                    // The time a JVM takes to start says nothing about the array.
                    progress = progress("   copying", contentLength);
                }
                seen = Long.parseLong(line);
                progress.at(seen);
            }
            // SIGKILL: the process gets no chance to tidy up.
            writer.destroyForcibly();
            if (!writer.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("process " + writer.pid() + " does not die");
            }
        } catch (InterruptedException e) {
            writer.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (progress != null) {
            progress.abandon();
        }
        if (seen < killAt || writer.exitValue() == 0) {
            session.say("the writing process ended by itself, exit code " + writer.exitValue() + ", after " + mib(seen)
                    + " of " + mib(contentLength) + ".");
            return -1;
        }
        long acknowledged = ByteBuffer.wrap(Files.readAllBytes(note)).getLong();
        say("   Process " + writer.pid() + " killed with SIGKILL, after " + mib(acknowledged) + " (" + acknowledged
                + " bytes) had been acknowledged.");
        return acknowledged;
    }

    private Process startWriter(Path note) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED");
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        if (Runtime.version().feature() >= 24) {
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(DemoWriter.class.getName());
        command.add(sourcePath.toString());
        command.add(note.toString());
        command.add(Long.toString(contentLength));
        command.addAll(devices);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectInput(new File("/dev/null"))
                .start();
    }

    // ---- 3. lose ----

    private void lose() throws IOException {
        for (int i = 0; i < lossCount; i++) {
            String lost = devices.remove(session.random().nextInt(MEMBER_COUNT - i));
            Files.delete(Path.of(lost));
            say((i == 0 ? "3. " : "   ") + Path.of(lost).getFileName() + " is lost: the file is deleted.");
        }
    }

    // ---- 4. to 7. ----

    private boolean recover(DemoSource source, long acknowledged, long startNs) throws IOException {
        try (Interruption interruption = new Interruption()) {
            boolean isRight;
            say("4. Assembling what is left, and replaying the journal");
            long replayNs = System.nanoTime();
            try (RaidArray array = new ArrayOpener().run(true).open(devices)) {
                array.description().summary().lines().forEach(line -> say("   " + shorten(line)));
                say("   Ready after " + seconds(System.nanoTime() - replayNs) + ".");
                say("5. Comparing with the source, reading the missing member's bytes through parity");
                isRight = verify(array, source, acknowledged, interruption);
            }
            for (int i = 0; isRight && i < lossCount; i++) {
                isRight = rebuild(i, interruption);
            }
            return isRight && checkAgain(source, acknowledged, interruption, startNs);
        }
    }

    private boolean rebuild(int index, Interruption interruption) throws IOException {
        String fresh = makeFile("fresh" + index + ".img", Files.size(Path.of(devices.get(0))));
        say("6. Rebuilding onto the fresh member " + Path.of(fresh).getFileName());
        AssemblyPlan plan = AssemblyPlanner.plan(Looker.examineAll(devices), AssemblyOptions.DEFAULT.withRun());
        RebuildCommand.addSpare(plan, fresh, session);
        devices.add(0, fresh);
        try (RaidArray array = new ArrayOpener().run(true).open(devices)) {
            SyncProgress end = RebuildCommand.finishPending(array, this::progress, interruption);
            if (end == null || end.outcome() != SyncProgress.Outcome.COMPLETE) {
                session.say("the rebuild did not come to its end" + (end == null ? "." : ": " + end.message()));
                return false;
            }
        }
        return true;
    }

    private boolean checkAgain(DemoSource source, long acknowledged, Interruption interruption, long startNs)
            throws IOException {
        try (RaidArray array = new ArrayOpener().open(devices)) {
            say("7. Checking parity against data, everywhere");
            SyncTask task = array.check(false);
            Progress progress = progress("   check", task.progress().totalLength());
            SyncProgress end = SyncWait.await(task, progress, interruption);
            progress.finish();
            if (end.outcome() != SyncProgress.Outcome.COMPLETE || end.mismatchedSectors() != 0) {
                session.say("parity does not fit data in " + end.mismatchedSectors() + " sectors. " + end.message());
                return false;
            }
            say("   Parity fits data everywhere.");
            say("8. Comparing with the source again, on all members");
            if (!verify(array, source, acknowledged, interruption)) {
                return false;
            }
        }
        say("Every one of the " + acknowledged + " acknowledged bytes survived a killed process and the loss of "
                + (lossCount == 1 ? "a member" : lossCount + " members") + ". Done in "
                + seconds(System.nanoTime() - startNs) + ".");
        return true;
    }

    /** Acknowledged bytes must be the source's; each 4 KiB block behind them the source's or still zero. */
    private boolean verify(RaidArray array, DemoSource source, long acknowledged, Interruption interruption)
            throws IOException {
        Progress progress = progress("   verify", contentLength);
        DemoVerifier verifier = new DemoVerifier(source, acknowledged);
        ArrayStream stream = new ArrayStream(ByteStore.of(array), interruption::isRequested, progress::at);
        long compared = stream.read(verifier, contentLength);
        if (compared < contentLength) {
            progress.abandon();
            session.say("interrupted.");
            return false;
        }
        progress.finish();
        if (verifier.wrongOffset() >= 0) {
            session.say("WRONG: the array differs from the source at byte " + verifier.wrongOffset() + ".");
            return false;
        }
        say("   All " + acknowledged + " acknowledged bytes are right; of the " + verifier.doubtfulBlockCount()
                + " blocks behind them, " + verifier.newBlockCount() + " had arrived and the rest are untouched.");
        return true;
    }

    /** Progress is part of the story here, so it goes where the story goes. */
    private Progress progress(String label, long totalLength) {
        return new Progress(
                options.has("--quiet") ? null : out, session.isTerminal(), System::nanoTime, label, totalLength);
    }

    private void say(String text) {
        out.println(text);
        out.flush();
    }

    /** Names without the folder, which was named once. */
    private String shorten(String line) {
        return line.replace(folder + File.separator, "");
    }

    private static String mib(long length) {
        return String.format(Locale.ROOT, "%.1f MiB", (double) length / MIB);
    }

    private static String seconds(long ns) {
        return String.format(Locale.ROOT, "%.2f s", ns / NS_PER_SECOND);
    }
}
