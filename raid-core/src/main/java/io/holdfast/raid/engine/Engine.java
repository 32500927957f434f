package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.LogMirror;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.ReplayProgress;
import io.holdfast.raid.ScrubMode;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncTask;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.parity.ParityCodec;
import io.holdfast.raid.parity.StripeParity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.agrona.concurrent.Agent;

/**
 * The running parts of one array: its shards, its journaler, its conductor, and the loops that turn them. It admits
 * requests; it knows nothing of how the array was found.
 *
 * <p>The conductor, the journaler and the first shard share the first loop; every further shard has a loop of its own.
 */
public final class Engine implements AutoCloseable {
    private final List<IoLoop> loops;
    private final List<Shard> shards;
    private final Conductor conductor;
    private final RequestPool requests;
    private final ArrayLayout layout;
    private final SessionFactory sessions;
    private final WindowGeometry geometry;
    private final RandomGenerator random;
    /** As it was at the start: for what never changes. */
    private final Superblock memberSuperblock;

    private final List<OnLoop> agents = new ArrayList<>();
    private final AtomicInteger agentsLeft = new AtomicInteger();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile boolean ending;
    private volatile Throwable failure;

    /** An agent and where it runs. */
    private record OnLoop(IoLoop loop, GuardedAgent agent) {}

    /** Sees to it that the agents end together, and that everybody hears of it. */
    private final class Ward implements GuardedAgent.Ward {
        @Override
        public void onStarted(Thread thread) {
            threads.add(thread);
        }

        @Override
        public void onFailed(Throwable thrown) {
            failure = failure == null ? thrown : failure;
            ending = true;
            loops.forEach(IoLoop::wake);
        }

        @Override
        public boolean isEnding() {
            return ending;
        }

        @Override
        public void onEnded() {
            if (agentsLeft.decrementAndGet() == 0) {
                requests.close();
            }
        }
    }

    /**
     * Build the parts; nothing runs before {@link #start()}.
     *
     * @param start what the array is and how it stands.
     * @param loops one for each shard, owned by the engine from now on.
     */
    public Engine(EngineStart start, List<IoLoop> loops) {
        this.loops = List.copyOf(loops);
        layout = start.layout();
        requests = new RequestPool(start.requestCount(), start.errorHandler());
        sessions = start.sessions();
        geometry = start.geometry();
        random = start.random();
        memberSuperblock = start.superblocks().superblock(0).copy();
        JournalAgent journal = new JournalAgent(start.journal());
        conductor = new Conductor(loops.get(0), start, journal, loops.size(), requests::isIdle);
        shards = new ArrayList<>();
        ParityCodec codec = start.codec();
        for (int i = 0; i < loops.size(); i++) {
            shards.add(new Shard(
                    i,
                    loops.size(),
                    loops.get(i),
                    layout,
                    geometry,
                    new StripeParity(codec, layout),
                    start.members(),
                    start.membership(),
                    start.journal(),
                    conductor,
                    start.operationCount(),
                    start.requestCount(),
                    start.writable(),
                    start.bitmap() == null ? null : start.bitmap().regions(),
                    start.replay(),
                    start.resyncedWindows(),
                    start.nanoClock(),
                    start.deviceTimeLimitNs()));
        }
        conductor.shards(shards);
        for (int i = 0; i < shards.size(); i++) {
            add(this.loops.get(i), shards.get(i));
        }
        add(this.loops.get(0), journal);
        add(this.loops.get(0), conductor);
        agentsLeft.set(agents.size());
    }

    private void add(IoLoop loop, Agent agent) {
        agents.add(new OnLoop(loop, new GuardedAgent(agent, new Ward())));
    }

    /** Set the agents going. */
    public void start() {
        for (OnLoop agent : agents) {
            agent.loop.start(agent.agent);
        }
    }

    /** The requests that callers fill in. */
    public RequestPool requests() {
        return requests;
    }

    /** Who decides. */
    public Conductor conductor() {
        return conductor;
    }

    /**
     * Hand a prepared request to the shards it concerns. From any thread; never blocks.
     *
     * @param request its callback is told the outcome.
     */
    public void submit(ArrayRequest request) {
        publish(request);
        if (requests.isClosed()) {
            request.abort(IoStatus.GONE);
        }
    }

    private void publish(ArrayRequest request) {
        int count = shards.size();
        if (request.kind() == ArrayRequest.Kind.FLUSH || count == 1) {
            request.shares(1);
            shards.get(0).submit(request);
            return;
        }
        long rowLength = (long) layout.chunkLength() * layout.dataCount();
        long firstRow = request.offset() / rowLength;
        long lastRow = (request.offset() + Math.max(request.length(), 1) - 1) / rowLength;
        int concerned = (int) Math.min(count, lastRow - firstRow + 1);
        request.shares(concerned);
        for (int i = 0; i < concerned; i++) {
            shards.get((int) ((firstRow + i) % count)).submit(request);
        }
    }

    /** What ended the engine before its time, which can only be a bug; null when nothing did. */
    public Throwable failure() {
        return failure;
    }

    /** Whether the calling thread is one that agents run on, which must not wait for them. */
    public boolean isEngineThread() {
        return threads.contains(Thread.currentThread());
    }

    /** How far the replay of the last run's journal has come. From any thread. */
    public ReplayProgress replayProgress() {
        return conductor.replayProgress();
    }

    /** How the array stands now. From any thread. */
    public ArrayState state() {
        return conductor.state();
    }

    /**
     * Start a check or repair.
     *
     * @param mode        what is done where parity and data do not fit.
     * @param startOffset of every member's data, in bytes: nothing before it is looked at.
     * @return the work, going on.
     * @throws ArrayException when other work is going on, or nothing may be written.
     */
    public SyncTask startCheck(ScrubMode mode, long startOffset) {
        MaintenanceSession session = scrub(mode, geometry.windowOfMember(startOffset));
        if (!conductor.startSession(session).join()) {
            SyncTask current = currentSync();
            throw new ArrayException(
                    IoStatus.UNSUPPORTED,
                    "cannot start a " + session.activity().name().toLowerCase(Locale.ROOT) + ": "
                            + (current == null
                                    ? conductor.state().reason()
                                    : "a " + current.activity().name().toLowerCase(Locale.ROOT)
                                            + " is going on; wait for it or stop it first"));
        }
        return session;
    }

    /**
     * Start a check or repair, without waiting for its start.
     *
     * @param mode        what is done where parity and data do not fit.
     * @param startOffset of every member's data, in bytes: nothing before it is looked at.
     * @return the work, once it goes on; exceptionally, with an {@link ArrayException}, when other work is going on, or
     *     nothing may be written.
     */
    public CompletableFuture<SyncTask> startCheckAsync(ScrubMode mode, long startOffset) {
        MaintenanceSession session = scrub(mode, geometry.windowOfMember(startOffset));
        return conductor.startSession(session).thenApply(started -> {
            if (!started) {
                throw new ArrayException(
                        IoStatus.UNSUPPORTED,
                        "cannot start a " + session.activity().name().toLowerCase(Locale.ROOT)
                                + ": other work is going on, or the array is coming to rest; wait for that first");
            }
            return session;
        });
    }

    private MaintenanceSession scrub(ScrubMode mode, long firstWindow) {
        SyncStep.Action action =
                switch (mode) {
                    case CHECK -> SyncStep.Action.CHECK;
                    case CORRECT -> SyncStep.Action.CORRECT;
                    case CORRECT_OR_REWRITE_PARITY -> SyncStep.Action.CORRECT_OR_REWRITE;
                };
        SyncActivity activity = mode == ScrubMode.CHECK ? SyncActivity.CHECK : SyncActivity.REPAIR;
        return sessions.create(activity, action, firstWindow, conductor.syncSupport());
    }

    /**
     * Put another journal in the place of the one there is. Blocks while the devices are made ready.
     *
     * @param devices to hold a copy each, whose content is lost; none to go on without a journal.
     * @return completed when it is in use; exceptionally, with an {@link ArrayException}, when it is not.
     * @throws io.holdfast.raid.metadata.ConfigurationException when a device will not do.
     * @throws io.holdfast.blockdev.DeviceException             when it fails.
     */
    public CompletableFuture<Void> changeJournal(List<? extends BlockDevice> devices) {
        if (devices.isEmpty()) {
            return conductor.changeJournal(null);
        }
        if (conductor.bitmapStatus() != null) {
            // Known before anything is written to the devices; the keeper of the journal looks again.
            return CompletableFuture.failedFuture(
                    new ArrayException(IoStatus.UNSUPPORTED, "cannot change the journal: " + JournalKeeper.HAS_BITMAP));
        }
        long needed = Shard.leastLogLength(geometry.length(), layout.memberCount());
        return conductor.changeJournal(NewJournal.prepare(devices, memberSuperblock, needed, random));
    }

    /**
     * Add another copy to the journal there is. Blocks while the device is made ready.
     *
     * @param device to hold it, whose content is lost.
     * @return completed when it is in use; exceptionally, with an {@link ArrayException}, when it is not.
     * @throws io.holdfast.raid.metadata.ConfigurationException when the device will not do.
     * @throws io.holdfast.blockdev.DeviceException             when it fails.
     */
    public CompletableFuture<Void> addJournalCopy(BlockDevice device) {
        LogMirror mirror = conductor.journalMirror();
        if (mirror == null) {
            return CompletableFuture.failedFuture(new ArrayException(
                    IoStatus.UNSUPPORTED, "there is no working journal that a copy could be added to"));
        }
        return conductor.changeJournal(NewJournal.prepareCopy(
                device, memberSuperblock, mirror.geometry().sectors(), random));
    }

    /**
     * Take another device as a spare. Blocks while the device is made ready.
     *
     * @param device whose content is lost.
     * @return completed when the superblocks say so; exceptionally, with an {@link ArrayException}, when they do not.
     * @throws io.holdfast.raid.metadata.ConfigurationException when the device will not do.
     * @throws io.holdfast.blockdev.DeviceException             when it fails.
     */
    public CompletableFuture<Void> add(BlockDevice device) {
        // Known before anything is written to it; the conductor looks again.
        conductor.checkMayArrive(device);
        return conductor.add(NewMember.prepare(device, memberSuperblock, random));
    }

    /**
     * Take a member back that was away. Blocks while the device is looked at; nothing is written to it before it is taken.
     *
     * @param device that was a member.
     * @return completed when it is being brought up to date; exceptionally, with an {@link ArrayException}, when it cannot be.
     * @throws ArrayException when it was no member of this array.
     */
    public CompletableFuture<Void> takeBack(BlockDevice device) {
        conductor.checkMayArrive(device);
        return conductor.takeBack(ReturningMember.find(device, memberSuperblock));
    }

    /**
     * Copy a member to another device, which takes its slot when it is done. Blocks while the device is made ready.
     *
     * @param deviceName of the member.
     * @param with       whose content is lost; null for a spare that the array has.
     * @return completed when it is being done; exceptionally, with an {@link ArrayException}, when it cannot be.
     * @throws io.holdfast.raid.metadata.ConfigurationException when the device will not do.
     * @throws io.holdfast.blockdev.DeviceException             when it fails.
     */
    public CompletableFuture<Void> replace(String deviceName, BlockDevice with) {
        if (with == null) {
            return conductor.replace(deviceName, null);
        }
        conductor.checkMayArrive(with);
        return conductor.replace(deviceName, NewMember.prepare(with, memberSuperblock, random));
    }

    /** The session that runs now, or null. */
    public SyncTask currentSync() {
        return conductor.currentSession().join();
    }

    /** Bring the array to rest; see {@link Conductor#stop()}. */
    public CompletableFuture<Void> stop() {
        return conductor.stop();
    }

    /** Stop the agents and loops where they are. Without {@link #stop()} before, that is a crash as far as the disks know. */
    @Override
    public void close() {
        for (int i = agents.size() - 1; i >= 0; i--) {
            agents.get(i).loop.stop(agents.get(i).agent);
        }
        for (IoLoop loop : loops) {
            loop.close();
        }
    }
}
