package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MonitorCommandTest {
    @TempDir
    Path folder;

    private DaemonBench bench;
    private List<String> members;

    @BeforeEach
    void startDegradedArray() throws IOException {
        bench = new DaemonBench(folder.resolve("run"));
        members = CommandRun.makeFiles(folder, 3, 9 << 20);
        CommandRun run = bench.run("--create md0 --level=5 --raid-devices=3 --chunk=64 --assume-clean", members);
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(0, bench.run("md0 --fail " + members.get(2)).exitCode());
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    private Path script(String content) throws IOException {
        Path script = Files.writeString(folder.resolve("script"), "#!/bin/sh\n" + content + "\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void shouldPrintWhereNobodyIsToBeTold() {
        CommandRun run = bench.run("--monitor --scan --oneshot --test");

        assertEquals(0, run.exitCode(), run.err());
        assertEquals("""
                Nov 21 07:08:43: TestMessage on md0 unknown device
                Nov 21 07:08:43: DegradedArray on md0 unknown device
                """, run.out());
    }

    @Test
    void shouldRunAProgram() throws IOException {
        Path told = folder.resolve("told");

        CommandRun run = bench.run("-F -1 --program=" + script("echo \"$#: $*\" >>" + told) + " md0");

        assertEquals(0, run.exitCode(), run.err());
        assertEquals("2: DegradedArray md0\n", Files.readString(told));
        assertEquals("", run.out());
    }

    @Test
    void shouldWriteALetter() throws IOException {
        Path letter = folder.resolve("letter");

        CommandRun run = bench.run(
                "--monitor --oneshot --mail=root@example.org --mail-command=" + script("cat >" + letter) + " md0");

        assertEquals(0, run.exitCode(), run.err());
        String text = Files.readString(letter);
        assertTrue(text.contains("\nTo: root@example.org\nSubject: DegradedArray event on md0:testhost\n\n"), text);
        assertTrue(
                text.contains("\nDegradedArray event detected on md device md0.\n\nmd0:\n           Version : 1.2\n"),
                text);
    }

    @Test
    void shouldPostToAWebhook() throws IOException {
        List<String> posted = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            posted.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(posted.size() == 1 ? 204 : 500, -1);
            exchange.close();
        });
        server.start();
        try {
            String words = "--monitor --oneshot --webhook=http://127.0.0.1:"
                    + server.getAddress().getPort() + "/x md0";

            CommandRun run = bench.run(words);
            CommandRun refused = bench.run(words);

            assertEquals(0, run.exitCode(), run.err());
            assertEquals(
                    "{\"event\":\"DegradedArray\",\"array\":\"md0\",\"host\":\"testhost\","
                            + "\"text\":\"DegradedArray event detected on md device md0\"}",
                    posted.get(0));
            assertEquals(0, refused.exitCode());
            assertTrue(refused.err().contains(" answered 500"), refused.err());
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--monitor | name the arrays to watch, or --scan for all of them.",
                "--monitor --scan --delay=0 | --delay: '0' is no number from 1 to 86400.",
                "--monitor --scan --increment=100 | --increment: '100' is no number from 1 to 99.",
                "--monitor --scan --program=/nowhere | --program: there is no program /nowhere that could be run.",
                "--monitor --scan --mail=a@b --mail-command=/nowhere | --mail: there is no /nowhere to send letters with; name"
                        + " the command that does with --mail-command.",
                "--monitor --scan --webhook=ftp://x | --webhook: 'ftp://x' does not begin with http:// or https:// and a host.",
                "--monitor --scan --daemonise | --daemonise is not available: let the system's service manager run it.",
            })
    void shouldRefuseWhatMakesNoSense(String words, String message) {
        CommandRun run = bench.run(words);

        assertEquals(2, run.exitCode());
        assertEquals("holdfast: " + message + "\n", run.err());
    }

    @Test
    void shouldMoveASpareToWhoNeedsItWithinAGroup() throws IOException {
        List<String> others = CommandRun.makeFiles(Files.createDirectory(folder.resolve("others")), 4, 9 << 20);
        assertEquals(
                0,
                bench.run("--create md1 --level=5 --raid-devices=3 --spare-devices=1 --chunk=64 --assume-clean", others)
                        .exitCode());
        Path config = Files.writeString(folder.resolve("conf"), """
                ARRAY md0 name=0 spare-group=all spares=1
                ARRAY md1 name=1 spare-group=all
                """);

        CommandRun kept = bench.run("--monitor --scan --oneshot --no-sharing --config=" + config);
        CommandRun moved = bench.run("--monitor --scan --oneshot --config=" + config);

        assertEquals("""
                Nov 21 07:08:43: DegradedArray on md0 unknown device
                Nov 21 07:08:43: SparesMissing on md0 unknown device
                """, kept.out());
        assertTrue(moved.out().endsWith("Nov 21 07:08:43: MoveSpare on md0 md1\n"), moved.out());
        bench.run("--wait md0");
        assertEquals(0, bench.run("--detail --test md0").exitCode());
        assertTrue(bench.run("--detail md0").out().contains("active sync   " + others.get(3) + "\n"));
        assertTrue(bench.run("--detail md1").out().contains("   Spare Devices : 0\n"));
    }

    @Test
    void shouldGiveASpareBackThatDoesNotHelp() throws IOException {
        List<String> others = CommandRun.makeFiles(Files.createDirectory(folder.resolve("others")), 4, 4 << 20);
        assertEquals(
                0,
                bench.run("--create md1 --level=5 --raid-devices=3 --spare-devices=1 --chunk=64 --assume-clean", others)
                        .exitCode());
        Path config = Files.writeString(folder.resolve("conf"), """
                ARRAY md0 name=0 spare-group=all
                ARRAY md1 name=1 spare-group=all
                MAILADDR root@example.org
                """);

        CommandRun run = bench.run(
                "--monitor --scan --oneshot --mail-command=" + script("cat >/dev/null") + " --config=" + config);

        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.out());
        assertTrue(bench.run("--detail md1").out().contains("   Spare Devices : 1\n"));
    }
}
