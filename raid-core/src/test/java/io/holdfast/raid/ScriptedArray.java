package io.holdfast.raid;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewArrayPlan;
import io.holdfast.raid.metadata.NewDevice;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * An array on {@link ScriptedDevice}s whose agents the test calls itself, on its own thread and its own clock: every test
 * says exactly when a device answers and what it says.
 */
public final class ScriptedArray {
    /** Runs longer than this are running in a circle. */
    private static final int ROUND_LIMIT = 200_000;

    public final List<ScriptedDevice> members = new ArrayList<>();
    public ScriptedDevice journal;
    public RaidArray array;
    public final List<String> events = new ArrayList<>();
    public final List<Throwable> errors = new ArrayList<>();
    public long nowNs = 1;
    private final List<ManualLoop> loops = new ArrayList<>();
    private long dataOffset;

    /** What a new array is to be. */
    public static final class Shape {
        private int level = 5;
        private int algorithm = -1;
        private int memberCount = 4;
        private int spareCount;
        private int chunkLength = 16 * 1024;
        private long memberLength = 2 << 20;
        private long journalLength;
        private long bitmapChunkLength;
        private boolean clean = true;

        public Shape level(int value) {
            level = value;
            return this;
        }

        public Shape algorithm(int value) {
            algorithm = value;
            return this;
        }

        public Shape members(int value) {
            memberCount = value;
            return this;
        }

        public Shape spares(int value) {
            spareCount = value;
            return this;
        }

        public Shape chunk(int value) {
            chunkLength = value;
            return this;
        }

        public Shape memberLength(long value) {
            memberLength = value;
            return this;
        }

        public Shape journal(long length) {
            journalLength = length;
            return this;
        }

        /** Keep a write-intent bitmap with so many bytes of every member for each bit. */
        public Shape bitmap(long length) {
            bitmapChunkLength = length;
            return this;
        }

        public Shape dirty() {
            clean = false;
            return this;
        }

        public ScriptedArray make() {
            return new ScriptedArray(this);
        }
    }

    public static Shape shape() {
        return new Shape();
    }

    private ScriptedArray(Shape shape) {
        NewArray created = new NewArray()
                .level(shape.level)
                .raidDisks(shape.memberCount)
                .spareDisks(shape.spareCount)
                .chunkSectors(shape.chunkLength / 512)
                .name("scripted")
                .assumeClean(shape.clean)
                .bitmap(shape.bitmapChunkLength > 0)
                .bitmapChunkLength(shape.bitmapChunkLength)
                // Level 5 would otherwise begin by rebuilding its last member.
                .force(!shape.clean)
                .random(new SplittableRandom(1));
        if (shape.algorithm >= 0) {
            created.layout(shape.algorithm);
        }
        for (int i = 0; i < shape.memberCount + shape.spareCount; i++) {
            members.add(new ScriptedDevice("d" + i, shape.memberLength));
            created.device(NewDevice.member("d" + i, members.get(i).geometry()));
        }
        if (shape.journalLength > 0) {
            journal = new ScriptedDevice("journal", shape.journalLength);
            created.device(NewDevice.journal("journal", journal.geometry()));
        }
        NewArrayPlan plan = created.plan();
        List<BlockDevice> all = new ArrayList<>(members);
        if (journal != null) {
            all.add(journal);
        }
        RaidArray.create(plan, all, new SplittableRandom(2));
        for (NewArrayPlan.Device device : plan.devices()) {
            if (!device.isJournal()) {
                dataOffset = device.superblock().dataOffsetSectors() * DeviceGeometry.SECTOR_LENGTH;
            }
        }
    }

    // ---- life ----

    /** Everything but the members named. */
    public List<BlockDevice> without(Integer... missing) {
        List<BlockDevice> devices = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            if (!List.of(missing).contains(i)) {
                devices.add(members.get(i));
            }
        }
        if (journal != null) {
            devices.add(journal);
        }
        return devices;
    }

    public ArrayContext context(Integer... missing) {
        return new ArrayContext()
                .devices(without(missing))
                .ownsDevices(false)
                .run(true)
                .cacheLength(1 << 20)
                .requestCount(64)
                .nanoClock(() -> nowNs)
                .epochClock(() -> 1_700_000_000_000L)
                .random(() -> 7)
                .loops(this::newLoop)
                .listener(new Recording())
                .errorHandler(errors::add);
    }

    private IoLoop newLoop(String name) {
        ManualLoop loop = new ManualLoop(name);
        loops.add(loop);
        return loop;
    }

    public ScriptedArray assemble(Integer... missing) {
        return assemble(context(missing));
    }

    public ScriptedArray assemble(ArrayContext context) {
        loops.clear();
        array = RaidArray.assemble(context);
        return run();
    }

    /** Call every agent until none has anything to do. */
    public ScriptedArray run() {
        int quiet = 0;
        for (int round = 0; quiet < 3; round++) {
            int work = 0;
            for (ManualLoop loop : loops) {
                work += loop.doWork();
            }
            quiet = work == 0 ? quiet + 1 : 0;
            if (round > ROUND_LIMIT) {
                throw new IllegalStateException("running in a circle");
            }
        }
        return this;
    }

    /** The loops, in order: the first runs a shard, the journal and the conductor. */
    public List<ManualLoop> loops() {
        return loops;
    }

    /** Let time pass. */
    public ScriptedArray pass(long ns) {
        nowNs += ns;
        return run();
    }

    /** Bring the array to rest, and let go of it. */
    public void stop() {
        CompletableFuture<Void> stopped = array.stop();
        run();
        if (!stopped.isDone()) {
            throw new IllegalStateException("the array does not come to rest");
        }
        array.abandon();
    }

    /** Everything stops where it is, and what was not flushed is gone. */
    public ScriptedArray losePower() {
        return losePower(operation -> false);
    }

    /** Everything stops where it is, and of what was not flushed only superblocks have reached the disks: the worst case. */
    public ScriptedArray losePowerButForSuperblocks() {
        return losePower(this::isSuperblock);
    }

    /** Everything stops where it is, and of what was not flushed only what the test says has reached the disks. */
    public ScriptedArray losePower(Predicate<ScriptedDevice.Operation> survives) {
        array.abandon();
        for (ScriptedDevice device : devices()) {
            device.losePower(survives);
        }
        return this;
    }

    /** Members, spares and the journal. */
    public List<ScriptedDevice> devices() {
        List<ScriptedDevice> devices = new ArrayList<>(members);
        if (journal != null) {
            devices.add(journal);
        }
        return devices;
    }

    // ---- work ----

    /** The answer to a request, when it has come. */
    public static final class Answer implements IoCallback {
        public IoStatus status;
        public byte[] bytes;
        private ByteBuffer buffer;

        @Override
        public void onComplete(long token, IoStatus ended) {
            status = ended;
            if (buffer != null) {
                bytes = new byte[buffer.remaining()];
                buffer.duplicate().get(bytes);
            }
        }
    }

    public Answer submitWrite(long offset, byte[] bytes, boolean forceUnitAccess) {
        Answer answer = new Answer();
        if (!array.write(ByteBuffer.wrap(bytes.clone()), offset, forceUnitAccess, answer, 0)) {
            throw new IllegalStateException("not admitted");
        }
        return answer;
    }

    public IoStatus write(long offset, byte[] bytes) {
        Answer answer = submitWrite(offset, bytes, false);
        run();
        return answer.status;
    }

    public Answer submitRead(long offset, int length) {
        Answer answer = new Answer();
        answer.buffer = ByteBuffer.allocate(length);
        if (!array.read(answer.buffer, offset, answer, 0)) {
            throw new IllegalStateException("not admitted");
        }
        return answer;
    }

    public Answer read(long offset, int length) {
        Answer answer = submitRead(offset, length);
        run();
        return answer;
    }

    /** Everything in the array. */
    public byte[] readAll() {
        Answer answer = read(0, (int) array.length());
        if (answer.status != IoStatus.OK) {
            throw new IllegalStateException("cannot read the array: " + answer.status);
        }
        return answer.bytes;
    }

    public Answer submitFlush() {
        Answer answer = new Answer();
        if (!array.flush(answer, 0)) {
            throw new IllegalStateException("not admitted");
        }
        return answer;
    }

    public IoStatus flush() {
        Answer answer = submitFlush();
        run();
        return answer.status;
    }

    /** Fill the whole array with bytes drawn from a seed. */
    public byte[] fill(long seed) {
        byte[] bytes = randomBytes(seed, (int) array.length());
        IoStatus status = write(0, bytes);
        if (status != IoStatus.OK) {
            throw new IllegalStateException("cannot fill the array: " + status);
        }
        return bytes;
    }

    public static byte[] randomBytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    // ---- looking ----

    /** Offset on a member's device of a byte of its data. */
    public long deviceOffset(long memberOffset) {
        return dataOffset + memberOffset;
    }

    /** Whether an operation touches a member's data, and not its superblock. */
    public boolean isData(ScriptedDevice.Operation operation) {
        return operation.kind() != ScriptedDevice.Kind.FLUSH && operation.offset() >= dataOffset;
    }

    /** Whether an operation writes a superblock. */
    public boolean isSuperblock(ScriptedDevice.Operation operation) {
        return operation.changes() && operation.overlaps(4096, 8192);
    }

    /** Whether an operation writes to the bitmap of an array that has one; it lies behind the superblock. */
    public boolean isBitmap(ScriptedDevice.Operation operation) {
        return operation.changes() && operation.overlaps(8192, 12288);
    }

    /** The superblock of a device, as it is now. */
    public static Superblock superblock(ScriptedDevice device) {
        return SuperblockReader.examine(device).superblock();
    }

    private final class Recording implements ArrayListener {
        @Override
        public void onMemberFailed(String deviceName, int slot, IoStatus status, String operation) {
            events.add("failed " + deviceName + " " + operation);
        }

        @Override
        public void onArrayFailed(int missingCount) {
            events.add("array failed");
        }

        @Override
        public void onJournalFailed(String deviceName, IoStatus status) {
            events.add("journal failed");
        }

        @Override
        public void onJournalCopyFailed(String deviceName, IoStatus status) {
            events.add("copy failed");
        }

        @Override
        public void onJournalChanged(String oldName, String newName) {
            events.add("journal changed");
        }

        @Override
        public void onReadErrorCorrected(String deviceName, long offset, int blockCount) {
            events.add("corrected " + deviceName + " " + blockCount);
        }

        @Override
        public void onBlocksUnreadable(int slot, long offset, int blockCount) {
            events.add("unreadable " + slot + " " + blockCount);
        }

        @Override
        public void onBadBlocksListed(String deviceName, long offset, long length) {
            events.add("listed " + deviceName + " " + offset / 4096 + " " + length / 4096);
        }

        @Override
        public void onBadBlocksCleared(String deviceName, long offset, long length) {
            events.add("cleared " + deviceName + " " + offset / 4096 + " " + length / 4096);
        }

        @Override
        public void onMismatch(Mismatch mismatch) {
            events.add("mismatch " + mismatch.culprit() + " " + mismatch.slot() + " " + mismatch.remedy());
        }

        @Override
        public void onSyncStarted(SyncActivity activity) {
            events.add("started " + activity);
        }

        @Override
        public void onSyncEnded(SyncProgress progress) {
            events.add("ended " + progress.activity() + " " + progress.outcome());
        }
    }
}
