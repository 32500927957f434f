package io.holdfast.cli;

import io.holdfast.cli.config.ArrayLine;
import io.holdfast.cli.config.ConfigFile;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.daemon.RunFolder;
import io.holdfast.cli.monitor.Alert;
import io.holdfast.cli.monitor.Alerts;
import io.holdfast.cli.monitor.Event;
import io.holdfast.cli.monitor.Expectations;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private final Optional<ConfigFile> config;

    MonitorCommand(CommandLine line, Session session) {
        this.line = line;
        this.session = session;
        this.config = ArrayFinder.config(line);
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
        int delaySeconds =
                number(Option.DELAY, text(Option.DELAY, "monitordelay"), DELAY_SECONDS_DEFAULT, DELAY_SECONDS_LIMIT);
        int increment = number(Option.INCREMENT, line.text(Option.INCREMENT), INCREMENT_DEFAULT, INCREMENT_LIMIT);
        Watcher watcher = new Watcher(session.runFolder(), named, increment, expectations());
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

    /** What is typed goes before what is written down. */
    private String text(Option option, String keyword) {
        String typed = line.text(option);
        return typed != null
                ? typed
                : config.flatMap(file -> file.setting(keyword)).orElse(null);
    }

    private Expectations expectations() {
        Map<String, Integer> spareCounts = new HashMap<>();
        Map<String, String> groups = new HashMap<>();
        for (ArrayLine array : config.map(ConfigFile::arrays).orElse(List.of())) {
            RunFolder.nameOf(array.word()).ifPresent(name -> {
                spareCounts.put(name, array.spareCount());
                groups.put(name, line.has(Option.NO_SHARING) ? "" : array.spareGroup());
            });
        }
        return new Expectations(spareCounts, groups);
    }

    private int number(Option option, String text, int otherwise, int most) {
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
        String program = text(Option.PROGRAM, "program");
        if (program != null) {
            if (!Files.isExecutable(Path.of(program))) {
                throw UsageException.of("--program: there is no program " + program + " that could be run.");
            }
            alerts.add(Alerts.program(program));
        }
        if (line.has(Option.SYSLOG)) {
            alerts.add(Alerts.syslog());
        }
        String address = text(Option.MAIL, "mailaddr");
        if (address != null) {
            alerts.add(mail(address));
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
        String sender = config.flatMap(file -> file.setting("mailfrom")).orElse("holdfast monitoring <root>");
        return Alerts.mail(words, address, sender, session.hostname(), this::details);
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
