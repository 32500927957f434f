package io.holdfast.cli;

import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.ControlRequest;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import java.util.List;

/** {@code --stop}: bring arrays to rest, and wait for that. */
final class StopCommand {
    private final CommandLine line;
    private final Session session;

    StopCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
    }

    int run() {
        List<String> names = line.has(Option.SCAN)
                ? session.runFolder().names().stream()
                        .filter(name -> ControlClient.isAlive(session.runFolder(), name))
                        .toList()
                : line.words();
        if (names.isEmpty() && !line.has(Option.SCAN)) {
            throw UsageException.of("No devices given.");
        }
        int exitCode = Session.OK;
        for (String word : names) {
            exitCode = Math.max(exitCode, stop(word));
        }
        return exitCode;
    }

    private int stop(String word) {
        try {
            String name = RunningArray.name(word, session);
            ControlClient.ask(
                    session.runFolder(), name, ControlRequest.of("stop").with("force", line.has(Option.FORCE)));
            if (!line.has(Option.QUIET)) {
                session.say("stopped " + name);
            }
            return Session.OK;
        } catch (DaemonException e) {
            // The others are to be stopped all the same.
            session.say(e.getMessage());
            return e.exitCode();
        }
    }
}
