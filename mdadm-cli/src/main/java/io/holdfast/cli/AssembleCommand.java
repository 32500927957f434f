package io.holdfast.cli;

import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.PlanReport;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlanner;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.UuidText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code --assemble --dry-run}: what would be started from some devices, how, and what would be replayed or lost. */
final class AssembleCommand {
    private final CommandLine line;
    private final Session session;

    AssembleCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
    }

    int run() {
        if (!line.has(Option.DRY_RUN)) {
            throw UsageException.of("an array cannot stay started before there is an array daemon;"
                    + " add --dry-run to see what would start, or use copy-in, copy-out, check or rebuild.");
        }
        if (line.has(Option.SCAN)) {
            throw UsageException.of("--assemble --scan is not available yet; name the devices.");
        }
        List<String> names = devices();
        if (names.isEmpty()) {
            throw UsageException.incomplete("no devices given to assemble; name them.");
        }
        Owner.checkDistinct(names);
        List<ExaminedDevice> examined = Looker.examineAll(names);
        AssemblyPlan plan = AssemblyPlanner.plan(examined, options());
        Optional<PlanReport.Log> log = JournalLook.at(plan);
        PlanReport report = new PlanReport(plan, log);
        session.out().print(line.has(Option.JSON) ? report.json() : report.text());
        return plan.isOpenable() ? Session.OK : Session.FAILED;
    }

    /** The first word is the array's, unless it is a device's. */
    private List<String> devices() {
        List<String> words = line.words();
        boolean namesArray = !words.isEmpty() && !Files.exists(Path.of(words.get(0)));
        return namesArray ? words.subList(1, words.size()) : words;
    }

    private AssemblyOptions options() {
        return new AssemblyOptions(
                line.has(Option.FORCE),
                line.has(Option.RUN),
                line.has(Option.READONLY),
                line.uuid() == null ? null : UuidText.format(line.uuid()));
    }
}
