package io.holdfast.fault;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.fault.device.Survival;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewArrayPlan;
import io.holdfast.raid.metadata.NewDevice;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * An array on simulated devices, to be started, stopped, crashed and looked into. The array is the production engine; only
 * its devices, loops, clocks and chance are the simulation's.
 */
public final class ArrayBench {
    /** Where data begins on every device, in bytes. */
    public static final long DATA_OFFSET = 64 * 1024;

    private static final long CACHE_LENGTH = 1 << 20;
    private static final int REQUEST_COUNT = 64;
    private static final long ADDED_JOURNAL_LENGTH = 4 << 20;
    private static final long IDLE_DELAY_NS = 2_000_000;
    private static final long CHECKPOINT_INTERVAL_NS = 500_000;
    private static final long BITMAP_SWEEP_INTERVAL_NS = 700_000;

    private final Simulation simulation;
    private final ArrayShape shape;
    private final ArrayLayout layout;
    private final SimulatedDevice[] members;
    private SimulatedDevice journal;
    private ArrayEvents events = new ArrayEvents();

    /**
     * Make an array, durable and stopped.
     *
     * @param simulation    the world.
     * @param shape         of the array.
     * @param journalLength in bytes of log, where there is one.
     */
    public ArrayBench(Simulation simulation, ArrayShape shape, long journalLength) {
        this.simulation = simulation;
        this.shape = shape;
        this.layout = shape.layout();
        members = new SimulatedDevice[shape.memberCount()];
        NewArray request = new NewArray()
                .level(shape.level())
                .layout(shape.algorithm())
                .raidDisks(shape.memberCount())
                .chunkSectors(shape.chunkLength() / 512)
                .sizeSectors(shape.memberLength() / 512)
                .assumeClean(shape.isAssumedClean())
                .bitmap(shape.bitmapChunkLength() > 0)
                .bitmapChunkLength(shape.bitmapChunkLength())
                .dataOffsetSectors(DATA_OFFSET / 512)
                .name("bench")
                .creationTimeSeconds(simulation.clock().epochClock().time() / 1000)
                .random(simulation.random().split());
        List<SimulatedDevice> devices = new ArrayList<>();
        for (int slot = 0; slot < members.length; slot++) {
            members[slot] = newMember("d" + slot);
            devices.add(members[slot]);
            request.device(NewDevice.member(members[slot].name(), members[slot].geometry()));
        }
        if (shape.isJournaled()) {
            journal = simulation.newDevice("journal", DATA_OFFSET + journalLength, shape.logicalBlockLength());
            devices.add(journal);
            request.device(NewDevice.journal(journal.name(), journal.geometry()));
        }
        if (!shape.isAssumedClean()) {
            fillWithRubbish();
        }
        NewArrayPlan plan = request.plan();
        for (NewArrayPlan.Device planned : plan.devices()) {
            if (plan.bitmap() != null) {
                plan.bitmap().write(devices.get(planned.index()), planned.superblock());
            }
            SuperblockWriter.write(devices.get(planned.index()), planned.superblock());
        }
        devices.forEach(SimulatedDevice::flush);
    }

    /** What used disks hold: parity that fits nothing, which a resync or rebuild has to put right. */
    private void fillWithRubbish() {
        SplittableRandom random = simulation.random().split();
        byte[] bytes = new byte[shape.chunkLength()];
        UnsafeBuffer chunk = BufferSlab.allocate(bytes.length);
        for (SimulatedDevice member : members) {
            for (int row = 0; row < shape.rowCount(); row++) {
                random.nextBytes(bytes);
                chunk.putBytes(0, bytes);
                member.write(DATA_OFFSET + (long) row * bytes.length, chunk, 0, bytes.length);
            }
        }
    }

    /**
     * Tell a model what the array holds when it has just been made.
     *
     * @param model of the array's length.
     */
    public void describeTo(ContentModel model) {
        if (shape.isAssumedClean()) {
            return;
        }
        List<SparseContents> contents = contents();
        int length = shape.chunkLength();
        UnsafeBuffer chunk = new UnsafeBuffer(new byte[length]);
        UnsafeBuffer other = new UnsafeBuffer(new byte[length]);
        for (long offset = 0; offset < layout.arrayLength(); offset += length) {
            int slot = layout.slot(offset);
            long at = DATA_OFFSET + layout.memberOffset(offset);
            contents.get(slot).read(at, chunk, 0, length);
            if (slot == members.length - 1 && shape.level() != 6) {
                // The last member of a new array is rebuilt from the others, whatever it held.
                chunk.setMemory(0, length, (byte) 0);
                for (int source = 0; source < slot; source++) {
                    contents.get(source).read(at, other, 0, length);
                    for (int i = 0; i < length; i += Long.BYTES) {
                        chunk.putLong(i, chunk.getLong(i) ^ other.getLong(i));
                    }
                }
            }
            model.adopt(offset, chunk, 0, length);
        }
    }

    /** The world. */
    public Simulation simulation() {
        return simulation;
    }

    /** What the array is. */
    public ArrayShape shape() {
        return shape;
    }

    /** Its geometry. */
    public ArrayLayout layout() {
        return layout;
    }

    /** The device made for a slot. */
    public SimulatedDevice member(int slot) {
        return members[slot];
    }

    /** The journal's device, or null. */
    public SimulatedDevice journal() {
        return journal;
    }

    /** What happened to the array that was started last. */
    public ArrayEvents events() {
        return events;
    }

    /** A blank device that a member could live on. */
    public SimulatedDevice newMember(String name) {
        // Room for the superblock in front and for what mdadm keeps free behind.
        return simulation.newDevice(name, DATA_OFFSET + shape.memberLength() + (1 << 20), shape.logicalBlockLength());
    }

    /** A blank device that is long enough for the journal of any array of a bench, be it running. */
    public SimulatedDevice newJournal(String name) {
        return simulation.newDevice(name, DATA_OFFSET + ADDED_JOURNAL_LENGTH, shape.logicalBlockLength());
    }

    /** Put another device in the journal's place, so that it shares the array's crashes. */
    public void journal(SimulatedDevice device) {
        journal = device;
    }

    /** Put another device in a slot's place, so that it shares the array's crashes. */
    public void member(int slot, SimulatedDevice device) {
        members[slot] = device;
    }

    /**
     * After the power was cut: give every device what survives, on new power.
     *
     * @param survival decides what that is.
     */
    public void powerOn(Survival survival) {
        simulation.restart();
        for (int slot = 0; slot < members.length; slot++) {
            members[slot] = simulation.powerOn(members[slot], survival);
        }
        if (journal != null) {
            journal = simulation.powerOn(journal, survival);
        }
    }

    /**
     * Settings under which an array runs in the simulation.
     *
     * @param without whether a slot's member is left out.
     * @param wrap    puts faults around each device.
     * @return the settings; what happens to the array is found in {@link #events()}.
     */
    public ArrayContext context(boolean[] without, UnaryOperator<BlockDevice> wrap) {
        events = new ArrayEvents();
        List<BlockDevice> devices = new ArrayList<>();
        for (int slot = 0; slot < members.length; slot++) {
            if (!without[slot]) {
                devices.add(wrap.apply(members[slot]));
            }
        }
        if (journal != null) {
            devices.add(wrap.apply(journal));
        }
        return new ArrayContext()
                .onJournalLoss(JournalLossPolicy.READ_ONLY)
                .devices(devices)
                .ownsDevices(false)
                .shardCount(shape.shardCount())
                .cacheLength(CACHE_LENGTH)
                .requestCount(REQUEST_COUNT)
                .idleDelayNs(IDLE_DELAY_NS)
                .checkpointIntervalNs(CHECKPOINT_INTERVAL_NS)
                .bitmapSweepIntervalNs(BITMAP_SWEEP_INTERVAL_NS)
                .listener(events)
                .nanoClock(simulation.clock().nanoClock())
                .epochClock(simulation.clock().epochClock())
                .random(simulation.random()::nextLong)
                .loops(simulation::newLoop);
    }

    /**
     * Run the world until the array is at rest: nothing in flight, no resync or recovery under way.
     *
     * @param stepLimit the most steps to take.
     * @return false when the power was cut first.
     */
    public boolean settle(long stepLimit) {
        return simulation.runUntilQuiet(stepLimit)
                && simulation.runUntil(() -> !events.isSyncing(), stepLimit)
                && simulation.runUntilQuiet(stepLimit);
    }

    /**
     * Stop an array in good order.
     *
     * @param array     running.
     * @param stepLimit the most steps to take.
     * @return false when the power was cut first.
     */
    public boolean stop(RaidArray array, long stepLimit) {
        var stopped = array.stop();
        if (!simulation.runUntil(stopped::isDone, stepLimit)) {
            return false;
        }
        stopped.join();
        array.close();
        return true;
    }

    /** A sentence for each block of parity that does not fit; the devices are looked at behind the engine's back. */
    public List<String> auditParity() {
        SparseContents[] contents = new SparseContents[members.length];
        for (int slot = 0; slot < members.length; slot++) {
            contents[slot] = members[slot].contents();
        }
        return ParityAudit.check(
                layout,
                (slot, memberOffset, buffer) ->
                        contents[slot].read(DATA_OFFSET + memberOffset, buffer, 0, buffer.capacity()));
    }

    /** What every device holds now, the journal's last. */
    public List<SparseContents> contents() {
        List<SparseContents> all = new ArrayList<>();
        for (SimulatedDevice member : members) {
            all.add(member.contents());
        }
        if (journal != null) {
            all.add(journal.contents());
        }
        return all;
    }
}
