package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a file device makes of every answer a kernel can give. */
class TransferErrorsTest {
    private final ScriptedKernel kernel = new ScriptedKernel();
    private final UnsafeBuffer buffer = BufferSlab.allocate(16384);
    private final FileBlockDevice file = device(false);

    private FileBlockDevice device(boolean isRawDevice) {
        return new FileBlockDevice(
                "d0", new DeviceGeometry(8 << 20, 512, 4096, 512), false, kernel, ScriptedKernel.FD, true, isRawDevice);
    }

    @AfterEach
    void close() {
        file.close();
    }

    @Test
    void shouldGoOnAfterAShortTransfer() {
        kernel.transfers.addAll(List.of(4096L, 512L));
        file.read(8192, buffer, 0, 16384);
        assertEquals(List.of("pread 8192+16384", "pread 12288+12288", "pread 12800+11776"), kernel.calls);
        kernel.calls.clear();
        kernel.transfers.add(8192L);
        file.write(0, buffer, 0, 16384);
        assertEquals(List.of("pwrite 0+16384", "pwrite 8192+8192"), kernel.calls);
    }

    @Test
    void shouldGoOnFromAWholeBlockAfterATransferThatEndedInsideOne() {
        kernel.transfers.add(1000L);
        file.write(0, buffer, 0, 4096);
        assertEquals(List.of("pwrite 0+4096", "pwrite 512+3584"), kernel.calls);
    }

    @Test
    void shouldAskAgainWhenInterrupted() {
        kernel.transfers.addAll(Collections.nCopies(5000, (long) -Errno.EINTR));
        file.read(0, buffer, 0, 4096);
        kernel.flushes.addAll(Collections.nCopies(3, (long) -Errno.EINTR));
        file.flush();
        assertTrue(kernel.transfers.isEmpty() && kernel.flushes.isEmpty());
    }

    @Test
    void shouldAskAgainWhenToldToAndNotForEver() {
        kernel.transfers.addAll(Collections.nCopies(KernelResult.RETRY_LIMIT, (long) -Errno.EAGAIN));
        file.write(0, buffer, 0, 4096);
        kernel.transfers.addAll(Collections.nCopies(KernelResult.RETRY_LIMIT + 1, (long) -Errno.EAGAIN));
        assertEquals(IoStatus.TIMED_OUT, write());
    }

    @Test
    void shouldReportTheEndOfADeviceThatShrankAsGone() {
        kernel.transfers.add(0L);
        assertEquals(IoStatus.GONE, read());
        kernel.transfers.addAll(List.of(512L, 100L));
        assertEquals(IoStatus.GONE, read());
        kernel.transfers.add(0L);
        assertEquals(IoStatus.MEDIA_ERROR, write());
    }

    @Test
    void shouldTellErrorsApart() {
        Object[][] expected = {
            {Errno.EIO, IoStatus.MEDIA_ERROR},
            {61, IoStatus.MEDIA_ERROR},
            {84, IoStatus.MEDIA_ERROR},
            {121, IoStatus.MEDIA_ERROR},
            {9999, IoStatus.MEDIA_ERROR},
            {Errno.ENOSPC, IoStatus.NO_SPACE},
            {Errno.EDQUOT, IoStatus.NO_SPACE},
            {Errno.EFBIG, IoStatus.NO_SPACE},
            {Errno.ENXIO, IoStatus.GONE},
            {Errno.ENODEV, IoStatus.GONE},
            {Errno.ENOMEDIUM, IoStatus.GONE},
            {Errno.ESHUTDOWN, IoStatus.GONE},
            {Errno.ESTALE, IoStatus.GONE},
            {Errno.ETIMEDOUT, IoStatus.TIMED_OUT},
            {Errno.EROFS, IoStatus.READ_ONLY},
            {Errno.EPERM, IoStatus.READ_ONLY},
            {Errno.EOPNOTSUPP, IoStatus.UNSUPPORTED},
            {Errno.EINVAL, IoStatus.UNSUPPORTED},
        };
        for (Object[] row : expected) {
            long errno = (int) row[0];
            IoStatus status = (IoStatus) row[1];
            kernel.transfers.add(-errno);
            assertEquals(status, write(), "write errno=" + errno);
            kernel.transfers.addAll(List.of(512L, -errno));
            assertEquals(status, read(), "read errno=" + errno);
            kernel.flushes.add(-errno);
            assertEquals(
                    status, assertThrows(DeviceException.class, file::flush).status(), "flush errno=" + errno);
        }
    }

    @Test
    void shouldTakeABadArgumentForOurBug() {
        kernel.transfers.add((long) -Errno.EBADF);
        assertThrows(IllegalStateException.class, () -> file.read(0, buffer, 0, 4096));
        kernel.transfers.add((long) -Errno.EFAULT);
        assertThrows(IllegalStateException.class, () -> file.write(0, buffer, 0, 4096));
        kernel.transfers.add(8192L);
        assertThrows(IllegalStateException.class, () -> file.write(0, buffer, 0, 4096));
    }

    @Test
    void shouldWriteZeroesWhereTheFilesystemKnowsNoQuickerWay() {
        kernel.fallocates.add((long) -Errno.EOPNOTSUPP);
        file.writeZeroes(512, (1 << 20) + 512);
        file.writeZeroes(0, 512);
        assertEquals(
                List.of("fallocate 17 512+1049088", "pwrite 512+1048576", "pwrite 1049088+512", "pwrite 0+512"),
                kernel.calls);
    }

    @Test
    void shouldNotHideAnErrorBehindWrittenZeroes() {
        kernel.fallocates.add((long) -Errno.EIO);
        assertEquals(
                IoStatus.MEDIA_ERROR,
                assertThrows(DeviceException.class, () -> file.writeZeroes(0, 4096))
                        .status());
        kernel.fallocates.add((long) -Errno.EOPNOTSUPP);
        kernel.transfers.add((long) -Errno.ENOSPC);
        assertEquals(
                IoStatus.NO_SPACE,
                assertThrows(DeviceException.class, () -> file.writeZeroes(0, 4096))
                        .status());
    }

    @Test
    void shouldSayThatADeviceCannotDiscard() {
        try (ManualLoop loop = new ManualLoop("m");
                ChannelDriver driver = new ChannelDriver(loop, file, 2)) {
            kernel.fallocates.add((long) -Errno.EOPNOTSUPP);
            assertEquals(IoStatus.UNSUPPORTED, driver.run((c, t) -> c.discard(0, 4096, t)));
        }
        try (FileBlockDevice raw = device(true);
                ManualLoop loop = new ManualLoop("m");
                ChannelDriver driver = new ChannelDriver(loop, raw, 2)) {
            kernel.ioctls.add((long) -Errno.EOPNOTSUPP);
            assertEquals(IoStatus.UNSUPPORTED, driver.run((c, t) -> c.discard(0, 4096, t)));
            kernel.ioctls.add((long) -Errno.EOPNOTSUPP);
            kernel.calls.clear();
            assertEquals(IoStatus.OK, driver.run((c, t) -> c.writeZeroes(0, 4096, t)));
            assertEquals(List.of("ioctl 127f", "pwrite 0+4096"), kernel.calls);
        }
    }

    @Test
    void shouldNameDeviceOperationAndRangeInAFailure() {
        kernel.transfers.add((long) -Errno.EIO);
        DeviceException failure = assertThrows(DeviceException.class, () -> file.read(4096, buffer, 0, 512));
        assertEquals(
                "d0: cannot read offset=4096 length=512: the device reported an I/O error there", failure.getMessage());
        assertEquals("d0", failure.deviceName());
    }

    private IoStatus read() {
        return assertThrows(DeviceException.class, () -> file.read(0, buffer, 0, 4096))
                .status();
    }

    private IoStatus write() {
        return assertThrows(DeviceException.class, () -> file.write(0, buffer, 0, 4096))
                .status();
    }
}
