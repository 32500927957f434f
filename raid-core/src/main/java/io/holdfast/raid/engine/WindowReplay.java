package io.holdfast.raid.engine;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalChecksum;
import io.holdfast.journal.LogMirror;
import io.holdfast.journal.MetaBlockDescriptor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One shard's part of a {@link BackgroundReplay}: brings the pages of a window from the log into the operation that owns it,
 * neighbours in one read, and insists on each page's checksum. The operation then writes them like anything else.
 *
 * <p>A page that cannot be read, or is not what it was when the log was scanned, is asked for once more, by itself, and of each
 * copy of the log by itself if there are several. If that does not help, the window is lost to whoever asks: what its members hold is older than what was answered, and perhaps torn, so it
 * is not served. The journal counts as failed then: a record behind such a page would not be found by the next start.
 *
 * <p>Confined to its shard's thread. Takes its memory when it is first needed, and lets go of it at the end.
 */
final class WindowReplay implements AutoCloseable {
    private static final int PAGE = BlockMask.BLOCK_LENGTH;
    private static final int MAX_LOADS = 64;

    /** Windows that are replayed at once without anybody having asked, while nobody wants any: enough to keep disks busy. */
    private static final int MAX_SWEEPS = 64;

    /** The same while the shard has other work: few to wait behind. */
    private static final int MAX_SWEEPS_ASIDE = 16;

    /** What lies between two pages is read along with them, up to 64 KiB. */
    private static final int MAX_BRIDGED_LENGTH = 64 * 1024;

    /** Pages of one window on their way from the log. */
    private static final class Load {
        final int index;
        /** By first page of a read: the page after its last. */
        final int[] end;
        /** By page: where in the memory it comes to lie. */
        final int[] place;
        /** By page: not had yet. */
        final boolean[] missing;

        UnsafeBuffer memory;
        /** The device has not given it back, and may yet write to it. */
        boolean memoryHeld;

        WindowOperation operation;
        UnreplayedWindow window;
        /** How often it has been tried again. */
        int attempt;
        /** Who is asked. */
        int source;

        int pending;
        int missingCount;
        IoStatus status;

        Load(int index, int pageCount) {
            this.index = index;
            end = new int[pageCount];
            place = new int[pageCount];
            missing = new boolean[pageCount];
        }
    }

    private final BackgroundReplay replay;
    private final ReplayMap map;
    private final WindowGeometry geometry;
    private final ConductorLink conductor;
    private final MemberView view;
    private final WindowFlow flow;
    private final WindowPool pool;
    private final MemberChannels log;
    private final int sourceCount;
    private final JournalChecksum checksum;
    private final IoCompletionHandler completion = this::onCompletion;
    private final int memoryLength;
    private final int channelCapacity;
    private final Load[] loads;
    private final ArrayDeque<Load> free;
    private final ArrayDeque<WindowOperation> waiting;
    private int sweepsUnderWay;
    private boolean isOpen;
    private boolean endTold;
    private boolean failureTold;

    /**
     * A shard's part.
     *
     * @param replay         of the array.
     * @param shard          whose part it is.
     * @param geometry       of the windows.
     * @param slotCount      of the array.
     * @param view           of the members.
     * @param conductor      told how it ends.
     * @param flow           gets operations back.
     * @param pool           of the shard.
     * @param clock          of the limit that follows.
     * @param timeLimitNs    how long the journal's device may take to answer.
     */
    WindowReplay(
            BackgroundReplay replay,
            int shard,
            WindowGeometry geometry,
            int slotCount,
            MemberView view,
            ConductorLink conductor,
            WindowFlow flow,
            WindowPool pool,
            NanoClock clock,
            long timeLimitNs) {
        this.replay = replay;
        map = replay.map(shard);
        this.geometry = geometry;
        this.view = view;
        this.conductor = conductor;
        this.flow = flow;
        this.pool = pool;
        List<MemberDevice> sources = sources(replay.area());
        sourceCount = sources.size();
        log = new MemberChannels(sources, clock, timeLimitNs);
        checksum = new JournalChecksum(replay.area().uuid());
        int pageCount = slotCount * geometry.blockCount();
        memoryLength = (pageCount + pageCount / 4) * PAGE;
        loads = new Load[map.isOver() ? 0 : Math.max(2, Math.min(MAX_LOADS, pool.capacity() / 4))];
        channelCapacity = loads.length * pageCount;
        free = new ArrayDeque<>(MAX_LOADS);
        waiting = new ArrayDeque<>(pool.capacity());
        for (int i = 0; i < loads.length; i++) {
            loads[i] = new Load(i, pageCount);
            free.add(loads[i]);
        }
    }

    /** Who is asked for a page: the log, and after that once more, or each of its copies by itself. */
    private static List<MemberDevice> sources(JournalArea area) {
        List<MemberDevice> sources = new ArrayList<>();
        long areaOffset = area.offsetSectors() * DeviceGeometry.SECTOR_LENGTH;
        sources.add(new MemberDevice(0, area.device(), areaOffset, -1));
        if (area.device() instanceof LogMirror mirror && mirror.copies().size() > 1) {
            for (int copy = 0; copy < mirror.copies().size(); copy++) {
                if (!mirror.isFailed(copy)) {
                    LogMirror.Copy from = mirror.copies().get(copy);
                    sources.add(new MemberDevice(sources.size(), from.device(), from.offset() + areaOffset, -1));
                }
            }
        }
        return sources;
    }

    void open(IoLoop loop) {
        if (loads.length > 0) {
            log.open(loop, channelCapacity);
            isOpen = true;
        }
    }

    @Override
    public void close() {
        if (isOpen) {
            isOpen = false;
            log.close();
        }
    }

    // ---- what is left ----

    /** Whether any window is left, replayable or not. */
    boolean holdsAny() {
        return !map.isEmpty();
    }

    /** Whether the members do not have all of a window. */
    boolean holds(long window) {
        return map.get(window) != null;
    }

    /**
     * Operations that are kept for the replay while it goes on. All others may come to wait for room in the log, which there
     * may not be before the replay is over.
     */
    int reservedCount() {
        return endTold ? 0 : Math.max(0, reserve() - sweepsUnderWay);
    }

    private int reserve() {
        return Math.max(2, pool.capacity() / 8);
    }

    /**
     * Before anything is done in a window that {@link #holds} something, have the members get what the log has of it; or
     * refuse what waits for it.
     */
    void first(WindowOperation operation) {
        operation.begin(Piece.Work.REPLAY);
        if (map.get(operation.window).isDamaged()) {
            operation.status = IoStatus.MEDIA_ERROR;
        } else if (view.arrayFailed() || view.tooManyAreLost()) {
            operation.status = IoStatus.GONE;
        }
        if (operation.status == IoStatus.OK) {
            operation.putBackPieces();
            load(operation);
        } else {
            flow.finish(operation);
        }
    }

    // ---- duty ----

    /** Whether windows are left that can be replayed. */
    boolean isUnderWay() {
        return !endTold;
    }

    /** Deliver what the log's device has answered, and go on to windows that nobody has asked for, in member order. */
    int doWork() {
        if (endTold) {
            return 0;
        }
        int work = isOpen ? log.poll(completion, this::onLate) : 0;
        while (maySweep()) {
            long window = map.pollNext();
            if (window == ReplayMap.NONE) {
                break;
            }
            work++;
            if (pool.owner(window) == null) {
                WindowOperation operation = pool.take(window);
                operation.sweeping = true;
                sweepsUnderWay++;
                first(operation);
            }
        }
        return work + tellIfOver();
    }

    /** A quarter of what there is of everything is for windows that somebody waits for. */
    private boolean maySweep() {
        int spared = sweepsUnderWay < reserve() ? 0 : pool.capacity() / 4;
        boolean isAlone = pool.freeCount() + sweepsUnderWay == pool.capacity();
        return sweepsUnderWay < (isAlone ? MAX_SWEEPS : MAX_SWEEPS_ASIDE)
                && pool.freeCount() > spared
                && free.size() > loads.length / 4
                && !view.arrayFailed()
                && !view.tooManyAreLost();
    }

    private int tellIfOver() {
        if (!map.isOver()) {
            return 0;
        }
        endTold = true;
        for (Load load : loads) {
            load.memory = null;
        }
        conductor.replayEnded();
        return 1;
    }

    private void onLate(long token, IoStatus status) {
        // Its memory was left to it, and to the collector from now on.
    }

    /** An operation that replayed its window has come to its end. */
    void finished(WindowOperation operation) {
        sweepsUnderWay -= operation.sweeping ? 1 : 0;
        operation.sweeping = false;
        if (operation.status == IoStatus.OK) {
            UnreplayedWindow window = map.get(operation.window);
            map.done(window);
            replay.windowDone(window.pageCount());
        }
    }

    // ---- from the log ----

    /** Bring a window's pages into the operation that owns it, and mark them to be written. */
    private void load(WindowOperation operation) {
        Load load = free.pollFirst();
        if (load == null) {
            waiting.add(operation);
        } else {
            start(load, operation);
        }
    }

    private void start(Load load, WindowOperation operation) {
        load.operation = operation;
        load.window = map.get(operation.window);
        load.attempt = 0;
        load.source = 0;
        load.missingCount = load.window.pageCount();
        load.status = IoStatus.OK;
        if (load.memory == null) {
            load.memory = BufferSlab.allocate(memoryLength);
        }
        // One extra, so that what is answered while submitting does not end it early.
        load.pending = 1;
        if (log.isSuspect(0)) {
            load.status = IoStatus.GONE;
            Arrays.fill(load.missing, 0, load.window.pageCount(), true);
        } else {
            readInRuns(load);
        }
        readDone(load);
    }

    private void readInRuns(Load load) {
        UnreplayedWindow window = load.window;
        int count = window.pageCount();
        int spare = memoryLength - count * PAGE;
        int place = 0;
        for (int first = 0; first < count; ) {
            load.missing[first] = true;
            load.place[first] = place;
            int end = first + 1;
            int length = PAGE;
            while (end < count) {
                long gap = (window.position(end) - window.position(end - 1) - MetaBlockDescriptor.LENGTH_SECTORS)
                        * DeviceGeometry.SECTOR_LENGTH;
                if (gap > Math.min(spare, MAX_BRIDGED_LENGTH)) {
                    break;
                }
                spare -= (int) gap;
                length += (int) gap;
                load.missing[end] = true;
                load.place[end++] = place + length;
                length += PAGE;
            }
            read(load, first, end, length);
            place += length;
            first = end;
        }
    }

    private void readSingly(Load load) {
        for (int i = 0; i < load.window.pageCount(); i++) {
            if (load.missing[i]) {
                load.place[i] = i * PAGE;
                read(load, i, i + 1, PAGE);
            }
        }
    }

    private void read(Load load, int first, int end, int length) {
        load.pending++;
        load.end[first] = end;
        log.read(
                load.source,
                load.window.position(first) * DeviceGeometry.SECTOR_LENGTH,
                load.memory,
                load.place[first],
                length,
                IoToken.of(IoToken.LOG_READ, load.index, load.source, first, 0, 0));
    }

    private void onCompletion(long token, IoStatus status) {
        Load load = loads[IoToken.operation(token)];
        int first = IoToken.slot(token);
        if (status == IoStatus.OK) {
            for (int i = first; i < load.end[first]; i++) {
                take(load, i);
            }
        } else {
            load.status = status;
            load.memoryHeld |= status == IoStatus.TIMED_OUT;
            if (status == IoStatus.GONE || status == IoStatus.TIMED_OUT) {
                log.suspect(IoToken.device(token));
            }
        }
        readDone(load);
    }

    private void take(Load load, int index) {
        UnreplayedWindow window = load.window;
        if (checksum.of(load.memory, load.place[index]) != window.checksum(index)) {
            return;
        }
        WindowOperation operation = load.operation;
        int slot = window.slot(index);
        int block = window.block(index);
        operation.buffer.putBytes(operation.bufferIndex(slot, block), load.memory, load.place[index], PAGE);
        operation.dirty[slot] |= 1 << block;
        load.missing[index] = false;
        load.missingCount--;
    }

    private void readDone(Load load) {
        if (--load.pending > 0) {
            return;
        }
        if (load.missingCount > 0 && moveOn(load)) {
            load.pending = 1;
            readSingly(load);
            readDone(load);
            return;
        }
        loaded(load);
    }

    /** Find somebody to ask again; false when everybody has been asked. */
    private boolean moveOn(Load load) {
        int others = Math.max(1, sourceCount - 1);
        while (load.attempt < others) {
            load.source = sourceCount == 1 ? 0 : 1 + load.attempt;
            load.attempt++;
            if (!log.isSuspect(load.source)) {
                leaveHeldMemory(load);
                return true;
            }
        }
        return false;
    }

    private void leaveHeldMemory(Load load) {
        if (load.memoryHeld) {
            load.memoryHeld = false;
            load.memory = BufferSlab.allocate(memoryLength);
        }
    }

    private void loaded(Load load) {
        WindowOperation operation = load.operation;
        boolean isWhole = load.missingCount == 0;
        if (!isWhole) {
            damage(load);
            operation.status = IoStatus.MEDIA_ERROR;
        }
        leaveHeldMemory(load);
        load.operation = null;
        load.window = null;
        free.addFirst(load);
        if (!waiting.isEmpty()) {
            start(free.pollFirst(), waiting.pollFirst());
        }
        if (isWhole) {
            flow.replayLoaded(operation);
        } else {
            flow.finish(operation);
        }
    }

    private void damage(Load load) {
        map.damaged(load.window);
        replay.windowDamaged();
        conductor.replayDamaged(geometry.memberOffset(load.window.window), geometry.length());
        if (!failureTold) {
            failureTold = true;
            conductor.journalFailed(load.status == IoStatus.OK ? IoStatus.MEDIA_ERROR : load.status);
        }
    }
}
