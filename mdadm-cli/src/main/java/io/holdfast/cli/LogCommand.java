package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.JsonWriter;
import io.holdfast.cli.report.SideReport;
import io.holdfast.raid.metadata.ExaminedDevice;

/** {@code --examine-bitmap} and {@code --examine-badblocks}: what lies beside the superblock. */
final class LogCommand {
    private final CommandLine line;
    private final Session session;
    private final boolean isBitmap;
    private final JsonWriter json = new JsonWriter();

    LogCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
        this.isBitmap = line.action() == Option.EXAMINE_BITMAP;
    }

    int run() {
        if (line.words().isEmpty()) {
            throw UsageException.of("No devices given.");
        }
        boolean isJson = line.has(Option.JSON);
        if (isJson) {
            json.beginArray();
        }
        int exitCode = Session.OK;
        for (String name : line.words()) {
            try {
                exitCode = Math.max(exitCode, Looker.look(name, this::report));
            } catch (DeviceException e) {
                session.say(e.getMessage());
                exitCode = Session.FAILED;
            }
        }
        if (isJson) {
            session.out().print(json.endArray());
        }
        return exitCode;
    }

    private int report(BlockDevice device, ExaminedDevice examined) {
        if (!examined.isValid()) {
            session.say(
                    examined.verdict() == ExaminedDevice.Verdict.NONE
                            ? "No md superblock detected on " + device.name()
                            : examined.reason());
            return Session.FAILED;
        }
        SideReport report = new SideReport(device, examined.superblock());
        SideReport.Outcome outcome = line.has(Option.JSON)
                ? isBitmap ? report.bitmap(json) : report.badBlocks(json)
                : isBitmap ? report.bitmap() : report.badBlocks();
        session.out().print(outcome.text());
        if (!outcome.problem().isEmpty()) {
            session.say(outcome.problem());
            return Session.FAILED;
        }
        return Session.OK;
    }
}
