package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Raw block devices: Linux's loop driver over a file, which takes root to set up. */
@Tag("interop")
class LoopDeviceInteropTest {
    /** The contract on a loop device; the subclasses choose sector length and loop. */
    abstract static class OnALoopDevice extends BlockDeviceContract {
        private final IoLoops loops = IoLoops.create(mode(), t -> {
            throw new AssertionError(t);
        });

        @TempDir
        Path folder;

        private String node;

        abstract String mode();

        abstract int sectorLength();

        @Override
        protected BlockDevice createDevice(long length) throws Exception {
            node = attach(FileBlockDeviceTest.file(folder, "d0.img", length), sectorLength());
            FileBlockDevice device = FileBlockDevice.open(Path.of(node));
            assertTrue(device.isRawDevice() && device.isDirect());
            assertEquals(sectorLength(), device.geometry().logicalBlockLength());
            return device;
        }

        @Override
        protected IoLoop createLoop() {
            return loops.newLoop("contract");
        }

        /** Detached when its last user closes it, which the contract does after this. */
        @AfterEach
        void detach() throws Exception {
            loops.close();
            run("losetup", "--detach", node);
        }
    }

    @Nested
    class Of512ByteSectorsOnARing extends OnALoopDevice {
        @Override
        String mode() {
            return "uring";
        }

        @Override
        int sectorLength() {
            return 512;
        }
    }

    @Nested
    class Of4096ByteSectorsOnARing extends OnALoopDevice {
        @Override
        String mode() {
            return "uring";
        }

        @Override
        int sectorLength() {
            return 4096;
        }
    }

    @Nested
    class Of4096ByteSectorsOnAPool extends OnALoopDevice {
        @Override
        String mode() {
            return "pool";
        }

        @Override
        int sectorLength() {
            return 4096;
        }
    }

    @TempDir
    Path folder;

    @Test
    void shouldOwnABlockDeviceAloneAndLetOthersLook() throws Exception {
        String node = attach(FileBlockDeviceTest.file(folder, "d0.img", 1 << 20), 512);
        Path path = Path.of(node);
        try (FileBlockDevice owner = FileBlockDevice.open(path)) {
            DeviceInUseException refusal = assertThrows(DeviceInUseException.class, () -> FileBlockDevice.open(path));
            assertEquals("this process", refusal.holder());
            assertThrows(DeviceInUseException.class, () -> FileBlockDevice.openReadOnly(path));
            UnsafeBuffer buffer = BufferSlab.allocate(4096);
            Patterns.fill(buffer, 0, 4096, 0, 1);
            owner.write((1 << 20) - 4096, buffer, 0, 4096);
            owner.flush();
            try (ReadOnlyFileDevice look = ReadOnlyFileDevice.open(path)) {
                assertEquals(1 << 20, look.geometry().length());
                look.read((1 << 20) - 4096, buffer, 0, 4096);
                assertEquals(-1, Patterns.mismatch(buffer, 0, 4096, 0, 1));
            }
        } finally {
            run("losetup", "--detach", node);
        }
    }

    @Test
    void shouldReportABackingFileCutShort() throws Exception {
        Path file = FileBlockDeviceTest.file(folder, "d0.img", 1 << 20);
        String node = attach(file, 512);
        try (FileBlockDevice device = FileBlockDevice.open(Path.of(node))) {
            try (java.io.RandomAccessFile backing = new java.io.RandomAccessFile(file.toFile(), "rw")) {
                backing.setLength(4096);
            }
            run("losetup", "--set-capacity", node);
            UnsafeBuffer buffer = BufferSlab.allocate(4096);
            DeviceException gone = assertThrows(DeviceException.class, () -> device.read(1 << 19, buffer, 0, 4096));
            assertEquals(IoStatus.GONE, gone.status());
        } finally {
            run("losetup", "--detach", node);
        }
    }

    private static String attach(Path file, int sectorLength) throws Exception {
        assumeTrue(Files.isWritable(Path.of("/dev/loop-control")), "no loop devices to be had: not root?");
        return run("losetup", "--find", "--show", "--sector-size", Integer.toString(sectorLength), file.toString());
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + output);
        return output;
    }
}
