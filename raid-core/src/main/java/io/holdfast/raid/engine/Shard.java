package io.holdfast.raid.engine;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.RingBuffer;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalWriter;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.parity.StripeParity;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.agrona.concurrent.NanoClock;

/**
 * The one writer of its rows: everything that can change a stripe whose row number leaves {@code index} modulo the number
 * of shards happens in this agent's {@link #doWork()}, on one thread, without a lock.
 *
 * <p>Threads meet it at queues only: callers' requests come through a Disruptor ring, the conductor's decisions through a
 * queue of their own (they must never wait behind requests that wait for them), and the journal's word through a third.
 */
public final class Shard implements Agent, DirtyGate.Writer {
    private static final int DIRECT_READS = 1024;
    private static final int BOUNCING_READS = 32;

    /** The slot of the request ring. */
    static final class Submission {
        ArrayRequest request;
    }

    private final int index;
    private final int shardCount;
    private final IoLoop loop;
    private final ConductorLink conductor;
    private final WindowGeometry geometry;
    private final MemberChannels channels;
    private final List<ShardControl.DropDevice> leaving = new ArrayList<>();
    private final MemberView view;
    private final WindowMachine machine;
    private final DirectReads reads;
    private final FlushQueue flushes;
    private final WindowReplay replay;
    private final int channelCapacity;
    private final ShardLog log;
    /** The number of the hold that writes are under; 0 when they are not held. */
    private final AtomicLong hold = new AtomicLong();

    private final boolean writable;
    private final RingBuffer<Submission> ring;
    private final EventPoller<Submission> poller;
    private final EventPoller.Handler<Submission> admission = this::onSubmission;
    private final IoCompletionHandler completion = this::onCompletion;
    private final IoCompletionHandler lateCompletion = this::onLateCompletion;
    private final ManyToOneConcurrentLinkedQueue<ShardControl> controls = new ManyToOneConcurrentLinkedQueue<>();
    private final ManyToOneConcurrentLinkedQueue<SyncStep> steps = new ManyToOneConcurrentLinkedQueue<>();
    private final LoggedQueue logged;

    /** The request being walked, when it did not fit in one go, and where the walk stands. */
    private ArrayRequest current;

    private long cursor;
    private SyncStep waitingStep;
    private int admitted;

    /**
     * Build a shard; its channels are opened by {@link #onStart()}.
     *
     * @param index          of this shard.
     * @param shardCount     of the array.
     * @param loop           that will run it.
     * @param layout         of the array.
     * @param geometry       how rows are cut into windows.
     * @param parity         kernels of this shard's own.
     * @param devices        that hold or may come to hold slots.
     * @param membership     to begin with.
     * @param journal        null when the array has none.
     * @param conductor      told of failures.
     * @param operationCount windows that can be owned at once.
     * @param requestCount   the most requests the array admits.
     * @param writable       whether anything may be written.
     * @param regions        of the array's bitmap, or null.
     * @param leftToReplay   of the last run's log, or null.
     * @param resyncedWindows windows whose parity is vouched for.
     * @param clock          of the limit that follows.
     * @param deviceTimeLimitNs how long a member may take to answer.
     */
    Shard(
            int index,
            int shardCount,
            IoLoop loop,
            ArrayLayout layout,
            WindowGeometry geometry,
            StripeParity parity,
            List<MemberDevice> devices,
            Membership membership,
            JournalWriter journal,
            ConductorLink conductor,
            int operationCount,
            int requestCount,
            boolean writable,
            BitmapRegions regions,
            BackgroundReplay leftToReplay,
            long resyncedWindows,
            NanoClock clock,
            long deviceTimeLimitNs) {
        this.index = index;
        this.shardCount = shardCount;
        this.loop = loop;
        this.conductor = conductor;
        this.geometry = geometry;
        log = new ShardLog(journal);
        logged = new LoggedQueue(operationCount, loop);
        this.writable = writable;
        channels = new MemberChannels(devices, clock, deviceTimeLimitNs);
        view = new MemberView(
                channels, conductor, membership, layout.parityCount(), geometry.blockCount(), resyncedWindows);
        WriteIntents intents = new WriteIntents(index, conductor);
        intents.use(regions);
        machine = new WindowMachine(
                layout,
                geometry,
                parity,
                view,
                channels,
                conductor,
                intents,
                log,
                logged,
                operationCount,
                operationCount * 16);
        if (!writable) {
            machine.refuseWrites();
        }
        replay = leftToReplay == null
                ? null
                : new WindowReplay(
                        leftToReplay,
                        index,
                        geometry,
                        layout.memberCount(),
                        view,
                        conductor,
                        machine,
                        machine.pool(),
                        clock,
                        deviceTimeLimitNs);
        machine.replay(replay);
        reads = new DirectReads(layout, geometry, channels, view, machine, DIRECT_READS, BOUNCING_READS);
        flushes = new FlushQueue(channels, view, machine, requestCount);
        channelCapacity = WindowMachine.channelCapacity(operationCount, geometry.blockCount())
                + DIRECT_READS
                + BOUNCING_READS
                + 1;
        // Twice as many as there are requests: a request that is answered while the ring is being read, and submitted
        // again
        // by its callback, finds the place that it came from still taken. Nobody may wait here, this thread least of
        // all.
        ring = RingBuffer.createMultiProducer(Submission::new, 2 * Integer.highestOneBit(requestCount * 2 - 1));
        poller = ring.newPoller();
        ring.addGatingSequences(poller.getSequence());
    }

    @Override
    public String roleName() {
        return "shard-" + index;
    }

    @Override
    public void onStart() {
        channels.open(loop, channelCapacity);
        if (replay != null) {
            replay.open(loop);
        }
    }

    @Override
    public void onClose() {
        CloseHelper.close(replay);
        channels.close();
    }

    /**
     * Bytes of log that windows of a length need: a transaction is a window with its parity, and a quarter of the log must
     * hold one with its meta blocks, so that the log can turn over.
     *
     * @param windowLength in bytes.
     * @param memberCount  of the array.
     */
    static long leastLogLength(int windowLength, int memberCount) {
        return 8L * windowLength * memberCount;
    }

    // ---- called from other threads ----

    /** Hand over a request, of which the caller has given this shard one share. Never blocks: the ring holds every request. */
    public void submit(ArrayRequest request) {
        long sequence = ring.next();
        ring.get(sequence).request = request;
        ring.publish(sequence);
        loop.wake();
    }

    /** Tell the shard what the conductor decided. */
    @Override
    public void control(ShardControl control) {
        controls.offer(control);
        loop.wake();
    }

    /** Hand over a step of maintenance; the shard gives it back through its listener. */
    public void sync(SyncStep step) {
        steps.offer(step);
        loop.wake();
    }

    /** Whether a window belongs to this shard. */
    boolean owns(long window) {
        return geometry.row(window) % shardCount == index;
    }

    /** Writes started so far: tells whether the shard has been idle. */
    @Override
    public long writeCount() {
        return machine.writeCount();
    }

    /** Writes not answered yet; those that wait for the journal or for superblocks included. */
    int writesUnderWay() {
        return machine.writesUnderWay();
    }

    /**
     * Whether writes are held back and none is under way, nor anything cached; from any thread. Once it is so it stays so,
     * until the conductor says otherwise.
     *
     * @param number of the hold that is meant: that the shard is still under the last one means nothing.
     */
    boolean holdsStill(long number) {
        return hold.get() == number && machine.writesUnderWay() == 0 && machine.cachedCount() == 0;
    }

    /** Windows whose newest data is in the journal and not on the members. */
    int cachedCount() {
        return machine.cachedCount();
    }

    // ---- the duty cycle ----

    @Override
    public int doWork() throws Exception {
        int work = applyControls();
        work += channels.poll(completion, lateCompletion);
        if (log.exists()) {
            work += logged.drain(machine);
            work += machine.appendUnlogged();
            work += machine.tendCache(channels.nowNs());
        }
        work += machine.tendReplay();
        if (!leaving.isEmpty()) {
            work += letGo();
        }
        work += reads.retryFailed();
        work += flushes.doWork();
        work += startSteps();
        work += admit();
        return work;
    }

    private int applyControls() {
        int work = 0;
        for (ShardControl control = controls.poll(); control != null; control = controls.poll()) {
            apply(control);
            work++;
        }
        return work;
    }

    private int startSteps() {
        int started = 0;
        while (true) {
            if (waitingStep == null) {
                waitingStep = steps.poll();
            }
            if (waitingStep == null) {
                return started;
            }
            // What the conductor decided before it sent the step is in the other queue by now, but perhaps not taken
            // out
            // yet: a rebuild step that does not know the member to rebuild would rebuild nothing, and report success.
            applyControls();
            if (!machine.canSubmitStep(waitingStep.window())) {
                return started;
            }
            SyncStep step = waitingStep;
            waitingStep = null;
            machine.submit(step);
            started++;
        }
    }

    private int admit() throws Exception {
        admitted = 0;
        if (current == null || walk()) {
            poller.poll(admission);
        }
        return admitted;
    }

    private boolean onSubmission(Submission submission, long sequence, boolean endOfBatch) {
        current = submission.request;
        submission.request = null;
        cursor = current.kind() == ArrayRequest.Kind.READ
                ? current.offset()
                : current.length() == 0 ? 0 : geometry.firstWindow(current.offset());
        admitted++;
        return walk();
    }

    /** Go on with the current request; false when it has to wait for room. */
    private boolean walk() {
        boolean done;
        switch (current.kind()) {
            case READ:
                done = walkRead();
                break;
            case FLUSH:
                startFlush();
                done = true;
                break;
            case WRITE:
            case DISCARD:
            case WRITE_ZEROES:
            default:
                done = walkWrite();
                break;
        }
        if (done) {
            current = null;
        }
        return done;
    }

    private void startFlush() {
        if (view.arrayFailed()) {
            current.release(IoStatus.GONE);
        } else if (!writable || log.isAlive()) {
            // Nothing was ever written, or every answered write is durable in the journal already.
            current.release(IoStatus.OK);
        } else {
            flushes.add(current);
        }
    }

    private boolean walkRead() {
        long end = current.offset() + current.length();
        while (cursor < end) {
            long row = geometry.rowOfArray(cursor);
            if (row % shardCount != index) {
                cursor = geometry.rowOffset(row + 1);
                continue;
            }
            int taken = reads.start(current, cursor, end - cursor);
            if (taken == 0) {
                return false;
            }
            cursor += taken;
            admitted++;
        }
        current.release(IoStatus.OK);
        return true;
    }

    private boolean walkWrite() {
        if (view.writesAreRefused()) {
            current.release(view.refusal());
            return true;
        }
        long end = geometry.endWindow(current.offset(), current.length());
        for (; cursor < end; cursor++) {
            if (!owns(cursor) || !geometry.touches(cursor, current.offset(), current.length())) {
                continue;
            }
            if (!machine.canSubmit(cursor)) {
                return false;
            }
            current.addShare();
            machine.submit(cursor, Piece.Work.WRITE, current, current.offset(), current.offset() + current.length());
            admitted++;
        }
        current.release(IoStatus.OK);
        return true;
    }

    private void onCompletion(long token, IoStatus status) {
        int device = IoToken.device(token);
        int operation = IoToken.operation(token);
        int slot = IoToken.slot(token);
        switch (IoToken.kind(token)) {
            case IoToken.DIRECT_READ -> reads.onRead(operation, device, status);
            case IoToken.WINDOW_READ ->
                machine.reading()
                        .onRead(
                                machine.operation(operation),
                                slot,
                                IoToken.block(token),
                                IoToken.count(token),
                                device,
                                status);
            case IoToken.WINDOW_WRITE ->
                machine.writing().onWritten(machine.operation(operation), slot, device, status);
            case IoToken.WINDOW_READ_BACK ->
                machine.writing().onReadBack(machine.operation(operation), slot, device, status);
            case IoToken.WINDOW_FLUSH ->
                machine.writing().onFlushed(machine.operation(operation), slot, device, status);
            case IoToken.ARRAY_FLUSH -> flushes.onFlushed(device, status);
            default -> throw new IllegalStateException("completion of an unknown kind: token=" + token);
        }
    }

    /** A member that was given up long ago has answered: nothing is waiting for that but a caller's own buffer. */
    private void onLateCompletion(long token, IoStatus status) {
        if (IoToken.kind(token) == IoToken.DIRECT_READ) {
            reads.onLate(IoToken.operation(token), IoToken.device(token), status);
        }
    }

    private void apply(ShardControl control) {
        if (control instanceof ShardControl.UseMembership use) {
            machine.useMembership(use.membership());
        } else if (control instanceof ShardControl.MembershipRecorded recorded) {
            machine.membershipRecorded(recorded.version());
        } else if (control instanceof ShardControl.UseDevice use) {
            useDevice(use.device());
        } else if (control instanceof ShardControl.DropDevice drop) {
            leaving.add(drop);
        } else if (control instanceof ShardControl.ParityConsistent consistent) {
            view.parityConsistentBelow(consistent.belowWindow());
        } else if (control instanceof ShardControl.OpenGate) {
            machine.openGate();
        } else if (control instanceof ShardControl.CloseGate) {
            conductor.gateClosed(index, machine.tryCloseGate());
        } else if (control instanceof ShardControl.GrantRegions granted) {
            machine.grantRegions(granted.regions());
        } else if (control instanceof ShardControl.SweepRegions sweep) {
            machine.sweepRegions(sweep.atOnce());
        } else if (control instanceof ShardControl.UseBitmap use) {
            machine.useBitmap(use.regions());
        } else if (control instanceof ShardControl.ArrayFailed) {
            machine.failArray();
        } else if (control instanceof ShardControl.UseWriteBack use) {
            machine.writeBackWanted(use.wanted());
        } else if (control instanceof ShardControl.HoldWrites holdWrites) {
            machine.holdWrites(holdWrites.number() != 0);
            hold.set(holdWrites.number());
        } else if (control instanceof ShardControl.UseJournal use) {
            machine.useJournal(use.journal());
        } else if (control instanceof ShardControl.RefuseWrites) {
            machine.refuseWrites();
        } else {
            throw new IllegalStateException("a decision this shard does not know: " + control);
        }
    }

    private void useDevice(MemberDevice device) {
        try {
            channels.add(device);
        } catch (DeviceException e) {
            conductor.deviceFailed(device.index(), e.status(), "open");
        }
    }

    /** Forget devices that serve no slot any more, as soon as nobody waits for them. */
    private int letGo() {
        int before = leaving.size();
        leaving.removeIf(each -> {
            MemberChannels.Dropped dropped = channels.drop(each.device());
            if (dropped != MemberChannels.Dropped.NOT_YET) {
                each.answer().accept(dropped == MemberChannels.Dropped.IDLE);
            }
            return dropped != MemberChannels.Dropped.NOT_YET;
        });
        return before - leaving.size();
    }
}
