package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.fault.device.Survival;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ScrubMode;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncTask;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A small array in its simulated world, as the scenario tests use it: members, spares and perhaps a journal, by number; an
 * {@link Oracle} that knows what it holds; and a {@link Snapshot} from which the same scene can be begun as often as wanted.
 */
final class Scene {
    static final int BLOCK = 4096;
    static final long STEPS = 400_000;
    static final long DATA_OFFSET = 64 * 1024;
    private static final long CACHE_LENGTH = 1 << 20;
    private static final int REQUEST_COUNT = 16;
    private static final long IDLE_DELAY_NS = 2_000_000;
    private static final long CHECKPOINT_INTERVAL_NS = 300_000;
    private static final long BITMAP_SWEEP_INTERVAL_NS = 500_000;

    /**
     * All devices at one moment, and what they should hold.
     *
     * @param shape        of the array.
     * @param journalIndex which device is the journal, or -1.
     * @param contents     by device: members, spares, journal.
     * @param lengths      of the devices, in bytes.
     * @param oracle       of the array.
     */
    record Snapshot(
            ArrayShape shape, int journalIndex, List<SparseContents> contents, List<Long> lengths, Oracle oracle) {
        /** Whether the devices hold the same, and are judged alike. */
        boolean sameAs(Snapshot other) {
            boolean isSame = oracle.sameAs(other.oracle);
            for (int i = 0; i < contents.size() && isSame; i++) {
                isSame = contents.get(i).sameAs(other.contents.get(i));
            }
            return isSame;
        }
    }

    /** How a request ended; null as long as it has not. */
    static final class Answer {
        IoStatus status;

        boolean isIn() {
            return status != null;
        }
    }

    private final ArrayShape shape;
    private final ArrayLayout layout;
    private final int journalIndex;
    private final Simulation simulation;
    private final SimulatedDevice[] devices;
    private final Set<Integer> absent = new TreeSet<>();
    private Oracle oracle;
    private ArrayEvents events = new ArrayEvents();
    private RaidArray array;
    private Runnable whenAnswered = () -> {};

    private Scene(ArrayShape shape, int journalIndex, List<Long> lengths, Simulation simulation, Oracle oracle) {
        this.shape = shape;
        this.layout = shape.layout();
        this.journalIndex = journalIndex;
        this.simulation = simulation;
        this.oracle = oracle;
        devices = new SimulatedDevice[lengths.size()];
        for (int i = 0; i < devices.length; i++) {
            devices[i] = simulation.newDevice(name(i), lengths.get(i), shape.logicalBlockLength());
        }
    }

    /**
     * Make an array and fill it, so that every block of it differs from every other.
     *
     * @param shape         of the array; it begins with its parity right.
     * @param spareCount    spares to be made with it.
     * @param journalLength in bytes of log, where there is one.
     * @return the array, stopped in good order.
     */
    static Snapshot make(ArrayShape shape, int spareCount, long journalLength) {
        return make(shape, spareCount, journalLength, 2);
    }

    /** The same with an identity, and contents, drawn from a seed of the caller's. */
    static Snapshot make(ArrayShape shape, int spareCount, long journalLength, long seed) {
        int count = shape.memberCount() + spareCount + (shape.isJournaled() ? 1 : 0);
        List<Long> lengths =
                new ArrayList<>(Collections.nCopies(count, DATA_OFFSET + shape.memberLength() + (1 << 20)));
        int journalIndex = shape.isJournaled() ? count - 1 : -1;
        if (journalIndex >= 0) {
            lengths.set(journalIndex, DATA_OFFSET + journalLength);
        }
        Simulation simulation = new Simulation(1);
        Oracle oracle = new Oracle(new byte[(int) shape.layout().arrayLength()], shape.unitLength());
        Scene scene = new Scene(shape, journalIndex, lengths, simulation, oracle);
        NewArray request = new NewArray()
                .level(shape.level())
                .layout(shape.algorithm())
                .raidDisks(shape.memberCount())
                .spareDisks(spareCount)
                .chunkSectors(shape.chunkLength() / 512)
                .sizeSectors(shape.memberLength() / 512)
                .assumeClean(true)
                .bitmap(shape.bitmapChunkLength() > 0)
                .bitmapChunkLength(shape.bitmapChunkLength())
                .dataOffsetSectors(DATA_OFFSET / 512)
                .name("scene")
                .creationTimeSeconds(1_700_000_000)
                .random(new SplittableRandom(seed));
        for (int i = 0; i < count; i++) {
            request.device(
                    i == journalIndex
                            ? NewDevice.journal(name(i), scene.devices[i].geometry())
                            : NewDevice.member(name(i), scene.devices[i].geometry()));
        }
        RaidArray.create(request.plan(), List.of(scene.devices), new SplittableRandom(3));
        scene.start();
        assertEquals(IoStatus.OK, scene.write(0, bytes(seed, oracle.length())));
        scene.stop();
        return scene.snapshot();
    }

    /** Begin again from a snapshot, in a world of its own. */
    static Scene of(Snapshot snapshot, long seed) {
        Oracle oracle = snapshot.oracle.copy();
        oracle.stopped();
        Scene scene = new Scene(snapshot.shape, snapshot.journalIndex, snapshot.lengths, new Simulation(seed), oracle);
        for (int i = 0; i < scene.devices.length; i++) {
            scene.devices[i] = new SimulatedDevice(
                    name(i),
                    scene.devices[i].geometry(),
                    snapshot.contents.get(i),
                    scene.simulation.power(),
                    seed * 31 + i);
        }
        return scene;
    }

    /**
     * How many of the cases of a long walk to skip from one to the next, so that a test run stays short.
     *
     * @param usual step; {@code -Dholdfast.scenario.stride=1} makes every walk take every case.
     */
    static int stride(int usual) {
        return Integer.getInteger("holdfast.scenario.stride", usual);
    }

    static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    private static String name(int index) {
        return "d" + index;
    }

    /** What is on the devices now, and what should be in the array: certain, because all that was asked was answered. */
    Snapshot snapshot() {
        return snapshot(contents(), oracle.copy());
    }

    /** The same devices with other contents and another judge. */
    Snapshot snapshot(List<SparseContents> contents, Oracle judge) {
        List<Long> lengths = new ArrayList<>();
        for (SimulatedDevice device : devices) {
            lengths.add(device.geometry().length());
        }
        return new Snapshot(shape, journalIndex, contents, lengths, judge);
    }

    /** What would be found if everything stopped now. */
    Snapshot image(Cut how, Survival survival) {
        List<SparseContents> contents = new ArrayList<>();
        for (SimulatedDevice device : devices) {
            contents.add(device.image().after(how, survival));
        }
        return snapshot(contents, oracle.copy());
    }

    /** Have something done in the very moment in which a request has been answered. */
    void onAnswer(Runnable action) {
        whenAnswered = action;
    }

    ArrayShape shape() {
        return shape;
    }

    ArrayLayout layout() {
        return layout;
    }

    Simulation simulation() {
        return simulation;
    }

    SimulatedDevice device(int index) {
        return devices[index];
    }

    int deviceCount() {
        return devices.length;
    }

    int journalIndex() {
        return journalIndex;
    }

    /** Put another device in a place. */
    void device(int index, SimulatedDevice device) {
        devices[index] = device;
    }

    Oracle oracle() {
        return oracle;
    }

    ArrayEvents events() {
        return events;
    }

    RaidArray array() {
        return array;
    }

    /** Devices that the next start does without. */
    Set<Integer> absent() {
        return absent;
    }

    List<SparseContents> contents() {
        List<SparseContents> all = new ArrayList<>();
        for (SimulatedDevice device : devices) {
            all.add(device.contents());
        }
        return all;
    }

    // ---- starting and stopping ----

    ArrayContext context(UnaryOperator<BlockDevice> wrap) {
        events = new ArrayEvents();
        List<BlockDevice> present = new ArrayList<>();
        for (int i = 0; i < devices.length; i++) {
            if (!absent.contains(i)) {
                present.add(wrap.apply(devices[i]));
            }
        }
        return new ArrayContext()
                .onJournalLoss(JournalLossPolicy.READ_ONLY)
                .devices(present)
                .ownsDevices(false)
                .run(true)
                .shardCount(shape.shardCount())
                .cacheLength(CACHE_LENGTH)
                .requestCount(REQUEST_COUNT)
                .idleDelayNs(IDLE_DELAY_NS)
                .checkpointIntervalNs(CHECKPOINT_INTERVAL_NS)
                .bitmapSweepIntervalNs(BITMAP_SWEEP_INTERVAL_NS)
                .listener(events)
                .errorHandler(error -> events.all().add("error " + error))
                .nanoClock(simulation.clock().nanoClock())
                .epochClock(simulation.clock().epochClock())
                .random(simulation.random()::nextLong)
                .loops(simulation::newLoop);
    }

    Scene start() {
        return start(UnaryOperator.identity());
    }

    /** Start with something around each device. */
    Scene start(UnaryOperator<BlockDevice> wrap) {
        return start(context(wrap));
    }

    Scene start(ArrayContext context) {
        array = RaidArray.assemble(context);
        return this;
    }

    /** Run until nothing is in flight and no resync or recovery is under way. */
    boolean settle() {
        return simulation.runUntilQuiet(STEPS)
                && simulation.runUntil(() -> !events.isSyncing(), STEPS)
                && simulation.runUntilQuiet(STEPS);
    }

    /** Stop in good order: what was asked for is there for certain. */
    void stop() {
        assertTrue(tryStop(), "the power was cut");
        oracle.settle();
    }

    boolean tryStop() {
        var stopped = array.stop();
        if (!simulation.runUntil(stopped::isDone, STEPS)) {
            return false;
        }
        stopped.join();
        array.close();
        return true;
    }

    /** Begin a check or repair. */
    SyncTask check(boolean isRepair) {
        return check(isRepair ? ScrubMode.CORRECT_OR_REWRITE_PARITY : ScrubMode.CHECK);
    }

    SyncTask check(ScrubMode mode) {
        CompletableFuture<SyncTask> task = array.checkAsync(mode);
        await(task::isDone);
        return task.join();
    }

    /** How long work ended, once it has. */
    SyncProgress await(SyncTask task) {
        await(() -> task.completion().isDone());
        return task.completion().join();
    }

    /** Where a slot's part of a row lies on its device. */
    long memberOffset(long row) {
        return DATA_OFFSET + row * shape.chunkLength();
    }

    void await(BooleanSupplier isDone) {
        assertTrue(simulation.runUntil(isDone, STEPS), "the power was cut");
    }

    /** Everything stops, and comes back with what survives. */
    void crash(Cut how, Survival survival) {
        simulation.power().cutNow(how);
        oracle.stopped();
        simulation.restart();
        for (int i = 0; i < devices.length; i++) {
            devices[i] = simulation.powerOn(devices[i], survival);
        }
    }

    /** Have something done when so many boundaries more have been passed. */
    void atBoundary(long boundaries, Runnable action) {
        long[] left = {boundaries};
        simulation.power().observer(() -> {
            if (left[0]-- == 0) {
                action.run();
            }
        });
    }

    // ---- requests ----

    Answer submitWrite(long offset, byte[] bytes, boolean forceUnitAccess) {
        Object change = oracle.begin(offset, bytes);
        Answer answer = new Answer();
        assertTrue(array.write(
                direct(bytes),
                offset,
                forceUnitAccess,
                (token, status) -> done(answer, change, status, forceUnitAccess),
                0));
        return answer;
    }

    Answer submitZeroes(long offset, int length) {
        Object change = oracle.begin(offset, new byte[length]);
        Answer answer = new Answer();
        assertTrue(array.writeZeroes(offset, length, (token, status) -> done(answer, change, status, false), 0));
        return answer;
    }

    /** A discard of whole rows, which turns them to zeroes. */
    Answer submitDiscard(long offset, int length) {
        Object change = oracle.begin(offset, new byte[length]);
        Answer answer = new Answer();
        assertTrue(array.discard(offset, length, (token, status) -> done(answer, change, status, false), 0));
        return answer;
    }

    Answer submitFlush() {
        Object covered = oracle.beginFlush();
        Answer answer = new Answer();
        assertTrue(array.flush(
                (token, status) -> {
                    answer.status = status;
                    if (status == IoStatus.OK) {
                        oracle.endFlush(covered);
                    }
                    whenAnswered.run();
                },
                0));
        return answer;
    }

    private void done(Answer answer, Object change, IoStatus status, boolean forceUnitAccess) {
        answer.status = status;
        if (status == IoStatus.OK) {
            oracle.end(change, forceUnitAccess || shape.isJournaled());
        }
        whenAnswered.run();
    }

    IoStatus write(long offset, byte[] bytes) {
        return await(submitWrite(offset, bytes, false));
    }

    IoStatus flush() {
        return await(submitFlush());
    }

    IoStatus await(Answer answer) {
        await(answer::isIn);
        return answer.status;
    }

    /** Read; the answer's status says whether the bytes mean anything. */
    IoStatus read(long offset, byte[] target) {
        ByteBuffer memory = direct(target);
        Answer answer = new Answer();
        assertTrue(array.read(memory, offset, (token, status) -> answer.status = status, 0));
        await(answer);
        new UnsafeBuffer(memory).getBytes(0, target);
        return answer.status;
    }

    /** Read every block by itself, and tell which cannot be: their offsets; the others are found in {@code target}. */
    Set<Integer> readBlocks(byte[] target) {
        Set<Integer> lost = new TreeSet<>();
        for (int first = 0; first < target.length; first += REQUEST_COUNT * BLOCK) {
            List<Answer> answers = new ArrayList<>();
            List<ByteBuffer> memory = new ArrayList<>();
            int end = Math.min(target.length, first + REQUEST_COUNT * BLOCK);
            for (int offset = first; offset < end; offset += BLOCK) {
                Answer answer = new Answer();
                answers.add(answer);
                memory.add(direct(new byte[BLOCK]));
                assertTrue(array.read(
                        memory.get(memory.size() - 1), offset, (token, status) -> answer.status = status, 0));
            }
            answers.forEach(this::await);
            for (int i = 0; i < answers.size(); i++) {
                memory.get(i).get(0, target, first + i * BLOCK, BLOCK);
                if (answers.get(i).status != IoStatus.OK) {
                    IoStatus expected =
                            condition() == ArrayState.Condition.FAILED ? IoStatus.GONE : IoStatus.MEDIA_ERROR;
                    assertEquals(expected, answers.get(i).status);
                    lost.add(first + i * BLOCK);
                }
            }
        }
        return lost;
    }

    /** Exactly these blocks cannot be read; all others hold what was written last. */
    void assertOnlyTheseFail(Set<Integer> lost, String what) {
        byte[] expected = oracle.newest();
        byte[] found = new byte[expected.length];
        assertEquals(lost, readBlocks(found), what);
        for (int offset : lost) {
            System.arraycopy(expected, offset, found, offset, BLOCK);
        }
        assertArrayEquals(expected, found, what);
    }

    byte[] readAll() {
        byte[] all = new byte[oracle.length()];
        assertEquals(IoStatus.OK, read(0, all), () -> "state=" + array.state() + " events=" + events);
        return all;
    }

    /** Everything that was answered can be read, and what was not is old or new; from now on what was found is certain. */
    void assertAllThere(String when) {
        byte[] all = readAll();
        assertEquals(List.of(), oracle.judge(all, Set.of()), when);
        oracle.adopt(all);
    }

    void assertParityFits(String when) {
        assertEquals(List.of(), auditParity(), when);
    }

    /** As {@link ParityAudit}, over the devices that serve the slots now. */
    List<String> auditParity() {
        List<SparseContents> bySlot = new ArrayList<>();
        for (ArrayState.Slot slot : array.state().slots()) {
            bySlot.add(devices[Integer.parseInt(slot.deviceName().substring(1))].contents());
        }
        return ParityAudit.check(layout, (slot, memberOffset, buffer) -> bySlot.get(slot)
                .read(DATA_OFFSET + memberOffset, buffer, 0, buffer.capacity()));
    }

    ArrayState.Condition condition() {
        return array.state().condition();
    }

    static ByteBuffer direct(byte[] bytes) {
        ByteBuffer memory = BufferSlab.allocate(bytes.length).byteBuffer().slice(0, bytes.length);
        memory.put(0, bytes);
        return memory;
    }
}
