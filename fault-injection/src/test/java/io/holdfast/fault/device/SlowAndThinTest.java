package io.holdfast.fault.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlowAndThinTest {
    private static final int SECTOR = Stamps.SECTOR;

    private final SimulatedDevice disk = new SimulatedDevice("s0", 1 << 20, 512, new PowerSupply(), 3).longestDelay(0);
    private final ManualLoop loop = new ManualLoop("test");
    private final List<Long> ended = new ArrayList<>();
    private long nowNs;

    @Test
    void shouldLetAnOperationReachTheDeviceOnlyAfterItsDelay() {
        SlowDevice device = new SlowDevice(disk, () -> nowNs, nanos -> nowNs += nanos);
        device.slow(1000, 1);
        IoChannel channel = device.openChannel(loop, 4);
        channel.write(0, Stamps.of(1, 1), 0, SECTOR, 1);
        channel.write(SECTOR, Stamps.of(1, 2), 0, SECTOR, 2);
        pollOften(channel);
        assertEquals(List.of(2L), ended, "only one was to be slow");
        assertArrayEquals(new long[] {0, 2}, Stamps.read(disk, 0, 2));
        assertEquals(1, channel.outstanding());
        nowNs = 1000;
        pollOften(channel);
        assertEquals(List.of(2L, 1L), ended);
        assertArrayEquals(new long[] {1, 2}, Stamps.read(disk, 0, 2));
        assertFalse(device.isArmed());
        assertEquals(1, device.heldCount());
    }

    @Test
    void shouldAnswerNothingWhileStuckAndAllOfItAfterwards() {
        SlowDevice device = new SlowDevice(disk, () -> nowNs, nanos -> nowNs += nanos);
        IoChannel channel = device.openChannel(loop, 4);
        device.stick(5000);
        assertFalse(device.isHolding());
        channel.write(0, Stamps.of(1, 1), 0, SECTOR, 1);
        channel.flush(2);
        nowNs = 4999;
        pollOften(channel);
        assertEquals(List.of(), ended);
        assertTrue(device.isArmed());
        assertTrue(device.isHolding());
        nowNs = 5000;
        pollOften(channel);
        assertFalse(device.isHolding());
        assertEquals(2, ended.size());
        assertArrayEquals(new long[] {1}, Stamps.read(disk, 0, 1));
    }

    @Test
    void shouldComeBackEarlyWhenTold() {
        SlowDevice device = new SlowDevice(disk, () -> nowNs, nanos -> nowNs += nanos);
        IoChannel channel = device.openChannel(loop, 4);
        device.stick(Long.MAX_VALUE / 2);
        channel.flush(1);
        pollOften(channel);
        assertEquals(List.of(), ended);
        assertTrue(device.isHolding());
        device.comeBack();
        assertFalse(device.isHolding());
        pollOften(channel);
        assertEquals(List.of(1L), ended);
    }

    @Test
    void shouldTimeOutABlockingCallWhenStuckAndTakeTimeForOneWhenSlow() {
        SlowDevice device = new SlowDevice(disk, () -> nowNs, nanos -> nowNs += nanos);
        device.slow(700, 1);
        Stamps.write(device, 0, 1, 1);
        assertEquals(700, nowNs);
        device.stick(SlowDevice.DRIVER_TIMEOUT_NS + 1);
        assertEquals(
                IoStatus.TIMED_OUT,
                assertThrows(DeviceException.class, device::flush).status());
        nowNs++;
        device.flush();
        assertArrayEquals(new long[] {1}, Stamps.read(device, 0, 1));
    }

    @Test
    void shouldFailTheFirstWriteToAnExtentWhenThereIsNoSpaceLeft() {
        ThinDevice device = new ThinDevice(disk);
        int extent = ThinDevice.EXTENT_LENGTH / SECTOR;
        Stamps.write(device, 0, 1, 1);
        device.leave(1);
        Stamps.write(device, extent, 1, 2);
        assertEquals(IoStatus.NO_SPACE, statusOf(() -> Stamps.write(device, 2 * extent, 1, 3)));
        assertEquals(IoStatus.NO_SPACE, statusOf(() -> device.writeZeroes(3L * extent * SECTOR, SECTOR)));
        Stamps.write(device, 0, 2, 4);
        assertArrayEquals(new long[] {4, 4}, Stamps.read(device, 0, 2));
        assertArrayEquals(new long[] {0}, Stamps.read(device, 2 * extent, 1));
        assertEquals(2, device.refusedCount());

        IoChannel channel = device.openChannel(loop, 4);
        channel.discard(0, ThinDevice.EXTENT_LENGTH, 1);
        pollOften(channel);
        Stamps.write(device, 2 * extent, 1, 5);
        assertEquals(IoStatus.NO_SPACE, statusOf(() -> Stamps.write(device, 0, 1, 6)));
        device.leave(Long.MAX_VALUE);
        Stamps.write(device, 0, 1, 6);
    }

    private void pollOften(IoChannel channel) {
        for (int i = 0; i < 5; i++) {
            channel.poll((token, status) -> {
                assertEquals(IoStatus.OK, status);
                ended.add(token);
            });
        }
    }

    private static IoStatus statusOf(Runnable operation) {
        return assertThrows(DeviceException.class, operation::run).status();
    }
}
