package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.raid.RaidArray;
import io.holdfast.raid.SyncProgress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The clients that people use, on an array of ours. */
@Tag("interop")
@Timeout(120)
class ClientToolsTest {
    private static final long MEMBER_LENGTH = 24 << 20;
    private static final int TOOL_TIMEOUT_SECONDS = 60;

    @TempDir
    Path folder;

    private RaidArray array;
    private NbdServer server;

    @BeforeEach
    void startServer() {
        require("nbdinfo", "libnbd-bin");
        require("nbdcopy", "libnbd-bin");
        require("qemu-io", "qemu-utils");
        require("qemu-img", "qemu-utils");
        serve(NbdTransport.best());
    }

    private void serve(NbdTransport transport) {
        array = RaidArray.assemble(TestArrays.raid5(MEMBER_LENGTH, 0));
        server = NbdServer.start(new NbdServerContext()
                .export(new ArrayExport("md0", array))
                .socketPath(folder.resolve("nbd.sock"))
                .transport(transport));
    }

    @AfterEach
    void stopServer() {
        if (server != null) {
            server.close();
            SyncProgress checked = array.check(false).completion().join();
            array.close();
            assertEquals(SyncProgress.Outcome.COMPLETE, checked.outcome());
            assertEquals(0, checked.mismatchedSectors());
        }
    }

    /** Skip, with one loud line, where a tool is missing; fail instead where the environment variable CI is set. */
    private static void require(String tool, String debianPackage) {
        boolean isThere = Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
        if (isThere) {
            return;
        }
        String line = "NBD CLIENT TESTS SKIPPED: there is no " + tool + "; install " + debianPackage;
        if (System.getenv("CI") != null) {
            throw new AssertionError(line + " (CI is set, so a skip is a failure)");
        }
        System.err.println(line);
        Assumptions.abort(line);
    }

    @Test
    void nbdinfoShouldSeeWhatThereIs() {
        String text = run("nbdinfo", server.uri());
        assertTrue(text.contains("export-size: " + array.length()), text);
        assertTrue(text.contains("raid5 of 4 members"), text);
        assertTrue(text.contains("block_size_minimum: 1\n"), text);
        assertTrue(text.contains("block_size_maximum: 33554432"), text);
        for (String can : List.of("flush", "fua", "multi_conn", "trim", "zero")) {
            assertTrue(text.contains("can_" + can + ": true"), text);
        }
        assertTrue(text.contains("is_read_only: false"), text);
        assertTrue(run("nbdinfo", "--list", server.uri("")).contains("export=\"md0\""));
        assertEquals(
                array.length(),
                Long.parseLong(run("nbdinfo", "--size", server.uri()).trim()));
    }

    /** Whether a kernel lets us use io_uring is no tool that is missing: only the transports that work are tried. */
    static List<NbdTransport> availableTransports() {
        return Arrays.stream(NbdTransport.values())
                .filter(NbdTransport::isAvailable)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("availableTransports")
    void nbdcopyShouldGetBackWhatItPutIn(NbdTransport transport) throws IOException {
        stopServer();
        serve(transport);
        Path source = image();
        run("nbdcopy", "--flush", "--connections=4", "--requests=64", source.toString(), server.uri());
        Path copy = folder.resolve("copy.img");
        run("nbdcopy", "--connections=4", server.uri(), copy.toString());
        assertEquals(-1, Files.mismatch(source, copy));
    }

    @Test
    void qemuImgShouldFindTheImageItConverted() throws IOException {
        Path source = image();
        run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", source.toString(), server.uri());
        run("qemu-img", "compare", "-f", "raw", "-F", "raw", source.toString(), server.uri());
    }

    @Test
    void qemuIoShouldReadThePatternsItWrote() {
        List<String> command = new ArrayList<>(List.of("qemu-io", "-f", "raw", "-t", "writeback"));
        for (String step : List.of(
                "write -P 0xab 0 1M",
                "write -P 0xcd -f 12345 777",
                "write -z 300k 200k",
                "write -z -u 600k 64k",
                "discard 2M 3M",
                "flush",
                "read -P 0xab 0 12345",
                "read -P 0xcd 12345 777",
                "read -P 0 300k 200k",
                "read -P 0 600k 64k",
                "read -P 0xab 500k 100k",
                "aio_write -P 0x11 8M 16M",
                "aio_write -P 0x22 24M 16M",
                "aio_flush",
                "read -P 0x11 8M 16M",
                "read -P 0x22 24M 16M")) {
            command.add("-c");
            command.add(step);
        }
        command.add(server.uri());
        String text = run(command.toArray(String[]::new));
        assertTrue(!text.contains("Pattern verification failed") && !text.contains("failed"), text);
    }

    @Test
    void clientsShouldReachTheServerOverTcp() throws IOException {
        Path source = image();
        try (NbdServer tcp = NbdServer.start(new NbdServerContext()
                .export(new ArrayExport("an array", array))
                .address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))) {
            run("nbdcopy", source.toString(), tcp.uri());
            run("qemu-img", "compare", "-f", "raw", "-F", "raw", source.toString(), tcp.uri());
        }
    }

    /** As long as the array, with data, a long hole, and data again. */
    private Path image() throws IOException {
        byte[] bytes = new byte[Math.toIntExact(array.length())];
        byte[] part = new byte[bytes.length / 3];
        new SplittableRandom(21).nextBytes(part);
        System.arraycopy(part, 0, bytes, 0, part.length);
        System.arraycopy(part, 0, bytes, bytes.length - part.length, part.length);
        return Files.write(folder.resolve("source.img"), bytes);
    }

    private String run(String... command) {
        try {
            Path output = folder.resolve("output.txt");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(TOOL_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(String.join(" ", command) + " hung:\n" + Files.readString(output));
            }
            String text = Files.readString(output);
            assertEquals(0, process.exitValue(), () -> String.join(" ", command) + ":\n" + text);
            return text;
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }
}
