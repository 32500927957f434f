package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBlockDeviceTest {
    /** The contract on a regular file; the subclasses choose the loop. */
    abstract static class OnAFile extends BlockDeviceContract {
        @TempDir
        Path folder;

        @Override
        protected BlockDevice createDevice(long length) throws IOException {
            return FileBlockDevice.open(file(folder, "d0.img", length));
        }
    }

    @Nested
    class OnAManualLoop extends OnAFile {}

    @Nested
    class OnAPool extends OnAFile {
        private final IoLoops loops = IoLoops.create("pool", FileBlockDeviceTest::fail);

        @Override
        protected IoLoop createLoop() {
            return loops.newLoop("contract");
        }

        @org.junit.jupiter.api.AfterEach
        void closeLoops() {
            loops.close();
        }
    }

    @Nested
    class OnARing extends OnAFile {
        private final IoLoops loops = IoLoops.create("uring", FileBlockDeviceTest::fail);

        @Override
        protected IoLoop createLoop() {
            return loops.newLoop("contract");
        }

        @org.junit.jupiter.api.AfterEach
        void closeLoops() {
            loops.close();
        }
    }

    /** Memory behind the filesystem's face: it zeroes no range, so that a ring hands that to its helper. */
    @Nested
    class OnTmpfsOnARing extends BlockDeviceContract {
        private final IoLoops loops = IoLoops.create("uring", FileBlockDeviceTest::fail);
        private Path path;

        @Override
        protected BlockDevice createDevice(long length) throws IOException {
            Path shared = Path.of("/dev/shm");
            org.junit.jupiter.api.Assumptions.assumeTrue(Files.isWritable(shared), "no /dev/shm here");
            path = file(Files.createTempDirectory(shared, "holdfast"), "d0.img", length);
            return FileBlockDevice.open(path);
        }

        @Override
        protected IoLoop createLoop() {
            return loops.newLoop("contract");
        }

        @org.junit.jupiter.api.AfterEach
        void closeLoops() throws IOException {
            loops.close();
            if (path != null) {
                Files.delete(path);
                Files.delete(path.getParent());
            }
        }
    }

    @TempDir
    Path folder;

    @Test
    void shouldRoundAnOddLengthDown() throws IOException {
        try (FileBlockDevice device = FileBlockDevice.open(file(folder, "odd.img", 10_000))) {
            int blockLength = device.geometry().logicalBlockLength();
            assertEquals(10_000L / blockLength * blockLength, device.geometry().length());
        }
    }

    @Test
    void shouldRefuseASecondOwnerAndNameTheFirst() throws IOException {
        Path path = file(folder, "d0.img", 1 << 20);
        try (FileBlockDevice owner = FileBlockDevice.open(path)) {
            DeviceInUseException second = assertThrows(DeviceInUseException.class, () -> FileBlockDevice.open(path));
            assertEquals("this process", second.holder());
            assertTrue(second.getMessage().startsWith(path + ": in use by this process"), second::getMessage);
            assertEquals(path.toString(), second.deviceName());
            assertThrows(DeviceInUseException.class, () -> FileBlockDevice.openReadOnly(path));
            assertFalse(owner.isReadOnly());
        }
        FileBlockDevice.open(path).close();
    }

    @Test
    void shouldNameAnotherProcessThatHasTheDevice() throws Exception {
        Path path = file(folder, "d0.img", 1 << 20);
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process other = new ProcessBuilder(
                        java,
                        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        path.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertEquals('h', other.getInputStream().read());
            DeviceInUseException refusal = assertThrows(DeviceInUseException.class, () -> FileBlockDevice.open(path));
            assertEquals("process " + other.pid() + " (java)", refusal.holder());
        } finally {
            other.destroyForcibly();
            other.waitFor();
        }
        // The lock died with its process, however it died.
        FileBlockDevice.open(path).close();
    }

    /** Another process that opens a device and keeps it. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            try (FileBlockDevice device = FileBlockDevice.open(Path.of(args[0]))) {
                System.out.print('h');
                System.out.flush();
                // Until the test ends this process.
                int ignored = System.in.read();
                device.flush();
            }
        }
    }

    @Test
    void shouldLetReadersShareAndKeepWritersAway() throws IOException {
        Path path = file(folder, "d0.img", 1 << 20);
        try (FileBlockDevice first = FileBlockDevice.openReadOnly(path);
                FileBlockDevice second = FileBlockDevice.openReadOnly(path)) {
            assertTrue(first.isReadOnly() && second.isReadOnly());
            assertThrows(DeviceInUseException.class, () -> FileBlockDevice.open(path));
        }
        FileBlockDevice.open(path).close();
    }

    @Test
    void shouldChangeNothingWhenReadOnly() throws IOException {
        Path path = file(folder, "d0.img", 1 << 20);
        UnsafeBuffer buffer = BufferSlab.allocate(4096);
        try (FileBlockDevice device = FileBlockDevice.openReadOnly(path);
                ManualLoop loop = new ManualLoop("m");
                ChannelDriver driver = new ChannelDriver(loop, device, 4)) {
            assertEquals(IoStatus.READ_ONLY, statusOf(() -> device.write(0, buffer, 0, 4096)));
            assertEquals(IoStatus.READ_ONLY, statusOf(() -> device.writeZeroes(0, 4096)));
            assertEquals(IoStatus.READ_ONLY, driver.run((c, t) -> c.write(0, buffer, 0, 4096, t)));
            assertEquals(IoStatus.READ_ONLY, driver.run((c, t) -> c.writeZeroes(0, 4096, t)));
            assertEquals(IoStatus.READ_ONLY, driver.run((c, t) -> c.discard(0, 4096, t)));
            assertEquals(IoStatus.OK, driver.run((c, t) -> c.read(0, buffer, 0, 4096, t)));
            device.flush();
        }
    }

    @Test
    void shouldRefuseWhatIsNoFileOrBlockDevice() throws Exception {
        DeviceException missing =
                assertThrows(DeviceException.class, () -> FileBlockDevice.open(folder.resolve("absent.img")));
        assertEquals(IoStatus.GONE, missing.status());
        assertTrue(missing.getMessage().contains("there is no such file"), missing::getMessage);

        DeviceException directory = assertThrows(DeviceException.class, () -> FileBlockDevice.open(folder));
        assertTrue(directory.getMessage().contains("is a directory"), directory::getMessage);

        DeviceException character =
                assertThrows(DeviceException.class, () -> FileBlockDevice.open(Path.of("/dev/null")));
        assertTrue(character.getMessage().contains("must be a regular file or a block device"), character::getMessage);
    }

    @Test
    void shouldReportAFileCutShortAsGone() throws Exception {
        Path path = file(folder, "d0.img", 1 << 20);
        UnsafeBuffer buffer = BufferSlab.allocate(128 << 10);
        try (FileBlockDevice device = FileBlockDevice.open(path);
                IoLoops rings = IoLoops.create("uring", FileBlockDeviceTest::fail);
                IoLoops pools = IoLoops.create("pool", FileBlockDeviceTest::fail)) {
            // In the middle of a block, too: direct I/O could not go on from there.
            for (int end : new int[] {1 << 19, (1 << 19) - 4096 + 100}) {
                try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                    file.setLength(end);
                }
                assertEquals(IoStatus.GONE, statusOf(() -> device.read(1 << 19, buffer, 0, 4096)));
                int straddling = (1 << 19) - (64 << 10);
                assertEquals(IoStatus.GONE, statusOf(() -> device.read(straddling, buffer, 0, 128 << 10)));
                for (IoLoops loops : new IoLoops[] {rings, pools}) {
                    try (IoLoop loop = loops.newLoop("loop");
                            ChannelDriver driver = new ChannelDriver(loop, device, 4)) {
                        assertEquals(IoStatus.GONE, driver.run((c, t) -> c.read(1 << 19, buffer, 0, 4096, t)));
                        assertEquals(IoStatus.GONE, driver.run((c, t) -> c.read(straddling, buffer, 0, 128 << 10, t)));
                        assertEquals(IoStatus.OK, driver.run((c, t) -> c.read(0, buffer, 0, 128 << 10, t)));
                    }
                }
            }
        }
    }

    @Test
    void shouldRefuseUseAfterClose() throws IOException {
        FileBlockDevice device = FileBlockDevice.open(file(folder, "d0.img", 1 << 20));
        device.close();
        device.close();
        UnsafeBuffer buffer = BufferSlab.allocate(4096);
        assertThrows(IllegalStateException.class, () -> device.read(0, buffer, 0, 4096));
        assertThrows(IllegalStateException.class, device::flush);
    }

    @Test
    void shouldLeakNoFileDescriptor() throws Exception {
        Path path = file(folder, "d0.img", 1 << 20);
        Runnable everything = () -> {
            for (String mode : new String[] {"uring", "pool"}) {
                try (FileBlockDevice device = FileBlockDevice.open(path);
                        IoLoops loops = IoLoops.create(mode, FileBlockDeviceTest::fail);
                        ChannelDriver driver = new ChannelDriver(loops.newLoop("leak"), device, 4)) {
                    UnsafeBuffer buffer = BufferSlab.allocate(4096);
                    assertEquals(IoStatus.OK, driver.run((c, t) -> c.write(0, buffer, 0, 4096, t)));
                    assertThrows(DeviceInUseException.class, () -> FileBlockDevice.open(path));
                    assertThrows(DeviceException.class, () -> FileBlockDevice.open(Path.of("/dev/null")));
                    assertThrows(DeviceException.class, () -> FileBlockDevice.open(folder));
                }
            }
        };
        everything.run();
        int before = openDescriptorCount();
        for (int i = 0; i < 5; i++) {
            everything.run();
        }
        int left = openDescriptorCount();
        // Fewer is right: what an earlier test closed in the background may be gone by now.
        assertTrue(left <= before, () -> left + " descriptors, and " + before + " before");
    }

    private static int openDescriptorCount() throws IOException {
        int count = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                count += descriptor.getNameCount() > 0 ? 1 : 0;
            }
        }
        return count;
    }

    private static IoStatus statusOf(Runnable operation) {
        return assertThrows(DeviceException.class, operation::run).status();
    }

    private static void fail(Throwable failure) {
        throw new AssertionError(failure);
    }

    static Path file(Path folder, String name, long length) throws IOException {
        Path path = folder.resolve(name);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            if (length > 0) {
                channel.write(java.nio.ByteBuffer.wrap(new byte[1]), length - 1);
            }
        }
        return path;
    }
}
