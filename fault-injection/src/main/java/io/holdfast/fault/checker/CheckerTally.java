package io.holdfast.fault.checker;

import io.holdfast.fault.checker.CheckerReport.Outcome;
import io.holdfast.fault.checker.CheckerReport.Stage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The numbers of a run. On the checker's thread only. */
final class CheckerTally {
    private static final int FINDING_LIMIT = 1000;

    private final CheckedArea area;
    private final CheckerListener listener;
    private final Map<BlockCondition, Long> conditions = new EnumMap<>(BlockCondition.class);
    private final List<BlockFinding> findings = new ArrayList<>();
    private Stage stage;
    private long writeCount;
    private long durableWriteCount;
    private long zeroesCount;
    private long readCount;
    private long flushCount;
    private long writtenLength;
    private long errorCount;
    private long verifiedBlockCount;
    private long undoneCount;
    private long findingCount;

    CheckerTally(CheckedArea area, CheckerListener listener) {
        this.area = area;
        this.listener = listener;
    }

    void stage(Stage next) {
        stage = next;
        if (next == Stage.LOOKING_BACK || next == Stage.LOOKING_ON) {
            verifiedBlockCount = 0;
        }
        progress();
    }

    void progress() {
        listener.onProgress(report(null));
    }

    void wrote(CheckerSlot.Use use, long length) {
        if (use == CheckerSlot.Use.ZEROES) {
            zeroesCount++;
        } else {
            writeCount++;
            writtenLength += length;
            durableWriteCount += use == CheckerSlot.Use.DURABLE_WRITE ? 1 : 0;
        }
    }

    void flushed() {
        flushCount++;
    }

    void failed() {
        errorCount++;
    }

    void read() {
        readCount++;
    }

    void verified() {
        verifiedBlockCount++;
    }

    void undone(int unitCount) {
        undoneCount += unitCount;
    }

    long findingCount() {
        return findingCount;
    }

    void found(BlockFinding finding) {
        findingCount++;
        conditions.merge(finding.condition(), 1L, Long::sum);
        if (findings.size() < FINDING_LIMIT) {
            findings.add(finding);
            listener.onFinding(finding);
        }
    }

    CheckerReport report(Outcome outcome) {
        return new CheckerReport(
                stage,
                outcome,
                writeCount,
                durableWriteCount,
                zeroesCount,
                readCount,
                flushCount,
                writtenLength,
                errorCount,
                verifiedBlockCount,
                area.unitCount() / area.unitsPerBlock(),
                undoneCount,
                conditions,
                findings);
    }
}
