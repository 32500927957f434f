package io.holdfast.interop;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.fault.ArrayBench;
import io.holdfast.fault.ArrayEvents;
import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.Simulation;
import io.holdfast.fault.device.DeviceImage;
import io.holdfast.fault.device.PowerLoss;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SeededSurvival;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.RaidArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A moment at which power fails, and what becomes of it: devices keep what they like of what was not flushed, members are
 * lost, the array is started, perhaps cut once more on the way, and read out.
 */
final class FilesystemCrash {
    private static final long STEP_LIMIT = 5_000_000;
    private static final int LONGEST_SECOND_LIFE_STEPS = 3000;
    private static final int PIECE_LENGTH = 1 << 20;

    private final int begunCount;
    private final ArrayShape shape;
    private final List<DeviceImage> images;
    private final List<DeviceGeometry> geometries;

    private FilesystemCrash(
            int begunCount, ArrayShape shape, List<DeviceImage> images, List<DeviceGeometry> geometries) {
        this.begunCount = begunCount;
        this.shape = shape;
        this.images = images;
        this.geometries = geometries;
    }

    /** The present moment of an array. */
    static FilesystemCrash of(int begunCount, ArrayBench bench) {
        List<SimulatedDevice> devices = new ArrayList<>();
        for (int slot = 0; slot < bench.shape().memberCount(); slot++) {
            devices.add(bench.member(slot));
        }
        if (bench.journal() != null) {
            devices.add(bench.journal());
        }
        return new FilesystemCrash(
                begunCount,
                bench.shape(),
                devices.stream().map(SimulatedDevice::image).toList(),
                devices.stream().map(SimulatedDevice::geometry).toList());
    }

    /** Entries of the trace that had been begun. */
    int begunCount() {
        return begunCount;
    }

    /**
     * Recover and read the array out.
     *
     * @param seed      decides what survives, who is lost, and whether recovery is cut as well.
     * @param lostCount members to lose.
     * @param isForced  whether the array is started although it cannot keep its promises.
     * @param image     written with the array's content.
     */
    void recover(long seed, int lostCount, boolean isForced, Path image) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        boolean[] lost = new boolean[shape.memberCount()];
        for (int i = 0; i < lostCount; ) {
            int slot = random.nextInt(lost.length);
            i += lost[slot] ? 0 : 1;
            lost[slot] = true;
        }
        try (Simulation simulation = new Simulation(random.nextLong())) {
            List<SimulatedDevice> devices = new ArrayList<>();
            for (int i = 0; i < images.size(); i++) {
                if (i >= lost.length || !lost[i]) {
                    devices.add(new SimulatedDevice(
                                    "d" + i,
                                    geometries.get(i),
                                    images.get(i).after(Cut.POWER, new SeededSurvival(random.nextLong())),
                                    simulation.power(),
                                    random.nextLong())
                            .longestDelay(0));
                }
            }
            if (random.nextInt(3) == 0) {
                cutRecovery(simulation, devices, random, isForced);
            }
            readOut(simulation, devices, isForced, image);
        }
    }

    private static void cutRecovery(
            Simulation simulation, List<SimulatedDevice> devices, SplittableRandom random, boolean isForced) {
        simulation.power().cutAfter(Cut.POWER, random.nextInt(400));
        try {
            RaidArray.assemble(context(simulation, devices, isForced, new ArrayEvents()));
            for (int steps = random.nextInt(LONGEST_SECOND_LIFE_STEPS); steps > 0; steps--) {
                simulation.step();
            }
        } catch (PowerLoss e) {
            // In the middle of assembly, as likely as not.
        }
        simulation.power().cutNow(Cut.POWER);
        simulation.restart();
        SeededSurvival survival = new SeededSurvival(random.nextLong());
        devices.replaceAll(device -> simulation.powerOn(device, survival));
    }

    private static void readOut(Simulation simulation, List<SimulatedDevice> devices, boolean isForced, Path image)
            throws IOException {
        RaidArray array = RaidArray.assemble(context(simulation, devices, isForced, new ArrayEvents()));
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_LENGTH);
        try (FileChannel out = FileChannel.open(
                image, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (long offset = 0; offset < array.length(); offset += PIECE_LENGTH) {
                piece.clear().limit((int) Math.min(PIECE_LENGTH, array.length() - offset));
                var read = array.readAsync(piece, offset);
                simulation.runUntil(read::isDone, STEP_LIMIT);
                read.join();
                out.write(piece, offset);
            }
        }
    }

    private static ArrayContext context(
            Simulation simulation, List<SimulatedDevice> devices, boolean isForced, ArrayEvents events) {
        return new ArrayContext()
                .devices(List.<BlockDevice>copyOf(devices))
                .ownsDevices(false)
                .run(true)
                .force(isForced)
                .cacheLength(4 << 20)
                .requestCount(16)
                .listener(events)
                .nanoClock(simulation.clock().nanoClock())
                .epochClock(simulation.clock().epochClock())
                .random(simulation.random()::nextLong)
                .loops(simulation::newLoop);
    }
}
