package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.cli.report.JournalFacts;
import io.holdfast.cli.report.PlanReport;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalScanner;
import io.holdfast.journal.JournalVisitor;
import io.holdfast.journal.ScanReport;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.DeviceVerdict;
import io.holdfast.raid.metadata.HoldfastNote;
import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.Superblock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Looks into the log of an array that would be started, on each device that holds a copy of it, without replaying it. */
final class JournalLook {
    private static final JournalVisitor NOBODY = new JournalVisitor() {
        @Override
        public void onData(long arraySector, long pagePosition) {
            // Counted by the scanner.
        }

        @Override
        public void onParity(long memberSector, long pPagePosition, long qPagePosition) {
            // Counted by the scanner.
        }

        @Override
        public void onFlush(long memberSector) {
            // Nothing to count.
        }
    };

    private JournalLook() {}

    /**
     * Look for what a start would replay: a copy that cannot be read, or is damaged, is made up for by another.
     *
     * @param plan of the assembly.
     * @return what the log holds; empty when there is none to look at.
     * @throws DeviceException when no copy of it can be read.
     */
    static Optional<PlanReport.Log> at(AssemblyPlan plan) {
        if (!plan.isReplayToBeLookedAt()) {
            return Optional.empty();
        }
        long tail = tail(plan);
        ScanReport longest = null;
        DeviceException failure = null;
        for (DeviceVerdict copy : freshestFirst(plan)) {
            try {
                ScanReport report = scan(copy, tail);
                boolean isBetter = longest == null
                        || (longest.isNew() && !report.isNew())
                        || (longest.isNew() == report.isNew() && report.scannedSectors() > longest.scannedSectors());
                longest = isBetter ? report : longest;
            } catch (DeviceException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (longest == null) {
            if (failure != null) {
                throw failure;
            }
            return Optional.empty();
        }
        return Optional.of(new PlanReport.Log(longest.blockCount(), longest.pageCount(), sentence(longest)));
    }

    private static String sentence(ScanReport report) {
        if (report.isEmpty()) {
            return "The journal holds nothing to replay.";
        }
        return report.isNew() ? report.sentence() : "The journal would be replayed: " + report.sentence();
    }

    /**
     * Look at each copy, also at those that a start would set aside.
     *
     * @param plan of the assembly, in which an array was found.
     * @return what there is; empty when the array has no journal.
     */
    static Optional<JournalFacts> facts(AssemblyPlan plan) {
        if (plan.journalState() == AssemblyPlan.JournalState.NOT_USED) {
            return Optional.empty();
        }
        List<JournalFacts.Copy> copies = new ArrayList<>();
        long tail = tail(plan);
        freshestFirst(plan).forEach(verdict -> copies.add(usable(verdict, tail)));
        for (DeviceVerdict verdict : plan.devices()) {
            if (isSetAside(verdict, plan)) {
                copies.add(setAside(verdict));
            }
        }
        int policy = HoldfastNote.policy(plan.reference()).orElse(JournalLossPolicy.CONTINUE.code());
        return Optional.of(new JournalFacts(
                plan.reference().countOf(Role.JOURNAL), PolicyWords.of(JournalLossPolicy.of(policy)), copies));
    }

    private static List<DeviceVerdict> freshestFirst(AssemblyPlan plan) {
        return plan.journals().stream()
                .sorted(Comparator.comparingLong(DeviceVerdict::eventsBehind))
                .toList();
    }

    private static long tail(AssemblyPlan plan) {
        return plan.journal()
                .map(verdict -> verdict.superblock().journalTailSectors())
                .orElse(0L);
    }

    private static boolean isSetAside(DeviceVerdict verdict, AssemblyPlan plan) {
        Superblock superblock = verdict.superblock();
        return verdict.kind() != DeviceVerdict.Kind.JOURNAL
                && verdict.device().isValid()
                && superblock.ownRole() == Role.JOURNAL
                && superblock.setUuidText().equals(plan.identity().orElseThrow().uuid());
    }

    private static JournalFacts.Copy usable(DeviceVerdict verdict, long tail) {
        String state = verdict.eventsBehind() == 0 ? "up to date" : "one update behind, which is good enough";
        long own = verdict.superblock().journalTailSectors();
        try {
            ScanReport report = scan(verdict, tail);
            long sectors = report.isNew() ? 0 : report.scannedSectors();
            return new JournalFacts.Copy(
                    verdict.deviceName(),
                    state,
                    true,
                    areaSectors(verdict),
                    own,
                    new JournalFacts.Log(
                            report.blockCount(),
                            report.pageCount(),
                            sectors,
                            report.endPosition(),
                            report.isNew() ? 0 : report.nextSequence(),
                            report.isEmpty() || report.isNew()),
                    report.isEmpty() ? "" : report.sentence());
        } catch (DeviceException e) {
            return new JournalFacts.Copy(
                    verdict.deviceName(), state, true, areaSectors(verdict), own, null, e.getMessage());
        }
    }

    private static JournalFacts.Copy setAside(DeviceVerdict verdict) {
        return new JournalFacts.Copy(
                verdict.deviceName(),
                "set aside",
                false,
                areaSectors(verdict),
                verdict.superblock().journalTailSectors(),
                null,
                verdict.sentence());
    }

    private static long areaSectors(DeviceVerdict verdict) {
        return Math.max(0, verdict.superblock().dataSizeSectors() & -8L);
    }

    private static ScanReport scan(DeviceVerdict verdict, long tail) {
        try (BlockDevice device = Looker.open(verdict.deviceName())) {
            JournalArea area = LogPlace.of(device, verdict.superblock());
            return new JournalScanner(area).scan(tail, NOBODY);
        }
    }
}
