package io.holdfast.cli;

import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.monitor.Alert;
import io.holdfast.cli.monitor.Alerts;
import io.holdfast.cli.monitor.Event;
import io.holdfast.cli.monitor.Watcher;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.RunningReport;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code --monitor}: look at running arrays every so often, and tell of what has happened by its name in mdadm: to a program,
 * the system's log, a mailbox or a webhook, or, where none is named, on standard output.
 */
final class MonitorCommand {
    private static final int DELAY_SECONDS_DEFAULT = 60;
    private static final int DELAY_SECONDS_LIMIT = 86_400;
    private static final int INCREMENT_DEFAULT = 20;
    private static final int INCREMENT_LIMIT = 99;
    private static final String SENDMAIL = "/usr/sbin/sendmail -t";

    private final CommandLine line;
    private final Session session;

    MonitorCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
    }

    int run() {
        for (Option option : List.of(Option.DAEMONISE, Option.PID_FILE)) {
            if (line.has(option)) {
                throw UsageException.of(option.text() + " is not available: let the system's service manager run it.");
            }
        }
        if (line.words().isEmpty() && !line.has(Option.SCAN)) {
            throw UsageException.of("name the arrays to watch, or --scan for all of them.");
        }
        List<String> named = line.words().stream()
                .map(word -> RunningArray.name(word, session))
                .toList();
        int delaySeconds = number(Option.DELAY, DELAY_SECONDS_DEFAULT, DELAY_SECONDS_LIMIT);
        Watcher watcher =
                new Watcher(session.runFolder(), named, number(Option.INCREMENT, INCREMENT_DEFAULT, INCREMENT_LIMIT));
        List<Alert> alerts = alerts();
        if (line.has(Option.TEST)) {
            watcher.present().forEach(array -> tell(alerts, new Event("TestMessage", array, null, "")));
        }
        watcher.look().forEach(event -> tell(alerts, event));
        while (!line.has(Option.ONESHOT)) {
            try {
                TimeUnit.SECONDS.sleep(delaySeconds);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
            watcher.look().forEach(event -> tell(alerts, event));
        }
        return Session.OK;
    }

    private int number(Option option, int otherwise, int most) {
        String text = line.text(option);
        if (text == null) {
            return otherwise;
        }
        boolean isNumber = !text.isEmpty() && text.length() <= 6 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!isNumber || Integer.parseInt(text) < 1 || Integer.parseInt(text) > most) {
            throw UsageException.of(option.text() + ": '" + text + "' is no number from 1 to " + most + ".");
        }
        return Integer.parseInt(text);
    }

    private List<Alert> alerts() {
        List<Alert> alerts = new ArrayList<>();
        if (line.has(Option.PROGRAM)) {
            String program = line.text(Option.PROGRAM);
            if (!Files.isExecutable(Path.of(program))) {
                throw UsageException.of("--program: there is no program " + program + " that could be run.");
            }
            alerts.add(Alerts.program(program));
        }
        if (line.has(Option.SYSLOG)) {
            alerts.add(Alerts.syslog());
        }
        if (line.has(Option.MAIL)) {
            alerts.add(mail(line.text(Option.MAIL)));
        }
        if (line.has(Option.WEBHOOK)) {
            alerts.add(Alerts.webhook(webhook(line.text(Option.WEBHOOK)), session.hostname()));
        }
        return alerts.isEmpty() ? List.of(Alerts.line(session.out(), session.clock())) : alerts;
    }

    private Alert mail(String address) {
        if (address.isEmpty() || address.chars().anyMatch(c -> c <= ' ')) {
            throw UsageException.of("--mail: '" + address + "' is no address.");
        }
        String command = line.has(Option.MAIL_COMMAND) ? line.text(Option.MAIL_COMMAND) : SENDMAIL;
        List<String> words = List.of(command.strip().split("\\s+"));
        if (!Files.isExecutable(Path.of(words.get(0)))) {
            throw UsageException.of("--mail: there is no " + words.get(0)
                    + " to send letters with; name the command that does with --mail-command.");
        }
        return Alerts.mail(words, address, "holdfast monitoring <root>", session.hostname(), this::details);
    }

    private String details(String array) {
        try {
            return new RunningReport(
                            ControlClient.status(session.runFolder(), array),
                            session.hostname(),
                            session.clock().getZone())
                    .full();
        } catch (DaemonException e) {
            return e.getMessage() + "\n";
        }
    }

    private static URI webhook(String text) {
        try {
            URI uri = URI.create(text);
            boolean isHttp =
                    uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
            if (isHttp) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw UsageException.of("--webhook: " + e.getMessage());
        }
        throw UsageException.of("--webhook: '" + text + "' does not begin with http:// or https:// and a host.");
    }

    /** One that cannot be told keeps no other from being told, and the watch goes on. */
    private void tell(List<Alert> alerts, Event event) {
        for (Alert alert : alerts) {
            try {
                alert.tell(event);
            } catch (IOException e) {
                session.say("nobody could be told that " + event.sentence() + ": " + e.getMessage());
            }
        }
    }
}
