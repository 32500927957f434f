package io.holdfast.cli;

import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.JsonWriter;
import io.holdfast.fault.JournalUse;
import io.holdfast.fault.exhaustive.ExhaustiveFinding;
import io.holdfast.fault.exhaustive.ExhaustiveOptions;
import io.holdfast.fault.exhaustive.ExhaustiveResult;
import io.holdfast.fault.exhaustive.ExhaustiveRun;
import io.holdfast.fault.exhaustive.StateStory;
import io.holdfast.raid.JournalMode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Every crash state of a small workload, on each kind of array that was asked for; or one state again, by its name.
 *
 * <p>What was left open of level and journal is tried in turn.
 */
final class ExhaustiveTorture {
    private static final int MEMBER_COUNT_DEFAULT = 5;
    private static final int CHUNK_DEFAULT = 4096;
    private static final int WRITES_DEFAULT = 3;
    private static final int THREAD_COUNT = 2;
    private static final List<JournalUse> JOURNALS =
            List.of(JournalUse.WRITE_THROUGH, JournalUse.WRITE_BACK, JournalUse.NONE);
    private static final int INTERRUPTED = 130;
    private static final int MOST_SHOWN = 5;
    private static final long POLL_MS = 200;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final String HEADER = String.format(
            Locale.ROOT,
            "%-24s %8s %8s %12s %12s %10s %9s %8s %8s %s",
            "array",
            "points",
            "images",
            "states",
            "in recovery",
            "starts",
            "starts/s",
            "refused",
            "hole",
            "outcome");

    private final List<ExhaustiveResult> results = new ArrayList<>();
    private final List<ExhaustiveOptions> cases = new ArrayList<>();

    /**
     * Do it, and say what came of it.
     *
     * @param options checked.
     * @param out     for the outcome.
     * @param err     for progress and for what goes wrong.
     * @return the exit code.
     */
    int run(TortureOptions options, PrintStream out, PrintStream err) {
        List<ExhaustiveOptions> wanted = wanted(options);
        if (options.only() != null) {
            return replay(options, wanted, out);
        }
        boolean isInterrupted;
        ExecutorService threads = Executors.newFixedThreadPool(THREAD_COUNT + 1);
        try (Interruption interruption = new Interruption()) {
            if (!options.isJson()) {
                out.println("seed " + options.seed());
                out.println(HEADER);
            }
            long startNs = System.nanoTime();
            for (ExhaustiveOptions each : wanted) {
                if (interruption.isRequested() || restNs(options, startNs) <= 0) {
                    break;
                }
                ExhaustiveOptions limited = each.timeLimitNs(restNs(options, startNs));
                ExhaustiveResult result = await(limited, threads, interruption, options, err);
                cases.add(each);
                results.add(result);
                if (!options.isJson()) {
                    out.println(row(each, result));
                }
            }
            if (options.isJson()) {
                out.print(json(options));
            } else {
                conclude(options, wanted.size(), out);
            }
            // Before the interruption lets the JVM end.
            out.flush();
            isInterrupted = interruption.isRequested();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            isInterrupted = true;
        } finally {
            threads.shutdownNow();
        }
        boolean isClean = results.stream().allMatch(result -> result.findingCount() == 0);
        return isInterrupted ? INTERRUPTED : isClean ? Session.OK : Session.FAILED;
    }

    // ---- what to try ----

    private static List<ExhaustiveOptions> wanted(TortureOptions options) {
        int memberCount = options.memberCount() == 0 ? MEMBER_COUNT_DEFAULT : options.memberCount();
        if (memberCount > ExhaustiveOptions.MOST_MEMBERS) {
            throw UsageException.of("torture: --members " + memberCount + ": --exhaustive tries arrays of up to "
                    + ExhaustiveOptions.MOST_MEMBERS + " members.");
        }
        int chunkLength = options.chunkLength() == 0 ? CHUNK_DEFAULT : options.chunkLength();
        if (chunkLength > ExhaustiveOptions.MOST_CHUNK) {
            throw UsageException.of("torture: --chunk: --exhaustive tries chunks of up to "
                    + ExhaustiveOptions.MOST_CHUNK / 1024 + "K; every page more doubles the states.");
        }
        int writes = options.writes() == 0 ? WRITES_DEFAULT : options.writes();
        List<ExhaustiveOptions> wanted = new ArrayList<>();
        for (int level = 4; level <= 6; level++) {
            if (options.level() != 0 && options.level() != level) {
                continue;
            }
            if (level == 6 && memberCount == 3) {
                continue;
            }
            for (JournalUse use : JOURNALS) {
                if (options.journal() == null || options.journal() == use) {
                    wanted.add(ExhaustiveOptions.of(level, memberCount, chunkLength, use, writes, options.seed()));
                }
            }
        }
        return wanted;
    }

    private static long restNs(TortureOptions options, long startNs) {
        return options.seconds() == 0
                ? Long.MAX_VALUE
                : startNs + options.seconds() * NS_PER_SECOND - System.nanoTime();
    }

    // ---- one state again ----

    private static int replay(TortureOptions options, List<ExhaustiveOptions> wanted, PrintStream out) {
        if (wanted.size() != 1 || !options.hasSeed()) {
            throw UsageException.of("torture: --only names a state of one array: give --seed, --level and --journal as"
                    + " they were printed with it.");
        }
        StateStory story;
        try {
            story = ExhaustiveRun.replay(wanted.get(0), options.only());
        } catch (IllegalArgumentException e) {
            throw UsageException.of("torture: --only: " + e.getMessage());
        }
        story.lines().forEach(out::println);
        return story.verdict().isEmpty() ? Session.OK : Session.FAILED;
    }

    // ---- all of them ----

    private static ExhaustiveResult await(
            ExhaustiveOptions options,
            ExecutorService threads,
            Interruption interruption,
            TortureOptions asked,
            PrintStream err)
            throws InterruptedException {
        ExhaustiveRun run = new ExhaustiveRun(options);
        Future<ExhaustiveResult> future = threads.submit(() -> run.run(threads, System::nanoTime));
        boolean isShown = asked.isTerminal() && !asked.isQuiet();
        while (true) {
            try {
                ExhaustiveResult result = future.get(POLL_MS, TimeUnit.MILLISECONDS);
                if (isShown) {
                    err.print("\r\033[K");
                }
                return result;
            } catch (TimeoutException e) {
                if (interruption.isRequested()) {
                    run.stop();
                }
                if (isShown) {
                    ExhaustiveRun.Progress progress = run.progress();
                    err.print("\r\033[K" + name(options) + ": " + progress.pointsDone() + " of " + progress.pointCount()
                            + " crash points, " + progress.engineRunCount() + " starts");
                    err.flush();
                }
            } catch (ExecutionException e) {
                throw new IllegalStateException("an exhaustive run ended with an error: " + options, e.getCause());
            }
        }
    }

    private static String name(ExhaustiveOptions options) {
        return "raid" + options.shape().level() + " of " + options.shape().memberCount()
                + (options.shape().isJournaled() ? ", " + journal(options) : ", no journal");
    }

    private static String journal(ExhaustiveOptions options) {
        if (!options.shape().isJournaled()) {
            return JournalUse.NONE.word();
        }
        boolean isBack = options.journalMode() == JournalMode.WRITE_BACK;
        return (isBack ? JournalUse.WRITE_BACK : JournalUse.WRITE_THROUGH).word();
    }

    private static String row(ExhaustiveOptions options, ExhaustiveResult result) {
        String outcome = result.findingCount() > 0
                ? result.findingCount() + " broken"
                : result.isComplete() ? "clean" : "clean so far";
        return String.format(
                Locale.ROOT,
                "%-24s %8d %8d %12d %12d %10d %9.0f %8d %8d %s",
                name(options),
                result.pointCount(),
                result.imageCount(),
                result.stateCount(),
                result.recoveryStateCount(),
                result.engineRunCount(),
                result.runsPerSecond(),
                result.refusedCount(),
                result.holeStateCount(),
                outcome);
    }

    private void conclude(TortureOptions options, int wantedCount, PrintStream out) {
        long starts = 0;
        long sampled = 0;
        double seconds = 0;
        boolean isComplete = results.size() == wantedCount;
        for (int i = 0; i < results.size(); i++) {
            ExhaustiveResult result = results.get(i);
            starts += result.engineRunCount();
            sampled += result.sampledCount();
            seconds += (double) result.elapsedNs() / NS_PER_SECOND;
            isComplete &= result.isComplete();
            for (ExhaustiveFinding finding : result.findings()
                    .subList(0, Math.min(MOST_SHOWN, result.findings().size()))) {
                out.println();
                out.println(name(cases.get(i)) + ": " + finding.what());
                out.println("  again: " + command(options, cases.get(i), finding.state()));
            }
        }
        out.println();
        out.printf(
                Locale.ROOT,
                "%d starts of the engine in %.1f s, %.0f a second; %d states drawn, the others all tried%s.%n",
                starts,
                seconds,
                starts / Math.max(seconds, 1e-9),
                sampled,
                isComplete ? "" : "; not everything: time was up, or too much was wrong");
    }

    private static String command(TortureOptions asked, ExhaustiveOptions options, String state) {
        return "holdfast torture --exhaustive --seed " + asked.seed() + " --level "
                + options.shape().level() + " --members " + options.shape().memberCount() + " --chunk "
                + options.shape().chunkLength() / 1024 + "K --journal "
                + journal(options) + " --writes " + options.writes()
                + " --only " + state;
    }

    private String json(TortureOptions options) {
        JsonWriter json =
                new JsonWriter().beginObject().member("seed", options.seed()).beginArray("arrays");
        for (int i = 0; i < results.size(); i++) {
            ExhaustiveResult result = results.get(i);
            json.beginObject()
                    .member("level", cases.get(i).shape().level())
                    .member("members", cases.get(i).shape().memberCount())
                    .member("journal", journal(cases.get(i)))
                    .member("writes", cases.get(i).writes())
                    .member("crashPoints", result.pointCount())
                    .member("images", result.imageCount())
                    .member("states", result.stateCount())
                    .member("statesInRecovery", result.recoveryStateCount())
                    .member("starts", result.engineRunCount())
                    .member("startsPerSecond", (long) result.runsPerSecond())
                    .member("sampled", result.sampledCount())
                    .member("refused", result.refusedCount())
                    .member("writeHole", result.holeStateCount())
                    .member("isComplete", result.isComplete())
                    .member("findingCount", result.findingCount())
                    .beginArray("findings");
            for (ExhaustiveFinding finding : result.findings()) {
                json.beginObject()
                        .member("state", finding.state())
                        .member("what", finding.what())
                        .member("again", command(options, cases.get(i), finding.state()))
                        .endObject();
            }
            json.endArray().endObject();
        }
        return json.endArray().endObject().toString();
    }
}
