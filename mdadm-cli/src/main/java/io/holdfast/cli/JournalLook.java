package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.cli.report.PlanReport;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalScanner;
import io.holdfast.journal.JournalVisitor;
import io.holdfast.journal.ScanReport;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.DeviceVerdict;
import io.holdfast.raid.metadata.Superblock;
import java.util.Optional;

/** Looks into the log of an array that would be started, without replaying it. */
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
     * Look.
     *
     * @param plan of the assembly.
     * @return what the log holds; empty when there is none to look at.
     * @throws io.holdfast.blockdev.DeviceException when it cannot be read.
     */
    static Optional<PlanReport.Log> at(AssemblyPlan plan) {
        if (!plan.isReplayToBeLookedAt() || plan.journal().isEmpty()) {
            return Optional.empty();
        }
        DeviceVerdict verdict = plan.journal().get();
        Superblock superblock = verdict.superblock();
        long lengthSectors = superblock.dataSizeSectors() & -8L;
        if (lengthSectors < JournalArea.MIN_LENGTH_SECTORS) {
            return Optional.of(new PlanReport.Log(
                    0, 0, verdict.deviceName() + ": " + lengthSectors + " sectors are too few for a log."));
        }
        try (BlockDevice device = Looker.open(verdict.deviceName())) {
            JournalArea area =
                    new JournalArea(device, superblock.dataOffsetSectors(), lengthSectors, superblock.setUuid());
            ScanReport report = new JournalScanner(area).scan(superblock.journalTailSectors(), NOBODY);
            String sentence = report.isEmpty()
                    ? "The journal holds nothing to replay."
                    : report.isNew() ? report.sentence() : "The journal would be replayed: " + report.sentence();
            return Optional.of(new PlanReport.Log(report.blockCount(), report.pageCount(), sentence));
        }
    }
}
