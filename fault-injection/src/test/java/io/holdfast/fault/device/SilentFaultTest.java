package io.holdfast.fault.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.ChannelDriver;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Devices that say that all is well: each misbehaves as it is named, tells its listener, and stops when it should. */
class SilentFaultTest {
    private static final int SECTOR = Stamps.SECTOR;

    private final PowerSupply power = new PowerSupply();
    private final SimulatedDevice disk = new SimulatedDevice("s0", 1 << 20, 512, power, 3);
    private final ManualLoop loop = new ManualLoop("test");
    private final List<String> harm = new ArrayList<>();
    private final HarmListener listener =
            (kind, offset, length) -> harm.add(kind + " " + offset / SECTOR + "+" + length / SECTOR);

    @Test
    void shouldLoseTheWritesAskedForAndAnswerThem() {
        LostWriteDevice device = new LostWriteDevice(disk, listener);
        Stamps.write(device, 0, 8, 1);
        device.loseNextWrites(1, 2);
        Stamps.write(device, 0, 1, 2);
        Stamps.write(device, 1, 1, 2);
        assertEquals(IoStatus.OK, run(device, (c, t) -> c.write(2 * SECTOR, Stamps.of(1, 2), 0, SECTOR, t)));
        Stamps.write(device, 3, 1, 2);
        assertArrayEquals(new long[] {2, 1, 1, 2}, Stamps.read(device, 0, 4));
        assertEquals(List.of("STORED 1+1", "STORED 2+1"), harm);
        assertEquals(2, device.lostCount());
        assertFalse(device.isArmed());
    }

    @Test
    void shouldCallDurableWhatPowerLossThenTakes() {
        LyingFlushDevice device = new LyingFlushDevice(disk);
        Stamps.write(device, 0, 1, 1);
        device.flush();
        device.lies(true);
        Stamps.write(device, 0, 1, 2);
        device.flush();
        assertEquals(IoStatus.OK, run(device, IoChannel::flush));
        assertEquals(2, device.lieCount());
        assertTrue(device.owesFlush());
        power.cutNow(PowerSupply.Cut.POWER);
        SimulatedDevice survivor = disk.powerOn(new PowerSupply(), Survival.NONE, 5);
        assertArrayEquals(new long[] {1}, Stamps.read(survivor, 0, 1));
    }

    @Test
    void shouldOweNothingOnceAFlushWasHonest() {
        LyingFlushDevice device = new LyingFlushDevice(disk);
        device.lies(true);
        Stamps.write(device, 0, 1, 2);
        device.flush();
        device.lies(false);
        device.flush();
        assertFalse(device.owesFlush());
        power.cutNow(PowerSupply.Cut.POWER);
        SimulatedDevice survivor = disk.powerOn(new PowerSupply(), Survival.NONE, 5);
        assertArrayEquals(new long[] {2}, Stamps.read(survivor, 0, 1));
    }

    @Test
    void shouldLandAWriteElsewhereAndNameBothVictims() {
        MisdirectedDevice device = new MisdirectedDevice(disk, listener);
        Stamps.write(device, 0, 16, 1);
        device.misdirectWrite(1, 5 * SECTOR);
        Stamps.write(device, 0, 1, 2);
        assertEquals(IoStatus.OK, run(device, (c, t) -> c.write(2 * SECTOR, Stamps.of(1, 3), 0, SECTOR, t)));
        Stamps.write(device, 9, 1, 4);
        assertArrayEquals(new long[] {2, 1, 1, 1, 1, 1, 1, 3, 1, 4}, Stamps.read(device, 0, 10));
        assertEquals(List.of("STORED 2+1", "STORED 7+1"), harm);
        assertFalse(device.isArmed());
    }

    @Test
    void shouldStayOnTheDeviceHoweverFarAWriteIsMisdirected() {
        MisdirectedDevice device = new MisdirectedDevice(disk, listener);
        long last = disk.geometry().length() / SECTOR - 1;
        device.misdirectWrite(0, 2 * SECTOR);
        device.write(last * SECTOR, Stamps.of(1, 3), 0, SECTOR);
        assertEquals(List.of("STORED " + last + "+1", "STORED 1+1"), harm);
        assertArrayEquals(new long[] {0, 3}, Stamps.read(disk, 0, 2));
    }

    @Test
    void shouldBringAReadFromElsewhereOnce() {
        MisdirectedDevice device = new MisdirectedDevice(disk, listener);
        Stamps.write(device, 0, 4, 1);
        Stamps.write(device, 4, 4, 2);
        device.misdirectRead(0, 4 * SECTOR);
        assertArrayEquals(new long[] {2}, Stamps.read(device, 1, 1));
        assertArrayEquals(new long[] {1}, Stamps.read(device, 1, 1));
        device.misdirectRead(0, 4 * SECTOR);
        UnsafeBuffer buffer = Stamps.of(1, 9);
        assertEquals(IoStatus.OK, run(device, (c, t) -> c.read(0, buffer, 0, SECTOR, t)));
        assertArrayEquals(new long[] {2}, Stamps.read(buffer, 1));
        assertEquals(List.of("READ 1+1", "READ 0+1"), harm);
    }

    @Test
    void shouldServeWhatWasThereEarlier() {
        StaleReadDevice device = new StaleReadDevice(disk, disk::contents, listener);
        Stamps.write(device, 0, 2, 1);
        device.rememberForReads(1, 2);
        Stamps.write(device, 0, 2, 2);
        assertArrayEquals(new long[] {2}, Stamps.read(device, 0, 1));
        assertArrayEquals(new long[] {1}, Stamps.read(device, 0, 1));
        UnsafeBuffer buffer = Stamps.of(1, 9);
        assertEquals(IoStatus.OK, run(device, (c, t) -> c.read(SECTOR, buffer, 0, SECTOR, t)));
        assertArrayEquals(new long[] {1}, Stamps.read(buffer, 1));
        assertArrayEquals(new long[] {2, 2}, Stamps.read(device, 0, 2));
        assertEquals(2, device.servedCount());
        assertEquals(List.of("READ 0+1", "READ 1+1"), harm);
    }

    @Test
    void shouldRotUnderWhatIsCachedAndStayRottenAfterPowerLoss() {
        Stamps.write(disk, 0, 2, 1);
        disk.flush();
        Stamps.write(disk, 1, 1, 2);
        disk.rot(0, 3, (byte) 0x10);
        disk.rot(SECTOR, 3, (byte) 0x10);
        assertArrayEquals(new long[] {-1, 2}, Stamps.read(disk, 0, 2));
        power.cutNow(PowerSupply.Cut.POWER);
        SimulatedDevice survivor = disk.powerOn(new PowerSupply(), Survival.NONE, 5);
        assertArrayEquals(new long[] {-1, -1}, Stamps.read(survivor, 0, 2));
        UnsafeBuffer buffer = BufferSlab.allocate(SECTOR);
        survivor.read(0, buffer, 0, SECTOR);
        assertEquals(0x10, buffer.getByte(3));
        assertEquals(1, buffer.getByte(0));
    }

    @Test
    void shouldLetNothingSurviveOutOfOrderOrInPartUnlessItMay() {
        boolean hasTorn = false;
        boolean hasReordered = false;
        for (int seed = 0; seed < 200; seed++) {
            PowerSupply supply = new PowerSupply();
            SimulatedDevice device = new SimulatedDevice("d", 1 << 20, 512, supply, seed);
            for (int i = 0; i < 4; i++) {
                Stamps.write(device, 4 * i, 4, 1);
            }
            supply.cutNow(PowerSupply.Cut.POWER);
            long[] tame =
                    Stamps.read(device.powerOn(new PowerSupply(), new SeededSurvival(seed, false, false), 1), 0, 16);
            for (int i = 1; i < tame.length; i++) {
                assertTrue(tame[i] == tame[i - 1] || (tame[i] == 0 && i % 4 == 0), "seed=" + seed + " i=" + i);
            }
            long[] wild =
                    Stamps.read(device.powerOn(new PowerSupply(), new SeededSurvival(seed, true, true), 1), 0, 16);
            for (int i = 1; i < wild.length; i++) {
                hasTorn |= wild[i] != wild[i - 1] && i % 4 != 0;
                hasReordered |= wild[i] > wild[i - 1] && i % 4 == 0;
            }
        }
        assertTrue(hasTorn);
        assertTrue(hasReordered);
    }

    @Test
    void shouldKeepWhatWrapsADeviceThroughAPowerCut() {
        PluggedDevice place = new PluggedDevice(disk);
        ReadErrorDevice device = new ReadErrorDevice(place);
        Stamps.write(device, 0, 1, 7);
        device.flush();
        device.failReads(SECTOR, SECTOR);
        power.cutNow(PowerSupply.Cut.POWER);
        place.plug(disk.powerOn(new PowerSupply(), Survival.NONE, 5));
        assertArrayEquals(new long[] {7}, Stamps.read(device, 0, 1));
        UnsafeBuffer buffer = BufferSlab.allocate(SECTOR);
        assertNotEquals(IoStatus.OK, run(device, (c, t) -> c.read(SECTOR, buffer, 0, SECTOR, t)));
    }

    private IoStatus run(BlockDevice device, ChannelDriver.Submission submission) {
        ChannelDriver driver = new ChannelDriver(loop, device, 2);
        try {
            return driver.run(submission);
        } finally {
            driver.close();
        }
    }
}
