package io.holdfast.cli.daemon;

import io.holdfast.cli.daemon.ArrayStatus.Device;
import io.holdfast.cli.daemon.ArrayStatus.Journal;
import io.holdfast.cli.daemon.ArrayStatus.Replay;
import io.holdfast.cli.daemon.ArrayStatus.Scrub;
import io.holdfast.cli.daemon.ArrayStatus.Sync;
import io.holdfast.journal.JournalUse;
import io.holdfast.nbd.ArrayExport;
import io.holdfast.nbd.NbdServer;
import io.holdfast.nbd.NbdServerContext;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ReplayProgress;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncTask;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockFeature;
import io.holdfast.raid.metadata.SuperblockLocation;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.CloseHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running array with its two ways in: NBD for its bytes, and the control socket for everything else. Thread-safe.
 *
 * <p>What is started first is stopped last: the lock, the array, NBD, the control socket. So a client never finds a socket behind
 * which there is no array, and the devices are free when the last socket is gone.
 */
public final class ArrayDaemon {
    private static final Logger LOGGER = LoggerFactory.getLogger(ArrayDaemon.class);
    private static final long TICK_MS = 1000;
    private static final long CLIENT_PATIENCE_NS = 60_000_000_000L;
    /** How long a status waits for a device that has to be read for it; it is told from memory then. */
    private static final long LOOK_LIMIT_MS = 300;

    private final DaemonContext context;
    private final EventLog events;
    private final SyncMeter meter = new SyncMeter();
    private final SuperblockWatch superblocks;
    private final List<NbdServer> servers = new ArrayList<>();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final ScheduledExecutorService housekeeper;
    private final long startedSeconds;
    private DaemonLock lock;
    private RaidArray array;
    private ControlServer control;
    private ScrubKeeper scrubs;

    private ArrayDaemon(DaemonContext context) {
        this.context = context;
        events = new EventLog(context.name());
        superblocks = new SuperblockWatch(
                context.examiner(), context.plan().reference().copy());
        startedSeconds = context.clock().instant().getEpochSecond();
        housekeeper = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "housekeeper");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Start an array and serve it.
     *
     * @param context what and where.
     * @return the running daemon.
     * @throws DaemonException when the array is running already, or a socket cannot be had. The array is stopped again then.
     * @throws ArrayException  when the array must not start.
     */
    public static ArrayDaemon start(DaemonContext context) {
        ArrayDaemon daemon = new ArrayDaemon(context);
        boolean isDone = false;
        try {
            daemon.start();
            isDone = true;
            return daemon;
        } finally {
            if (!isDone) {
                daemon.release();
            }
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a tick deals with its failures itself
    private void start() {
        lock = DaemonLock.take(
                context.folder(), context.name(), ProcessHandle.current().pid());
        array = context.assembler().apply(events);
        try {
            servers.add(NbdServer.start(server().socketPath(context.folder().nbd(context.name()))));
            if (context.listen() != null) {
                servers.add(NbdServer.start(server().address(context.listen()).insecure(context.insecure())));
            }
        } catch (UncheckedIOException e) {
            throw new DaemonException(e.getMessage());
        }
        scrubs = new ScrubKeeper(
                context.name(),
                ScrubKeeper.Work.of(array, events),
                context.folder().scrubs(array.description().uuid()),
                context.clock(),
                context.scrubPeriodSeconds());
        control = new ControlServer(
                context.folder().control(context.name()),
                new DaemonVerbs(this),
                context.nanoClock(),
                CLIENT_PATIENCE_NS);
        housekeeper.scheduleWithFixedDelay(this::tick, 0, TICK_MS, TimeUnit.MILLISECONDS);
        LOGGER.info(
                "{}: running: uuid={} level={} length={} uri={}",
                context.name(),
                array.description().uuid(),
                array.description().level(),
                array.length(),
                uris());
        array.description().summary().lines().forEach(line -> LOGGER.info("{}: {}", context.name(), line));
    }

    private NbdServerContext server() {
        return new NbdServerContext().export(new ArrayExport(context.name(), array));
    }

    private void tick() {
        try {
            control.tidy();
            SyncTask task = array.currentSync();
            if (task == null) {
                meter.rest();
            } else {
                SyncProgress now = task.progress();
                meter.sample(context.nanoClock().getAsLong(), now.activity(), now.doneLength(), now.totalLength());
            }
            scrubs.tick();
        } catch (ArrayException e) {
            // It is being stopped just now.
            LOGGER.debug("{}: {}", context.name(), e.getMessage());
        } catch (RuntimeException e) {
            LOGGER.error("{}: housekeeping failed", context.name(), e);
        }
    }

    /** What NBD clients reach the array by, the unix socket's first. */
    public List<String> uris() {
        return servers.stream().map(NbdServer::uri).toList();
    }

    /** The array. */
    RaidArray array() {
        return array;
    }

    DaemonContext context() {
        return context;
    }

    ScrubKeeper scrubs() {
        return scrubs;
    }

    EventLog events() {
        return events;
    }

    /** Whether the array is coming to rest. */
    boolean isStopping() {
        return stopping.get();
    }

    /** NBD connections now. */
    int clientCount() {
        return servers.stream().mapToInt(NbdServer::connectionCount).sum();
    }

    // ---- status ----

    /** How the array stands. */
    public ArrayStatus status() {
        ArrayState state = array.state();
        refresh(state);
        Superblock superblock = superblocks.latest();
        ArrayLayout layout = array.description().layout();
        SyncTask task = array.currentSync();
        ReplayProgress replay = array.replayProgress();
        return new ArrayStatus(
                context.name(),
                ProcessHandle.current().pid(),
                startedSeconds,
                uris(),
                clientCount(),
                array.description().name(),
                array.description().uuid(),
                SuperblockLocation.of(superblock.superOffsetSectors()).version(),
                layout.level().number(),
                layout.algorithm(),
                layout.chunkLength(),
                layout.memberCount(),
                layout.parityCount(),
                layout.memberLength(),
                array.length(),
                seconds(superblock.creationTime()),
                seconds(superblock.updateTime()),
                superblock.events(),
                superblock.resyncOffsetSectors() == -1,
                word(state.condition().name()),
                state.reason(),
                policy(superblock),
                devices(state),
                task == null ? null : sync(task.progress()),
                events.lastSync() == null ? null : sync(events.lastSync()),
                journal(state, superblock),
                replay.isOver() ? null : new Replay(replay.length(), replay.lengthDone()),
                scrub());
    }

    private Scrub scrub() {
        ScrubRecord record = scrubs.record();
        boolean isNothingKnown = scrubs.periodSeconds() == 0 && record.endedSeconds() == 0 && !record.paused();
        return isNothingKnown
                ? null
                : new Scrub(
                        scrubs.periodSeconds(),
                        scrubs.nextSeconds(),
                        record.paused(),
                        record.resumeOffset(),
                        record.activity(),
                        record.outcome(),
                        record.endedSeconds(),
                        record.mismatchedSectors());
    }

    private static List<Device> devices(ArrayState state) {
        List<Device> devices = new ArrayList<>();
        for (ArrayState.Device device : state.devices()) {
            String role =
                    switch (device.condition()) {
                        case IN_SYNC -> ArrayStatus.IN_SYNC;
                        case RECOVERING -> ArrayStatus.REBUILDING;
                        case REPLACING -> ArrayStatus.REPLACEMENT;
                        case SPARE -> ArrayStatus.SPARE;
                        case FAULTY -> ArrayStatus.FAULTY;
                        case JOURNAL -> ArrayStatus.JOURNAL;
                    };
            boolean isServing = role.equals(ArrayStatus.IN_SYNC) || role.equals(ArrayStatus.REBUILDING);
            int slot = isServing || role.equals(ArrayStatus.REPLACEMENT) ? device.slot() : -1;
            long length = isServing ? state.slots().get(slot).recoveredLength() : 0;
            devices.add(new Device(device.name(), device.number(), slot, role, length));
        }
        // Those without a slot come last.
        devices.sort(Comparator.comparingInt((Device device) -> device.slot() < 0 ? Integer.MAX_VALUE : device.slot())
                .thenComparingInt(Device::number));
        return devices;
    }

    private void refresh(ArrayState state) {
        try {
            Future<?> look = housekeeper.submit(() -> superblocks.refresh(state));
            look.get(LOOK_LIMIT_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | RejectedExecutionException e) {
            LOGGER.debug("{}: superblocks as they were last seen: {}", context.name(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            LOGGER.error("{}: looking at superblocks failed", context.name(), e.getCause());
        }
    }

    private Sync sync(SyncProgress now) {
        boolean isRunning = now.outcome() == SyncProgress.Outcome.RUNNING;
        return new Sync(
                word(now.activity().name()),
                word(now.outcome().name()),
                now.doneLength(),
                now.totalLength(),
                now.mismatchedSectors(),
                isRunning ? meter.lengthPerSecond(context.nanoClock().getAsLong(), now.doneLength()) : 0,
                now.message());
    }

    private Journal journal(ArrayState state, Superblock superblock) {
        if (!state.journaled() && !superblock.hasFeature(SuperblockFeature.JOURNAL)) {
            return null;
        }
        JournalUse use = array.journalUse().orElse(new JournalUse(0, 0, 0, 0, 0, 0));
        return new Journal(
                state.journaled(),
                array.journalMode() == JournalMode.WRITE_BACK ? "write-back" : "write-through",
                word(array.onJournalLoss().name()),
                use.capacity(),
                use.used(),
                use.waitingCount(),
                use.batchCount(),
                use.transactionCount(),
                use.meanBatchLength());
    }

    private static String policy(Superblock superblock) {
        if (superblock.hasFeature(SuperblockFeature.JOURNAL)) {
            return "journal";
        }
        return superblock.hasFeature(SuperblockFeature.BITMAP) ? "bitmap" : "resync";
    }

    /** The seconds of a superblock's time, which has microseconds in its upper 24 bits. */
    private static long seconds(long time) {
        return time & (1L << 40) - 1;
    }

    static String word(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    // ---- the end ----

    /**
     * Bring the array to rest, let go of everything, and wait for that. Whoever comes second waits for the first.
     *
     * @throws RuntimeException when the array could not be brought to rest in order; the next start recovers it. Everything has
     *                          been let go of then, too.
     */
    public void stop() {
        if (stopping.compareAndSet(false, true)) {
            LOGGER.info("{}: stopping", context.name());
            try {
                release();
                LOGGER.info("{}: stopped", context.name());
                ended.complete(null);
            } catch (RuntimeException e) {
                LOGGER.error(
                        "{}: did not come to rest in order; the next start recovers it: {}",
                        context.name(),
                        e.toString());
                ended.completeExceptionally(e);
            }
        }
        ended.join();
    }

    private void release() {
        // An error of one must not keep the others.
        CloseHelper.closeAll(
                this::releaseHousekeeper, this::releaseServers, array, this::releaseScrubs, this::releaseSockets, lock);
    }

    private void releaseHousekeeper() {
        housekeeper.shutdown();
    }

    private void releaseServers() {
        CloseHelper.closeAll(servers);
    }

    private void releaseScrubs() {
        if (scrubs != null) {
            scrubs.close();
        }
    }

    private void releaseSockets() {
        if (control != null) {
            control.stopListening();
        }
    }

    /**
     * Wait until the array has been stopped, by whomever, and everybody who waits for that has been told.
     *
     * @return whether it came to rest in order.
     */
    public boolean awaitEnd() {
        boolean isInOrder = ended.handle((nothing, error) -> error == null).join();
        control.close();
        return isInOrder;
    }
}
