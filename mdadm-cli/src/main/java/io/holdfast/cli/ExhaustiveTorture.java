package io.holdfast.cli;

import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.JsonWriter;
import io.holdfast.fault.exhaustive.ExhaustiveFinding;
import io.holdfast.fault.exhaustive.ExhaustiveOptions;
import io.holdfast.fault.exhaustive.ExhaustiveResult;
import io.holdfast.fault.exhaustive.ExhaustiveRun;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Every crash state of a small workload. */
final class ExhaustiveTorture {
    private static final int LEVEL_DEFAULT = 5;
    private static final int MEMBERS_DEFAULT = 4;
    private static final int CHUNK_DEFAULT = 4096;
    private static final int WRITES_DEFAULT = 8;
    private static final long SEED_DEFAULT = 1;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final long NS_PER_MILLI = 1_000_000L;
    private static final long LOOK_MILLIS = 200;
    private static final long LINE_NS = 10 * NS_PER_SECOND;
    private static final int SHOWN_FINDINGS = 5;

    private TortureOptions options;
    private PrintStream err;

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
        ExhaustiveOptions what = exhaustiveOptions();
        if (options.only() != null) {
            return replay(what, out);
        }
        ExhaustiveRun run = new ExhaustiveRun(what);
        int threads = Runtime.getRuntime().availableProcessors();
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        ExecutorService starter = Executors.newSingleThreadExecutor();
        try (Interruption interruption = new Interruption()) {
            Future<ExhaustiveResult> outcome = starter.submit(() -> run.run(workers, System::nanoTime));
            ExhaustiveResult result = await(outcome, run, interruption);
            if (options.isJson()) {
                out.print(json(result));
            } else {
                print(result, out);
            }
            out.flush();
            return result.findingCount() == 0 ? Session.OK : Session.FAILED;
        } finally {
            starter.shutdown();
            workers.shutdown();
        }
    }

    private ExhaustiveOptions exhaustiveOptions() {
        int level = options.level() == 0 ? LEVEL_DEFAULT : options.level();
        int members = options.memberCount() == 0 ? MEMBERS_DEFAULT : options.memberCount();
        try {
            ExhaustiveOptions what = ExhaustiveOptions.of(
                    level,
                    members,
                    options.chunkLength() == 0 ? CHUNK_DEFAULT : options.chunkLength(),
                    options.journal() != TortureOptions.Journal.NONE,
                    options.writes() == 0 ? WRITES_DEFAULT : options.writes(),
                    seed());
            return options.seconds() == 0 ? what : what.timeLimitNs(options.seconds() * NS_PER_SECOND);
        } catch (IllegalArgumentException e) {
            throw UsageException.of("torture: --exhaustive: " + e.getMessage());
        }
    }

    /** The same states every time, unless somebody wants others. */
    private long seed() {
        return options.hasSeed() ? options.seed() : SEED_DEFAULT;
    }

    private int replay(ExhaustiveOptions what, PrintStream out) {
        try {
            List<String> lines = ExhaustiveRun.replay(what, options.only());
            lines.forEach(out::println);
            return Session.OK;
        } catch (IllegalArgumentException e) {
            throw UsageException.of("torture: --only: " + e.getMessage());
        }
    }

    private ExhaustiveResult await(Future<ExhaustiveResult> outcome, ExhaustiveRun run, Interruption interruption) {
        long startNs = System.nanoTime();
        long toldNs = startNs;
        while (true) {
            try {
                ExhaustiveResult result = outcome.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (options.isTerminal() && !options.isQuiet()) {
                    err.print("\r\u001b[K");
                    err.flush();
                }
                return result;
            } catch (TimeoutException e) {
                if (interruption.isRequested()) {
                    run.stop();
                }
                long nowNs = System.nanoTime();
                if (!options.isQuiet() && (options.isTerminal() || nowNs - toldNs > LINE_NS)) {
                    toldNs = nowNs;
                    tell(run.progress(), nowNs - startNs);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                run.stop();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
    }

    private void tell(ExhaustiveRun.Progress progress, long elapsedNs) {
        String line = String.format(
                Locale.ROOT,
                "torture: %d s, %d of %d crash points, %d starts of the engine",
                elapsedNs / NS_PER_SECOND,
                progress.pointsDone(),
                progress.pointCount(),
                progress.engineRunCount());
        if (options.isTerminal()) {
            err.print("\r" + line + "\u001b[K");
            err.flush();
        } else {
            err.println(line);
        }
    }

    // ---- the outcome ----

    private void print(ExhaustiveResult result, PrintStream out) {
        ExhaustiveOptions what = exhaustiveOptions();
        out.println("Level " + what.shape().level() + ", " + what.shape().memberCount() + " members, "
                + (what.shape().isJournaled() ? "with" : "without") + " a journal; " + what.writes()
                + " writes of seed " + what.seed() + ", up to " + result.mostPages() + " pages in flight.");
        row(out, "crash points", result.pointCount());
        row(out, "different images", result.imageCount());
        row(out, "sets of missing members", result.lossSetCount());
        row(out, "crash states", result.stateCount());
        row(out, "crash states of recoveries", result.recoveryStateCount());
        row(out, "starts of the engine, each judged", result.engineRunCount());
        row(out, "drawn, not all tried", result.sampledCount());
        if (!what.shape().isJournaled()) {
            row(out, "refused: dirty and degraded", result.refusedCount());
            row(out, "served by force", result.forcedStateCount());
            row(out, "of these, the write hole was hit", result.holeStateCount());
        }
        out.printf(
                Locale.ROOT,
                "%.1f s: %.0f starts a second, %.0f states a second counting those that no recovery can tell apart.%n",
                result.elapsedNs() / (double) NS_PER_SECOND,
                result.runsPerSecond(),
                result.statesPerSecond());
        if (!result.isComplete()) {
            out.println("Not all of it was tried.");
        }
        if (result.findingCount() == 0) {
            out.println("Every promise was kept.");
            return;
        }
        out.println("Promises were broken in " + result.findingCount() + " states:");
        for (ExhaustiveFinding finding :
                result.findings().stream().limit(SHOWN_FINDINGS).toList()) {
            out.println("  " + finding.what());
            out.println("  replay it with: " + replayCommand(what, finding));
        }
    }

    private static void row(PrintStream out, String what, long count) {
        out.printf(Locale.ROOT, "  %-36s %16d%n", what, count);
    }

    private static String replayCommand(ExhaustiveOptions what, ExhaustiveFinding finding) {
        return "holdfast torture --exhaustive --level " + what.shape().level() + " --members "
                + what.shape().memberCount() + " --chunk " + what.shape().chunkLength() / 1024 + "K --journal "
                + (what.shape().isJournaled() ? "write-through" : "none") + " --writes " + what.writes() + " --seed "
                + what.seed() + " --only " + finding.state();
    }

    private String json(ExhaustiveResult result) {
        JsonWriter json = new JsonWriter()
                .beginObject()
                .member("passed", result.findingCount() == 0)
                .member("complete", result.isComplete())
                .member("seed", seed())
                .member("crashPoints", result.pointCount())
                .member("images", result.imageCount())
                .member("lossSets", result.lossSetCount())
                .member("crashStates", result.stateCount())
                .member("recoveryStates", result.recoveryStateCount())
                .member("engineStarts", result.engineRunCount())
                .member("sampled", result.sampledCount())
                .member("refused", result.refusedCount())
                .member("holeStates", result.holeStateCount())
                .member("findings", result.findingCount())
                .member("milliseconds", result.elapsedNs() / NS_PER_MILLI)
                .beginArray("found");
        for (ExhaustiveFinding finding : result.findings()) {
            json.beginObject()
                    .member("state", finding.state())
                    .member("what", finding.what())
                    .member("replay", replayCommand(exhaustiveOptions(), finding))
                    .endObject();
        }
        return json.endArray().endObject().toString();
    }
}
