package io.holdfast.cli;

import io.holdfast.fault.checker.CheckerListener;
import io.holdfast.fault.checker.CheckerReport;
import java.io.PrintStream;
import java.util.Locale;

/** Tells how far the torture of a target has come: a line that is drawn again on a terminal, elsewhere one for each stage. */
final class TargetProgress implements CheckerListener {
    private static final long REDRAW_NS = 200_000_000L;

    private final PrintStream target;
    private final boolean isTerminal;
    private long drawnNs = System.nanoTime() - REDRAW_NS;
    private CheckerReport.Stage stage;

    /** Prepare to tell; null to tell nothing. */
    TargetProgress(PrintStream target, boolean isTerminal) {
        this.target = target;
        this.isTerminal = isTerminal;
    }

    @Override
    public void onProgress(CheckerReport report) {
        if (target == null || report.stage() == CheckerReport.Stage.ENDED) {
            return;
        }
        long now = System.nanoTime();
        boolean isNew = report.stage() != stage;
        stage = report.stage();
        if (isTerminal && (isNew || now - drawnNs >= REDRAW_NS)) {
            drawnNs = now;
            target.print("\r" + words(report) + "\u001b[K");
            target.flush();
        } else if (!isTerminal && isNew) {
            target.println(stageWords());
        }
    }

    void finish() {
        if (target != null) {
            clear();
        }
    }

    private void clear() {
        if (isTerminal) {
            target.print("\r\u001b[K");
            target.flush();
        }
    }

    private String words(CheckerReport report) {
        return switch (report.stage()) {
            case LOOKING_BACK, LOOKING_ON ->
                String.format(
                        Locale.ROOT,
                        "%s %,d of %,d blocks",
                        stageWords(),
                        report.verifiedBlockCount(),
                        report.blockCount());
            default ->
                String.format(
                        Locale.ROOT,
                        "%s %,d writes, %,d reads, %,d flushes",
                        stageWords(),
                        report.writeCount(),
                        report.readCount(),
                        report.flushCount());
        };
    }

    private String stageWords() {
        return switch (stage) {
            case LOOKING_BACK -> "reading what was there:";
            case SETTLING -> "flushing what was there:";
            case FILLING -> "filling:";
            case LOADING -> "writing, flushing, reading:";
            case FLUSHING -> "flushing:";
            case LOOKING_ON -> "reading everything:";
            case ENDED -> "";
        };
    }
}
