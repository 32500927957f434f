package io.holdfast.cli;

import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.ControlRequest;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.report.JsonWriter;
import java.util.List;

/** {@code rebuild} for an array that a daemon runs: a device is added, and waited for until it is whole. */
final class RunningRebuild {
    private final WordOptions options;
    private final Session session;
    private final String target;
    private final String name;

    RunningRebuild(WordOptions options, String target, String name) {
        this.options = options;
        this.session = options.session();
        this.target = StartRequest.absolute(target);
        this.name = name;
    }

    int run() {
        options.refuseForRunning("--on-journal-loss", "--force");
        ArrayStatus before = ControlClient.status(session.runFolder(), name);
        if (before.devices().stream().filter(ArrayStatus.Device::servesSlot).count() == before.slotCount()) {
            throw new DaemonException("every slot of " + name + " has a member; there is nothing to rebuild onto "
                    + target + ". '--add' makes it a spare.");
        }
        List<String> remarks = Looker.look(target, (device, examined) -> {
            boolean isReturning =
                    examined.isValid() && examined.superblock().setUuidText().equals(before.uuid());
            return isReturning
                    ? List.<String>of()
                    : Belongings.on(device, examined, session.clock().getZone());
        });
        remarks.forEach(session::remark);
        if (options.has("--dry-run")) {
            session.out().println("would add " + target + " to " + name + ", which would rebuild onto it");
            return Session.OK;
        }
        boolean mayGoOn = remarks.isEmpty()
                || options.has("--run")
                || session.isConfirmed("Continue rebuilding onto " + target + "? ");
        if (!mayGoOn) {
            session.say("rebuild aborted.");
            return Session.FAILED;
        }
        ControlClient.ask(session.runFolder(), name, ControlRequest.of("add").with("device", target));
        // Who stops waiting does not stop the rebuild: it is the array's.
        new RunningSync(session, name).await(total -> options.progress("recovery", total), () -> false);
        return report(ControlClient.status(session.runFolder(), name));
    }

    private int report(ArrayStatus after) {
        for (ArrayStatus.Device device : after.devices()) {
            if (device.name().equals(target) && device.role().equals(ArrayStatus.IN_SYNC)) {
                if (options.has("--json")) {
                    JsonWriter json = new JsonWriter().beginObject().member("device", target);
                    json.member("slot", device.slot()).member("arrayUuid", after.uuid());
                    session.out().print(json.endObject());
                } else {
                    session.out()
                            .println(target + " is rebuilt and serves slot " + device.slot() + " of raid"
                                    + after.level() + " array " + after.uuid() + ".");
                }
                return Session.OK;
            }
        }
        session.say("the rebuild did not come to its end; it goes on when the array is next started.");
        return Session.FAILED;
    }
}
