package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.cli.daemon.Background;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.daemon.RunFolder;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.PlanReport;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.BadBlockLog;
import io.holdfast.raid.metadata.DeviceVerdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code --assemble}: start an array, and leave a daemon behind that serves it. With {@code --dry-run}: what would be started,
 * how, and what would be replayed or lost.
 */
final class AssembleCommand {
    private final CommandLine line;
    private final Session session;

    AssembleCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
    }

    int run() {
        if (line.has(Option.SCAN)) {
            return scan(line.words().stream().map(RunFolder::requireName).toList());
        }
        return line.has(Option.DRY_RUN) ? tell() : start();
    }

    // ---- what would be ----

    private int tell() {
        List<String> names = devices();
        AssemblyPlan plan = plan(names);
        print(plan);
        return plan.isOpenable() ? Session.OK : Session.FAILED;
    }

    private void print(AssemblyPlan plan) {
        Optional<PlanReport.Log> log = JournalLook.at(plan);
        PlanReport report = new PlanReport(plan, log);
        session.out().print(line.has(Option.JSON) ? report.json() : report.text());
        session.out().flush();
    }

    private AssemblyPlan plan(List<String> names) {
        if (names.isEmpty()) {
            throw UsageException.incomplete("no devices given to assemble; name them.");
        }
        return StartRequest.of(line, "", names).plan();
    }

    /** The first word is the array's, unless it is a device's. */
    private List<String> devices() {
        List<String> words = line.words();
        boolean namesArray = !words.isEmpty() && !Files.exists(Path.of(words.get(0)));
        return namesArray ? words.subList(1, words.size()) : words;
    }

    // ---- what is done ----

    private int start() {
        if (line.words().isEmpty()) {
            throw UsageException.of("an md device must be given in this mode");
        }
        String word = line.words().get(0);
        if (word.indexOf('/') < 0 && Files.exists(Path.of(word))) {
            throw UsageException.of(
                    word + " is a file; the first word of --assemble is what the array is to be called, such as"
                            + " md0, and devices follow.");
        }
        if (line.words().size() == 1 && ArrayFinder.config(line).isPresent()) {
            return scan(List.of(RunFolder.requireName(word)));
        }
        StartRequest request = StartRequest.of(
                line,
                RunFolder.requireName(word),
                line.words().subList(1, line.words().size()));
        return start(request);
    }

    /** All arrays that the configuration file speaks of, or those named. One that does not start keeps no other from it. */
    private int scan(List<String> wanted) {
        List<ArrayFinder.Found> found = new ArrayFinder(line, session).find(wanted);
        if (found.isEmpty()) {
            throw new DaemonException(
                    wanted.isEmpty()
                            ? "No arrays found in config file or automatically"
                            : "no devices found for " + String.join(", ", wanted));
        }
        if (line.has(Option.FOREGROUND) && found.size() > 1) {
            throw UsageException.of("--foreground is for one array; name it.");
        }
        int exitCode = Session.OK;
        for (ArrayFinder.Found array : found) {
            try {
                if (line.has(Option.DRY_RUN)) {
                    print(plan(array.devices()));
                } else if (!ControlClient.isAlive(session.runFolder(), array.name())) {
                    exitCode = Math.max(exitCode, start(StartRequest.of(line, array.name(), array.devices())));
                }
            } catch (ArrayException | DeviceException | DaemonException e) {
                session.say(array.name() + ": " + e.getMessage());
                exitCode = Session.FAILED;
            }
        }
        return exitCode;
    }

    private int start(StartRequest request) {
        request.checkPlace(session);
        AssemblyPlan plan = plan(request.devices());
        if (!(line.has(Option.READONLY) ? plan.isOpenable() : plan.isWritable())) {
            throw new ArrayException(IoStatus.UNSUPPORTED, String.join(" ", plan.lines()) + advice(plan));
        }
        if (line.has(Option.UPDATE)) {
            if (line.has(Option.READONLY)) {
                throw UsageException.of("--update writes superblocks; leave out --readonly.");
            }
            removeBadBlockLogs(plan);
        }
        if (line.has(Option.FORCE) && !line.has(Option.FOREGROUND)) {
            // What is insisted upon is said before it is done.
            print(plan);
        }
        return line.has(Option.FOREGROUND) ? new DaemonRun(request, session).run() : launch(session, request);
    }

    /** Every list is looked at before the first is taken away. */
    private void removeBadBlockLogs(AssemblyPlan plan) {
        boolean isForced = line.text(Option.UPDATE).equals("force-no-bbl");
        List<DeviceVerdict> used =
                plan.devices().stream().filter(DeviceVerdict::isUsed).toList();
        for (DeviceVerdict verdict : used) {
            BadBlockLog.checkRemovable(verdict.deviceName(), verdict.superblock(), isForced);
        }
        for (DeviceVerdict verdict : used) {
            try (BlockDevice device = Owner.open(verdict.deviceName())) {
                BadBlockLog.remove(device, verdict.superblock());
            }
        }
    }

    private static String advice(AssemblyPlan plan) {
        AssemblyPlan.JournalState state = plan.journalState();
        boolean isLost = state == AssemblyPlan.JournalState.MISSING || state == AssemblyPlan.JournalState.STALE;
        return isLost ? ArrayOpener.LOST_JOURNAL_ADVICE : "";
    }

    /**
     * Start a daemon, and wait until it serves.
     *
     * @param session of the command.
     * @param request what to start.
     * @return the exit code.
     */
    static int launch(Session session, StartRequest request) {
        Background.Outcome outcome = session.background().launch(session.runFolder(), request.name(), request.words());
        outcome.lines().forEach(session.err()::println);
        if (outcome.exitCode() == Session.OK) {
            ControlClient.status(session.runFolder(), request.name()).uris().forEach(session.out()::println);
        }
        return outcome.exitCode();
    }
}
