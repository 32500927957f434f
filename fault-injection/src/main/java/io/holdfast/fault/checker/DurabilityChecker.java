package io.holdfast.fault.checker;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DurableWriteChannel;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.checker.CheckerReport.Outcome;
import io.holdfast.fault.checker.CheckerReport.Stage;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;

/**
 * Writes to a device, remembers what was promised, and says what was not kept.
 *
 * <p>With a ledger that was opened again, everything is read first and judged; what is found is flushed and becomes the state
 * from which promises count. Then blocks that nobody knows are filled, and a load of writes, writes with force-unit-access,
 * zeroes, reads and flushes of mixed sizes runs, many in flight, none overlapping. In the end everything is flushed and read
 * once more. Which operation comes when follows from the seed and from the order in which the device answers.
 *
 * <p>An agent of its loop. It waits for its ledger there. {@link #stop} and {@link #completion} may be used from any thread.
 */
public final class DurabilityChecker implements Agent {
    private static final int FLUSH_FAILURE_LIMIT = 8;
    private static final int FILL_WRITES_PER_FLUSH = 64;
    private static final int PROGRESS_INTERVAL = 512;

    private final CheckerContext context;
    private final Ledger ledger;
    private final CheckedArea area;
    private final CheckerTally tally;
    private final CheckerWorkload workload;
    private final BlockJudge judge;
    private final Verification verification;
    private final CheckerSlot[] slots;
    private final int[] free;
    private final CheckerSlot[] planned;
    private final BitSet busyUnits = new BitSet();
    private final CompletableFuture<CheckerReport> completion = new CompletableFuture<>();

    private int freeCount;
    private int plannedCount;
    private IoChannel channel;
    private DurableWriteChannel durableChannel;
    private Stage stage;
    private Outcome failure;
    private int fillCursor;
    private int unflushedFillCount;
    private long startedCount;
    private long completedCount;
    private boolean isFlushing;
    private boolean hasFlushed;
    private long flushMark;
    private int flushFailureCount;
    private boolean canZero = true;
    private volatile boolean isStopRequested;

    /**
     * Prepare a run. Start it on the context's loop.
     *
     * @param context settings.
     * @throws IllegalArgumentException when a setting is impossible, naming it.
     * @throws LedgerException          when the ledger is of another device.
     */
    public DurabilityChecker(CheckerContext context) {
        this.context = context.conclude();
        ledger = context.ledger();
        area = ledger.area();
        tally = new CheckerTally(area, context.listener());
        workload = new CheckerWorkload(context.seed(), area, context.transferLength());
        judge = new BlockJudge(ledger, context.promise());
        verification = new Verification(ledger, judge, tally, busyUnits, context.transferLength());
        int depth = context.depth();
        BufferSlab slab = new BufferSlab(depth * context.transferLength());
        slots = new CheckerSlot[depth];
        free = new int[depth];
        planned = new CheckerSlot[depth];
        for (int i = 0; i < depth; i++) {
            slots[i] = new CheckerSlot(i, slab.carve(context.transferLength()));
            free[freeCount++] = depth - 1 - i;
        }
        stage = ledger.isInDoubt() ? Stage.LOOKING_BACK : Stage.FILLING;
    }

    /** End the load, flush, and look once more; what is only looked at ends at once. From any thread. */
    public void stop() {
        isStopRequested = true;
        context.loop().wake();
    }

    /** Completed with the numbers when the run has ended; exceptionally when the ledger failed. */
    public CompletableFuture<CheckerReport> completion() {
        return completion;
    }

    @Override
    public String roleName() {
        return "durability-checker";
    }

    @Override
    public void onStart() {
        channel = context.device().openChannel(context.loop(), slots.length + 1);
        if (channel instanceof DurableWriteChannel durable && durable.hasDurableWrites()) {
            durableChannel = durable;
        }
        if (!context.isVerifyOnly()) {
            ledger.openSession();
        }
        if (stage == Stage.LOOKING_BACK) {
            verification.begin(true);
        }
        tally.stage(stage);
        if (context.device().isReadOnly() && !context.isVerifyOnly()) {
            failure = Outcome.READ_ONLY;
        }
    }

    @Override
    public int doWork() {
        if (stage == Stage.ENDED) {
            return 0;
        }
        try {
            int workCount = channel.poll(this::onCompletion);
            if (failure == null) {
                workCount += advance();
            } else if (channel.outstanding() == 0) {
                end(failure);
                workCount++;
            }
            return workCount;
        } catch (RuntimeException e) {
            // Whoever waits for the end hears of it; the loop need not.
            stage = Stage.ENDED;
            completion.completeExceptionally(e);
            throw new AgentTerminationException(e);
        }
    }

    @Override
    public void onClose() {
        if (channel != null) {
            channel.close();
        }
        completion.cancel(false);
    }

    // ---- what comes next ----

    private int advance() {
        return switch (stage) {
            case LOOKING_BACK -> look();
            case SETTLING -> settle();
            case FILLING -> fill();
            case LOADING -> load();
            case FLUSHING -> flushAll();
            case LOOKING_ON -> look();
            case ENDED -> 0;
        };
    }

    private void enter(Stage next) {
        stage = next;
        hasFlushed = false;
        tally.stage(next);
    }

    private int look() {
        if (isStopRequested && stage == Stage.LOOKING_BACK) {
            if (channel.outstanding() == 0) {
                end(Outcome.COMPLETE);
            }
            return 0;
        }
        int submitted = recheckSuspects();
        while (freeCount > 0 && verification.hasNext()) {
            CheckerSlot slot = take();
            verification.next(slot);
            read(slot);
            submitted++;
        }
        if (submitted == 0 && channel.outstanding() == 0) {
            boolean isBack = stage == Stage.LOOKING_BACK;
            if (!isBack || (context.isVerifyOnly() && tally.findingCount() > 0)) {
                end(Outcome.COMPLETE);
            } else {
                enter(Stage.SETTLING);
            }
            return 1;
        }
        return submitted;
    }

    /** What was seen counts only when it is durable: a later interruption may still take it back. */
    private int settle() {
        if (!hasFlushed) {
            return startFlush();
        }
        verification.recordFound();
        if (context.isVerifyOnly()) {
            end(Outcome.COMPLETE);
        } else {
            enter(Stage.FILLING);
        }
        return 1;
    }

    private int fill() {
        if (isStopRequested) {
            enter(Stage.FLUSHING);
            return 1;
        }
        int submitted = 0;
        if (unflushedFillCount >= FILL_WRITES_PER_FLUSH) {
            submitted += startFlush();
        }
        History history = ledger.history();
        while (freeCount > 0 && fillCursor < area.unitCount()) {
            if (!history.isUnknown(fillCursor)) {
                fillCursor++;
                continue;
            }
            int limit = Math.min(area.contiguousUnits(fillCursor), context.transferLength() / area.unitLength());
            int count = 1;
            while (count < limit && history.isUnknown(fillCursor + count)) {
                count++;
            }
            planWrite(fillCursor, count, CheckerSlot.Use.WRITE);
            fillCursor += count;
            unflushedFillCount++;
        }
        submitted += submitPlanned();
        if (submitted == 0 && channel.outstanding() == 0) {
            enter(Stage.LOADING);
            return 1;
        }
        return submitted;
    }

    private int load() {
        int submitted = recheckSuspects();
        if (isStopRequested || startedCount >= context.operationLimit()) {
            if (submitted == 0 && !verification.hasSuspects()) {
                enter(Stage.FLUSHING);
                return 1;
            }
            return submitted;
        }
        while (freeCount > 0 && startedCount < context.operationLimit()) {
            startedCount++;
            CheckerWorkload.Kind kind = workload.nextKind();
            if (kind == CheckerWorkload.Kind.FLUSH) {
                submitted += startFlush();
            } else if (workload.pickRange(busyUnits)) {
                plan(kind, workload.firstUnit(), workload.unitCount());
            } else {
                // Everything that was drawn is in flight already; something must end first.
                break;
            }
        }
        return submitted + submitPlanned();
    }

    private int flushAll() {
        if (channel.outstanding() > 0) {
            return 0;
        }
        if (!hasFlushed) {
            return startFlush();
        }
        verification.begin(false);
        enter(Stage.LOOKING_ON);
        return 1;
    }

    private void end(Outcome outcome) {
        if (outcome == Outcome.COMPLETE && !context.isVerifyOnly()) {
            ledger.closeSession();
        } else {
            ledger.sync();
        }
        stage = Stage.ENDED;
        tally.stage(stage);
        completion.complete(tally.report(outcome));
    }

    // ---- asking the device ----

    private CheckerSlot take() {
        return slots[free[--freeCount]];
    }

    private void plan(CheckerWorkload.Kind kind, int first, int count) {
        switch (kind) {
            case READ -> {
                CheckerSlot slot = take().set(CheckerSlot.Use.READ, first, count);
                busyUnits.set(first, first + count);
                planned[plannedCount++] = slot;
            }
            case ZEROES -> planWrite(first, count, canZero ? CheckerSlot.Use.ZEROES : CheckerSlot.Use.WRITE);
            case DURABLE_WRITE ->
                planWrite(first, count, durableChannel == null ? CheckerSlot.Use.WRITE : CheckerSlot.Use.DURABLE_WRITE);
            default -> planWrite(first, count, CheckerSlot.Use.WRITE);
        }
    }

    private void planWrite(int first, int count, CheckerSlot.Use use) {
        CheckerSlot slot = take().set(use, first, count);
        busyUnits.set(first, first + count);
        boolean isZeroes = use == CheckerSlot.Use.ZEROES;
        slot.id(ledger.intend(isZeroes, use == CheckerSlot.Use.DURABLE_WRITE, first, count));
        if (!isZeroes) {
            long version = ContentId.version(slot.id());
            judge.codec().fill(slot.buffer(), slot.bytes(), 0, area.offset(first), length(slot), version);
        }
        planned[plannedCount++] = slot;
    }

    /** The ledger first: nothing may be on the device that it does not know of. */
    private int submitPlanned() {
        if (plannedCount == 0) {
            return 0;
        }
        ledger.sync();
        for (int i = 0; i < plannedCount; i++) {
            CheckerSlot slot = planned[i];
            long offset = area.offset(slot.firstUnit());
            switch (slot.use()) {
                case WRITE -> channel.write(offset, slot.buffer(), 0, length(slot), slot.index());
                case DURABLE_WRITE -> durableChannel.writeDurable(offset, slot.buffer(), 0, length(slot), slot.index());
                case ZEROES -> channel.writeZeroes(offset, length(slot), slot.index());
                default -> read(slot);
            }
        }
        int count = plannedCount;
        plannedCount = 0;
        return count;
    }

    private void read(CheckerSlot slot) {
        channel.read(area.offset(slot.firstUnit()), slot.buffer(), 0, length(slot), slot.index());
    }

    private int recheckSuspects() {
        int submitted = 0;
        while (freeCount > 0 && verification.hasSuspects()) {
            CheckerSlot slot = take();
            verification.nextSuspect(slot);
            read(slot);
            submitted++;
        }
        return submitted;
    }

    private int startFlush() {
        if (isFlushing) {
            return 0;
        }
        isFlushing = true;
        flushMark = ledger.history().flushMark();
        channel.flush(slots.length);
        return 1;
    }

    private int length(CheckerSlot slot) {
        return slot.unitCount() * area.unitLength();
    }

    // ---- hearing from it ----

    private void onCompletion(long token, IoStatus status) {
        if (token == slots.length) {
            onFlushed(status);
        } else {
            CheckerSlot slot = slots[(int) token];
            onSlot(slot, status);
            free[freeCount++] = slot.index();
        }
        if (++completedCount % PROGRESS_INTERVAL == 0) {
            tally.progress();
        }
    }

    private void onSlot(CheckerSlot slot, IoStatus status) {
        boolean isOk = status == IoStatus.OK;
        if (!isOk) {
            onError(slot, status);
        }
        switch (slot.use()) {
            case READ, VERIFY, SUSPECT -> {
                if (isOk || status == IoStatus.MEDIA_ERROR) {
                    verification.onRead(slot, isOk);
                }
            }
            default -> {
                busyUnits.clear(slot.firstUnit(), slot.firstUnit() + slot.unitCount());
                if (isOk) {
                    ledger.answer(slot.id());
                    tally.wrote(slot.use(), length(slot));
                }
            }
        }
    }

    private void onError(CheckerSlot slot, IoStatus status) {
        tally.failed();
        switch (status) {
            case GONE, TIMED_OUT -> failure = Outcome.DEVICE_GONE;
            case READ_ONLY -> failure = Outcome.READ_ONLY;
            // What cannot be zeroed is written over; what a failed write left is old or new.
            case UNSUPPORTED -> canZero &= slot.use() != CheckerSlot.Use.ZEROES;
            default -> {}
        }
    }

    private void onFlushed(IoStatus status) {
        isFlushing = false;
        if (status == IoStatus.OK) {
            hasFlushed = true;
            flushFailureCount = 0;
            unflushedFillCount = 0;
            ledger.flushed(flushMark);
            tally.flushed();
            return;
        }
        tally.failed();
        ledger.flushFailed();
        if (status == IoStatus.GONE || status == IoStatus.TIMED_OUT) {
            failure = Outcome.DEVICE_GONE;
        } else if (status == IoStatus.UNSUPPORTED || ++flushFailureCount >= FLUSH_FAILURE_LIMIT) {
            failure = Outcome.NO_FLUSH;
        }
    }
}
