package io.holdfast.cli;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.cli.report.PlanReport;
import io.holdfast.raid.metadata.ArrayIdentity;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlan.JournalState;
import io.holdfast.raid.metadata.DeviceVerdict;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a change of the journal is going to do, said before it is done. */
final class JournalChangePlan {
    private final JournalChange change;
    private final AssemblyPlan plan;
    private final List<String> added;

    JournalChangePlan(JournalChange change, AssemblyPlan plan, List<String> added) {
        this.change = change;
        this.plan = plan;
        this.added = added;
    }

    static String names(List<DeviceVerdict> devices) {
        return devices.stream().map(DeviceVerdict::deviceName).collect(Collectors.joining(", "));
    }

    List<String> lines() {
        ArrayIdentity identity = plan.identity().orElseThrow();
        List<String> lines = new ArrayList<>();
        int missing = plan.missingSlots().size();
        lines.add("Array " + identity.uuid() + ", level " + identity.level() + ", " + (identity.raidDisks() - missing)
                + " of " + identity.raidDisks() + " members in sync.");
        lines.add("Journal now:  " + now());
        lines.add("Journal then: " + then());
        String log = log();
        if (!log.isEmpty()) {
            lines.add("Its log:      " + log);
        }
        return lines;
    }

    private String now() {
        return switch (plan.journalState()) {
            case NOT_USED -> "none";
            case PRESENT -> names(plan.journals());
            default -> "lost";
        };
    }

    private String then() {
        String all = change == JournalChange.ADD_COPY ? names(plan.journals()) + ", " : "";
        return added.isEmpty() ? "none" : all + String.join(", ", added);
    }

    private String log() {
        if (plan.journalState() == JournalState.NOT_USED) {
            return "";
        }
        if (plan.journalState() == JournalState.GIVEN_UP) {
            return "given up, with what only it holds; parity is recomputed everywhere";
        }
        String whatFor = change == JournalChange.ADD_COPY
                ? "what it holds goes to the members first, and to both from then on"
                : "what it holds goes to the members first; nothing is lost";
        try {
            PlanReport.Log log = JournalLook.at(plan).orElseThrow();
            return log.pageCount() == 0
                    ? "nothing in it that the members do not have"
                    : log.blockCount() + " blocks with " + log.pageCount() + " pages; " + whatFor;
        } catch (DeviceException e) {
            return whatFor;
        }
    }
}
