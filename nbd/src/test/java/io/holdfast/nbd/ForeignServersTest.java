package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BlockDeviceContract;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.ChannelDriver;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client on the servers that people use: an export of theirs is a device like any other. */
@Tag("interop")
@Timeout(120)
class ForeignServersTest {
    private static final long POLL_NS = 5_000_000;
    private static final int POLL_LIMIT = 4_000;

    /** A server of somebody else's, on a socket of its own; gone when the test is. */
    private static final class Foreign implements AutoCloseable {
        private final Process process;
        private final Path socket;

        Foreign(Path folder, String debianPackage, List<String> command) throws IOException {
            require(command.get(0), debianPackage);
            socket = folder.resolve("foreign.sock");
            Files.deleteIfExists(socket);
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("server.txt").toFile())
                    .start();
            for (int i = 0; !Files.exists(socket); i++) {
                if (i == POLL_LIMIT || !process.isAlive()) {
                    throw new AssertionError(
                            String.join(" ", command) + ":\n" + Files.readString(folder.resolve("server.txt")));
                }
                LockSupport.parkNanos(POLL_NS);
            }
        }

        /** The socket is there a moment before anybody listens on it. */
        NbdDevice open(String exportName) {
            NbdUri uri = NbdUri.parse("nbd+unix:///" + exportName + "?socket=" + socket);
            for (int i = 0; ; i++) {
                try {
                    return NbdDevice.open(uri);
                } catch (DeviceException e) {
                    if (i == POLL_LIMIT || !e.getMessage().endsWith("Connection refused")) {
                        throw e;
                    }
                    LockSupport.parkNanos(POLL_NS);
                }
            }
        }

        void kill() {
            process.destroyForcibly();
        }

        @Override
        public void close() {
            process.destroyForcibly();
            try {
                process.waitFor(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static List<String> nbdkit(Path folder, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "nbdkit",
                "--foreground",
                "--exit-with-parent",
                "--unix",
                folder.resolve("foreign.sock").toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    private static List<String> qemuNbd(Path folder, Path image, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "qemu-nbd",
                "--persistent",
                "-f",
                "raw",
                "-k",
                folder.resolve("foreign.sock").toString()));
        command.addAll(List.of(arguments));
        command.add(image.toString());
        return command;
    }

    private static Path image(Path folder, long length) throws IOException {
        Path image = folder.resolve("image.raw");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(0);
            file.setLength(length);
        }
        return image;
    }

    /** Skip, with one loud line, where a tool is missing; fail instead where the environment variable CI is set. */
    private static void require(String tool, String debianPackage) {
        boolean isThere = Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
        if (isThere) {
            return;
        }
        String line = "NBD SERVER TESTS SKIPPED: there is no " + tool + "; install " + debianPackage;
        if (System.getenv("CI") != null) {
            throw new AssertionError(line + " (CI is set, so a skip is a failure)");
        }
        System.err.println(line);
        Assumptions.abort(line);
    }

    abstract static class OverForeign extends BlockDeviceContract {
        @TempDir
        Path folder;

        private Foreign server;

        abstract Foreign start(long length) throws IOException;

        @Override
        protected BlockDevice createDevice(long length) throws IOException {
            server = start(length);
            return server.open("");
        }

        @AfterEach
        void stopServer() {
            if (server != null) {
                server.close();
            }
        }
    }

    @Nested
    @Tag("interop")
    class NbdkitMemory extends OverForeign {
        @Override
        Foreign start(long length) throws IOException {
            return new Foreign(folder, "nbdkit", nbdkit(folder, "memory", String.valueOf(length)));
        }
    }

    @Nested
    @Tag("interop")
    class NbdkitFile extends OverForeign {
        @Override
        Foreign start(long length) throws IOException {
            Path image = image(folder, length);
            return new Foreign(folder, "nbdkit", nbdkit(folder, "file", image.toString()));
        }
    }

    /** A server without the options that come after the name. */
    @Nested
    @Tag("interop")
    class NbdkitWithoutFixedStyle extends OverForeign {
        @Override
        Foreign start(long length) throws IOException {
            return new Foreign(
                    folder, "nbdkit", nbdkit(folder, "--mask-handshake=0", "memory", String.valueOf(length)));
        }
    }

    /** A server that cannot zero, and takes little at once. */
    @Nested
    @Tag("interop")
    class NbdkitOfFewWords extends OverForeign {
        @Override
        Foreign start(long length) throws IOException {
            return new Foreign(
                    folder,
                    "nbdkit",
                    nbdkit(
                            folder,
                            "--filter=nozero",
                            "--filter=blocksize-policy",
                            "memory",
                            String.valueOf(length),
                            "blocksize-minimum=512",
                            "blocksize-preferred=4096",
                            "blocksize-maximum=64K",
                            "blocksize-error-policy=error"));
        }
    }

    @Nested
    @Tag("interop")
    class QemuNbd extends OverForeign {
        @Override
        Foreign start(long length) throws IOException {
            return new Foreign(folder, "qemu-utils", qemuNbd(folder, image(folder, length)));
        }
    }

    @Test
    void aReadOnlyExportShouldBeSeenAsOne(@TempDir Path folder) throws IOException {
        try (Foreign server = new Foreign(folder, "nbdkit", nbdkit(folder, "-r", "memory", "1M"));
                NbdDevice device = server.open("")) {
            assertTrue(device.isReadOnly());
        }
    }

    @Test
    void exportsShouldBeFoundByName(@TempDir Path folder) throws IOException {
        Path image = image(folder, 1 << 20);
        try (Foreign server = new Foreign(folder, "qemu-utils", qemuNbd(folder, image, "-x", "a disk/1"));
                NbdDevice device = server.open("a%20disk/1")) {
            assertEquals(1 << 20, device.geometry().length());
        }
    }

    @Test
    void aServerThatIsKilledShouldEndEverythingUnderWay(@TempDir Path folder) throws IOException {
        try (Foreign server =
                        new Foreign(folder, "nbdkit", nbdkit(folder, "--filter=delay", "memory", "1M", "wdelay=1000"));
                NbdDevice device = server.open("")) {
            UnsafeBuffer buffer = BufferSlab.allocate(16 * 4096);
            try (ChannelDriver driver = new ChannelDriver(new ManualLoop("test"), device, 16)) {
                driver.onLoop(channel -> {
                    for (int i = 0; i < 16; i++) {
                        channel.write(i * 4096L, buffer, i * 4096, 4096, i);
                    }
                });
                server.kill();
                for (int i = 0; i < 16; i++) {
                    assertEquals(IoStatus.GONE, driver.await(i));
                }
            }
        }
    }
}
