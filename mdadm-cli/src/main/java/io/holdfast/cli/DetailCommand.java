package io.holdfast.cli;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.DetailReport;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlanner;
import io.holdfast.raid.metadata.DeviceVerdict;
import io.holdfast.raid.metadata.ExaminedDevice;
import java.util.List;
import java.util.Optional;

/** {@code --detail}: an array as a whole, from the devices of one that is not running. */
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
        if (line.words().isEmpty()) {
            throw UsageException.of("No devices given.");
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
}
