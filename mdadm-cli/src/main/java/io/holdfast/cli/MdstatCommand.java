package io.holdfast.cli;

import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.report.MdstatReport;
import java.util.ArrayList;
import java.util.List;

/** {@code mdstat}: all running arrays, as Linux tells of its own. */
final class MdstatCommand {
    private final Session session;

    MdstatCommand(Session session) {
        this.session = session;
    }

    int run() {
        List<ArrayStatus> arrays = new ArrayList<>();
        int exitCode = Session.OK;
        for (String name : session.runFolder().names()) {
            try {
                arrays.add(ControlClient.status(session.runFolder(), name));
            } catch (DaemonException e) {
                session.say(e.getMessage());
                exitCode = Session.FAILED;
            }
        }
        session.out().print(new MdstatReport().of(arrays));
        return exitCode;
    }
}
