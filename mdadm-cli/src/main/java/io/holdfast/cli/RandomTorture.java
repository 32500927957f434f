package io.holdfast.cli;

import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.JsonWriter;
import io.holdfast.fault.torture.FaultCounts;
import io.holdfast.fault.torture.FaultKind;
import io.holdfast.fault.torture.FaultPlan;
import io.holdfast.fault.torture.Shrinker;
import io.holdfast.fault.torture.Shrinker.Shrunk;
import io.holdfast.fault.torture.Step;
import io.holdfast.fault.torture.StepSelection;
import io.holdfast.fault.torture.TortureCampaign;
import io.holdfast.fault.torture.TorturePage;
import io.holdfast.fault.torture.TortureResult;
import io.holdfast.fault.torture.TortureSettings;
import io.holdfast.fault.torture.TortureTotals;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Seeded lives of simulated arrays: until time is up, or until a promise is broken and the smallest history found. */
final class RandomTorture {
    private static final int SECONDS_DEFAULT = 60;
    private static final int SHRINK_SECONDS = 60;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final long NS_PER_MILLI = 1_000_000L;
    private static final long REDRAW_NS = 200_000_000L;
    private static final long LINE_NS = 10 * NS_PER_SECOND;
    private static final int SHOWN_FINDINGS = 5;

    private TortureOptions options;
    private PrintStream err;
    private long startNs;
    private long toldNs;

    /**
     * Do it, and say what came of it.
     *
     * @param wanted checked options.
     * @param out    for the outcome.
     * @param errors for progress and for what goes wrong.
     * @return the exit code.
     */
    int run(TortureOptions wanted, PrintStream out, PrintStream errors) {
        options = wanted;
        err = errors;
        TortureSettings settings = settings();
        StepSelection selection = selection();
        if (options.report() != null && !isWritable(options.report())) {
            err.println("holdfast: torture: " + options.report()
                    + " cannot be written; name a file in a folder that exists.");
            return Session.FAILED;
        }
        startNs = System.nanoTime();
        toldNs = startNs;
        try (Interruption interruption = new Interruption()) {
            long deadlineNs = startNs + seconds() * NS_PER_SECOND;
            boolean isTimed = seconds() > 0;
            TortureCampaign campaign = new TortureCampaign(
                    settings,
                    options.seed(),
                    () -> interruption.isRequested() || (isTimed && System.nanoTime() - deadlineNs > 0));
            if (!options.isQuiet()) {
                err.println("torture: seed " + options.seed() + " (Ctrl-C tells what was done so far)");
            }
            campaign.run(isTimed ? Long.MAX_VALUE : 1, selection, this::tell);
            long wallNs = System.nanoTime() - startNs;
            clearLine();
            Shrunk shrunk = null;
            if (campaign.failure() != null) {
                shrunk = shrink(campaign.failure(), interruption);
            }
            if (options.isJson()) {
                out.print(json(campaign.totals(), shrunk, wallNs));
            } else {
                print(campaign.totals(), campaign.failure(), shrunk, wallNs, out);
            }
            if (options.report() != null) {
                Files.writeString(
                        options.report(),
                        TorturePage.of(
                                campaign.totals(), settings, options.seed(), shrunk, wallNs, HelpText.version()));
                if (!options.isQuiet()) {
                    err.println("torture: the report is in " + options.report());
                }
            }
            out.flush();
            return campaign.failure() == null ? Session.OK : Session.FAILED;
        } catch (IOException e) {
            err.println("holdfast: torture: " + FileProblem.describe(e));
            return Session.FAILED;
        }
    }

    private int seconds() {
        return options.seconds() == 0 && options.steps() == 0 ? SECONDS_DEFAULT : options.seconds();
    }

    private TortureSettings settings() {
        FaultPlan faults = null;
        if (options.faults() != null) {
            try {
                faults = FaultPlan.parse(options.faults());
            } catch (IllegalArgumentException e) {
                throw UsageException.of("torture: --faults: " + e.getMessage());
            }
        }
        return new TortureSettings(
                options.level(),
                options.memberCount(),
                options.chunkLength(),
                options.journal(),
                faults,
                options.steps() == 0 ? TortureSettings.STEP_COUNT_DEFAULT : options.steps());
    }

    private StepSelection selection() {
        if (options.only() == null) {
            return null;
        }
        try {
            return StepSelection.parse(options.only());
        } catch (IllegalArgumentException e) {
            throw UsageException.of("torture: --only: " + e.getMessage());
        }
    }

    private static boolean isWritable(Path report) {
        Path folder = report.toAbsolutePath().getParent();
        return !Files.isDirectory(report) && Files.isDirectory(folder) && Files.isWritable(folder);
    }

    private Shrunk shrink(TortureResult failure, Interruption interruption) {
        if (!options.isQuiet()) {
            err.println("torture: a promise was broken in history "
                    + failure.history().seed() + "; looking for the smallest history that breaks it");
        }
        long deadlineNs = System.nanoTime() + SHRINK_SECONDS * NS_PER_SECOND;
        return Shrinker.shrink(failure, () -> interruption.isRequested() || System.nanoTime() - deadlineNs > 0);
    }

    // ---- progress ----

    private void tell(TortureTotals totals) {
        long nowNs = System.nanoTime();
        if (options.isQuiet() || nowNs - toldNs < (options.isTerminal() ? REDRAW_NS : LINE_NS)) {
            return;
        }
        toldNs = nowNs;
        String line = String.format(
                Locale.ROOT,
                "torture: %d s, %d histories, %d steps, %d crashes, %d faults",
                (nowNs - startNs) / NS_PER_SECOND,
                totals.historyCount(),
                totals.stepCount(),
                totals.crashCount(),
                totals.counts().injected());
        if (options.isTerminal()) {
            err.print("\r" + line + "\u001b[K");
            err.flush();
        } else {
            err.println(line);
        }
    }

    private void clearLine() {
        if (options.isTerminal() && !options.isQuiet()) {
            err.print("\r\u001b[K");
            err.flush();
        }
    }

    // ---- the outcome ----

    private void print(TortureTotals totals, TortureResult failure, Shrunk shrunk, long wallNs, PrintStream out) {
        double wallSeconds = Math.max(1, wallNs) / (double) NS_PER_SECOND;
        out.printf(
                Locale.ROOT,
                "%d %s from seed %d: %d steps, %d requests answered, %d arrays, %.2f simulated hours in %.1f s.%n",
                totals.historyCount(),
                totals.historyCount() == 1 ? "history" : "histories",
                options.seed(),
                totals.stepCount(),
                totals.answerCount(),
                totals.arrayCount(),
                totals.simulatedHours(),
                wallSeconds);
        out.printf(
                Locale.ROOT,
                "%d crash states recovered, %.1f a second; %.0f steps a second.%n",
                totals.crashCount(),
                totals.crashCount() / wallSeconds,
                totals.stepCount() / wallSeconds);
        printFaults(totals.counts(), out);
        if (failure == null) {
            out.println("Every promise was kept.");
        } else {
            printFailure(shrunk, failure, out);
        }
    }

    private static void printFaults(FaultCounts counts, PrintStream out) {
        if (counts.injected() == 0) {
            out.println("No fault was injected.");
            return;
        }
        out.printf("%n  %-22s %10s %10s%n", "fault", "injected", "survived");
        for (FaultKind kind : FaultKind.values()) {
            FaultCounts.Count count = counts.of(kind);
            if (count.injected() > 0) {
                out.printf("  %-22s %10d %10d%n", kind.title(), count.injected(), count.survived());
            }
        }
        out.println();
    }

    private static void printFailure(Shrunk shrunk, TortureResult failure, PrintStream out) {
        TortureResult smallest = shrunk.smallest();
        out.println("A promise was broken. In history " + failure.history().seed() + ", on "
                + smallest.history().shape() + ":");
        smallest.findings().stream().limit(SHOWN_FINDINGS).forEach(finding -> out.println("  " + finding));
        int more = smallest.findings().size() - SHOWN_FINDINGS;
        if (more > 0) {
            out.println("  and " + more + " more");
        }
        out.println();
        out.println("The smallest history found, " + smallest.history().steps().size() + " of "
                + failure.history().steps().size() + " steps (" + shrunk.triedCount() + " tried"
                + (shrunk.isFinished() ? "" : ", then time was up") + "):");
        for (Step step : smallest.history().steps()) {
            out.printf("  %5d  %s%n", step.index(), step.describe());
        }
        out.println();
        out.println("Replay it with:");
        out.println("  holdfast torture " + smallest.history().replayOptions());
    }

    private String json(TortureTotals totals, Shrunk shrunk, long wallNs) {
        JsonWriter json = new JsonWriter()
                .beginObject()
                .member("passed", shrunk == null)
                .member("seed", options.seed())
                .member("histories", totals.historyCount())
                .member("steps", totals.stepCount())
                .member("answers", totals.answerCount())
                .member("arrays", totals.arrayCount())
                .member("crashStates", totals.crashCount())
                .member("simulatedSeconds", Math.round(totals.simulatedHours() * 3600))
                .member("milliseconds", wallNs / NS_PER_MILLI)
                .beginArray("faults");
        for (FaultKind kind : FaultKind.values()) {
            FaultCounts.Count count = totals.counts().of(kind);
            if (count.injected() > 0) {
                json.beginObject()
                        .member("kind", kind.word())
                        .member("injected", count.injected())
                        .member("survived", count.survived())
                        .endObject();
            }
        }
        json.endArray();
        if (shrunk != null) {
            TortureResult smallest = shrunk.smallest();
            json.beginObject("failure")
                    .member("replay", "holdfast torture " + smallest.history().replayOptions())
                    .beginArray("findings");
            smallest.findings().forEach(json::element);
            json.endArray().beginArray("steps");
            smallest.history().steps().forEach(step -> json.element(step.index() + " " + step.describe()));
            json.endArray().endObject();
        }
        return json.endObject().toString();
    }
}
