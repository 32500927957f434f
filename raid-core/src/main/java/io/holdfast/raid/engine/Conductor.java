package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalWriter;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncProgress.Outcome;
import io.holdfast.raid.engine.Membership.SlotState;
import io.holdfast.raid.metadata.MemberCondition;
import io.holdfast.raid.metadata.SuperblockDescriptor;
import io.holdfast.raid.metadata.SuperblockUpdate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
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
    private final List<MemberDevice> members;
    private final int journalDevice;
    private final String[] deviceNames;
    private final JournalWriter journal;
    private final SuperblockSet superblocks;
    private final SuperblockRecorder recorder;
    private final DirtyGate gate;
    private final ArrayListener listener;
    private final NanoClock nanoClock;
    private final EpochClock epochClock;
    private final SessionFactory sessions;
    private final BooleanSupplier requestsAtRest;
    private final SyncSupport support = new Support();
    private final ManyToOneConcurrentLinkedQueue<Runnable> commands = new ManyToOneConcurrentLinkedQueue<>();

    private final int[] deviceOfSlot;
    private final SlotState[] stateOfSlot;
    private final AtomicLong[] recoveredWindows;
    private final long[][] badRanges;
    private final boolean[] deviceDown;

    private List<Shard> shards = List.of();
    private volatile Membership membership;
    private long recordedVersion;
    private long resyncedWindows;
    /** What the superblocks say, or are about to say, of the marks above. */
    private long vouchedResynced;

    private final long[] vouchedRecovered;
    private volatile boolean arrayFailed;
    private volatile boolean journalDown;
    private boolean journalToBeGivenUp;
    private boolean updateWanted;
    private boolean updateVouches;
    private long writtenVersion;
    private boolean writtenDirty;
    private long writtenTail = -1;
    private long recordedTail;
    private MaintenanceSession session;
    private MaintenanceSession endingSession;
    private Outcome endingOutcome;
    private boolean sessionCutShort;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private boolean stopping;
    private volatile boolean closed;

    /**
     * A conductor for an array that is about to start.
     *
     * @param loop            that will run it.
     * @param geometry        of the windows.
     * @param parityCount     members the level can do without.
     * @param writable        false for an array opened for reading only: no superblock is ever written.
     * @param members         in index order.
     * @param journalDevice   opened, or null.
     * @param journal         its writer, or null.
     * @param superblocks     of the members in index order, then of the journal.
     * @param membership      to begin with; version 0, recorded.
     * @param recovered       by slot: the watermarks that {@code membership} shares.
     * @param badRanges       by slot: as in {@code membership}.
     * @param resyncedWindows windows whose parity is vouched for.
     * @param journalTail     as recorded, in sectors.
     * @param listener        told of events.
     * @param nanoClock       for intervals.
     * @param epochClock      for the times in superblocks, milliseconds since 1970.
     * @param idleDelayNs     how long without a write until an array without a journal is marked clean.
     * @param sessions        makes resyncs and recoveries.
     * @param requestsAtRest  tells whether every request has been answered.
     */
    Conductor(
            IoLoop loop,
            WindowGeometry geometry,
            int parityCount,
            boolean writable,
            List<MemberDevice> members,
            BlockDevice journalDevice,
            JournalWriter journal,
            SuperblockSet superblocks,
            Membership membership,
            AtomicLong[] recovered,
            long[][] badRanges,
            long resyncedWindows,
            long journalTail,
            ArrayListener listener,
            NanoClock nanoClock,
            EpochClock epochClock,
            long idleDelayNs,
            SessionFactory sessions,
            BooleanSupplier requestsAtRest) {
        this.loop = loop;
        this.geometry = geometry;
        this.parityCount = parityCount;
        this.writable = writable;
        this.members = members;
        this.journal = journal;
        this.superblocks = superblocks;
        this.membership = membership;
        this.recoveredWindows = recovered;
        this.badRanges = badRanges;
        this.resyncedWindows = resyncedWindows;
        this.recordedTail = journalTail;
        this.listener = listener;
        this.nanoClock = nanoClock;
        this.epochClock = epochClock;
        this.sessions = sessions;
        this.requestsAtRest = requestsAtRest;
        gate = new DirtyGate(idleDelayNs);
        List<BlockDevice> devices = new ArrayList<>();
        for (MemberDevice member : members) {
            devices.add(member.device());
        }
        this.journalDevice = journalDevice == null ? -1 : devices.size();
        if (journalDevice != null) {
            devices.add(journalDevice);
        }
        deviceNames = devices.stream().map(BlockDevice::name).toArray(String[]::new);
        deviceDown = new boolean[devices.size()];
        recorder = new SuperblockRecorder(devices, new Recorded());
        deviceOfSlot = new int[membership.slotCount()];
        stateOfSlot = new SlotState[membership.slotCount()];
        for (int slot = 0; slot < deviceOfSlot.length; slot++) {
            deviceOfSlot[slot] = membership.device(slot);
            stateOfSlot[slot] = membership.state(slot);
        }
        vouchedResynced = resyncedWindows;
        vouchedRecovered = new long[deviceOfSlot.length];
        Arrays.setAll(vouchedRecovered, slot -> recovered[slot].get());
    }

    /** Name the shards, before any agent starts. */
    void shards(List<Shard> all) {
        shards = all;
        gate.shards(all);
    }

    @Override
    public String roleName() {
        return "conductor";
    }

    @Override
    public void onStart() {
        if (writable) {
            recorder.open(loop);
        }
        if (writable) {
            activateSpares();
            startPendingSync();
        }
    }

    @Override
    public void onClose() {
        if (writable) {
            recorder.close();
        }
        closed = true;
        ArrayException gone = new ArrayException(IoStatus.GONE, "the array was let go of before it came to rest");
        for (MaintenanceSession left : new MaintenanceSession[] {session, endingSession}) {
            if (left != null) {
                left.completion().completeExceptionally(gone);
            }
        }
        stopped.completeExceptionally(gone);
        for (Runnable left = commands.poll(); left != null; left = commands.poll()) {
            if (left instanceof Question<?> question) {
                question.giveUp();
            }
        }
    }

    // ---- from any thread ----

    @Override
    public void deviceFailed(int deviceIndex, IoStatus status, String operation) {
        command(() -> onDeviceFailed(deviceIndex, status, operation));
    }

    @Override
    public void dirtyWanted() {
        command(gate::onDirtyWanted);
    }

    @Override
    public void gateClosed(int shardIndex, boolean closed) {
        command(() -> gate.onGateClosed(closed));
    }

    @Override
    public void journalFailed(IoStatus status) {
        command(() -> onJournalFailed(status));
    }

    @Override
    public void readErrorCorrected(int deviceIndex, long memberOffset, int blockCount) {
        command(() -> {
            superblocks.addCorrectedBlocks(deviceIndex, blockCount);
            listener.onReadErrorCorrected(deviceNames[deviceIndex], memberOffset, blockCount);
        });
    }

    @Override
    public void blocksUnreadable(int slot, long memberOffset, int blockCount) {
        command(() -> listener.onBlocksUnreadable(slot, memberOffset, blockCount));
    }

    /** Something that somebody waits for; answered in any case, also when nobody is left to ask. */
    private record Question<T>(CompletableFuture<T> answer, Supplier<T> question, T otherwise) implements Runnable {
        @Override
        public void run() {
            answer.complete(question.get());
        }

        void giveUp() {
            answer.complete(otherwise);
        }
    }

    private <T> CompletableFuture<T> ask(Supplier<T> supplier, T otherwise) {
        Question<T> question = new Question<>(new CompletableFuture<>(), supplier, otherwise);
        command(question);
        if (closed) {
            // Asked too late, perhaps, for the last look into the queue.
            question.giveUp();
        }
        return question.answer();
    }

    private void command(Runnable command) {
        commands.offer(command);
        loop.wake();
    }

    /** How the array stands now. */
    ArrayState state() {
        Membership now = membership;
        List<ArrayState.Slot> slots = new ArrayList<>();
        for (int slot = 0; slot < now.slotCount(); slot++) {
            boolean inSync = now.state(slot) == SlotState.IN_SYNC;
            long windows = inSync ? geometry.windowCount() : now.recoveredWindows(slot);
            slots.add(new ArrayState.Slot(
                    now.device(slot) < 0 ? "" : deviceNames[now.device(slot)],
                    inSync,
                    now.device(slot) < 0 ? 0 : geometry.memberOffset(windows)));
        }
        ArrayState.Condition condition;
        String reason = "";
        if (arrayFailed) {
            condition = ArrayState.Condition.FAILED;
            reason = now.missingCount() + " slots have no complete member";
        } else if (journalDown) {
            condition = ArrayState.Condition.READ_ONLY;
            reason = "its journal has failed";
        } else if (!writable) {
            condition = ArrayState.Condition.READ_ONLY;
            reason = "it was opened for reading only";
        } else {
            condition = now.missingCount() > 0 ? ArrayState.Condition.DEGRADED : ArrayState.Condition.HEALTHY;
        }
        return new ArrayState(condition, reason, slots, journal != null && !journalDown);
    }

    /** The engine's side of maintenance sessions. */
    public SyncSupport syncSupport() {
        return support;
    }

    /**
     * Run a session, unless one is running already.
     *
     * @param next to run.
     * @return completed with whether it was started.
     */
    public CompletableFuture<Boolean> startSession(MaintenanceSession next) {
        return ask(() -> tryStart(next), false);
    }

    /** The session that runs now, or null. */
    public CompletableFuture<MaintenanceSession> currentSession() {
        return ask(() -> session == null ? endingSession : session, null);
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
            if (session != null) {
                session.stop();
            }
        });
        return stopped;
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
        if (session != null) {
            work += session.doWork(nowNs);
        }
        if (journalToBeGivenUp) {
            giveUpJournal();
        }
        if (writable) {
            work += recorder.poll();
            if (journal == null) {
                gate.tick(nowNs, stopping && requestsAtRest.getAsBoolean());
            }
            work += updateIfWanted();
        }
        if (stopping && !stopped.isDone()) {
            work += finishStopping();
        }
        return work;
    }

    private int updateIfWanted() {
        if (!recorder.isIdle() || arrayFailed) {
            return 0;
        }
        boolean tailWanted = journal != null && !journalDown && wantsTailMoved();
        if (!updateWanted && !gate.wantsUpdate() && !tailWanted) {
            return 0;
        }
        long tail = tailWanted ? journal.reclaimablePosition() : recordedTail;
        writtenVersion = membership.version();
        writtenDirty = gate.isDirty();
        writtenTail = tail;
        for (int slot = 0; slot < deviceOfSlot.length; slot++) {
            if (deviceOfSlot[slot] >= 0) {
                boolean recovering = stateOfSlot[slot] == SlotState.RECOVERING;
                superblocks.condition(
                        deviceOfSlot[slot],
                        recovering ? MemberCondition.RECOVERING : MemberCondition.IN_SYNC,
                        slot,
                        support.memberSector(recoveredWindows[slot].get()));
            }
        }
        superblocks.next(resyncOffset(), tail, epochClock.time() / 1000);
        boolean flushFirst = updateVouches || gate.vouches() || tailWanted || haveMarksMoved();
        updateWanted = false;
        updateVouches = false;
        recorder.start(superblocks, device -> !deviceDown[device], flushFirst);
        return 1;
    }

    /**
     * Whether a resync or a recovery has come further than the last superblocks said. Those about to be written say how far,
     * whatever the reason they are written for, so what lies below the marks must be durable.
     */
    private boolean haveMarksMoved() {
        boolean moved = vouchedResynced != resyncedWindows;
        vouchedResynced = resyncedWindows;
        for (int slot = 0; slot < stateOfSlot.length; slot++) {
            long recovered = recoveredWindows[slot].get();
            moved |= stateOfSlot[slot] == SlotState.RECOVERING && vouchedRecovered[slot] != recovered;
            vouchedRecovered[slot] = recovered;
        }
        return moved;
    }

    /**
     * What the superblocks say of parity. With a journal no write can make it misfit, because the journal is replayed first;
     * but where a new array has not been resynced yet, nobody can say that it fits.
     */
    private long resyncOffset() {
        long goodUntilSectors = resyncedWindows >= geometry.windowCount()
                ? SuperblockDescriptor.MAX_SECTOR
                : support.memberSector(resyncedWindows);
        return SuperblockUpdate.resyncOffset(gate.isDirty(), journal != null, goodUntilSectors);
    }

    private boolean wantsTailMoved() {
        if (journal.reclaimablePosition() == recordedTail) {
            return false;
        }
        // Parity that a repair or resync has just made right must not be undone by replaying a record from before it.
        return journal.spaceWanted() || stopping || endingSession != null;
    }

    /** What becomes of a generation of superblocks. */
    private final class Recorded implements SuperblockRecorder.Outcome {
        @Override
        public void onDeviceFailed(int device, IoStatus status, String operation) {
            if (device == journalDevice) {
                onJournalFailed(status);
            } else {
                Conductor.this.onDeviceFailed(device, status, operation);
            }
        }

        @Override
        public void onEnd(boolean recorded) {
            if (!recorded) {
                // Whoever failed is out of the membership by now; try again without it.
                updateWanted = true;
                updateVouches = true;
                return;
            }
            recordedVersion = writtenVersion;
            broadcast(new ShardControl.MembershipRecorded(recordedVersion));
            gate.onRecorded(writtenDirty);
            if (journal != null && writtenTail != recordedTail) {
                recordedTail = writtenTail;
                journal.tailMoved(writtenTail);
            }
            if (endingSession != null && !updateWanted) {
                completeSession();
            }
        }
    }

    // ---- members ----

    private void onDeviceFailed(int device, IoStatus status, String operation) {
        if (deviceDown[device] || arrayFailed) {
            return;
        }
        deviceDown[device] = true;
        int slot = membership.slotOf(device);
        if (slot >= 0) {
            boolean wasInSync = stateOfSlot[slot] == SlotState.IN_SYNC;
            stateOfSlot[slot] = SlotState.MISSING;
            deviceOfSlot[slot] = -1;
            publishMembership();
            listener.onMemberFailed(deviceNames[device], slot, status, operation);
            if (wasInSync && membership.missingCount() > parityCount) {
                failArray();
                return;
            }
            cutSessionShort(wasInSync);
        } else {
            listener.onMemberFailed(deviceNames[device], -1, status, operation);
        }
        superblocks.condition(device, MemberCondition.FAULTY, slot, 0);
        updateWanted = writable;
        if (writable && session == null) {
            activateSpares();
            startPendingSync();
        }
    }

    /**
     * A recovery that lost its last target has nothing left to do. A resync that lost a member has nothing left to compare at
     * level 4 or 5: it must not walk on to the end and call parity good that nobody has seen, so it waits until the slot is
     * filled again.
     */
    private void cutSessionShort(boolean wasInSync) {
        if (session == null) {
            return;
        }
        boolean targetsGone = session.activity() == SyncActivity.RECOVERY && !anyRecovering();
        boolean comparesNothing = session.activity() == SyncActivity.RESYNC && wasInSync;
        if (targetsGone || comparesNothing) {
            sessionCutShort = true;
            session.stop();
        }
    }

    private boolean anyRecovering() {
        for (SlotState state : stateOfSlot) {
            if (state == SlotState.RECOVERING) {
                return true;
            }
        }
        return false;
    }

    private void failArray() {
        arrayFailed = true;
        broadcast(new ShardControl.ArrayFailed());
        if (journal != null) {
            // The tail will not move any more, so nothing may wait for that.
            journal.refuse(IoStatus.GONE);
        }
        if (session != null) {
            session.stop();
        }
        if (endingSession != null) {
            // No superblock is written any more, so there is no record to wait for.
            completeSession();
        }
        listener.onArrayFailed(membership.missingCount());
    }

    private void onJournalFailed(IoStatus status) {
        if (journalDown || arrayFailed) {
            return;
        }
        journalDown = true;
        deviceDown[journalDevice] = true;
        // Also when it was a superblock that could not be written: no record may become durable from here on.
        journal.fail(status);
        journalToBeGivenUp = true;
        broadcast(new ShardControl.RefuseWrites());
        listener.onJournalFailed(deviceNames[journalDevice], status);
    }

    /**
     * Call the journal failed once nothing that it holds a record of is still on its way to the members.
     *
     * <p>From then on nobody replays the log. A crash while a stripe is half written would otherwise find neither a record to
     * finish it with nor a mark that it is dirty. What was answered may be nowhere but in the log and in members' caches, so
     * the generation flushes first.
     */
    private void giveUpJournal() {
        for (Shard shard : shards) {
            if (shard.writesUnderWay() > 0) {
                return;
            }
        }
        journalToBeGivenUp = false;
        superblocks.condition(journalDevice, MemberCondition.FAULTY, -1, 0);
        updateWanted = true;
        updateVouches = true;
    }

    private void publishMembership() {
        membership = new Membership(membership.version() + 1, deviceOfSlot, stateOfSlot, recoveredWindows, badRanges);
        broadcast(new ShardControl.UseMembership(membership));
    }

    /** Give every empty slot a spare, while there are any; {@link #startPendingSync} then fills them. */
    private void activateSpares() {
        boolean changed = false;
        for (int slot = 0; slot < deviceOfSlot.length; slot++) {
            int spare = deviceOfSlot[slot] < 0 ? anySpare() : -1;
            if (spare >= 0) {
                recoveredWindows[slot] = new AtomicLong();
                deviceOfSlot[slot] = spare;
                stateOfSlot[slot] = SlotState.RECOVERING;
                superblocks.condition(spare, MemberCondition.RECOVERING, slot, 0);
                changed = true;
            }
        }
        if (changed) {
            publishMembership();
            updateWanted = true;
        }
    }

    private int anySpare() {
        for (MemberDevice member : members) {
            if (!deviceDown[member.index()] && superblocks.condition(member.index()) == MemberCondition.SPARE) {
                return member.index();
            }
        }
        return -1;
    }

    // ---- maintenance ----

    private void startPendingSync() {
        SyncActivity activity = null;
        long first = 0;
        if (anyRecovering()) {
            activity = SyncActivity.RECOVERY;
            first = Long.MAX_VALUE;
            for (int slot = 0; slot < stateOfSlot.length; slot++) {
                if (stateOfSlot[slot] == SlotState.RECOVERING) {
                    first = Math.min(first, recoveredWindows[slot].get());
                }
            }
        } else if (resyncedWindows < geometry.windowCount() && membership.missingCount() == 0) {
            activity = SyncActivity.RESYNC;
            first = resyncedWindows;
        }
        if (activity != null && !arrayFailed && !stopping) {
            tryStart(sessions.create(activity, first, support));
        }
    }

    private boolean tryStart(MaintenanceSession next) {
        if (session != null || endingSession != null || arrayFailed || stopping) {
            return false;
        }
        session = next;
        listener.onSyncStarted(next.activity());
        return true;
    }

    private final class Support implements SyncSupport {
        @Override
        public long windowCount() {
            return geometry.windowCount();
        }

        @Override
        public long windowLength() {
            return geometry.length();
        }

        @Override
        public long memberSector(long window) {
            return geometry.memberOffset(window) / DeviceGeometry.SECTOR_LENGTH;
        }

        @Override
        public void submit(SyncStep step) {
            shards.get((int) (geometry.row(step.window()) % shards.size())).sync(step);
        }

        @Override
        public void onAdvance(SyncActivity activity, long doneBelow) {
            if (activity == SyncActivity.RECOVERY) {
                for (int slot = 0; slot < stateOfSlot.length; slot++) {
                    if (stateOfSlot[slot] == SlotState.RECOVERING && recoveredWindows[slot].get() < doneBelow) {
                        recoveredWindows[slot].set(doneBelow);
                    }
                }
            } else if (activity == SyncActivity.RESYNC) {
                resyncedWindows = doneBelow;
                broadcast(new ShardControl.ParityConsistent(doneBelow));
            }
        }

        @Override
        public void checkpoint() {
            if (session.activity() == SyncActivity.RECOVERY || session.activity() == SyncActivity.RESYNC) {
                updateWanted = true;
                updateVouches = true;
            }
        }

        @Override
        public void onEnd(MaintenanceSession ended, Outcome outcome) {
            session = null;
            endingSession = ended;
            endingOutcome = outcome;
            if (outcome == Outcome.COMPLETE && ended.activity() == SyncActivity.RECOVERY) {
                for (int slot = 0; slot < stateOfSlot.length; slot++) {
                    if (stateOfSlot[slot] == SlotState.RECOVERING
                            && recoveredWindows[slot].get() >= geometry.windowCount()) {
                        stateOfSlot[slot] = SlotState.IN_SYNC;
                    }
                }
                publishMembership();
            }
            if (ended.activity() == SyncActivity.CHECK || arrayFailed || !writable) {
                completeSession();
            } else {
                updateWanted = true;
                updateVouches = true;
            }
        }

        @Override
        public void wake() {
            loop.wake();
        }
    }

    private void completeSession() {
        MaintenanceSession ended = endingSession;
        Outcome outcome = endingOutcome;
        endingSession = null;
        endingOutcome = null;
        SyncProgress progress = ended.progress();
        listener.onSyncEnded(progress);
        ended.completion().complete(progress);
        boolean cutShort = sessionCutShort;
        sessionCutShort = false;
        if (writable && !arrayFailed && (cutShort || mayGoOn(ended.activity(), outcome))) {
            activateSpares();
            startPendingSync();
        }
    }

    /** Whether what became due while a session ran may begin; what failed or was stopped is not begun again by itself. */
    private boolean mayGoOn(SyncActivity activity, Outcome outcome) {
        boolean isDue = activity == SyncActivity.RECOVERY || activity == SyncActivity.RESYNC;
        return outcome == Outcome.COMPLETE || !isDue;
    }

    // ---- stopping ----

    private int finishStopping() {
        if (session != null || (endingSession != null && !arrayFailed) || !requestsAtRest.getAsBoolean()) {
            return 0;
        }
        if (writable && !arrayFailed) {
            if (!recorder.isIdle() || updateWanted || journalToBeGivenUp || gate.wantsUpdate() || !gate.isClean()) {
                return 0;
            }
            if (journal != null && !journalDown) {
                boolean closed = journal.closeClean();
                if (journal.isFailed()) {
                    // Nothing answered is lost: the next start replays from the old tail.
                    onJournalFailed(IoStatus.MEDIA_ERROR);
                    return 1;
                }
                if (!closed || wantsTailMoved()) {
                    return 0;
                }
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
