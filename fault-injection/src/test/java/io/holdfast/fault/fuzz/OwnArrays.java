package io.holdfast.fault.fuzz;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.fault.ArrayBench;
import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.Simulation;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SeededSurvival;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.raid.ArrayImages;
import io.holdfast.raid.RaidArray;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.UnsafeBuffer;

/** Arrays of our own making, caught by a power failure in the middle of writes. */
final class OwnArrays {
    private static final int MAX_WRITES = 40;
    private static final int WRITE_LENGTH = 32 << 10;
    private static final long STEP_LIMIT = 1_000_000;
    private static final int LONGEST_WAIT_STEPS = 200;
    private static final long JOURNAL_LENGTH = 512 << 10;

    private OwnArrays() {}

    /**
     * Make, use and crash one.
     *
     * @param seed  of everything.
     * @param story told what it is.
     * @return what its devices hold then.
     */
    static ArrayImages crashed(long seed, List<String> story) {
        SplittableRandom random = new SplittableRandom(seed);
        try (Simulation simulation = new Simulation(random.nextLong())) {
            ArrayShape shape = ArrayShape.draw(random);
            story.add("our own " + shape);
            ArrayBench bench = new ArrayBench(simulation, shape, JOURNAL_LENGTH);
            RaidArray array = RaidArray.assemble(
                    bench.context(new boolean[shape.memberCount()], UnaryOperator.<BlockDevice>identity()));
            for (int i = random.nextInt(MAX_WRITES); i > 0; i--) {
                int length = (int) Math.min(array.length(), 512L * random.nextInt(1, WRITE_LENGTH / 512));
                ByteBuffer bytes = BufferSlab.allocate(length).byteBuffer();
                bytes.clear().limit(length);
                var unused = array.writeAsync(bytes, random.nextLong(array.length() - length + 1));
                if (i > 1) {
                    simulation.runUntilQuiet(STEP_LIMIT);
                }
            }
            for (int steps = random.nextInt(LONGEST_WAIT_STEPS); steps > 0; steps--) {
                simulation.step();
            }
            return images(bench, random.nextLong());
        }
    }

    private static ArrayImages images(ArrayBench bench, long seed) {
        List<SimulatedDevice> devices = new ArrayList<>();
        for (int slot = 0; slot < bench.shape().memberCount(); slot++) {
            devices.add(bench.member(slot));
        }
        if (bench.journal() != null) {
            devices.add(bench.journal());
        }
        ArrayImages images = new ArrayImages();
        for (SimulatedDevice device : devices) {
            byte[] bytes = new byte[Math.toIntExact(device.geometry().length())];
            device.image().after(Cut.POWER, new SeededSurvival(seed)).read(0, new UnsafeBuffer(bytes), 0, bytes.length);
            images.add(device.name(), bytes);
        }
        return images;
    }
}
