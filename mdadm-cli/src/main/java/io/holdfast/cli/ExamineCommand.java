package io.holdfast.cli;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.ExamineReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code --examine}: what the superblocks of devices say, each for itself. */
final class ExamineCommand {
    private final CommandLine line;
    private final Session session;

    ExamineCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
    }

    int run() {
        boolean isScan = line.has(Option.SCAN);
        if (line.words().isEmpty() && !isScan) {
            throw UsageException.of("No devices to examine");
        }
        ExamineReport report = new ExamineReport(
                style(isScan),
                line.has(Option.VERBOSE),
                session.homehost(line),
                session.clock().getZone());
        int exitCode = Session.OK;
        for (Map.Entry<String, Boolean> device : devices(isScan).entrySet()) {
            exitCode = Math.max(exitCode, examine(device.getKey(), device.getValue(), report));
        }
        session.out().print(report.finish());
        return exitCode;
    }

    private ExamineReport.Style style(boolean isScan) {
        if (line.has(Option.JSON)) {
            return ExamineReport.Style.JSON;
        }
        if (line.has(Option.BRIEF) || isScan) {
            return ExamineReport.Style.BRIEF;
        }
        return line.has(Option.EXPORT) ? ExamineReport.Style.EXPORT : ExamineReport.Style.FULL;
    }

    /** The devices to look at, and whether each was asked for by name, so that finding nothing there is worth a complaint. */
    private Map<String, Boolean> devices(boolean isScan) {
        Map<String, Boolean> devices = new LinkedHashMap<>();
        List<String> words = line.words().isEmpty() ? new ArrayList<>() : line.words();
        for (String word : words) {
            Optional<List<String>> files = isScan ? Looker.filesIn(word) : Optional.empty();
            if (files.isPresent()) {
                files.get().forEach(file -> devices.putIfAbsent(file, false));
            } else {
                devices.put(word, true);
            }
        }
        if (words.isEmpty()) {
            Looker.systemDevices().forEach(name -> devices.put(name, false));
        }
        return devices;
    }

    private int examine(String name, boolean isNamed, ExamineReport report) {
        try {
            return Looker.look(name, (device, examined) -> {
                ExamineReport.Finding finding = report.add(device, examined);
                switch (finding.kind()) {
                    case SUPERBLOCK, PARTITIONS -> {
                        if (!finding.remark().isEmpty()) {
                            session.say(finding.remark());
                        }
                        return Session.OK;
                    }
                    default -> {
                        if (!isNamed) {
                            return Session.OK;
                        }
                        session.say(finding.remark());
                        return line.has(Option.BRIEF) || line.has(Option.SCAN) ? Session.OK : Session.FAILED;
                    }
                }
            });
        } catch (DeviceException e) {
            if (!isNamed) {
                return Session.OK;
            }
            session.say(e.getMessage());
            return Session.FAILED;
        }
    }
}
