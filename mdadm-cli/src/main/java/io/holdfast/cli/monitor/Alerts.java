package io.holdfast.cli.monitor;

import com.fasterxml.jackson.jr.ob.JSON;
import io.holdfast.cli.report.ClockText;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** The ways there are to tell somebody of an event. */
public final class Alerts {
    /** Whoever does not come to an end in this time is left alone. */
    private static final long PATIENCE_SECONDS = 30;

    private static final int HTTP_REFUSED = 300;

    private Alerts() {}

    /**
     * A line on a stream.
     *
     * @param out   where to.
     * @param clock for the time.
     * @return the alert.
     */
    public static Alert line(PrintStream out, Clock clock) {
        return event -> {
            // As mdadm prints it: no day of the week, no year.
            String time = ClockText.format(clock.instant().getEpochSecond(), clock.getZone());
            out.println(time.substring(4, 19) + ": " + event.name() + " on " + event.array() + " "
                    + (event.device() == null ? "unknown device" : event.device()) + event.remark());
            out.flush();
        };
    }

    /**
     * A program, given the event, the array and, where there is one, the device.
     *
     * @param path of the program.
     * @return the alert.
     */
    public static Alert program(String path) {
        return event -> {
            List<String> words = new ArrayList<>(List.of(path, event.name(), event.array()));
            if (event.device() != null) {
                words.add(event.device());
            }
            run(words, null);
        };
    }

    /**
     * The system's log, by way of logger(1).
     *
     * @return the alert.
     */
    public static Alert syslog() {
        return event -> run(
                List.of("logger", "-t", "holdfast", "-p", "daemon." + event.severity(), "--", event.sentence()), null);
    }

    /**
     * A letter, for events that are worth one.
     *
     * @param command that sends what it reads, such as {@code sendmail -t}.
     * @param address to write to.
     * @param sender  to write from.
     * @param host    that it happened on.
     * @param details gives an array's state for people.
     * @return the alert.
     */
    public static Alert mail(
            List<String> command, String address, String sender, String host, UnaryOperator<String> details) {
        return event -> {
            if (event.isWorthALetter()) {
                String letter = "From: " + sender + "\nTo: " + address + "\nSubject: " + event.name() + " event on "
                        + event.array() + ":" + host
                        + "\n\nThis is an automatically generated mail message from holdfast"
                        + " running on " + host + ".\n\n" + event.sentence() + ".\n\n" + details.apply(event.array());
                run(command, letter);
            }
        };
    }

    /**
     * An HTTP server, which gets the event as a JSON object.
     *
     * @param uri  to post to.
     * @param host that it happened on.
     * @return the alert.
     */
    public static Alert webhook(URI uri, String host) {
        HttpClient client = HttpClient.newBuilder()
                .connectTimeout(Duration.ofSeconds(PATIENCE_SECONDS))
                .build();
        return event -> {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("event", event.name());
            body.put("array", event.array());
            if (event.device() != null) {
                body.put("device", event.device());
            }
            body.put("host", host);
            body.put("text", event.sentence());
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .timeout(Duration.ofSeconds(PATIENCE_SECONDS))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(JSON.std.asString(body)))
                    .build();
            try {
                int status = client.send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                if (status >= HTTP_REFUSED) {
                    throw new IOException(uri + " answered " + status);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        };
    }

    private static void run(List<String> words, String input) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words).redirectOutput(ProcessBuilder.Redirect.INHERIT);
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (OutputStream target = process.getOutputStream()) {
            if (input != null) {
                target.write(input.getBytes(StandardCharsets.UTF_8));
            }
        }
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroy();
                throw new IOException(words.get(0) + " did not end within " + PATIENCE_SECONDS + " seconds");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (process.exitValue() != 0) {
            throw new IOException(words.get(0) + " ended with exit code " + process.exitValue());
        }
    }
}
