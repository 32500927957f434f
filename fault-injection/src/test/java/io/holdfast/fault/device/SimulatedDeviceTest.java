package io.holdfast.fault.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.fault.device.PowerSupply.Cut;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SimulatedDeviceTest {
    private static final long LENGTH = 1 << 20;
    private static final int SECTOR = Stamps.SECTOR;

    private final PowerSupply power = new PowerSupply();
    private final SimulatedDevice device = new SimulatedDevice("s0", LENGTH, 512, power, 11);
    private final ManualLoop loop = new ManualLoop("test");
    private final List<Long> completed = new ArrayList<>();

    @Test
    void shouldLoseWhatWasNotFlushedAndKeepWhatWas() {
        Stamps.write(device, 0, 4, 1);
        device.flush();
        Stamps.write(device, 2, 4, 2);
        assertArrayEquals(new long[] {1, 1, 2, 2, 2, 2}, Stamps.read(device, 0, 6));

        SimulatedDevice after = cutAndPowerOn(Cut.POWER, Survival.NONE);

        assertArrayEquals(new long[] {1, 1, 1, 1, 0, 0}, Stamps.read(after, 0, 6));
    }

    @Test
    void shouldKeepEverySubsetOfUnflushedWritesUnderSomeSeed() {
        Stamps.write(device, 0, 1, 1);
        Stamps.write(device, 1, 1, 2);
        Stamps.write(device, 2, 1, 3);
        power.cutNow(Cut.POWER);
        Set<String> outcomes = new HashSet<>();
        for (int seed = 0; seed < 500; seed++) {
            outcomes.add(Arrays.toString(Stamps.read(powerOn(new SeededSurvival(seed)), 0, 3)));
        }
        assertEquals(8, outcomes.size(), outcomes::toString);
    }

    @Test
    void shouldLeaveAnyOfTheContentsOfASectorThatWasWrittenTwice() {
        Stamps.write(device, 0, 1, 1);
        Stamps.write(device, 0, 1, 2);
        power.cutNow(Cut.POWER);
        Set<Long> outcomes = new HashSet<>();
        for (int seed = 0; seed < 200; seed++) {
            outcomes.add(Stamps.read(powerOn(new SeededSurvival(seed)), 0, 1)[0]);
        }
        assertEquals(Set.of(0L, 1L, 2L), outcomes);
    }

    @Test
    void shouldTearAWriteBetweenLogicalBlocksAndNeverInside() {
        Set<String> outcomes = new HashSet<>();
        Stamps.write(device, 0, 3, 7);
        power.cutNow(Cut.POWER);
        for (int seed = 0; seed < 500; seed++) {
            long[] found = Stamps.read(powerOn(new SeededSurvival(seed)), 0, 3);
            assertTrue(Arrays.stream(found).allMatch(s -> s == 0 || s == 7), () -> Arrays.toString(found));
            outcomes.add(Arrays.toString(found));
        }
        assertEquals(8, outcomes.size(), outcomes::toString);
    }

    @Test
    void shouldNotTearInsideALogicalBlockOf4096Bytes() {
        PowerSupply supply = new PowerSupply();
        SimulatedDevice large = new SimulatedDevice("s1", LENGTH, 4096, supply, 11);
        Stamps.write(large, 0, 16, 7);
        supply.cutNow(Cut.POWER);
        Set<String> outcomes = new HashSet<>();
        for (int seed = 0; seed < 200; seed++) {
            SimulatedDevice after = large.powerOn(new PowerSupply(), new SeededSurvival(seed), 1);
            long[] found = Stamps.read(after, 0, 16);
            for (int i = 1; i < 16; i++) {
                assertTrue(i == 8 || found[i] == found[i - 1], () -> Arrays.toString(found));
            }
            outcomes.add(found[0] + " " + found[8]);
        }
        assertEquals(Set.of("0 0", "0 7", "7 0", "7 7"), outcomes);
    }

    @Test
    void shouldKeepAllThatTookEffectWhenOnlyTheProcessDies() {
        Stamps.write(device, 0, 2, 1);
        SimulatedDevice after = cutAndPowerOn(Cut.PROCESS, Survival.NONE);
        assertArrayEquals(new long[] {1, 1}, Stamps.read(after, 0, 2));
    }

    @Test
    void shouldStillLoseCachedWritesWhenPowerFailsAfterTheProcessDied() {
        Stamps.write(device, 0, 2, 1);
        power.cutNow(Cut.PROCESS);
        PowerSupply second = new PowerSupply();
        SimulatedDevice between = device.powerOn(second, Survival.NONE, 1);
        second.cutNow(Cut.POWER);
        SimulatedDevice after = between.powerOn(new PowerSupply(), Survival.NONE, 2);
        assertArrayEquals(new long[] {0, 0}, Stamps.read(after, 0, 2));
    }

    @Test
    void shouldMakeCachedWritesOfADeadProcessDurableByALaterFlush() {
        Stamps.write(device, 0, 2, 1);
        power.cutNow(Cut.PROCESS);
        PowerSupply second = new PowerSupply();
        SimulatedDevice between = device.powerOn(second, Survival.NONE, 1);
        between.flush();
        second.cutNow(Cut.POWER);
        assertArrayEquals(new long[] {1, 1}, Stamps.read(between.powerOn(new PowerSupply(), Survival.NONE, 2), 0, 2));
    }

    @Test
    void shouldLeaveEachBlockOfAWriteInFlightOldOrNewWhenTheProcessDies() {
        Stamps.write(device, 0, 3, 1);
        IoChannel channel = device.openChannel(loop, 4);
        channel.write(0, Stamps.of(3, 2), 0, 3 * SECTOR, 1);
        power.cutNow(Cut.PROCESS);
        Set<String> outcomes = new HashSet<>();
        for (int seed = 0; seed < 500; seed++) {
            outcomes.add(Arrays.toString(Stamps.read(powerOn(new SeededSurvival(seed)), 0, 3)));
        }
        assertEquals(8, outcomes.size(), outcomes::toString);
        assertTrue(outcomes.contains("[1, 2, 1]"));
    }

    @Test
    void shouldNotCountAWriteAsFlushedWhenItWasStillInFlightAtTheFlush() {
        device.longestDelay(0);
        IoChannel channel = device.openChannel(loop, 4);
        channel.write(0, Stamps.of(1, 5), 0, SECTOR, 1);
        channel.flush(2);
        drain(channel);
        assertArrayEquals(new long[] {0}, Stamps.read(cutAndPowerOn(Cut.POWER, Survival.NONE), 0, 1));
    }

    @Test
    void shouldKeepAWriteThatWasDeliveredBeforeTheFlush() {
        IoChannel channel = device.openChannel(loop, 4);
        channel.write(0, Stamps.of(1, 5), 0, SECTOR, 1);
        drain(channel);
        channel.flush(2);
        drain(channel);
        assertArrayEquals(new long[] {5}, Stamps.read(cutAndPowerOn(Cut.POWER, Survival.NONE), 0, 1));
    }

    @Test
    void shouldNotLetAnOlderWriteSurfaceOverAFlushedOne() {
        // Both in flight together; whichever took effect first is gone for good once the other is flushed.
        for (int seed = 0; seed < 50; seed++) {
            PowerSupply supply = new PowerSupply();
            SimulatedDevice one = new SimulatedDevice("s1", LENGTH, 512, supply, seed);
            IoChannel channel = one.openChannel(loop, 4);
            channel.write(0, Stamps.of(1, 5), 0, SECTOR, 1);
            channel.write(0, Stamps.of(1, 6), 0, SECTOR, 2);
            drain(channel);
            one.flush();
            long seen = Stamps.read(one, 0, 1)[0];
            supply.cutNow(Cut.POWER);
            SimulatedDevice after = one.powerOn(new PowerSupply(), new SeededSurvival(seed), 1);
            assertArrayEquals(new long[] {seen}, Stamps.read(after, 0, 1));
        }
    }

    @Test
    void shouldDeliverOutOfOrderAndLate() {
        IoChannel channel = device.openChannel(loop, 16);
        UnsafeBuffer buffer = BufferSlab.allocate(16 * SECTOR);
        for (int i = 0; i < 16; i++) {
            channel.read((long) i * SECTOR, buffer, i * SECTOR, SECTOR, i);
        }
        int polls = drain(channel);
        List<Long> sorted = new ArrayList<>(completed);
        sorted.sort(null);
        assertEquals(16, completed.size());
        assertNotEquals(sorted, completed);
        assertTrue(polls > 2, () -> "polls=" + polls);
    }

    @Test
    void shouldRepeatItselfForTheSameSeed() {
        List<List<Long>> runs = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            SimulatedDevice one = new SimulatedDevice("s1", LENGTH, 512, new PowerSupply(), 99);
            completed.clear();
            IoChannel channel = one.openChannel(loop, 16);
            for (int i = 0; i < 16; i++) {
                channel.flush(i);
            }
            drain(channel);
            runs.add(List.copyOf(completed));
        }
        assertEquals(runs.get(0), runs.get(1));
    }

    @Test
    void shouldScribbleOnMemoryThatAReadIsStillToFill() {
        Stamps.write(device, 0, 1, 3);
        IoChannel channel = device.openChannel(loop, 1);
        UnsafeBuffer buffer = Stamps.of(1, 3);
        channel.read(0, buffer, 0, SECTOR, 1);
        assertNotEquals(3, Stamps.read(buffer, 1)[0]);
        drain(channel);
        assertEquals(3, Stamps.read(buffer, 1)[0]);
    }

    @Test
    void shouldNoticeMemoryThatChangesWhileAWriteIsInFlight() {
        IoChannel channel = device.openChannel(loop, 1);
        UnsafeBuffer buffer = Stamps.of(1, 3);
        channel.write(0, buffer, 0, SECTOR, 1);
        buffer.putByte(100, (byte) 9);
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> drain(channel));
        assertTrue(e.getMessage().contains("s0"), e::getMessage);
    }

    @Test
    void shouldLeaveRubbishWhereARangeWasDiscarded() {
        Stamps.write(device, 0, 8, 3);
        IoChannel channel = device.openChannel(loop, 1);
        channel.discard(2 * SECTOR, 4 * SECTOR, 1);
        drain(channel);
        long[] found = Stamps.read(device, 0, 8);
        assertEquals(3, found[1]);
        assertFalse(found[2] == 0 || found[2] == 3, () -> Arrays.toString(found));
        assertEquals(3, found[6]);
    }

    @Test
    void shouldStopAtEveryBoundaryOfABlockingRun() {
        // Write, flush, write: before and after each is a boundary, and what is there afterwards is known for each.
        long[][] expected = {{0, 0}, {0, 0}, {0, 0}, {1, 0}, {1, 0}, {1, 0}, {1, 0}};
        for (int boundary = 0; boundary < expected.length; boundary++) {
            PowerSupply supply = new PowerSupply();
            SimulatedDevice one = new SimulatedDevice("s1", LENGTH, 512, supply, 1);
            supply.cutAfter(Cut.POWER, boundary);
            if (boundary < 6) {
                assertThrows(PowerLoss.class, () -> threeSteps(one));
            } else {
                threeSteps(one);
                supply.cutNow(Cut.POWER);
            }
            assertEquals(boundary, supply.boundaryCount());
            SimulatedDevice after = one.powerOn(new PowerSupply(), Survival.NONE, 1);
            assertArrayEquals(expected[boundary], Stamps.read(after, 0, 2), "boundary=" + boundary);
        }
    }

    @Test
    void shouldStopAllDevicesOfASupplyAtOnce() {
        SimulatedDevice other = new SimulatedDevice("s1", LENGTH, 512, power, 12);
        IoChannel channel = other.openChannel(loop, 2);
        channel.write(0, Stamps.of(1, 1), 0, SECTOR, 1);
        power.cutAfter(Cut.POWER, 0);
        assertThrows(PowerLoss.class, () -> Stamps.write(device, 0, 1, 1));
        assertThrows(PowerLoss.class, other::flush);
        for (int i = 0; i < 100; i++) {
            assertEquals(0, channel.poll(this::onCompletion));
        }
        assertEquals(1, channel.outstanding());
        channel.close();
        assertEquals(1, other.image().unflushedWrites().size(), "still in doubt after the channel was closed");
    }

    @Test
    void shouldDeliverNothingAfterACutInsideAHandler() {
        device.longestDelay(0);
        IoChannel channel = device.openChannel(loop, 8);
        for (int i = 0; i < 8; i++) {
            channel.flush(i);
        }
        int delivered = channel.poll((token, status) -> power.cutNow(Cut.POWER));
        assertEquals(1, delivered);
    }

    @Test
    void shouldRefusePowerOnWhileThePowerIsOn() {
        assertThrows(IllegalStateException.class, () -> device.powerOn(new PowerSupply(), Survival.NONE, 1));
    }

    @Test
    void shouldImageTheDeviceWithoutSeeingLaterWrites() {
        Stamps.write(device, 0, 1, 1);
        DeviceImage image = device.image();
        Stamps.write(device, 0, 1, 2);
        device.flush();
        SimulatedDevice old = new SimulatedDevice(
                "s0", device.geometry(), image.after(Cut.POWER, Survival.ALL), new PowerSupply(), 1);
        assertArrayEquals(new long[] {1}, Stamps.read(old, 0, 1));
        assertFalse(image.after(Cut.POWER, Survival.ALL).sameAs(image.after(Cut.POWER, Survival.NONE)));
        assertArrayEquals(new long[] {2}, Stamps.read(device, 0, 1));
    }

    @Test
    void shouldTakeMemoryForWhatWasTouchedOnly() {
        SimulatedDevice huge = new SimulatedDevice("s1", 1L << 39, 512, new PowerSupply(), 1);
        huge.write((1L << 39) - SECTOR, Stamps.of(1, 1), 0, SECTOR);
        assertEquals(1, huge.contents().touchedBlockCount());
        huge.writeZeroes(0, 1L << 39);
        assertEquals(0, huge.contents().touchedBlockCount());
    }

    private void threeSteps(SimulatedDevice one) {
        Stamps.write(one, 0, 1, 1);
        one.flush();
        Stamps.write(one, 1, 1, 2);
    }

    private SimulatedDevice cutAndPowerOn(Cut how, Survival survival) {
        power.cutNow(how);
        return powerOn(survival);
    }

    private SimulatedDevice powerOn(Survival survival) {
        return device.powerOn(new PowerSupply(), survival, 5);
    }

    private int drain(IoChannel channel) {
        int polls = 0;
        while (channel.outstanding() > 0) {
            channel.poll(this::onCompletion);
            polls++;
        }
        return polls;
    }

    private void onCompletion(long token, IoStatus status) {
        assertEquals(IoStatus.OK, status);
        completed.add(token);
    }
}
