package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.JsonWriter;
import io.holdfast.cli.report.RunningReport;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Superblock;
import java.util.List;
import java.util.Optional;

/** {@code --query}: one line on what a device is. */
final class QueryCommand {
    private final CommandLine line;
    private final Session session;
    private final JsonWriter json = new JsonWriter();

    QueryCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
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
                Optional<String> running = RunningArray.find(List.of(name), session);
                if (running.isPresent() && session.runFolder().isKnown(running.get())) {
                    report(ControlClient.status(session.runFolder(), running.get()), isJson);
                    continue;
                }
                exitCode = Math.max(exitCode, Looker.look(name, isJson ? this::write : this::print));
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

    private void report(ArrayStatus status, boolean isJson) {
        if (isJson) {
            json.beginObject().member("device", status.name()).member("isArray", true);
            json.member("raidDevices", status.slotCount()).member("level", "raid" + status.level());
            json.member("arrayUuid", status.uuid()).endObject();
            return;
        }
        long spares = status.devices().stream()
                .filter(device ->
                        device.role().equals(ArrayStatus.SPARE) || device.role().equals(ArrayStatus.REBUILDING))
                .count();
        session.out()
                .println(status.name() + ": " + RunningReport.size(status) + " raid" + status.level() + " "
                        + status.slotCount() + " devices, " + spares + (spares == 1 ? " spare" : " spares")
                        + ". Use holdfast --detail for more detail.");
    }

    private int print(BlockDevice device, ExaminedDevice examined) {
        session.out().println(device.name() + ": is not an md array");
        Superblock superblock = examined.superblock();
        if (superblock == null) {
            return Session.FAILED;
        }
        session.out()
                .println(device.name() + ": device " + Integer.toUnsignedString(superblock.deviceNumber()) + " in "
                        + superblock.raidDisks() + " device inactive raid" + superblock.level()
                        + " array.  Use holdfast --examine for more detail.");
        return Session.OK;
    }

    private int write(BlockDevice device, ExaminedDevice examined) {
        Superblock superblock = examined.superblock();
        json.beginObject().member("device", device.name()).member("isArray", false);
        json.member("isMember", superblock != null);
        if (superblock != null) {
            json.member("deviceNumber", Integer.toUnsignedLong(superblock.deviceNumber()));
            json.member("raidDevices", superblock.raidDisks());
            json.member("level", "raid" + superblock.level());
            json.member("arrayUuid", superblock.setUuidText());
        }
        json.endObject();
        return superblock == null ? Session.FAILED : Session.OK;
    }
}
