package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.Background;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.RunFolder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Daemons as processes of their own, as the command starts them. */
@Timeout(600)
class DaemonProcessTest {
    private static final long PATIENCE_SECONDS = 240;
    private static final int IMAGE_LENGTH = 5 << 20;

    @TempDir
    Path folder;

    private RunFolder runFolder;
    private List<String> devices;
    private byte[] image;

    /** How a process ended, and what it said. */
    private record Said(int exitCode, String out, String err) {}

    @BeforeEach
    void prepare() throws IOException {
        runFolder = RunFolder.of(name -> folder.resolve("run").toString());
        devices = CommandRun.makeFiles(folder, 3, 9 << 20);
        image = new byte[IMAGE_LENGTH];
        new Random(17).nextBytes(image);
        Files.write(folder.resolve("image"), image);
    }

    @AfterEach
    void endDaemons() {
        for (String name : runFolder.names()) {
            if (ControlClient.isAlive(runFolder, name)) {
                ProcessHandle.of(ControlClient.status(runFolder, name).pid()).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    private Said process(List<String> words) throws IOException, InterruptedException {
        File out = Files.createTempFile(folder, "out", "").toFile();
        File err = Files.createTempFile(folder, "err", "").toFile();
        Process process = new ProcessBuilder(words)
                .redirectOutput(out)
                .redirectError(err)
                .directory(folder.toFile())
                .start();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            fail("it does not end: " + words);
        }
        return new Said(process.exitValue(), Files.readString(out.toPath()), Files.readString(err.toPath()));
    }

    private Said command(String words, List<String> more) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(
                "env",
                RunFolder.VARIABLE + "=" + runFolder,
                RunFolder.STATE_VARIABLE + "=" + folder.resolve("state"),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Holdfast.class.getName()));
        all.addAll(List.of(words.split(" ")));
        all.addAll(more);
        return process(all);
    }

    /** A command that starts nothing needs no process of its own. */
    private CommandRun here(String words) {
        return CommandRun.within(runFolder, Background.NONE, new byte[0], words.split(" "));
    }

    private static ProcessHandle daemon(ArrayStatus status) {
        return ProcessHandle.of(status.pid()).orElseThrow();
    }

    private static void awaitEnd(ProcessHandle process)
            throws InterruptedException, ExecutionException, TimeoutException {
        process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void shouldOutliveItsCommandRecoverFromAKillAndStopInOrderOnASignal() throws Exception {
        Said created =
                command("--create md0 --level=5 --raid-devices=3 --chunk=64 --assume-clean", List.of("d0", "d1", "d2"));
        assertEquals(0, created.exitCode(), created.err());
        assertTrue(created.err().endsWith("holdfast: array md0 started.\n"), created.err());
        assertEquals("nbd+unix:///md0?socket=" + runFolder.nbd("md0") + "\n", created.out());
        ProcessHandle first = daemon(ControlClient.status(runFolder, "md0"));
        assertFalse(first.pid() == ProcessHandle.current().pid());
        assertEquals(0, here("copy-in -q " + folder.resolve("image") + " md0").exitCode());

        first.destroyForcibly();
        awaitEnd(first);

        assertTrue(here("--detail md0").err().contains("has ended without stopping it"));
        Said again = command("--assemble md0", List.of("d0", "d1", "d2"));
        assertEquals(0, again.exitCode(), again.err());
        assertEquals("holdfast: md0 has been started with 3 drives.\n", again.err());
        CommandRun out = here("copy-out - md0");
        assertArrayEquals(image, Arrays.copyOf(out.outBytes(), image.length));
        assertEquals(
                "holdfast: an array md0 is running already; stop it, or choose another name.\n",
                here("--assemble md0 d0 d1 d2").err());
        Said busy = command("--assemble md1", List.of("d0", "d1", "d2"));
        assertEquals(1, busy.exitCode());
        assertTrue(busy.err().contains("in use by process "), busy.err());

        ProcessHandle second = daemon(ControlClient.status(runFolder, "md0"));
        second.destroy();
        awaitEnd(second);

        assertFalse(Files.exists(runFolder.control("md0")));
        assertTrue(Files.readString(runFolder.log("md0")).contains("[INFO] md0: stopped"));
        CommandRun detail = CommandRun.of("--detail", devices);
        assertTrue(detail.out().contains("State : clean, Not Started"), detail.out());
    }

    @Test
    void shouldServeRealClientsAndWaitUntilTheyAreGone() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/nbdcopy")), "nbdcopy (package libnbd-bin) is not installed");
        Said created = command(
                "--create md0 --level=5 --raid-devices=3 --chunk=64 --assume-clean --listen=127.0.0.1:0", devices);
        assertEquals(0, created.exitCode(), created.err());
        List<String> uris = created.out().lines().toList();
        assertEquals(2, uris.size(), created.out());
        assertTrue(uris.get(1).startsWith("nbd://127.0.0.1:"), created.out());

        assertEquals(
                0,
                process(List.of("nbdcopy", folder.resolve("image").toString(), uris.get(0)))
                        .exitCode());
        assertEquals(0, here("md0 --fail d1").exitCode());
        Path back = folder.resolve("back");
        assertEquals(
                0, process(List.of("nbdcopy", uris.get(1), back.toString())).exitCode());

        assertArrayEquals(image, Arrays.copyOf(Files.readAllBytes(back), image.length));
        try (ServedArray client = new ServedArray(ControlClient.status(runFolder, "md0"))) {
            assertEquals(16 << 20, client.length());
            CommandRun busy = here("--stop md0");
            assertEquals(1, busy.exitCode());
            assertTrue(busy.err().startsWith("holdfast: Cannot get exclusive access to md0:"), busy.err());
        }
        CommandRun.makeFile(folder, "new", 9 << 20);
        assertEquals(0, here("rebuild -q " + folder.resolve("new") + " md0").exitCode());
        CommandRun stopped = here("--stop md0 --force");
        assertEquals(0, stopped.exitCode(), stopped.err());
        CommandRun checked = CommandRun.of(
                "check -q", List.of(devices.get(0), folder.resolve("new").toString(), devices.get(2)));
        assertEquals(0, checked.exitCode(), checked.out() + checked.err());
    }

    @Test
    void shouldSayWhyItDidNotStart() throws Exception {
        CommandRun made =
                CommandRun.of("--create md0 --no-start --level=5 --raid-devices=3 --chunk=64 --assume-clean", devices);
        assertEquals(0, made.exitCode(), made.err());

        Said incomplete = command("--assemble md0", devices.subList(0, 2));

        assertEquals(1, incomplete.exitCode());
        assertTrue(incomplete.err().startsWith("holdfast: "), incomplete.err());
        assertEquals(List.of(), runFolder.names());
        assertEquals("", incomplete.out());
    }
}
