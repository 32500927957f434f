package io.holdfast.cli;

import io.holdfast.cli.report.JsonWriter;
import io.holdfast.fault.checker.BlockCondition;
import io.holdfast.fault.checker.BlockFinding;
import io.holdfast.fault.checker.CheckerReport;
import io.holdfast.fault.checker.CheckerReport.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What came of torturing a target, for people and for programs. */
final class TargetReport {
    private static final int SHOWN_LIMIT = 20;
    private static final double MIB = 1 << 20;

    private TargetReport() {}

    static List<String> text(TortureOptions options, CheckerReport report, boolean isInterrupted) {
        List<String> lines = new ArrayList<>();
        report.findings().stream()
                .limit(SHOWN_LIMIT)
                .map(BlockFinding::toString)
                .forEach(lines::add);
        if (report.findingCount() > SHOWN_LIMIT) {
            lines.add("... and " + (report.findingCount() - SHOWN_LIMIT) + " more.");
        }
        if (!options.isVerify()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%,d writes (%,d with force-unit-access), %,.1f MiB, %,d of zeroes, %,d reads, %,d flushes; %,d errors.",
                    report.writeCount(),
                    report.durableWriteCount(),
                    report.writtenLength() / MIB,
                    report.zeroesCount(),
                    report.readCount(),
                    report.flushCount(),
                    report.errorCount()));
        }
        if (report.undoneCount() > 0) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%,d sectors or blocks lost what had been answered and not flushed, as a device may.",
                    report.undoneCount()));
        }
        lines.add(verdict(report));
        lines.addAll(advice(options, report, isInterrupted));
        return lines;
    }

    private static String verdict(CheckerReport report) {
        if (report.findingCount() == 0) {
            return report.verifiedBlockCount() == report.blockCount()
                    ? String.format(Locale.ROOT, "All %,d blocks are as promised.", report.blockCount())
                    : String.format(
                            Locale.ROOT,
                            "Nothing was found wrong; %,d of %,d blocks were read.",
                            report.verifiedBlockCount(),
                            report.blockCount());
        }
        StringBuilder text = new StringBuilder();
        for (Map.Entry<BlockCondition, Long> entry : new TreeMap<>(report.conditions()).entrySet()) {
            text.append(text.length() == 0 ? "" : ", ")
                    .append(String.format(
                            Locale.ROOT,
                            "%,d %s",
                            entry.getValue(),
                            entry.getKey().word()));
        }
        return String.format(
                Locale.ROOT, "%,d blocks are not as promised: %s.", report.findingCount(), text.toString());
    }

    private static List<String> advice(TortureOptions options, CheckerReport report, boolean isInterrupted) {
        String again = "holdfast torture --target " + options.target()
                + (options.ledger() == null ? "" : " --ledger " + options.ledger());
        return switch (report.outcome()) {
            case COMPLETE -> isInterrupted ? List.of("Stopped when told to; go on with: " + again) : List.of();
            case DEVICE_GONE ->
                List.of("The target went away. When it is back, see what it kept: " + again + " --verify");
            case NO_FLUSH -> List.of("The target cannot flush, so nothing that it answers is promised to survive.");
            case READ_ONLY -> List.of("The target takes no writes.");
        };
    }

    static String json(TortureOptions options, CheckerReport report) {
        JsonWriter json = new JsonWriter()
                .beginObject()
                .member("target", options.target())
                .member("seed", options.seed())
                .member("outcome", report.outcome().name().toLowerCase(Locale.ROOT))
                .member("kept", report.outcome() == Outcome.COMPLETE && report.findingCount() == 0)
                .member("writes", report.writeCount())
                .member("durableWrites", report.durableWriteCount())
                .member("zeroes", report.zeroesCount())
                .member("reads", report.readCount())
                .member("flushes", report.flushCount())
                .member("writtenBytes", report.writtenLength())
                .member("errors", report.errorCount())
                .member("blocks", report.blockCount())
                .member("verifiedBlocks", report.verifiedBlockCount())
                .member("undoneUnits", report.undoneCount())
                .beginObject("conditions");
        for (BlockCondition condition : BlockCondition.values()) {
            if (condition != BlockCondition.GOOD) {
                json.member(condition.word(), report.conditions().getOrDefault(condition, 0L));
            }
        }
        json.endObject().beginArray("findings");
        for (BlockFinding finding : report.findings()) {
            json.beginObject()
                    .member("condition", finding.condition().word())
                    .member("offset", finding.offset())
                    .member("length", finding.length())
                    .member("detail", finding.detail())
                    .endObject();
        }
        return json.endArray().endObject().toString();
    }
}
