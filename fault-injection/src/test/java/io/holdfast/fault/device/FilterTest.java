package io.holdfast.fault.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.ChannelDriver;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import java.util.HashSet;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Each wrapper misbehaves as it says, in the blocking forms and on channels. */
class FilterTest {
    private static final int SECTOR = Stamps.SECTOR;

    private final SimulatedDevice disk = new SimulatedDevice("s0", 1 << 20, 512, new PowerSupply(), 3);
    private final ManualLoop loop = new ManualLoop("test");

    @Test
    void shouldFailReadsOfABadPlaceUntilItIsOverwritten() {
        ReadErrorDevice device = new ReadErrorDevice(disk);
        Stamps.write(device, 0, 8, 1);
        device.failReads(2 * SECTOR, 2 * SECTOR);

        UnsafeBuffer buffer = Stamps.of(8, 1);
        assertEquals(IoStatus.MEDIA_ERROR, statusOf(() -> device.read(0, buffer, 0, 8 * SECTOR)));
        assertEquals(IoStatus.MEDIA_ERROR, run(device, (c, t) -> c.read(3 * SECTOR, buffer, 0, SECTOR, t)));
        assertFalse(Stamps.read(buffer, 1)[0] == 1, "a failed read leaves nothing to rely on");
        assertArrayEquals(new long[] {1, 1}, Stamps.read(device, 0, 2));
        assertEquals(2, device.errorCount());

        Stamps.write(device, 2, 1, 5);
        assertArrayEquals(new long[] {1, 1, 5}, Stamps.read(device, 0, 3));
        assertFalse(device.isHealed());
        assertEquals(IoStatus.OK, run(device, (c, t) -> c.write(3 * SECTOR, Stamps.of(1, 6), 0, SECTOR, t)));
        assertArrayEquals(new long[] {5, 6, 1}, Stamps.read(device, 2, 3));
        assertTrue(device.isHealed());
    }

    @Test
    void shouldFailWritesInAPlaceAndLeaveEachBlockOldOrNew() {
        Set<Integer> written = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            WriteErrorDevice device = new WriteErrorDevice(disk, seed);
            Stamps.write(device, 0, 4, 1);
            device.failWrites(3 * SECTOR, SECTOR);
            assertEquals(IoStatus.MEDIA_ERROR, run(device, (c, t) -> c.write(0, Stamps.of(4, 2), 0, 4 * SECTOR, t)));
            int count = 0;
            for (long stamp : Stamps.read(device, 0, 4)) {
                assertTrue(stamp == 1 || stamp == 2);
                count += stamp == 2 ? 1 : 0;
            }
            written.add(count);
            Stamps.write(device, 0, 3, 9);
        }
        assertEquals(Set.of(0, 1, 2, 3, 4), written);
    }

    @Test
    void shouldFailTheNthWriteWithTheStatusAskedFor() {
        WriteErrorDevice device = new WriteErrorDevice(disk, 1);
        device.failNextWrites(2, 1);
        device.error(IoStatus.NO_SPACE);
        Stamps.write(device, 0, 1, 1);
        Stamps.write(device, 0, 1, 2);
        assertEquals(IoStatus.NO_SPACE, statusOf(() -> Stamps.write(device, 0, 1, 3)));
        Stamps.write(device, 0, 1, 4);
        assertEquals(1, device.errorCount());
    }

    @Test
    void shouldFailFlushes() {
        WriteErrorDevice device = new WriteErrorDevice(disk, 1);
        device.failsFlushes(true);
        Stamps.write(device, 0, 1, 1);
        assertEquals(IoStatus.MEDIA_ERROR, statusOf(device::flush));
        assertEquals(IoStatus.MEDIA_ERROR, run(device, IoChannel::flush));
        assertEquals(1, disk.image().unflushedWrites().size(), "nothing became durable");
    }

    @Test
    void shouldBeGoneForEveryOperationAndComeBackWithWhatItHeld() {
        VanishingDevice device = new VanishingDevice(disk);
        Stamps.write(device, 0, 1, 1);
        device.vanish();
        UnsafeBuffer buffer = Stamps.of(1, 2);
        assertEquals(IoStatus.GONE, statusOf(() -> device.write(0, buffer, 0, SECTOR)));
        assertEquals(IoStatus.GONE, statusOf(() -> device.read(0, buffer, 0, SECTOR)));
        assertEquals(IoStatus.GONE, statusOf(device::flush));
        assertEquals(IoStatus.GONE, run(device, (c, t) -> c.write(0, buffer, 0, SECTOR, t)));
        assertEquals(IoStatus.GONE, run(device, (c, t) -> c.discard(0, SECTOR, t)));
        assertEquals(5, device.refusedCount());
        device.comeBack();
        assertArrayEquals(new long[] {1}, Stamps.read(device, 0, 1));
    }

    @Test
    void shouldBeGoneForOperationsThatWereOnTheirWay() {
        VanishingDevice device = new VanishingDevice(disk);
        IoChannel channel = device.openChannel(loop, 1);
        channel.write(0, Stamps.of(1, 2), 0, SECTOR, 1);
        device.vanish();
        IoStatus[] ended = new IoStatus[1];
        while (channel.outstanding() > 0) {
            channel.poll((token, status) -> ended[0] = status);
        }
        assertEquals(IoStatus.GONE, ended[0]);
        device.comeBack();
        assertArrayEquals(new long[] {2}, Stamps.read(device, 0, 1), "it had taken effect all the same");
    }

    private IoStatus run(BlockDevice device, ChannelDriver.Submission submission) {
        ChannelDriver driver = new ChannelDriver(loop, device, 2);
        try {
            return driver.run(submission);
        } finally {
            driver.close();
        }
    }

    private static IoStatus statusOf(Runnable operation) {
        return assertThrows(DeviceException.class, operation::run).status();
    }
}
