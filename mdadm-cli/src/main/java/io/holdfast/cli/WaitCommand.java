package io.holdfast.cli;

import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import java.util.List;

/** {@code --wait} for what goes on in arrays, and {@code --action} to start or end it. */
final class WaitCommand {
    private static final List<String> ACTIONS =
            List.of("idle", "frozen", "check", "repair", "rewrite-parity", "pause", "resume");

    private static final long LOOK_MS = 50;

    private final CommandLine line;
    private final Session session;

    WaitCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
    }

    /** Exit code 0 when something was waited for in any of them; mdadm's answer is 1 where nothing was going on. */
    int runWait() {
        boolean hasWaited = false;
        for (String name : names()) {
            hasWaited |= new RunningSync(session, name)
                    .await(total -> new Progress(null, false, System::nanoTime, "", total), () -> false)
                    .waited();
        }
        return hasWaited ? Session.OK : Session.FAILED;
    }

    /** Until the superblocks call each of them clean: a moment after the last write, or at once. */
    int runWaitClean() {
        for (String name : names()) {
            while (!ControlClient.status(session.runFolder(), name).clean()) {
                try {
                    Thread.sleep(LOOK_MS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return Session.FAILED;
                }
            }
        }
        return Session.OK;
    }

    int runAction() {
        String action = line.text(Option.ACTION);
        if (!ACTIONS.contains(action)) {
            throw UsageException.of("action must be one of " + String.join(", ", ACTIONS));
        }
        if (action.equals("frozen")) {
            throw UsageException.of(
                    "--action=frozen is not available: nothing starts by itself that would have to be kept"
                            + " from it; use idle to end what goes on.");
        }
        int exitCode = Session.OK;
        for (String name : names()) {
            try {
                new RunningSync(session, name).act(action);
            } catch (DaemonException e) {
                session.say(name + ": " + e.getMessage());
                exitCode = e.exitCode();
            }
        }
        return exitCode;
    }

    private List<String> names() {
        if (line.words().isEmpty()) {
            throw UsageException.of("No devices given.");
        }
        return line.words().stream()
                .map(word -> RunningArray.name(word, session))
                .toList();
    }
}
