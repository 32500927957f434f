package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceInUseException;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.ArrayName;
import io.holdfast.raid.metadata.SuperblockWriter;

/** {@code --zero-superblock}: make devices strangers to every array. */
final class ZeroCommand {
    private final CommandLine line;
    private final Session session;

    ZeroCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
    }

    int run() {
        if (line.words().isEmpty()) {
            throw UsageException.of("No devices given.");
        }
        int exitCode = Session.OK;
        for (String name : line.words()) {
            exitCode = Math.max(exitCode, line.has(Option.DRY_RUN) ? tell(name) : zero(name));
        }
        return exitCode;
    }

    /** What would be taken away, if it were. */
    private int tell(String name) {
        try {
            String found = Looker.look(
                    name,
                    (device, examined) -> examined.isValid()
                            ? "would take the superblock of array " + ArrayName.of(examined.superblock()) + " ("
                                    + examined.superblock().setUuidText() + ") from " + name
                            : name + " has no superblock to take away");
            session.out().println(found);
            return Session.OK;
        } catch (DeviceException e) {
            session.say(e.getMessage());
            return Session.USAGE;
        }
    }

    private int zero(String name) {
        try (BlockDevice device = Owner.open(name)) {
            // As mdadm does it, finding nothing to take away is worth a remark and no more.
            if (SuperblockWriter.zero(device) == 0 && !line.has(Option.QUIET)) {
                session.say("Unrecognised md component device - " + name);
            }
            return Session.OK;
        } catch (DeviceInUseException e) {
            session.say(e.getMessage() + "; not zeroing");
            return Session.USAGE;
        } catch (DeviceException e) {
            session.say("Couldn't open " + name + " for write - not zeroing (" + e.getMessage() + ")");
            return Session.USAGE;
        }
    }
}
