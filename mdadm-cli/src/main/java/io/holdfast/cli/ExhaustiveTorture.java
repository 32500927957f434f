package io.holdfast.cli;

import java.io.PrintStream;

/** Every crash state of a small workload. */
final class ExhaustiveTorture {
    /**
     * Do it, and say what came of it.
     *
     * @param options checked.
     * @param out     for the outcome.
     * @param err     for progress and for what goes wrong.
     * @return the exit code.
     */
    int run(TortureOptions options, PrintStream out, PrintStream err) {
        err.println("holdfast: torture: --exhaustive is not in this build.");
        return Session.FAILED;
    }
}
