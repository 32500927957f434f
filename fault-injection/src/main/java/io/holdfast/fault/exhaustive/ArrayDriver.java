package io.holdfast.fault.exhaustive;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Runs the production engine in a {@link TraceWorld}: on the caller's thread, its agents called in turn, its clock and chance
 * beginning alike every time. One array at a time.
 */
final class ArrayDriver implements ArrayListener {
    private static final long CACHE_LENGTH = 1 << 16;
    private static final int REQUEST_COUNT = 16;
    private static final long START_MS = 1_700_000_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int LONGEST_QUIET_TICKS = 200;
    private static final int MOST_ROUNDS = 100_000;
    private static final int QUIET_ROUNDS = 2;

    private final ArraySite site;
    private final TraceWorld world;
    private final UnaryOperator<BlockDevice> wrap;
    private final List<Throwable> errors = new ArrayList<>();
    private final ByteBuffer bytes;
    private final UnsafeBuffer buffer;
    private ManualLoop loop;
    private long nowNs;
    private int syncCount;
    private IoStatus answer;

    /**
     * A driver.
     *
     * @param site  of the array.
     * @param world that it lies in.
     * @param wrap  put around each device; does nothing but for tests of the harness itself.
     */
    ArrayDriver(ArraySite site, TraceWorld world, UnaryOperator<BlockDevice> wrap) {
        this.site = site;
        this.world = world;
        this.wrap = wrap;
        buffer = BufferSlab.allocate(Math.toIntExact(site.layout().arrayLength()));
        bytes = buffer.byteBuffer().slice(0, buffer.capacity());
    }

    /**
     * Start the array.
     *
     * @param lost  members that are not there, the first slot in the lowest bit.
     * @param force whether to insist.
     * @return the array.
     */
    RaidArray assemble(int lost, boolean force) {
        List<BlockDevice> devices = new ArrayList<>();
        for (int i = 0; i < site.deviceCount(); i++) {
            if ((lost >>> i & 1) == 0) {
                devices.add(wrap.apply(world.device(i)));
            }
        }
        nowNs = 0;
        syncCount = 0;
        errors.clear();
        loop = null;
        return RaidArray.assemble(new ArrayContext()
                .onJournalLoss(JournalLossPolicy.READ_ONLY)
                .devices(devices)
                .ownsDevices(false)
                .run(true)
                .force(force)
                .shardCount(1)
                .journalMode(site.journalMode())
                .cacheLength(CACHE_LENGTH)
                .requestCount(REQUEST_COUNT)
                .listener(this)
                .errorHandler(errors::add)
                .nanoClock(() -> nowNs)
                .epochClock(() -> START_MS + nowNs / NANOS_PER_MILLI)
                .random(() -> site.shape().memberCount())
                .loops(this::newLoop));
    }

    /** Call the agents until nobody has anything to do; false when that does not happen. */
    boolean runUntilQuiet() {
        int quiet = 0;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            quiet = loop.doWork() == 0 ? quiet + 1 : 0;
            if (quiet == QUIET_ROUNDS) {
                return true;
            }
        }
        return false;
    }

    /** Call the agents, and let time pass when none has anything to do, until something has come about; false if it does not. */
    boolean runUntil(BooleanSupplier isDone) {
        for (int ticks = 0; ticks < LONGEST_QUIET_TICKS; ticks++) {
            if (!runUntilQuiet()) {
                return false;
            }
            if (isDone.getAsBoolean()) {
                return true;
            }
            nowNs += IoLoop.TICK_NS;
        }
        return false;
    }

    /** Wait for everything that goes on by itself; false when it does not end. */
    boolean settle() {
        return runUntil(() -> syncCount == 0);
    }

    /** Let time pass without anybody noticing yet. */
    void advance(long nanos) {
        nowNs += nanos;
    }

    /**
     * Read the whole array.
     *
     * @param array  running.
     * @param target takes the number of each of its pages.
     * @return how the read ended; null when it did not.
     */
    IoStatus readAll(RaidArray array, int[] target) {
        answer = null;
        boolean admitted = array.read(bytes, 0, (token, status) -> answer = status, 0);
        if (!admitted || !runUntil(() -> answer != null)) {
            return null;
        }
        if (answer == IoStatus.OK) {
            for (int i = 0; i < target.length; i++) {
                target[i] = world.pool().intern(buffer, i * PagePool.PAGE_LENGTH);
            }
        }
        return answer;
    }

    /** Stop the array in good order; false when it does not come to rest. */
    boolean stop(RaidArray array) {
        var stopped = array.stop();
        if (!runUntil(stopped::isDone)) {
            return false;
        }
        array.close();
        return true;
    }

    /** What the engine reported as broken since the array was started. */
    List<Throwable> errors() {
        return errors;
    }

    @Override
    public void onSyncStarted(SyncActivity activity) {
        syncCount++;
    }

    @Override
    public void onSyncEnded(SyncProgress progress) {
        syncCount--;
    }

    private IoLoop newLoop(String name) {
        loop = new ManualLoop(name);
        return loop;
    }
}
