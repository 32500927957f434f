package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.fault.ContentModel.AtomicScope;
import io.holdfast.fault.device.DeviceFilter;
import io.holdfast.fault.device.DeviceOperation;
import io.holdfast.fault.device.OperationKind;
import io.holdfast.fault.device.PowerSupply;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SeededSurvival;
import io.holdfast.fault.device.SimulatedDevice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The model and the simulated device agree on what a crash may do; and a device that breaks its word is found out. */
class ContentModelProperties {
    private static final int LENGTH = 64 * 512;
    private static final int IN_FLIGHT = 4;

    @Property(tries = 300)
    void shouldFindNothingWrongWithADeviceThatKeepsItsWord(@ForAll long seed) {
        assertEquals(List.of(), crash(seed, device -> device), () -> "seed=" + seed);
    }

    @Test
    void shouldFindOutADeviceThatOnlyPretendsToFlush() {
        assertTrue(seedsThatFind(LyingFlush::new) > 20);
    }

    @Test
    void shouldFindOutADeviceThatDropsWrites() {
        assertTrue(seedsThatFind(DroppedWrite::new) > 20);
    }

    private static int seedsThatFind(UnaryOperator<BlockDevice> spoil) {
        int count = 0;
        for (long seed = 0; seed < 100; seed++) {
            count += crash(seed, spoil).isEmpty() ? 0 : 1;
        }
        return count;
    }

    /** A life of random writes, flushes and reads on one device, its end, and what is found afterwards. */
    private static List<Finding> crash(long seed, UnaryOperator<BlockDevice> spoil) {
        SplittableRandom random = new SplittableRandom(seed);
        PowerSupply power = new PowerSupply();
        SimulatedDevice disk = new SimulatedDevice("s0", LENGTH, 512, power, seed);
        ContentModel model = new ContentModel(LENGTH, 512, seed);
        List<Finding> findings = new ArrayList<>();
        IoChannel channel = spoil.apply(disk).openChannel(new ManualLoop("test"), IN_FLIGHT);
        power.cutAfter(random.nextBoolean() ? Cut.POWER : Cut.PROCESS, random.nextInt(400));
        Map<Long, Runnable> endings = new HashMap<>();
        long token = 0;
        while (power.isOn()) {
            if (channel.outstanding() < IN_FLIGHT && random.nextInt(3) > 0) {
                int count = 512 * (1 + random.nextInt(6));
                long offset = 512L * random.nextInt((LENGTH - count) / 512 + 1);
                UnsafeBuffer buffer = BufferSlab.allocate(count);
                switch (random.nextInt(6)) {
                    case 0 -> {
                        long flush = model.beginFlush();
                        channel.flush(token);
                        endings.put(token++, () -> model.endFlush(flush));
                    }
                    case 1 -> {
                        long id = model.beginZeroes(offset, count);
                        channel.writeZeroes(offset, count, token);
                        endings.put(token++, () -> model.endWrite(id, false));
                    }
                    case 2 -> {
                        long read = model.beginRead();
                        channel.read(offset, buffer, 0, count, token);
                        endings.put(token++, () -> findings.addAll(model.checkRead(read, offset, buffer, 0, count)));
                    }
                    default -> {
                        long id = model.beginWrite(offset, buffer, 0, count);
                        channel.write(offset, buffer, 0, count, token);
                        endings.put(token++, () -> model.endWrite(id, false));
                    }
                }
            }
            channel.poll((ended, status) -> {
                assertEquals(IoStatus.OK, status);
                endings.remove(ended).run();
            });
        }
        SimulatedDevice after = disk.powerOn(new PowerSupply(), new SeededSurvival(seed), seed);
        UnsafeBuffer scratch = BufferSlab.allocate(LENGTH);
        for (int look = 0; look < 2; look++) {
            findings.addAll(model.checkAfterCrash(
                    (offset, buffer, count) -> after.read(offset, buffer, 0, count),
                    scratch,
                    AtomicScope.NONE,
                    offset -> false));
        }
        return findings;
    }

    /** Says that it flushed, and did not. */
    private static final class LyingFlush extends DeviceFilter {
        private LyingFlush(BlockDevice inner) {
            super(inner);
        }

        @Override
        protected IoStatus before(DeviceOperation operation) {
            return operation.kind() == OperationKind.FLUSH ? swallow() : IoStatus.OK;
        }
    }

    /** Loses every eighth write. */
    private static final class DroppedWrite extends DeviceFilter {
        private int writeCount;

        private DroppedWrite(BlockDevice inner) {
            super(inner);
        }

        @Override
        protected IoStatus before(DeviceOperation operation) {
            return operation.kind() == OperationKind.WRITE && ++writeCount % 8 == 0 ? swallow() : IoStatus.OK;
        }
    }
}
