package io.holdfast.raid;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalUse;
import io.holdfast.raid.engine.ArrayMaker;
import io.holdfast.raid.engine.ArrayRequest;
import io.holdfast.raid.engine.ArrayRequest.Kind;
import io.holdfast.raid.engine.ArrayStarter;
import io.holdfast.raid.engine.Engine;
import io.holdfast.raid.metadata.NewArrayPlan;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.agrona.CloseHelper;

/**
 * A running array: one long run of bytes over many devices.
 *
 * <p><b>What an answer promises.</b> When a write has been answered with a journal, its bytes survive power loss together
 * with the loss of as many members as the level tolerates. Without a journal that holds for writes followed by an
 * answered {@link #flush}, or made with force-unit-access, except that a crash in the middle of a stripe <em>and</em> a
 * lost member together can damage other bytes of that stripe: the write hole, which is what the journal is for.
 *
 * <p>Offsets and lengths are in bytes and need no alignment; whole 4 KiB blocks are cheapest, whole stripes cheaper still.
 * Overlapping requests in flight together have no order. Direct, 4 KiB-aligned buffers are read into without a copy.
 *
 * <p>Thread-safe. Arrays share nothing: any number may run in one JVM. A buffer is the array's until its request is
 * answered.
 */
public final class RaidArray implements AutoCloseable {
    private static final long ADMISSION_PAUSE_NS = 50_000;

    private final Engine engine;
    private final ArrayDescription description;
    private final Runnable releaseDevices;
    private final List<BlockDevice> addedDevices = new CopyOnWriteArrayList<>();
    private final boolean ownsDevices;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    private RaidArray(ArrayStarter.Started started, boolean ownsDevices) {
        this.ownsDevices = ownsDevices;
        engine = started.engine();
        description = started.description();
        releaseDevices = started.releaseDevices();
    }

    /**
     * Make devices an array: write what a plan says, durably. Whatever they held is lost to them.
     *
     * @param plan    from {@link io.holdfast.raid.metadata.NewArray}.
     * @param devices as they were given to the plan, in the same order; null where a member is missing. They stay the
     *                caller's.
     * @param random  for the first sequence number of the journal.
     * @throws io.holdfast.blockdev.DeviceException when a device fails; the array is not made then.
     */
    public static void create(NewArrayPlan plan, List<? extends BlockDevice> devices, RandomGenerator random) {
        ArrayMaker.make(plan, devices, random);
    }

    /**
     * Start an array from its devices: examine them, decide which are fresh, replay the journal, and go.
     *
     * @param context names the devices and the settings.
     * @return the running array; a resync or recovery that is due goes on in the background.
     * @throws ArrayException                     when it must not start, saying why and what can be done. Nothing has been
     *                                            written then, but perhaps part of a replay, which the next start repeats.
     * @throws io.holdfast.blockdev.DeviceException when a device fails on the way.
     */
    public static RaidArray assemble(ArrayContext context) {
        return new RaidArray(ArrayStarter.start(context), context.ownsDevices());
    }

    /** What the array is, and how it was found. */
    public ArrayDescription description() {
        return description;
    }

    /** Bytes in the array. */
    public long length() {
        return description.length();
    }

    /** How the array stands now. */
    public ArrayState state() {
        return engine.state();
    }

    /**
     * How far the replay of what the last run left in the journal has come. Nobody has to wait for it: what it has not reached
     * yet is replayed when it is asked for.
     */
    public ReplayProgress replayProgress() {
        return engine.replayProgress();
    }

    /**
     * How much of the journal is in use, and what has gone through it.
     *
     * @return empty without a working journal.
     */
    public Optional<JournalUse> journalUse() {
        return Optional.ofNullable(engine.conductor().journalUse());
    }

    /** How much of the array its write-intent bitmap calls dirty; empty when it has none, or is not written to. From any thread. */
    public Optional<BitmapStatus> bitmap() {
        return Optional.ofNullable(engine.conductor().bitmapStatus());
    }

    /** What writes wait for now; of no meaning without a journal. */
    public JournalMode journalMode() {
        return engine.conductor().journalMode();
    }

    /**
     * Change what writes wait for, while the array runs. Turning write-back off lets everything that lingers go to the
     * members, in the background. A degraded array, and one whose journal has failed, writes through whatever the mode.
     *
     * @param mode from now on; not kept on disk.
     */
    public void journalMode(JournalMode mode) {
        engine.conductor().useJournalMode(mode);
    }

    /** What the loss of the journal means for this array. */
    public JournalLossPolicy onJournalLoss() {
        return engine.conductor().journalLossPolicy();
    }

    /**
     * Say what the loss of the journal means, from now on and at every later start, until something else is said.
     *
     * @param policy noted with the array, where Linux does not look.
     */
    public void onJournalLoss(JournalLossPolicy policy) {
        engine.conductor().useJournalLossPolicy(policy);
    }

    /**
     * Use another journal, while the array runs: add one to an array that has none, or replace the one it has, be that
     * failed or not. Writes are held for a moment, until what the old journal holds is on the members; reads are not.
     *
     * @param devices to hold a copy of the log each, one at least; whatever they contained is lost. The array's from now on,
     *                if devices are.
     * @throws ArrayException                                     when the journal could not be changed, saying what the
     *                                                            array uses now.
     * @throws io.holdfast.raid.metadata.ConfigurationException   when a device is too small. Nothing was written then.
     * @throws io.holdfast.blockdev.DeviceException               when a device fails before it is in use.
     */
    public void useJournal(BlockDevice... devices) {
        await(useJournalAsync(devices));
    }

    /**
     * As {@link #useJournal}, but waits for nothing except the devices, which are made ready on the caller's thread.
     *
     * @param devices to hold a copy of the log each.
     * @return completed when it is in use; exceptionally, with an {@link ArrayException}, when it is not.
     */
    public CompletableFuture<Void> useJournalAsync(BlockDevice... devices) {
        if (closing.get()) {
            throw stoppedException();
        }
        if (devices.length == 0) {
            throw new IllegalArgumentException("a journal needs a device; to go on without one, remove it");
        }
        addedDevices.addAll(List.of(devices));
        return engine.changeJournal(List.of(devices));
    }

    /**
     * Add another copy to the journal, while the array runs. From then on each record is on all copies before it counts, and
     * the loss of all but one of them loses nothing.
     *
     * @param device to hold the copy; whatever it contained is lost. The array's from now on, if devices are.
     * @throws ArrayException                                   when there is no working journal, or the copy could not be
     *                                                          added.
     * @throws io.holdfast.raid.metadata.ConfigurationException when the device is smaller than the log. Nothing was written
     *                                                          then.
     * @throws io.holdfast.blockdev.DeviceException             when the device fails before it is in use.
     */
    public void addJournalCopy(BlockDevice device) {
        await(addJournalCopyAsync(device));
    }

    /**
     * As {@link #addJournalCopy}, but waits for nothing except the device, which is made ready on the caller's thread.
     *
     * @param device to hold the copy.
     * @return completed when it is in use; exceptionally, with an {@link ArrayException}, when it is not.
     */
    public CompletableFuture<Void> addJournalCopyAsync(BlockDevice device) {
        if (closing.get()) {
            throw stoppedException();
        }
        addedDevices.add(device);
        return engine.addJournalCopy(device);
    }

    /**
     * Go on without a journal. What it holds is written to the members first; its device keeps its superblock, which nobody
     * believes any more.
     *
     * @throws ArrayException when there is none, or it cannot be changed now.
     */
    public void removeJournal() {
        await(removeJournalAsync());
    }

    /**
     * As {@link #removeJournal}, without waiting.
     *
     * @return completed when the array goes on without; exceptionally, with an {@link ArrayException}, when it does not.
     */
    public CompletableFuture<Void> removeJournalAsync() {
        if (closing.get()) {
            throw stoppedException();
        }
        return engine.changeJournal(List.of());
    }

    // ---- members that come and go ----

    /**
     * Take another device, while the array runs: it becomes a spare, and fills an empty slot at once, if there is one. The
     * rebuild is {@link #currentSync} then.
     *
     * @param device whatever it contained is lost. The array's from now on, if devices are.
     * @throws ArrayException                                   when the array takes no device now, or has this one already.
     * @throws io.holdfast.raid.metadata.ConfigurationException when the device is too small. Nothing was written then.
     * @throws io.holdfast.blockdev.DeviceException             when the device fails before it is in use.
     */
    public void add(BlockDevice device) {
        await(addAsync(device));
    }

    /**
     * As {@link #add}, but waits for nothing except the device, which is made ready on the caller's thread.
     *
     * @param device to take.
     * @return completed when the superblocks say so; exceptionally, with an {@link ArrayException}, when they do not.
     */
    public CompletableFuture<Void> addAsync(BlockDevice device) {
        if (closing.get()) {
            throw stoppedException();
        }
        return engine.add(device).whenComplete((done, failure) -> {
            if (failure == null) {
                addedDevices.add(device);
            }
        });
    }

    /**
     * Use a device no more: as if it had failed. A spare, if there is one, takes its place at once.
     *
     * @param deviceName as in {@link #state}; of a member, a spare or a journal.
     * @throws ArrayException when there is no such device, or the array would be lost without it. Nothing has changed then.
     */
    public void fail(String deviceName) {
        await(failAsync(deviceName));
    }

    /**
     * As {@link #fail}, without waiting.
     *
     * @param deviceName of the device.
     * @return completed when the superblocks of the others say so; exceptionally, with an {@link ArrayException}, when the
     *     array goes on using it.
     */
    public CompletableFuture<Void> failAsync(String deviceName) {
        if (closing.get()) {
            throw stoppedException();
        }
        return engine.conductor().fail(deviceName);
    }

    /**
     * Take back a member that was away, while the array runs. It must have been removed; what it has missed is what the array's
     * bitmap calls dirty, and nothing else is copied, which {@link #currentSync} does.
     *
     * @param device that was a member; the array's from now on, if devices are. Nothing is written to it unless it is taken.
     * @throws ArrayException when it was no member, its slot is not empty, or there is no bitmap that tells what it has missed:
     *                        then it can be {@link #add}ed.
     */
    public void reAdd(BlockDevice device) {
        await(reAddAsync(device));
    }

    /**
     * As {@link #reAdd}, but waits for nothing except the device, which is looked at on the caller's thread.
     *
     * @param device that was a member.
     * @return completed when the superblocks say that it is being brought up to date; exceptionally, with an
     *     {@link ArrayException}, when it cannot be.
     */
    public CompletableFuture<Void> reAddAsync(BlockDevice device) {
        if (closing.get()) {
            throw stoppedException();
        }
        return engine.takeBack(device).whenComplete((done, failure) -> {
            if (failure == null) {
                addedDevices.add(device);
            }
        });
    }

    /**
     * Copy a member to another device, while the array runs; that takes its slot when it is done, and until then the member
     * goes on serving it. Only what the member cannot be read of is computed from the others. The copy is
     * {@link #currentSync}; cut short, it begins anew at the next start.
     *
     * @param deviceName of the member, as in {@link #state}.
     * @param with       to copy to, whatever it contained is lost, and it is the array's from now on, if devices are; or null
     *                   for a spare that the array has.
     * @throws ArrayException                                   when there is no such member or no spare, or another recovery is
     *                                                          going on. Nothing has changed then.
     * @throws io.holdfast.raid.metadata.ConfigurationException when the device is too small. Nothing was written then.
     * @throws io.holdfast.blockdev.DeviceException             when the device fails before it is in use.
     */
    public void replace(String deviceName, BlockDevice with) {
        await(replaceAsync(deviceName, with));
    }

    /**
     * As {@link #replace}, but waits for nothing except the device, which is made ready on the caller's thread.
     *
     * @param deviceName of the member.
     * @param with       to copy to, or null.
     * @return completed when the superblocks say that it is being done; exceptionally, with an {@link ArrayException}, when it
     *     cannot be.
     */
    public CompletableFuture<Void> replaceAsync(String deviceName, BlockDevice with) {
        if (closing.get()) {
            throw stoppedException();
        }
        return engine.replace(deviceName, with).whenComplete((done, failure) -> {
            if (failure == null && with != null) {
                addedDevices.add(with);
            }
        });
    }

    /**
     * Let go of a device that has failed, or of a spare. Its superblock stays as it is, and nobody believes it any more. If
     * devices are the array's, it is closed, unless it hangs: then that waits until the array is closed.
     *
     * @param deviceName as in {@link #state}.
     * @throws ArrayException when there is no such device, or it is in use. Nothing has changed then.
     */
    public void remove(String deviceName) {
        await(removeAsync(deviceName));
    }

    /**
     * As {@link #remove}, without waiting.
     *
     * @param deviceName of the device.
     * @return completed when no superblock names it any more, and it is closed if it is to be; exceptionally, with an
     *     {@link ArrayException}, when it stays.
     */
    public CompletableFuture<Void> removeAsync(String deviceName) {
        if (closing.get()) {
            throw stoppedException();
        }
        return engine.conductor().remove(deviceName).thenAccept(device -> {
            if (device != null && ownsDevices) {
                CloseHelper.quietClose(device);
                addedDevices.remove(device);
            }
        });
    }

    private void await(CompletableFuture<Void> change) {
        checkMayWait();
        try {
            change.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ArrayException cause) {
                throw new ArrayException(cause.status(), "array " + description.name() + ": " + cause.getMessage());
            }
            throw e;
        }
    }

    // ---- blocking ----

    /**
     * Read, and wait.
     *
     * @param target filled from its position to its limit; the position ends at the limit.
     * @param offset in bytes from the start of the array.
     * @throws ArrayException when the bytes cannot be had.
     */
    public void read(ByteBuffer target, long offset) {
        call(Kind.READ, offset, target.remaining(), target, false);
        target.position(target.limit());
    }

    /**
     * Write, and wait for the answer.
     *
     * @param source written from its position to its limit; the position ends at the limit.
     * @param offset in bytes from the start of the array.
     * @throws ArrayException when the write cannot be done; each 4 KiB block of it is then old or new.
     */
    public void write(ByteBuffer source, long offset) {
        call(Kind.WRITE, offset, source.remaining(), source, false);
        source.position(source.limit());
    }

    /**
     * Make every write that was answered before survive power loss, and wait.
     *
     * @throws ArrayException when that cannot be promised.
     */
    public void flush() {
        call(Kind.FLUSH, 0, 0, null, false);
    }

    /**
     * Say that a range is no longer needed, and wait.
     *
     * @param offset in bytes from the start of the array.
     * @param length in bytes.
     */
    public void discard(long offset, long length) {
        call(Kind.DISCARD, offset, length, null, false);
    }

    /**
     * Turn a range to zeroes, and wait.
     *
     * @param offset in bytes from the start of the array.
     * @param length in bytes.
     */
    public void writeZeroes(long offset, long length) {
        call(Kind.WRITE_ZEROES, offset, length, null, false);
    }

    // ---- asynchronous ----

    /**
     * Start a read.
     *
     * @param target   filled from its position to its limit; neither moves.
     * @param offset   in bytes from the start of the array.
     * @param callback told the outcome.
     * @param token    handed to the callback.
     * @return false when the array has as many requests as it admits: try again after one has been answered.
     */
    public boolean read(ByteBuffer target, long offset, IoCallback callback, long token) {
        return offer(Kind.READ, offset, target.remaining(), target, false, callback, token);
    }

    /**
     * Start a write.
     *
     * @param source          written from its position to its limit; neither moves.
     * @param offset          in bytes from the start of the array.
     * @param forceUnitAccess answer only when the bytes survive power loss.
     * @param callback        told the outcome.
     * @param token           handed to the callback.
     * @return false when the array has as many requests as it admits: try again after one has been answered.
     */
    public boolean write(ByteBuffer source, long offset, boolean forceUnitAccess, IoCallback callback, long token) {
        return offer(Kind.WRITE, offset, source.remaining(), source, forceUnitAccess, callback, token);
    }

    /**
     * Start a flush.
     *
     * @param callback told the outcome.
     * @param token    handed to the callback.
     * @return false when the array has as many requests as it admits: try again after one has been answered.
     */
    public boolean flush(IoCallback callback, long token) {
        return offer(Kind.FLUSH, 0, 0, null, false, callback, token);
    }

    /**
     * Start a discard.
     *
     * @param offset   in bytes from the start of the array.
     * @param length   in bytes.
     * @param callback told the outcome.
     * @param token    handed to the callback.
     * @return false when the array has as many requests as it admits: try again after one has been answered.
     */
    public boolean discard(long offset, long length, IoCallback callback, long token) {
        return offer(Kind.DISCARD, offset, length, null, false, callback, token);
    }

    /**
     * Start turning a range to zeroes.
     *
     * @param offset   in bytes from the start of the array.
     * @param length   in bytes.
     * @param callback told the outcome.
     * @param token    handed to the callback.
     * @return false when the array has as many requests as it admits: try again after one has been answered.
     */
    public boolean writeZeroes(long offset, long length, IoCallback callback, long token) {
        return offer(Kind.WRITE_ZEROES, offset, length, null, false, callback, token);
    }

    /**
     * Start a read.
     *
     * @param target filled from its position to its limit; neither moves.
     * @param offset in bytes from the start of the array.
     * @return completed when the bytes are there, or exceptionally with an {@link ArrayException}.
     */
    public CompletableFuture<Void> readAsync(ByteBuffer target, long offset) {
        return future(Kind.READ, offset, target.remaining(), target, false);
    }

    /**
     * Start a write.
     *
     * @param source written from its position to its limit; neither moves.
     * @param offset in bytes from the start of the array.
     * @return completed when it is answered, or exceptionally with an {@link ArrayException}.
     */
    public CompletableFuture<Void> writeAsync(ByteBuffer source, long offset) {
        return future(Kind.WRITE, offset, source.remaining(), source, false);
    }

    /**
     * Start a flush.
     *
     * @return completed when it is answered, or exceptionally with an {@link ArrayException}.
     */
    public CompletableFuture<Void> flushAsync() {
        return future(Kind.FLUSH, 0, 0, null, false);
    }

    // ---- long work ----

    /**
     * Compare parity with data over the whole array.
     *
     * @param mode what to do where they do not fit.
     * @return the work, going on.
     * @throws ArrayException when other work is going on, or nothing may be written.
     */
    public SyncTask check(ScrubMode mode) {
        return check(mode, 0);
    }

    /**
     * As {@link #check(ScrubMode)}, but goes on where another was stopped.
     *
     * @param mode        what to do where they do not fit.
     * @param startOffset bytes of every member that have been dealt with, as in {@link SyncProgress#doneLength}; 0 to what is
     *                    used of a member.
     * @return the work, going on.
     * @throws ArrayException           when other work is going on, or nothing may be written.
     * @throws IllegalArgumentException when a member ends before that.
     */
    public SyncTask check(ScrubMode mode, long startOffset) {
        if (closing.get()) {
            throw stoppedException();
        }
        checkStart(startOffset);
        checkMayWait();
        return engine.startCheck(mode, startOffset);
    }

    private void checkStart(long startOffset) {
        if (startOffset < 0 || startOffset > description.layout().memberLength()) {
            throw new IllegalArgumentException("beyond the members: startOffset=" + startOffset + " memberLength="
                    + description.layout().memberLength());
        }
    }

    /**
     * As {@link #check(ScrubMode)}, in md's two words.
     *
     * @param repair false for {@link ScrubMode#CHECK}, true for {@link ScrubMode#CORRECT_OR_REWRITE_PARITY}.
     * @return the work, going on.
     * @throws ArrayException when other work is going on, or nothing may be written.
     */
    public SyncTask check(boolean repair) {
        return check(mode(repair));
    }

    /**
     * Compare parity with data over the whole array, without waiting for the start: for callers on whom the engine's own
     * threads may not wait.
     *
     * @param mode what to do where they do not fit.
     * @return the work, once it goes on; exceptionally, with an {@link ArrayException}, when other work is going on, or
     *     nothing may be written.
     */
    public CompletableFuture<SyncTask> checkAsync(ScrubMode mode) {
        return checkAsync(mode, 0);
    }

    /**
     * As {@link #check(ScrubMode, long)}, without waiting for the start.
     *
     * @param mode        what to do where they do not fit.
     * @param startOffset bytes of every member that have been dealt with.
     * @return the work, once it goes on; exceptionally, with an {@link ArrayException}, when other work is going on, or
     *     nothing may be written.
     * @throws IllegalArgumentException when a member ends before that.
     */
    public CompletableFuture<SyncTask> checkAsync(ScrubMode mode, long startOffset) {
        if (closing.get()) {
            return CompletableFuture.failedFuture(stoppedException());
        }
        checkStart(startOffset);
        return engine.startCheckAsync(mode, startOffset);
    }

    /**
     * As {@link #checkAsync(ScrubMode)}, in md's two words.
     *
     * @param repair false for {@link ScrubMode#CHECK}, true for {@link ScrubMode#CORRECT_OR_REWRITE_PARITY}.
     * @return the work, once it goes on; exceptionally, with an {@link ArrayException}, when other work is going on, or
     *     nothing may be written.
     */
    public CompletableFuture<SyncTask> checkAsync(boolean repair) {
        return checkAsync(mode(repair));
    }

    private static ScrubMode mode(boolean repair) {
        return repair ? ScrubMode.CORRECT_OR_REWRITE_PARITY : ScrubMode.CHECK;
    }

    /** The resync, recovery, check or repair that is going on, or null. */
    public SyncTask currentSync() {
        if (closed.get()) {
            return null;
        }
        checkMayWait();
        return engine.currentSync();
    }

    // ---- the end ----

    /**
     * Bring the array to rest: answer what was asked, stop long work at its checkpoint, mark the array clean, leave the
     * journal nothing to replay. No request is taken any more.
     *
     * @return completed when all is on disk; {@link #close} then only lets go.
     */
    public CompletableFuture<Void> stop() {
        closing.set(true);
        return engine.stop();
    }

    /** Bring the array to rest, as {@link #stop}, wait for it, and let go of the devices. Idempotent. */
    @Override
    public void close() {
        CompletableFuture<Void> stopped = stop();
        if (!stopped.isDone()) {
            checkMayWait();
        }
        if (closed.compareAndSet(false, true)) {
            try {
                stopped.join();
            } catch (CompletionException e) {
                if (engine.failure() != null) {
                    throw brokenException();
                }
                throw e;
            } finally {
                letGo();
            }
        }
    }

    /** Let go of everything at once, as a crash of the process would: for crash tests, and where a device hangs. */
    public void abandon() {
        closing.set(true);
        if (closed.compareAndSet(false, true)) {
            letGo();
        }
    }

    private void letGo() {
        try {
            engine.close();
        } finally {
            if (ownsDevices) {
                CloseHelper.quietCloseAll(addedDevices);
            }
            releaseDevices.run();
        }
    }

    // ---- admission ----

    private boolean offer(
            Kind kind,
            long offset,
            long length,
            ByteBuffer data,
            boolean forceUnitAccess,
            IoCallback callback,
            long token) {
        check(kind, offset, length);
        if (kind == Kind.READ && data.isReadOnly()) {
            throw new IllegalArgumentException("a buffer to read into must be writable: " + data);
        }
        ArrayRequest request = engine.requests().tryAcquire();
        if (request == null) {
            return false;
        }
        if (closing.get()) {
            // From here on the array does not come to rest before the request is given back; a moment ago it might
            // have.
            engine.requests().release(request);
            throw stoppedException();
        }
        engine.submit(request.prepare(kind, offset, length, data, forceUnitAccess, callback, token));
        return true;
    }

    private void submit(
            Kind kind, long offset, long length, ByteBuffer data, boolean forceUnitAccess, IoCallback callback) {
        while (!offer(kind, offset, length, data, forceUnitAccess, callback, 0)) {
            if (engine.isEngineThread()) {
                throw new IllegalStateException(
                        "the array holds as many requests as it admits, and a callback that waited"
                                + " for one to end would keep it from ending");
            }
            LockSupport.parkNanos(ADMISSION_PAUSE_NS);
        }
    }

    private void check(Kind kind, long offset, long length) {
        if (closing.get()) {
            throw stoppedException();
        }
        if (engine.failure() != null) {
            throw brokenException();
        }
        if (offset < 0 || length < 0 || offset > description.length() - length) {
            throw new IllegalArgumentException(
                    "beyond the array: offset=" + offset + " length=" + length + " array=" + description.length());
        }
        if (length == 0 && kind != Kind.FLUSH) {
            throw new IllegalArgumentException("nothing to do: length=0");
        }
    }

    private ArrayException stoppedException() {
        return new ArrayException(IoStatus.GONE, "the array " + description.name() + " has been stopped");
    }

    private ArrayException brokenException() {
        ArrayException e = new ArrayException(
                IoStatus.GONE,
                "the array " + description.name() + " has ended because of a bug: " + engine.failure()
                        + ". What was answered is safe; assemble it again.");
        e.initCause(engine.failure());
        return e;
    }

    /** Callbacks and listeners run on the threads that everything waits for. */
    private void checkMayWait() {
        if (engine.isEngineThread()) {
            throw new IllegalStateException("a callback or a listener of an array must not wait for the array");
        }
    }

    private void call(Kind kind, long offset, long length, ByteBuffer data, boolean forceUnitAccess) {
        if (length == 0 && kind != Kind.FLUSH) {
            return;
        }
        check(kind, offset, length);
        checkMayWait();
        BlockingCall call = new BlockingCall(Thread.currentThread());
        submit(kind, offset, length, data, forceUnitAccess, call);
        IoStatus status = call.await();
        if (status != IoStatus.OK) {
            throw failure(kind, offset, length, status);
        }
    }

    private CompletableFuture<Void> future(
            Kind kind, long offset, long length, ByteBuffer data, boolean forceUnitAccess) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        submit(kind, offset, length, data, forceUnitAccess, (token, status) -> {
            if (status == IoStatus.OK) {
                done.complete(null);
            } else {
                done.completeExceptionally(failure(kind, offset, length, status));
            }
        });
        return done;
    }

    private ArrayException failure(Kind kind, long offset, long length, IoStatus status) {
        if (engine.failure() != null) {
            return brokenException();
        }
        String why =
                switch (status) {
                    case MEDIA_ERROR -> "bytes on the members could be neither read nor reconstructed";
                    case READ_ONLY ->
                        "the array takes no writes: " + engine.state().reason();
                    case GONE ->
                        closed.get()
                                ? "the array was let go of"
                                : "more members are lost than " + description.level() + " tolerates";
                    default -> "a device answered " + status;
                };
        return new ArrayException(
                status,
                "array " + description.name() + ": " + kind + " of " + length + " bytes at " + offset + " failed: "
                        + why);
    }

    /** Waits for one answer. */
    private static final class BlockingCall implements IoCallback {
        private final Thread waiter;
        private volatile IoStatus answer;

        BlockingCall(Thread waiter) {
            this.waiter = waiter;
        }

        @Override
        public void onComplete(long token, IoStatus status) {
            answer = status;
            LockSupport.unpark(waiter);
        }

        IoStatus await() {
            boolean interrupted = false;
            while (answer == null) {
                LockSupport.park(this);
                // The buffer is the array's until the answer: an interrupt can wait that long.
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                waiter.interrupt();
            }
            return answer;
        }
    }
}
