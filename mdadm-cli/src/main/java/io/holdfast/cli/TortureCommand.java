package io.holdfast.cli;

import picocli.CommandLine.ParseResult;

/** {@code torture}: hands the checked options to the one of three that does what was asked. */
final class TortureCommand {
    private final ParseResult words;
    private final Session session;

    TortureCommand(ParseResult words, Session session) {
        this.words = words;
        this.session = session;
    }

    int run() {
        TortureOptions options = new TortureOptions(words, session);
        return switch (options.mode()) {
            case RANDOM -> new RandomTorture().run(options, session.out(), session.err());
            case EXHAUSTIVE -> new ExhaustiveTorture().run(options, session.out(), session.err());
            case TARGET -> new TargetTorture(session).run(options);
        };
    }
}
