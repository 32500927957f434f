package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadOnlyFileDeviceTest {
    private static final int LENGTH = 300 << 10;

    @TempDir
    Path folder;

    @Test
    void shouldReadWhatIsThereInBothForms() throws IOException {
        Path path = patterned();
        UnsafeBuffer buffer = BufferSlab.allocate(LENGTH);
        try (ReadOnlyFileDevice device = ReadOnlyFileDevice.open(path);
                ManualLoop loop = new ManualLoop("m");
                ChannelDriver driver = new ChannelDriver(loop, device, 2)) {
            assertEquals(LENGTH, device.geometry().length());
            assertTrue(device.isReadOnly());
            device.read(0, buffer, 0, LENGTH);
            assertEquals(-1, Patterns.mismatch(buffer, 0, LENGTH, 0, 1));
            device.read(LENGTH - 512, buffer, 8, 512);
            assertEquals(-1, Patterns.mismatch(buffer, 8, 512, LENGTH - 512, 1));
            assertEquals(IoStatus.OK, driver.run((c, t) -> c.read(1024, buffer, 0, 8192, t)));
            assertEquals(-1, Patterns.mismatch(buffer, 0, 8192, 1024, 1));
            assertThrows(IllegalArgumentException.class, () -> device.read(LENGTH, buffer, 0, 512));
        }
    }

    @Test
    void shouldReadOnThoughItsThreadIsInterrupted() throws IOException {
        UnsafeBuffer buffer = BufferSlab.allocate(4096);
        try (ReadOnlyFileDevice device = ReadOnlyFileDevice.open(patterned())) {
            Thread.currentThread().interrupt();
            device.read(0, buffer, 0, 4096);
            assertTrue(Thread.interrupted());
            device.read(4096, buffer, 0, 4096);
            assertEquals(-1, Patterns.mismatch(buffer, 0, 4096, 4096, 1));
        }
    }

    @Test
    void shouldLookAtADeviceThatSomebodyOwns() throws IOException {
        Path path = patterned();
        UnsafeBuffer buffer = BufferSlab.allocate(4096);
        try (FileBlockDevice owner = FileBlockDevice.open(path);
                ReadOnlyFileDevice device = ReadOnlyFileDevice.open(path)) {
            buffer.setMemory(0, 4096, (byte) 7);
            owner.write(0, buffer, 0, 4096);
            buffer.setMemory(0, 4096, (byte) 0);
            device.read(0, buffer, 0, 4096);
            assertEquals(7, buffer.getByte(4095));
        }
        // Looking took nothing, and left nothing behind.
        FileBlockDevice.open(path).close();
    }

    @Test
    void shouldRefuseEveryChange() throws IOException {
        UnsafeBuffer buffer = BufferSlab.allocate(4096);
        try (ReadOnlyFileDevice device = ReadOnlyFileDevice.open(patterned());
                ManualLoop loop = new ManualLoop("m");
                ChannelDriver driver = new ChannelDriver(loop, device, 2)) {
            List<Runnable> changes = List.of(() -> device.write(0, buffer, 0, 4096), () -> device.writeZeroes(0, 4096));
            for (Runnable change : changes) {
                DeviceException refusal = assertThrows(DeviceException.class, change::run);
                assertEquals(IoStatus.READ_ONLY, refusal.status());
            }
            assertEquals(IoStatus.READ_ONLY, driver.run((c, t) -> c.write(0, buffer, 0, 4096, t)));
            assertEquals(IoStatus.READ_ONLY, driver.run((c, t) -> c.writeZeroes(0, 4096, t)));
            assertEquals(IoStatus.READ_ONLY, driver.run((c, t) -> c.discard(0, 4096, t)));
            device.flush();
        }
    }

    @Test
    void shouldReportAFileCutShortAsGone() throws IOException {
        Path path = patterned();
        UnsafeBuffer buffer = BufferSlab.allocate(8192);
        try (ReadOnlyFileDevice device = ReadOnlyFileDevice.open(path)) {
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                file.setLength(4096);
            }
            DeviceException gone = assertThrows(DeviceException.class, () -> device.read(0, buffer, 0, 8192));
            assertEquals(IoStatus.GONE, gone.status());
            device.read(0, buffer, 0, 4096);
        }
    }

    @Test
    void shouldRefuseWhatIsNoFileOrBlockDevice() {
        for (Path path : List.of(folder, folder.resolve("absent"), Path.of("/dev/null"))) {
            DeviceException refusal = assertThrows(DeviceException.class, () -> ReadOnlyFileDevice.open(path));
            assertTrue(refusal.getMessage().startsWith(path + ": "), refusal::getMessage);
        }
    }

    @Test
    void shouldLoadNothingNative() throws Exception {
        Process look = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-Xlog:class+load:stdout",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Look.class.getName(),
                        patterned().toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String log = new String(look.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(0, look.waitFor());
        assertTrue(log.contains("io.holdfast.blockdev.ReadOnlyFileDevice"));
        assertFalse(log.contains("jnr.ffi"), "jnr-ffi was loaded");
        assertFalse(log.contains("io.netty"), "Netty was loaded");
        assertFalse(log.contains("org.slf4j"), "a logger was loaded");
    }

    /** A process that only looks. */
    static final class Look {
        private Look() {}

        public static void main(String[] args) {
            UnsafeBuffer buffer = BufferSlab.allocate(4096);
            try (ReadOnlyFileDevice device = ReadOnlyFileDevice.open(Path.of(args[0]))) {
                device.read(0, buffer, 0, 4096);
            }
        }
    }

    private Path patterned() throws IOException {
        Path path = FileBlockDeviceTest.file(folder, "d0.img", LENGTH);
        UnsafeBuffer buffer = BufferSlab.allocate(LENGTH);
        Patterns.fill(buffer, 0, LENGTH, 0, 1);
        byte[] bytes = new byte[LENGTH];
        buffer.getBytes(0, bytes);
        java.nio.file.Files.write(path, bytes);
        return path;
    }
}
