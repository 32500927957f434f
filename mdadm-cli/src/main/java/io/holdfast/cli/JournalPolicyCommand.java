package io.holdfast.cli;

import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.ControlRequest;
import io.holdfast.cli.report.JsonWriter;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.RaidArray;
import java.util.Optional;
import picocli.CommandLine.ParseResult;

/** {@code journal policy}: what the loss of its journal is to mean to an array, noted with it. */
final class JournalPolicyCommand {
    private final WordOptions options;
    private final Session session;

    JournalPolicyCommand(ParseResult words, Session session) {
        this.options = new WordOptions(words, session);
        this.session = session;
    }

    int run() {
        String text = options.positional(0);
        JournalLossPolicy policy = PolicyWords.lossPolicy("journal policy: ", text);
        Optional<String> running = RunningArray.find(options.devices(1), session);
        if (running.isPresent()) {
            options.refuseForRunning("--run", "--force");
            Object before = ControlClient.ask(
                            session.runFolder(),
                            running.get(),
                            ControlRequest.of("journal-policy").with("policy", policy.name()))
                    .get("before");
            return report(JournalLossPolicy.valueOf(String.valueOf(before)), policy);
        }
        JournalLossPolicy before;
        try (Interruption interruption = new Interruption();
                RaidArray array = new ArrayOpener()
                        .run(options.has("--run"))
                        .force(options.has("--force"))
                        .open(options.devices(1))) {
            before = array.onJournalLoss();
            array.onJournalLoss(policy);
            ReplayWait.await(array, options, interruption);
        }
        return report(before, policy);
    }

    private int report(JournalLossPolicy before, JournalLossPolicy policy) {
        if (options.has("--json")) {
            JsonWriter json = new JsonWriter().beginObject().member("before", PolicyWords.of(before));
            session.out().print(json.member("after", PolicyWords.of(policy)).endObject());
        } else if (!options.has("--quiet")) {
            session.out().println("When its journal fails, the array is to " + PolicyWords.describe(policy) + ".");
        }
        return Session.OK;
    }
}
