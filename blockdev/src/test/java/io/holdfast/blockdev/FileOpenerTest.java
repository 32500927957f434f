package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileOpenerTest {
    private final ScriptedKernel kernel = new ScriptedKernel();
    private final FileOpener opener = new FileOpener(kernel, HolderFinder.ofThisMachine());

    @TempDir
    Path folder;

    private Path path;

    @BeforeEach
    void makeFile() throws IOException {
        path = FileBlockDeviceTest.file(folder, "d0.img", 4096);
    }

    @Test
    void shouldOpenDirectly() {
        try (FileBlockDevice device = opener.open(path, false)) {
            assertTrue(device.isDirect());
            assertEquals(new DeviceGeometry(1 << 20, 512, 4096, 512), device.geometry());
        }
        assertEquals(0, kernel.openCount);
        assertTrue(kernel.calls.contains("lock exclusive"));
    }

    @Test
    void shouldFallBackToThePageCacheWhereDirectIsRefused() {
        kernel.opens.add((long) -Errno.EINVAL);
        try (FileBlockDevice device = opener.open(path, false)) {
            assertFalse(device.isDirect());
        }
        assertEquals(0, kernel.openCount);
    }

    @Test
    void shouldFallBackToThePageCacheWhereDirectAsksForLargerBlocksThanWeMove() {
        kernel.directOffsetAlignment = 65536;
        kernel.directMemoryAlignment = 512;
        try (FileBlockDevice device = opener.open(path, false)) {
            assertFalse(device.isDirect());
            assertEquals(512, device.geometry().logicalBlockLength());
        }
        assertEquals(0, kernel.openCount);
    }

    @Test
    void shouldTakeTheBlockLengthThatDirectAsksFor() {
        kernel.directOffsetAlignment = 4096;
        kernel.directMemoryAlignment = 4;
        kernel.size = (1 << 20) + 4095;
        try (FileBlockDevice device = opener.open(path, true)) {
            assertTrue(device.isDirect());
            assertEquals(new DeviceGeometry(1 << 20, 4096, 4096, 512), device.geometry());
        }
        assertTrue(kernel.calls.contains("lock shared"));
    }

    @Test
    void shouldLockTheOldWayWhereTheNewOneIsUnknown() {
        kernel.locks.addAll(List.of((long) -Errno.EINVAL, 0L));
        opener.open(path, false).close();
        assertTrue(kernel.calls.contains("flock 6"), kernel.calls::toString);
    }

    @Test
    void shouldCloseWhatItCannotLock() {
        kernel.locks.add((long) -Errno.EAGAIN);
        assertThrows(DeviceInUseException.class, () -> opener.open(path, false));
        assertEquals(0, kernel.openCount);
    }

    @Test
    void shouldGoOnWithAWarningWhereThereAreNoLocks() {
        kernel.locks.addAll(List.of((long) -Errno.ENOLCK, (long) -Errno.EOPNOTSUPP));
        opener.open(path, false).close();
        assertEquals(0, kernel.openCount);
    }

    @Test
    void shouldSayWhyItCannotOpen() {
        kernel.opens.add((long) -Errno.EACCES);
        DeviceException denied = assertThrows(DeviceException.class, () -> opener.open(path, false));
        assertEquals(path + ": cannot be opened for writing: " + Errno.describe(Errno.EACCES), denied.getMessage());
        kernel.opens.add((long) -Errno.EBUSY);
        assertThrows(DeviceInUseException.class, () -> opener.open(path, false));
        kernel.opens.add((long) -Errno.ENXIO);
        assertEquals(
                IoStatus.GONE,
                assertThrows(DeviceException.class, () -> opener.open(path, true))
                        .status());
        assertEquals(0, kernel.openCount);
    }

    @Test
    void shouldCloseWhatItCannotSize() {
        kernel.stats.add((long) -Errno.EIO);
        DeviceException failure = assertThrows(DeviceException.class, () -> opener.open(path, false));
        assertEquals(IoStatus.MEDIA_ERROR, failure.status());
        assertEquals(0, kernel.openCount);
    }

    @Test
    void shouldRefuseWhatBecameSomethingElseMeanwhile() {
        kernel.mode = 0x1000;
        assertThrows(DeviceException.class, () -> opener.open(path, false));
        assertEquals(0, kernel.openCount);
    }
}
