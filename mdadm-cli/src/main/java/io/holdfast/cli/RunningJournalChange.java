package io.holdfast.cli;

import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.ControlRequest;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.JsonWriter;
import java.util.ArrayList;
import java.util.List;

/** {@code journal add}, {@code add-copy}, {@code replace} and {@code remove} for an array that a daemon runs. */
final class RunningJournalChange {
    private final JournalChange change;
    private final WordOptions options;
    private final Session session;
    private final List<String> added;
    private final String name;

    RunningJournalChange(JournalChange change, WordOptions options, List<String> added, String name) {
        this.change = change;
        this.options = options;
        this.session = options.session();
        this.added = added.stream().map(StartRequest::absolute).toList();
        this.name = name;
    }

    int run() {
        if (options.has("--force")) {
            throw UsageException.of("--force is for an array that cannot be started; this one runs.");
        }
        ArrayStatus status = ControlClient.status(session.runFolder(), name);
        if (!options.isQuiet()) {
            session.out().println("Journal now:  " + names(journals(status)));
            List<String> then = new ArrayList<>(change == JournalChange.ADD_COPY ? journals(status) : List.of());
            then.addAll(added);
            session.out().println("Journal then: " + names(then));
            session.out().flush();
        }
        List<String> remarks = belongings();
        remarks.forEach(session::remark);
        if (options.has("--dry-run")) {
            return Session.OK;
        }
        boolean mayGoOn = remarks.isEmpty()
                || options.has("--yes")
                || options.has("--run")
                || session.isConfirmed("Continue changing the journal? ");
        if (!mayGoOn) {
            session.say("journal " + change.verb() + " aborted; nothing was written.");
            return Session.FAILED;
        }
        ControlClient.ask(
                session.runFolder(),
                name,
                ControlRequest.of("journal").with("change", change.verb()).with("devices", added));
        report(journals(ControlClient.status(session.runFolder(), name)));
        return Session.OK;
    }

    private static List<String> journals(ArrayStatus status) {
        return status.devices().stream()
                .filter(device -> device.role().equals(ArrayStatus.JOURNAL))
                .map(ArrayStatus.Device::name)
                .toList();
    }

    private static String names(List<String> names) {
        return names.isEmpty() ? "none" : String.join(", ", names);
    }

    /** What somebody may miss that is on the new devices. */
    private List<String> belongings() {
        List<String> lines = new ArrayList<>();
        for (String device : added) {
            lines.addAll(Looker.look(
                    device,
                    (opened, examined) ->
                            Belongings.on(opened, examined, session.clock().getZone())));
        }
        return lines;
    }

    private void report(List<String> journals) {
        if (options.has("--json")) {
            JsonWriter json = new JsonWriter()
                    .beginObject()
                    .member("change", change.verb())
                    .beginArray("after");
            journals.forEach(json::element);
            session.out().print(json.endArray().endObject());
        } else {
            session.out()
                    .println(
                            journals.isEmpty()
                                    ? "The array has no journal now."
                                    : "The array's journal is on " + String.join(", ", journals) + " now.");
        }
    }
}
