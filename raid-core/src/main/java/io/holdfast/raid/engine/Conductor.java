package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalAppender;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalUse;
import io.holdfast.journal.LogMirror;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.BitmapStatus;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.ReplayProgress;
import io.holdfast.raid.engine.Membership.SlotState;
import io.holdfast.raid.metadata.MemberCondition;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.agrona.concurrent.NanoClock;

/**
 * The only one who decides who belongs to the array, and the only one who writes superblocks.
 *
 * <p>Shards, the journal and callers tell it things through one queue; it answers through the shards' control queues. When
 * a member fails it does, in this order: tell the shards to stop using it; make the failure durable on the survivors; tell
 * the shards so, upon which they answer the writes that the member missed.
 *
 * <p>When more members are lost than the level tolerates it writes nothing any more. The survivors' superblocks then still
 * call the lost members good, and if they come back (a cable, a controller) the array assembles as it was.
 */
public final class Conductor implements Agent, ConductorLink {
    private final IoLoop loop;
    private final WindowGeometry geometry;
    private final int parityCount;
    private final boolean writable;
    private final Roster roster;
    private final JournalKeeper journal;
    private final SuperblockSet superblocks;
    private final SuperblockRecorder recorder;
    private final DirtyGate gate;
    private final ArrayListener listener;
    private final NanoClock nanoClock;
    private final EpochClock epochClock;
    private final SlotTable slots;
    private final Maintenance maintenance;
    private final int[] replacements;
    private final IntPredicate recordedDevices;
    /** Null when the array has no bitmap. */
    private volatile BitmapKeeper bitmap;

    private final BitmapStart bitmapStart;
    /** What is being written of it; null when nothing is. */
    private BitmapBatch bitmapBatch;

    private final BooleanSupplier requestsAtRest;
    private final ReplayWatch replay;
    private final ManyToOneConcurrentLinkedQueue<Runnable> commands = new ManyToOneConcurrentLinkedQueue<>();

    private List<Shard> shards = List.of();
    private long recordedVersion;
    private volatile boolean arrayFailed;
    private volatile String stopReason = "";
    private boolean introducing;
    private boolean isWritingBitsAlone;
    private boolean updateWanted;
    private boolean updateVouches;
    private long writtenVersion;
    private boolean writtenDirty;
    /** The count of updates that all members have, except those that failed since. */
    private long recordedEvents;

    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private boolean stopping;
    private volatile boolean closed;

    /**
     * A conductor for an array that is about to start.
     *
     * @param loop           that will run it.
     * @param start          what the array is and how it stands.
     * @param journalAgent   runs the journal, on the same loop.
     * @param shardCount     how many shards there are going to be.
     * @param requestsAtRest tells whether every request has been answered.
     */
    Conductor(
            IoLoop loop, EngineStart start, JournalAgent journalAgent, int shardCount, BooleanSupplier requestsAtRest) {
        this.loop = loop;
        this.geometry = start.geometry();
        this.parityCount = start.layout().parityCount();
        this.writable = start.writable();
        this.superblocks = start.superblocks();
        this.listener = start.listener();
        this.nanoClock = start.nanoClock();
        this.epochClock = start.epochClock();
        this.requestsAtRest = requestsAtRest;
        replay = new ReplayWatch(start);
        replacements = start.replacements();
        gate = new DirtyGate(start.idleDelayNs());
        recordedEvents = superblocks.events();
        List<BlockDevice> devices = new ArrayList<>();
        for (MemberDevice member : start.members()) {
            devices.add(member.device());
        }
        int journalDevice = devices.size();
        devices.addAll(start.journalDevices());
        journal = new JournalKeeper(new JournalHost(), loop, start, journalDevice, journalAgent, this::broadcast);
        recorder = new SuperblockRecorder(devices, start.deviceTimeLimitNs(), new Recorded());
        roster = new Roster(
                new RosterHost(), start.members(), devices, superblocks, recorder, this::broadcast, shardCount);
        recordedDevices = roster::isRecorded;
        slots = new SlotTable(start.membership(), start.recoveredWindows(), superblocks.badBlocks());
        maintenance = new Maintenance(
                new Host(),
                loop,
                start.layout(),
                geometry,
                slots,
                start.sessions(),
                listener,
                this::broadcast,
                start.resyncedWindows());
        bitmapStart = writable ? start.bitmap() : null;
        for (int slot = 0; slot < start.membership().slotCount() && bitmapStart != null; slot++) {
            if (start.membership().state(slot) == SlotState.RECOVERING
                    && superblocks.isGuided(start.membership().device(slot))) {
                slots.guide(slot);
            }
        }
    }

    /** Name the shards, before any agent starts. */
    void shards(List<Shard> all) {
        shards = all;
        gate.shards(all);
        journal.shards(all);
        maintenance.shards(all);
        if (bitmapStart != null) {
            bitmap = bitmapStart.keeper(new BitmapHost(), all.size());
            maintenance.bitmap(bitmap);
        }
    }

    @Override
    public String roleName() {
        return "conductor";
    }

    @Override
    public void onStart() {
        replay.begin();
        if (writable) {
            recorder.open(loop);
        }
        if (writable) {
            replaceAgain(replacements);
            activateSpares();
            maintenance.startPending();
            journal.use(journal.mode());
        }
    }

    @Override
    public void onClose() {
        if (writable) {
            recorder.close();
        }
        closed = true;
        ArrayException gone = goneException();
        maintenance.letGo(gone);
        journal.letGo(gone);
        roster.letGo(gone);
        stopped.completeExceptionally(gone);
        for (Runnable left = commands.poll(); left != null; left = commands.poll()) {
            if (left instanceof Asked asked) {
                asked.giveUp();
            }
        }
    }

    private static ArrayException goneException() {
        return new ArrayException(IoStatus.GONE, "the array was let go of before it came to rest");
    }

    // ---- from any thread ----

    @Override
    public void deviceFailed(int deviceIndex, IoStatus status, String operation) {
        command(() -> onDeviceFailed(deviceIndex, status, operation));
    }

    @Override
    public void dirtyWanted() {
        command(() -> {
            // Whoever is held asks again when he is let go, if there still is no journal then.
            if (!journal.isHolding()) {
                gate.onDirtyWanted();
            }
        });
    }

    @Override
    public void gateClosed(int shardIndex, boolean closed) {
        command(() -> gate.onGateClosed(closed));
    }

    @Override
    public void regionWanted(int shardIndex, int region) {
        command(() -> bitmap.wanted(shardIndex, region));
    }

    @Override
    public void regionsReleased(int[] regions) {
        command(() -> bitmap.released(regions));
    }

    @Override
    public void journalFailed(IoStatus status) {
        command(() -> journal.failed(status));
    }

    @Override
    public void readErrorCorrected(int deviceIndex, long memberOffset, int blockCount) {
        command(() -> {
            superblocks.addCorrectedBlocks(deviceIndex, blockCount);
            listener.onReadErrorCorrected(roster.name(deviceIndex), memberOffset, blockCount);
        });
    }

    @Override
    public void blocksUnreadable(int slot, long memberOffset, int blockCount) {
        command(() -> listener.onBlocksUnreadable(slot, memberOffset, blockCount));
    }

    @Override
    public void blocksBad(int deviceIndex, long memberOffset, int blockCount) {
        command(() -> onBlocksBad(deviceIndex, memberOffset, (long) blockCount * BlockMask.BLOCK_LENGTH));
    }

    @Override
    public void blocksGood(int deviceIndex, long memberOffset, int blockCount) {
        command(() -> onBlocksGood(deviceIndex, memberOffset, (long) blockCount * BlockMask.BLOCK_LENGTH));
    }

    @Override
    public void replayEnded() {
        command(this::onReplayEnded);
    }

    @Override
    public void replayDamaged(long memberOffset, int length) {
        command(() -> listener.onReplayDamaged(memberOffset, length));
    }

    /** What maintenance asks of the conductor. */
    private final class Host implements Maintenance.Host {
        @Override
        public boolean mayStart() {
            return !arrayFailed && !stopping;
        }

        @Override
        public boolean canRecord() {
            return writable && !arrayFailed;
        }

        @Override
        public String deviceName(int slot) {
            int device = slots.membership().device(slot);
            return device < 0 ? "" : roster.name(device);
        }

        @Override
        public void recordWanted() {
            // Marks that have moved see to it that this generation flushes first.
            updateWanted = true;
        }

        @Override
        public void membershipChanged() {
            publishMembership();
        }

        @Override
        public void activateSpares() {
            Conductor.this.activateSpares();
        }

        @Override
        public void retired(int slot, int device) {
            // Its own superblock goes on saying that it is in sync, one update behind those that call it failed.
            roster.down(device);
            superblocks.condition(device, MemberCondition.FAULTY, slot, 0);
            listener.onMemberReplaced(roster.name(device), roster.name(slots.device(slot)), slot);
        }
    }

    /** How much the bitmap calls dirty, from any thread; null when there is none. */
    public BitmapStatus bitmapStatus() {
        BitmapKeeper keeper = bitmap;
        return keeper == null ? null : keeper.status();
    }

    /** Something that somebody waits for; answered in any case, also when nobody is left to ask. */
    private interface Asked extends Runnable {
        void giveUp();
    }

    /** A device that is to come or to go. */
    private record DeviceChange<T>(CompletableFuture<T> changed, Consumer<CompletableFuture<T>> change)
            implements Asked {
        @Override
        public void run() {
            change.accept(changed);
        }

        @Override
        public void giveUp() {
            changed.completeExceptionally(goneException());
        }
    }

    /** What the roster asks of the conductor. */
    private final class RosterHost implements Roster.Host {
        @Override
        public boolean mayChange() {
            return writable && !arrayFailed && !stopping;
        }

        @Override
        public boolean isNeeded(int device) {
            int slot = slots.membership().slotOf(device);
            return slot >= 0 && slots.isInSync(slot) && slots.membership().missingCount() >= parityCount;
        }

        @Override
        public void fail(int device) {
            if (journal.owns(device)) {
                journal.deviceFailed(device, IoStatus.GONE);
            } else {
                onDeviceFailed(device, IoStatus.GONE, "fail");
            }
        }

        @Override
        public boolean isVacant(int slot) {
            return slot >= 0 && slot < slots.membership().slotCount() && slots.isEmpty(slot);
        }

        @Override
        public boolean isCoveredByBitmap(Superblock away) {
            return bitmap != null && bitmap.covers(away);
        }

        @Override
        public boolean isMaintenanceIdle() {
            return maintenance.isIdle() && !maintenance.isEnding();
        }

        @Override
        public void takeBack(int slot, int device) {
            slots.seat(slot, device);
            slots.guide(slot);
            superblocks.condition(device, MemberCondition.RECOVERING, slot, 0);
            superblocks.guided(device, true);
            bitmap.seated(device);
            publishMembership();
            maintenance.startPending();
        }

        @Override
        public int replaceableSlot(int device) {
            int slot = slots.membership().slotOf(device);
            return slot >= 0 && slots.isInSync(slot) && !slots.isReplacing(slot) ? slot : -1;
        }

        @Override
        public boolean isRebuilding() {
            return slots.anyRecovering();
        }

        @Override
        public void replace(int slot, int spare) {
            beginReplacing(slot, spare);
            publishMembership();
            if (isMaintenanceIdle()) {
                maintenance.startPending();
            }
        }

        @Override
        public void spareArrived() {
            if (isMaintenanceIdle()) {
                activateSpares();
                maintenance.startPending();
            }
        }

        @Override
        public void recordWanted() {
            updateWanted = true;
        }
    }

    /** A question that can be answered at once. */
    private record Question<T>(CompletableFuture<T> answer, Supplier<T> question, T otherwise) implements Asked {
        @Override
        public void run() {
            answer.complete(question.get());
        }

        @Override
        public void giveUp() {
            answer.complete(otherwise);
        }
    }

    /** A change of journals, which takes its time. */
    private final class JournalChange implements Asked {
        private final NewJournal next;
        private final CompletableFuture<Void> changed;

        JournalChange(NewJournal next, CompletableFuture<Void> changed) {
            this.next = next;
            this.changed = changed;
        }

        @Override
        public void run() {
            journal.change(next, changed);
        }

        @Override
        public void giveUp() {
            changed.completeExceptionally(goneException());
        }
    }

    private void ask(Asked asked) {
        command(asked);
        if (closed) {
            // Asked too late, perhaps, for the last look into the queue.
            asked.giveUp();
        }
    }

    private <T> CompletableFuture<T> ask(Supplier<T> supplier, T otherwise) {
        Question<T> question = new Question<>(new CompletableFuture<>(), supplier, otherwise);
        ask(question);
        return question.answer();
    }

    private void command(Runnable command) {
        commands.offer(command);
        loop.wake();
    }

    /** How far the replay of the last run's log has come. */
    ReplayProgress replayProgress() {
        return replay.progress();
    }

    /** How the array stands now. */
    ArrayState state() {
        Membership now = slots.membership();
        List<ArrayState.Slot> slots = new ArrayList<>();
        for (int slot = 0; slot < now.slotCount(); slot++) {
            boolean inSync = now.state(slot) == SlotState.IN_SYNC;
            long windows = inSync ? geometry.windowCount() : now.recoveredWindows(slot);
            slots.add(new ArrayState.Slot(
                    now.device(slot) < 0 ? "" : roster.name(now.device(slot)),
                    inSync,
                    now.device(slot) < 0 ? 0 : geometry.memberOffset(windows)));
        }
        ArrayState.Condition condition;
        String reason = "";
        if (arrayFailed) {
            condition = ArrayState.Condition.FAILED;
            reason = stopReason.isEmpty() ? now.missingCount() + " slots have no complete member" : stopReason;
        } else if (journal.isDown() && journal.refusesWrites()) {
            condition = ArrayState.Condition.READ_ONLY;
            reason = "its journal has failed";
        } else if (!writable) {
            condition = ArrayState.Condition.READ_ONLY;
            reason = "it was opened for reading only";
        } else {
            condition = now.missingCount() > 0 ? ArrayState.Condition.DEGRADED : ArrayState.Condition.HEALTHY;
        }
        return new ArrayState(condition, reason, slots, roster.list(), journal.isAlive());
    }

    /** The engine's side of maintenance sessions. */
    public SyncSupport syncSupport() {
        return maintenance;
    }

    /**
     * Run a session, unless one is running already.
     *
     * @param next to run.
     * @return completed with whether it was started.
     */
    public CompletableFuture<Boolean> startSession(MaintenanceSession next) {
        return ask(() -> maintenance.tryStart(next), false);
    }

    /** The session that runs now, or null. */
    public CompletableFuture<MaintenanceSession> currentSession() {
        return ask(maintenance::current, null);
    }

    /**
     * Bring everything to rest: end the session at its checkpoint, mark the array clean, leave the journal nothing to
     * replay. Requests under way are waited for; the caller sees to it that no more come.
     *
     * @return completed when the superblocks say so, or at once when nothing can be written any more; exceptionally, with an
     *     {@link ArrayException}, when the engine ends before that. However often it is asked for, it is one.
     */
    public CompletableFuture<Void> stop() {
        command(() -> {
            stopping = true;
            maintenance.stop();
            broadcast(new ShardControl.UseWriteBack(false));
        });
        return stopped;
    }

    /** What writes wait for from now on; without a journal it makes no difference. Nothing of it is kept on disk. */
    public void useJournalMode(JournalMode mode) {
        command(() -> {
            if (!stopping) {
                journal.use(mode);
            }
        });
    }

    /** The journal's copies, or null; from any thread. */
    LogMirror journalMirror() {
        return journal.mirror();
    }

    /** What the loss of the journal means from now on; noted with the array. */
    public void useJournalLossPolicy(JournalLossPolicy policy) {
        command(() -> {
            if (!stopping && writable) {
                journal.use(policy);
            }
        });
    }

    /** What the loss of the journal means; from any thread. */
    public JournalLossPolicy journalLossPolicy() {
        return journal.lossPolicy();
    }

    /** How much of the journal is in use, or null without a working one; from any thread. */
    public JournalUse journalUse() {
        return journal.use();
    }

    /** What writes wait for; from any thread. */
    public JournalMode journalMode() {
        return journal.mode();
    }

    /** Whether some window's newest data is in the journal and not on the members. */
    private boolean anyCached() {
        for (Shard shard : shards) {
            if (shard.cachedCount() > 0) {
                return true;
            }
        }
        return false;
    }

    // ---- the duty cycle ----

    @Override
    public int doWork() {
        int work = 0;
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
            work++;
        }
        long nowNs = nanoClock.nanoTime();
        if (!replay.isUnderWay() || arrayFailed || stopping) {
            // Parity that a session makes right must not be undone by a replay of what was recorded before it.
            work += maintenance.doWork(nowNs);
        }
        if (writable) {
            work += journal.doWork();
            work += recorder.poll(nowNs);
            if (!journal.isJournaled()) {
                gate.tick(nowNs, journal.isHolding() || (stopping && requestsAtRest.getAsBoolean()));
            }
            if (recorder.isIdle()) {
                work += roster.doWork();
            }
            work += bitmap == null || arrayFailed ? 0 : bitmap.tick(nowNs);
            work += updateIfWanted(nowNs);
        }
        if (stopping && !stopped.isDone()) {
            work += finishStopping();
        }
        return work;
    }

    private int updateIfWanted(long nowNs) {
        if (!recorder.isIdle() || arrayFailed) {
            return 0;
        }
        boolean tailWanted = isTailWanted();
        if (!gate.wantsUpdate() && !tailWanted && (!updateWanted || isUpdatePutOff())) {
            return writeBitsIfWanted(nowNs);
        }
        long tail = journal.tailToWrite(tailWanted);
        writtenVersion = slots.membership().version();
        writtenDirty = gate.isDirty();
        slots.describeTo(superblocks, geometry);
        superblocks.next(resyncOffset(), tail, epochClock.time() / 1000);
        // Whatever these superblocks are written for, they say how far resync and recovery have come.
        boolean recoveryMoved = slots.vouch();
        boolean resyncMoved = maintenance.vouch();
        boolean flushFirst = updateVouches || gate.vouches() || tailWanted || recoveryMoved || resyncMoved;
        updateWanted = false;
        updateVouches = false;
        roster.recording();
        bitmapBatch = bitmap == null ? null : bitmap.prepare(superblocks.events() + 1);
        recorder.start(superblocks, recordedDevices, flushFirst, bitmapBatch, nowNs);
        return 1;
    }

    private int writeBitsIfWanted(long nowNs) {
        if (bitmap == null || !bitmap.wantsBatch()) {
            return 0;
        }
        bitmapBatch = bitmap.prepare();
        isWritingBitsAlone = true;
        recorder.startBitmap(bitmapBatch, nowNs);
        return 1;
    }

    /**
     * What the superblocks say of parity. With a journal no write can make it misfit, because the journal is replayed first;
     * but where a new array has not been resynced yet, nobody can say that it fits.
     */
    private long resyncOffset() {
        return SuperblockUpdate.resyncOffset(gate.isDirty(), journal.isJournaled(), maintenance.goodUntilSectors());
    }

    private boolean isTailWanted() {
        return journal.wantsTailMoved(stopping || journal.isEmptying());
    }

    /** What becomes of a generation of superblocks. */
    private final class Recorded implements SuperblockRecorder.Outcome {
        @Override
        public void onDeviceFailed(int device, IoStatus status, String operation) {
            if (journal.owns(device)) {
                journal.deviceFailed(device, status);
            } else {
                Conductor.this.onDeviceFailed(device, status, operation);
            }
        }

        @Override
        public void onEnd(boolean recorded) {
            if (introducing) {
                introducing = false;
                journal.introduced(recorded);
                return;
            }
            boolean wereBitsAlone = isWritingBitsAlone;
            isWritingBitsAlone = false;
            if (recorded && !wereBitsAlone) {
                recordedEvents = superblocks.events();
            }
            if (bitmapBatch != null) {
                bitmapBatch = null;
                bitmap.ended(recorded);
            }
            if (!wereBitsAlone) {
                roster.recorded(recorded);
            }
            if (!recorded) {
                // Whoever failed is out of the membership by now; try again without it.
                updateWanted = true;
                updateVouches = true;
                return;
            }
            if (wereBitsAlone) {
                return;
            }
            recordedVersion = writtenVersion;
            broadcast(new ShardControl.MembershipRecorded(recordedVersion));
            gate.onRecorded(writtenDirty);
            journal.recorded();
            if (!updateWanted) {
                maintenance.recorded();
            }
        }
    }

    // ---- the last run's log ----

    private boolean isReplaying() {
        return replay.isUnderWay() && !arrayFailed;
    }

    private void onReplayEnded() {
        if (replay.shardEnded(shards.size()) && !arrayFailed) {
            journal.replayed();
        }
    }

    // ---- members ----

    private void onDeviceFailed(int device, IoStatus status, String operation) {
        if (roster.isDown(device) || arrayFailed) {
            return;
        }
        roster.down(device);
        int slot = slots.membership().slotOf(device);
        int replaced = slots.replacedBy(device);
        if (replaced >= 0) {
            slots.giveUpReplacement(replaced);
            publishMembership();
            listener.onMemberFailed(roster.name(device), replaced, status, operation);
            maintenance.memberLost(false);
        } else if (slot >= 0) {
            boolean wasInSync = slots.isInSync(slot);
            slots.vacate(slot);
            publishMembership();
            listener.onMemberFailed(roster.name(device), slot, status, operation);
            if (wasInSync && slots.membership().missingCount() > parityCount) {
                failArray();
                return;
            }
            maintenance.memberLost(wasInSync);
        } else {
            listener.onMemberFailed(roster.name(device), -1, status, operation);
        }
        superblocks.condition(device, MemberCondition.FAULTY, slot, 0);
        updateWanted = writable;
        if (!writable) {
            // No superblock will ever say so, and nothing was written that the member could have missed.
            roster.publish();
            broadcast(new ShardControl.MembershipRecorded(slots.membership().version()));
        }
        if (writable && maintenance.isIdle()) {
            activateSpares();
            maintenance.startPending();
        }
    }

    // ---- bad blocks ----

    /** A member has blocks that must not be used any more. Whoever waits for that goes on when it is on record. */
    private void onBlocksBad(int device, long memberOffset, long length) {
        int slot = slots.membership().slotOf(device);
        if (roster.isDown(device) || arrayFailed || !writable || slot < 0) {
            return;
        }
        if (superblocks.badBlocks().add(device, memberOffset, length)) {
            listener.onBadBlocksListed(roster.name(device), memberOffset, length);
        } else if (slots.isInSync(slot)) {
            // A member without a list, or with a full one, is not given up for a block: its error is answered each
            // time.
            superblocks.badBlocks().runOut(device);
        } else {
            // One that is being rebuilt is: nothing else would tell that it lacks the block.
            onDeviceFailed(device, IoStatus.MEDIA_ERROR, "record of a bad block");
            return;
        }
        publishMembership();
        updateWanted = true;
    }

    private void onBlocksGood(int device, long memberOffset, long length) {
        if (roster.isDown(device)
                || arrayFailed
                || !writable
                || slots.membership().slotOf(device) < 0) {
            return;
        }
        if (superblocks.badBlocks().remove(device, memberOffset, length)) {
            listener.onBadBlocksCleared(roster.name(device), memberOffset, length);
            publishMembership();
            updateWanted = true;
            // The data first: an entry that vanishes vouches for what was written.
            updateVouches = true;
        } else {
            onDeviceFailed(device, IoStatus.NO_SPACE, "record of bad blocks");
        }
    }

    private void failArray() {
        arrayFailed = true;
        broadcast(new ShardControl.ArrayFailed());
        journal.arrayFailed(new ArrayException(IoStatus.GONE, "the array has failed"));
        maintenance.arrayFailed();
        listener.onArrayFailed(slots.membership().missingCount());
    }

    /** What the keeper of the bitmap asks of the conductor. */
    private final class BitmapHost implements BitmapKeeper.Host {
        @Override
        public boolean isWhole() {
            return slots.membership().missingCount() == 0;
        }

        @Override
        public long recordedEvents() {
            return recordedEvents;
        }

        @Override
        public boolean isSeated(int device) {
            return !roster.isDown(device) && slots.membership().slotOf(device) >= 0;
        }

        @Override
        public Superblock superblock(int device) {
            return superblocks.superblock(device);
        }

        @Override
        public int blockLength(int device) {
            return roster.geometry(device).logicalBlockLength();
        }

        @Override
        public void broadcast(ShardControl control) {
            Conductor.this.broadcast(control);
        }

        @Override
        public void tell(int shard, ShardControl control) {
            shards.get(shard).control(control);
        }
    }

    private void publishMembership() {
        broadcast(new ShardControl.UseMembership(slots.publish()));
    }

    private void beginReplacing(int slot, int spare) {
        slots.replace(slot, spare);
        if (bitmap != null) {
            bitmap.seated(spare);
        }
        superblocks.condition(spare, MemberCondition.REPLACING, slot, 0);
    }

    /** What was being filled to take a slot when the array stopped is filled anew. */
    private void replaceAgain(int[] replacements) {
        boolean any = false;
        for (int slot = 0; slot < replacements.length; slot++) {
            if (replacements[slot] >= 0 && slots.isInSync(slot)) {
                beginReplacing(slot, replacements[slot]);
                any = true;
            }
        }
        if (any) {
            publishMembership();
            updateWanted = true;
        }
    }

    /** Give every empty slot a spare, while there are any; {@link Maintenance#startPending} then fills them. */
    private void activateSpares() {
        boolean changed = false;
        for (int slot = 0; slot < slots.membership().slotCount(); slot++) {
            int spare = slots.isEmpty(slot) ? roster.anySpare() : -1;
            if (spare >= 0) {
                slots.seat(slot, spare);
                if (bitmap != null) {
                    bitmap.seated(spare);
                }
                superblocks.condition(spare, MemberCondition.RECOVERING, slot, 0);
                changed = true;
            }
        }
        if (changed) {
            publishMembership();
            updateWanted = true;
        }
    }

    // ---- the journal ----

    /** What the keeper of the journal asks of the conductor. */
    private final class JournalHost implements JournalKeeper.Host {
        @Override
        public boolean isAtRest() {
            return Conductor.this.isAtRest();
        }

        @Override
        public boolean isReplaying() {
            return Conductor.this.isReplaying();
        }

        @Override
        public boolean mayChange() {
            return writable && !arrayFailed && !stopping;
        }

        @Override
        public boolean hasBitmap() {
            return bitmap != null;
        }

        @Override
        public List<Integer> introduce(NewJournal next, long tailPosition, long tailSequence) {
            List<Integer> taken = new ArrayList<>();
            for (int i = 0; i < next.devices().size(); i++) {
                taken.add(roster.add(next.devices().get(i)));
                Superblock superblock = next.superblocks().get(i);
                JournalArea area = new JournalArea(
                        next.devices().get(i),
                        superblock.dataOffsetSectors(),
                        next.lengthSectors(),
                        superblock.setUuid());
                recorder.add(
                        next.devices().get(i),
                        JournalAppender.emptyBlock(area, tailPosition, tailSequence),
                        next.logOffset(i) + tailPosition * DeviceGeometry.SECTOR_LENGTH);
                superblocks.introduceJournal(superblock, tailPosition);
            }
            introducing = true;
            recorder.introduce(superblocks, taken::contains, nanoClock.nanoTime());
            return taken;
        }

        @Override
        public void command(Runnable command) {
            Conductor.this.command(command);
        }

        @Override
        public void recordWanted() {
            updateWanted = true;
            updateVouches = true;
        }

        @Override
        public void stopArray(String reason) {
            stopReason = reason;
            failArray();
        }

        @Override
        public String deviceName(int device) {
            return roster.name(device);
        }

        @Override
        public void abandon(int device) {
            roster.down(device);
        }
    }

    /**
     * Put another journal in the place of the one there is, or of none, while the array runs. Writes are held for a moment,
     * reads are not.
     *
     * @param next what to use from now on; null for none.
     * @return completed when it is in use; exceptionally, with an {@link ArrayException}, when it is not.
     */
    CompletableFuture<Void> changeJournal(NewJournal next) {
        CompletableFuture<Void> changed = new CompletableFuture<>();
        ask(new JournalChange(next, changed));
        return changed;
    }

    /**
     * Whether a device may be taken; from any thread.
     *
     * @throws ArrayException when the array has it, or never got rid of it, or is only read.
     */
    void checkMayArrive(BlockDevice device) {
        if (!writable) {
            throw onlyReadException();
        }
        roster.checkMayArrive(device);
    }

    /**
     * Take another device as a spare, while the array runs; it fills an empty slot at once, if there is one.
     *
     * @param next to take.
     * @return completed when the superblocks say so; exceptionally when they do not.
     */
    CompletableFuture<Void> add(NewMember next) {
        return change(changed -> roster.arrive(next, changed));
    }

    /**
     * Use a member no more.
     *
     * @param deviceName of the member.
     * @return completed when the superblocks of the others say so; exceptionally when the array needs it.
     */
    public CompletableFuture<Void> fail(String deviceName) {
        return change(changed -> roster.fail(deviceName, changed));
    }

    /**
     * Take a member back that was away; only what it has missed is copied.
     *
     * @param returning the member.
     * @return completed when the superblocks say that it is being done; exceptionally when it cannot be.
     */
    CompletableFuture<Void> takeBack(ReturningMember returning) {
        return change(changed -> roster.takeBack(returning, changed));
    }

    /**
     * Copy a member to another device, which takes its slot when it is done.
     *
     * @param deviceName of the member.
     * @param next       to copy to; null for a spare that the array has.
     * @return completed when the superblocks say that it is being done; exceptionally when it cannot be.
     */
    CompletableFuture<Void> replace(String deviceName, NewMember next) {
        return change(changed -> roster.replace(deviceName, next, changed));
    }

    /**
     * Let a device go that holds nothing of the array: a spare, or a member that has failed.
     *
     * @param deviceName of the device.
     * @return completed, when the superblocks do not name it any more, with the device if it may be closed, else with null;
     *     exceptionally when it is in use.
     */
    public CompletableFuture<BlockDevice> remove(String deviceName) {
        return change(changed -> roster.depart(deviceName, changed));
    }

    private static ArrayException onlyReadException() {
        return new ArrayException(IoStatus.READ_ONLY, "its devices cannot be changed: it is only read");
    }

    private <T> CompletableFuture<T> change(Consumer<CompletableFuture<T>> change) {
        if (!writable) {
            // Nobody would ever look at it: what changes devices rests where no superblock may be written.
            return CompletableFuture.failedFuture(onlyReadException());
        }
        DeviceChange<T> asked = new DeviceChange<>(new CompletableFuture<>(), change);
        ask(asked);
        return asked.changed();
    }

    /** Whether superblocks say all that there is to say, and none are being written. */
    private boolean isAtRest() {
        return recorder.isIdle() && (!updateWanted || isUpdatePutOff()) && !gate.wantsUpdate() && gate.isClean();
    }

    /**
     * Nothing is recorded without need between the failure of the journal and the superblocks that take it out of the array:
     * its own can no longer be written, and two updates behind the members its log would count for nothing, although it may
     * be read after a crash and hold what nothing else does.
     */
    private boolean isUpdatePutOff() {
        return journal.isBeingLost() && slots.membership().version() <= recordedVersion;
    }

    // ---- stopping ----

    private int finishStopping() {
        if (!maintenance.isIdle() || (maintenance.isEnding() && !arrayFailed) || !requestsAtRest.getAsBoolean()) {
            return 0;
        }
        if (writable && !arrayFailed) {
            if (anyCached() || isReplaying()) {
                return 0;
            }
            if (bitmap != null && !bitmap.comeToRest()) {
                return 0;
            }
            if (!isAtRest() || journal.isBusy() || !journal.closeClean()) {
                return 0;
            }
        }
        stopped.complete(null);
        return 1;
    }

    private void broadcast(ShardControl control) {
        for (Shard shard : shards) {
            shard.control(control);
        }
    }
}
