package io.holdfast.cli.daemon;

import java.util.List;

/** How a command starts a daemon that outlives it, and how a daemon tells the command that did so. */
public interface Background {
    /** A command that can do neither, such as one inside another program. */
    Background NONE = new Background() {
        @Override
        public Outcome launch(RunFolder folder, String name, List<String> words) {
            throw new DaemonException("a daemon cannot be started in the background from here; use --foreground.");
        }

        @Override
        public void ready() {
            // Nobody waits.
        }
    };

    /**
     * What became of a daemon that was started.
     *
     * @param exitCode for the command: 0 when the daemon runs.
     * @param lines    that it said so far, for standard error.
     */
    record Outcome(int exitCode, List<String> lines) {
        /** Takes the list as it is. */
        public Outcome {
            lines = List.copyOf(lines);
        }
    }

    /**
     * Start a command as a daemon, and wait until it serves or has given up.
     *
     * @param folder of the daemons.
     * @param name   of the array.
     * @param words  of the command, which runs in the foreground for as long as it serves.
     * @return what became of it.
     */
    Outcome launch(RunFolder folder, String name, List<String> words);

    /** Told by a daemon, once, when it serves. */
    void ready();
}
