package io.holdfast.cli;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.DetailReport;
import io.holdfast.cli.report.RunningReport;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlanner;
import io.holdfast.raid.metadata.DeviceVerdict;
import io.holdfast.raid.metadata.ExaminedDevice;
import java.util.List;
import java.util.Optional;

/** {@code --detail}: an array as a whole, from its daemon when it is running, else from its devices. */
final class DetailCommand {
    /** Exit code with {@code --test} when the array cannot be used. */
    private static final int UNUSABLE = 2;
    /** Exit code with {@code --test} when the array cannot be described. */
    private static final int NO_INFORMATION = 4;

    private final CommandLine line;
    private final Session session;

    DetailCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
    }

    int run() {
        if (line.has(Option.SCAN) && line.words().isEmpty()) {
            return running(session.runFolder().names());
        }
        if (line.words().isEmpty()) {
            throw UsageException.of("No devices given.");
        }
        Optional<String> name = RunningArray.find(line.words(), session);
        if (name.isPresent()) {
            return running(List.of(name.get()));
        }
        int failure = line.has(Option.TEST) ? NO_INFORMATION : Session.FAILED;
        List<ExaminedDevice> examined;
        try {
            Owner.checkDistinct(line.words());
            examined = Looker.examineAll(line.words());
        } catch (DeviceException e) {
            session.say(e.getMessage());
            return failure;
        }
        // What is missing is part of the description, not a reason against it.
        AssemblyPlan plan = AssemblyPlanner.plan(examined, AssemblyOptions.DEFAULT.withRun());
        for (DeviceVerdict verdict : plan.devices()) {
            if (verdict.superblock() == null) {
                session.say(verdict.sentence());
            }
        }
        if (plan.identity().isEmpty()) {
            session.say(plan.reason());
            return failure;
        }
        boolean isLong = !line.has(Option.EXPORT) && !line.has(Option.BRIEF) && !line.has(Option.SCAN);
        DetailReport report = new DetailReport(
                plan,
                session.homehost(line),
                session.clock().getZone(),
                isLong || line.has(Option.JSON) ? JournalLook.facts(plan) : Optional.empty());
        boolean isVerbose = line.has(Option.VERBOSE);
        session.out()
                .print(
                        line.has(Option.JSON)
                                ? report.json()
                                : line.has(Option.EXPORT)
                                        ? report.export()
                                        : line.has(Option.BRIEF) || line.has(Option.SCAN)
                                                ? report.brief(isVerbose)
                                                : report.full());
        if (!line.has(Option.TEST)) {
            return Session.OK;
        }
        if (!plan.isOpenable()) {
            return UNUSABLE;
        }
        return plan.missingSlots().isEmpty() ? Session.OK : Session.FAILED;
    }

    /** From daemons. A dead one among several is no reason not to show the others. */
    private int running(List<String> names) {
        int exitCode = Session.OK;
        for (String name : names) {
            ArrayStatus status;
            try {
                status = ControlClient.status(session.runFolder(), name);
            } catch (DaemonException e) {
                session.say(e.getMessage());
                exitCode = Math.max(exitCode, line.has(Option.TEST) ? NO_INFORMATION : Session.FAILED);
                continue;
            }
            RunningReport report = new RunningReport(
                    status, session.homehost(line), session.clock().getZone());
            session.out()
                    .print(
                            line.has(Option.JSON)
                                    ? report.json()
                                    : line.has(Option.EXPORT)
                                            ? report.export()
                                            : line.has(Option.BRIEF) || line.has(Option.SCAN)
                                                    ? report.brief(line.has(Option.VERBOSE))
                                                    : report.full());
            if (line.has(Option.TEST)) {
                int missing = status.slotCount() - status.inSyncCount();
                exitCode = Math.max(
                        exitCode,
                        missing > status.parityCount() ? UNUSABLE : missing > 0 ? Session.FAILED : Session.OK);
            }
        }
        return exitCode;
    }
}
