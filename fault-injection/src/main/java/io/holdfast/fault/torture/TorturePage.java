package io.holdfast.fault.torture;

import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.JournalUse;
import io.holdfast.fault.torture.Shrinker.Shrunk;
import io.holdfast.fault.torture.StoryEvent.Kind;
import java.util.List;
import java.util.Locale;

/** The report page of a torture: what was tried, what came of it, and, if a promise was broken, how. */
public final class TorturePage {
    private static final double NS_PER_SECOND = 1e9;
    private static final int SHOWN_FINDINGS = 8;

    private final TortureTotals totals;
    private final TortureSettings settings;
    private final long seed;
    private final Shrunk shrunk;
    private final double wallSeconds;
    private final String version;
    private final HtmlPage page;

    private TorturePage(
            TortureTotals totals, TortureSettings settings, long seed, Shrunk shrunk, long wallNs, String version) {
        this.totals = totals;
        this.settings = settings;
        this.seed = seed;
        this.shrunk = shrunk;
        this.wallSeconds = Math.max(1, wallNs) / NS_PER_SECOND;
        this.version = version;
        page = new HtmlPage("Holdfast torture, seed " + seed + (shrunk == null ? ": passed" : ": failed"));
    }

    /**
     * Write the page.
     *
     * @param totals   what was lived.
     * @param settings it was lived with.
     * @param seed     of the first history.
     * @param shrunk   the smallest history that breaks a promise; null when none was broken.
     * @param wallNs   nanoseconds that it took.
     * @param version  of the program, in words.
     * @return the page.
     */
    public static String of(
            TortureTotals totals, TortureSettings settings, long seed, Shrunk shrunk, long wallNs, String version) {
        TorturePage report = new TorturePage(totals, settings, seed, shrunk, wallNs, version);
        report.head();
        report.tiles();
        if (shrunk != null) {
            report.failure();
        }
        report.faults();
        report.about();
        return report.page.toString();
    }

    private void head() {
        if (shrunk == null) {
            page.add("<span class=\"badge good\">passed</span>");
            page.add("<h1>Every promise was kept</h1>");
        } else {
            page.add("<span class=\"badge bad\">failed</span>");
            page.add("<h1>A promise was broken</h1>");
        }
        page.add("<p class=\"soft\">Random torture of simulated arrays, from seed <code>%d</code>.</p>", seed);
    }

    private void tiles() {
        page.add("<div class=\"tiles\">");
        tile(grouped(totals.historyCount()), totals.historyCount() == 1 ? "history" : "histories");
        tile(grouped(totals.stepCount()), "steps");
        tile(grouped(totals.answerCount()), "requests");
        tile(grouped(totals.crashCount()), totals.crashCount() == 1 ? "crash state" : "crash states");
        tile(grouped(totals.counts().injected()), "faults injected");
        tile(String.format(Locale.ROOT, "%.2f h", totals.simulatedHours()), "simulated time");
        tile(String.format(Locale.ROOT, "%.1f s", wallSeconds), "real time");
        tile(String.format(Locale.ROOT, "%,.0f", totals.stepCount() / wallSeconds), "steps a second");
        page.add("</div>");
    }

    private void tile(String number, String label) {
        page.add("<div class=\"tile\"><b>%s</b><span>%s</span></div>", number, label);
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private void faults() {
        FaultCounts counts = totals.counts();
        page.add("<h2>Faults</h2>");
        if (counts.injected() == 0) {
            page.add("<p class=\"soft\">None was injected.</p>");
            return;
        }
        page.add("<div class=\"scroll\"><table><thead><tr><th>fault</th><th class=\"n\">injected</th>"
                + "<th class=\"n\">survived</th><th class=\"share\">share</th></tr></thead><tbody>");
        for (FaultKind kind : FaultKind.values()) {
            FaultCounts.Count count = counts.of(kind);
            if (count.injected() == 0) {
                continue;
            }
            double share = 100.0 * count.survived() / count.injected();
            page.add(
                    "<tr><td>%s <code class=\"soft\">%s</code></td><td class=\"n\">%,d</td><td class=\"n\">%,d</td>"
                            + "<td class=\"share\"><span class=\"bar\"><i style=\"width:%.1f%%\"></i></span></td></tr>",
                    kind.title(), kind.word(), count.injected(), count.survived(), share);
        }
        page.add("</tbody></table></div>");
        page.add("<p class=\"soft\" style=\"margin-top:10px\">A fault counts as survived once everything has been read"
                + " and compared after it. Faults of a history that ended before that are injected and not"
                + " survived.</p>");
    }

    private void about() {
        page.add("<h2>What ran</h2><dl>");
        entry(
                "command",
                "<code>holdfast torture --seed " + seed + " " + HtmlPage.escape(settings.describe()) + "</code>");
        entry("array", describeSettings());
        entry(
                "faults",
                HtmlPage.escape(
                        settings.faults() == null
                                ? "drawn for each history: all that an array is promised to survive, in every fourth"
                                        + " history silent ones too"
                                : settings.faults().toString()));
        entry("program", HtmlPage.escape(version));
        entry(
                "machine",
                HtmlPage.escape(System.getProperty("java.vm.name") + " " + System.getProperty("java.version") + ", "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch")));
        page.add("</dl>");
    }

    private String describeSettings() {
        return (settings.level() == 0 ? "any level" : "level " + settings.level()) + ", "
                + (settings.memberCount() == 0 ? "any number of members" : settings.memberCount() + " members") + ", "
                + (settings.chunkLength() == 0 ? "any chunk" : settings.chunkLength() / 1024 + " KiB chunks") + ", "
                + (settings.journal() == null
                        ? "with and without a journal, in any mode"
                        : describe(settings.journal()));
    }

    private static String describe(JournalUse journal) {
        return switch (journal) {
            case NONE -> "without a journal";
            case BITMAP -> "with a write-intent bitmap";
            case WRITE_THROUGH -> "with a journal, write-through";
            case WRITE_BACK -> "with a journal, write-back";
            case CHANGING -> "with a journal whose mode changes";
        };
    }

    private void entry(String name, String markup) {
        page.add("<dt>" + name + "</dt><dd>" + markup + "</dd>");
    }

    // ---- the failure ----

    private void failure() {
        TortureResult smallest = shrunk.smallest();
        List<String> findings = smallest.findings();
        page.add("<h2>What was wrong</h2>");
        for (String finding : findings.subList(0, Math.min(SHOWN_FINDINGS, findings.size()))) {
            page.add("<div class=\"finding\">" + HtmlPage.escape(finding) + "</div>");
        }
        if (findings.size() > SHOWN_FINDINGS) {
            page.add("<p class=\"soft\">and %d more.</p>", findings.size() - SHOWN_FINDINGS);
        }
        page.add("<h2>Replay it</h2>");
        page.add("<pre>holdfast torture " + HtmlPage.escape(smallest.history().replayOptions()) + "</pre>");
        ArrayShape shape = smallest.history().shape();
        page.add(
                "<p class=\"soft\">The smallest history found: %d of %d steps, after %d tries%s. The array: level %d,"
                        + " %d members, %d KiB chunks, %d rows, layout %d, %s, %d-byte blocks, %d shard%s.</p>",
                smallest.history().steps().size(),
                smallest.history().drawn().size(),
                shrunk.triedCount(),
                shrunk.isFinished() ? "" : "; then time was up",
                shape.level(),
                shape.memberCount(),
                shape.chunkLength() / 1024,
                shape.rowCount(),
                shape.algorithm(),
                describe(smallest.history().journal()),
                shape.logicalBlockLength(),
                shape.shardCount(),
                shape.shardCount() == 1 ? "" : "s");
        page.add("<h2>What happened</h2>");
        page.add(TimelineDrawing.of(smallest));
        if (smallest.damaged() >= 0) {
            page.add("<h2>Where the damage is</h2>");
            page.add(StripeDrawing.of(shape, smallest.damaged()));
        }
        page.add("<h2>The history, step by step</h2>");
        story(smallest.story());
    }

    private void story(List<StoryEvent> story) {
        page.add("<div class=\"scroll\"><table><thead><tr><th class=\"n\">step</th><th class=\"n\">time</th><th>on</th>"
                + "<th>what</th></tr></thead><tbody>");
        for (StoryEvent event : story) {
            page.add(
                    "<tr class=\"%s\"><td class=\"n\">%s</td><td class=\"n\">%.4f s</td><td>%s</td>"
                            + "<td class=\"wide\">%s</td></tr>",
                    event.kind() == Kind.FINDING
                            ? "found"
                            : event.kind() == Kind.CRASH ? "crash" : event.kind() == Kind.FAULT ? "fault" : "plain",
                    event.step() < 0 ? "" : Integer.toString(event.step()),
                    event.elapsedNs() / NS_PER_SECOND,
                    event.device() == StoryEvent.ARRAY ? "array" : Step.deviceName(event.device()),
                    HtmlPage.escape(firstLine(event.text())));
        }
        page.add("</tbody></table></div>");
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end) + " …";
    }
}
