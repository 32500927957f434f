package io.holdfast.bench;

import com.sun.management.ThreadMXBean;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.IoCallback;
import io.holdfast.raid.RaidArray;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.agrona.BufferUtil;

/**
 * Runs a steady load against arrays on memory devices and prints, for each, the median of several rounds.
 *
 * <pre>
 * java ... io.holdfast.bench.EngineRunner [seconds per round] [rounds]
 * </pre>
 */
public final class EngineRunner {
    private static final int DEPTH = 32;
    private static final long MEMBER_LENGTH = 64L << 20;
    private static final int CHUNK = 64 * 1024;

    private static double bareRead;
    private static double bareWrite;

    private EngineRunner() {}

    /**
     * Run all loads.
     *
     * @param args seconds per round (default 2), rounds (default 5).
     */
    public static void main(String[] args) {
        double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 2;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        System.out.printf(
                "%d-byte chunks, depth %d, medians of %d rounds of %.1f s, %s %s%n",
                CHUNK, DEPTH, rounds, seconds, System.getProperty("java.vm.name"), System.getProperty("java.version"));
        bareRead = BareDevice.rate(false, 4096, MEMBER_LENGTH, DEPTH, seconds);
        bareWrite = BareDevice.rate(true, 4096, MEMBER_LENGTH, DEPTH, seconds);
        System.out.printf(
                "one bare memory device, same thread: %.0f 4 KiB reads/s, %.0f 4 KiB writes/s; ratios are to its bytes%n",
                bareRead, bareWrite);
        run("raid5 4+1 random 4 KiB reads", 5, 5, false, false, 4096, false, seconds, rounds);
        run("raid5 4+1 random 4 KiB writes", 5, 5, false, true, 4096, false, seconds, rounds);
        run("raid5 4+1 random 4 KiB writes, journal", 5, 5, true, true, 4096, false, seconds, rounds);
        run("raid6 4+2 random 4 KiB writes", 6, 6, false, true, 4096, false, seconds, rounds);
        run("raid5 4+1 sequential 1 MiB writes", 5, 5, false, true, 1 << 20, true, seconds, rounds);
        run("raid5 4+1 sequential 1 MiB writes, journal", 5, 5, true, true, 1 << 20, true, seconds, rounds);
        run("raid6 4+2 sequential 1 MiB writes", 6, 6, false, true, 1 << 20, true, seconds, rounds);
        run("raid5 4+1 sequential 1 MiB reads", 5, 5, false, false, 1 << 20, true, seconds, rounds);
    }

    private static void run(
            String name,
            int level,
            int members,
            boolean journaled,
            boolean write,
            int length,
            boolean sequential,
            double seconds,
            int rounds) {
        double[] rates = new double[rounds];
        double bytesPerOperation = 0;
        try (RaidArray array = MemoryArray.create(level, members, CHUNK, MEMBER_LENGTH, journaled, 1)) {
            Load load = new Load(array, write, length, sequential);
            fill(array);
            load.round(seconds);
            for (int i = 0; i < rounds; i++) {
                rates[i] = load.round(seconds);
                bytesPerOperation = load.allocatedPerOperation;
            }
        }
        Arrays.sort(rates);
        double median = rates[rounds / 2];
        System.out.printf(
                "%-44s %10.0f /s  %7.0f MB/s  ratio %.2f  (min %.0f, max %.0f)  %.2f B allocated per operation%n",
                name,
                median,
                median * length / 1e6,
                median * length / 4096 / (write ? bareWrite : bareRead),
                rates[0],
                rates[rounds - 1],
                bytesPerOperation);
    }

    /** Touch every page first: memory that the machine has yet to find is no part of the measurement. */
    private static void fill(RaidArray array) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        for (long offset = 0; offset + buffer.capacity() <= array.length(); offset += buffer.capacity()) {
            array.write(buffer.clear(), offset);
        }
    }

    /** Keeps a number of requests in flight from their own callbacks, as an asynchronous server would. */
    private static final class Load {
        private final RaidArray array;
        private final boolean write;
        private final int length;
        private final boolean sequential;
        private final ByteBuffer[] buffers = new ByteBuffer[DEPTH];
        private final IoCallback callback = this::onComplete;
        private final Semaphore finished = new Semaphore(0);
        private final AtomicLong done = new AtomicLong();
        private final SplittableRandom random = new SplittableRandom(3);
        private final long slots;
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private volatile boolean stopping;
        private long next;
        private long engineThread;
        private double allocatedPerOperation;

        Load(RaidArray array, boolean write, int length, boolean sequential) {
            this.array = array;
            this.write = write;
            this.length = length;
            this.sequential = sequential;
            slots = array.length() / length;
            for (int i = 0; i < DEPTH; i++) {
                buffers[i] = BufferUtil.allocateDirectAligned(length, 4096);
                for (int j = 0; j < length; j += 8) {
                    buffers[i].putLong(j, random.nextLong());
                }
            }
        }

        double round(double seconds) {
            stopping = false;
            done.set(0);
            long start = System.nanoTime();
            for (int i = 0; i < DEPTH; i++) {
                submit(i);
            }
            while (System.nanoTime() - start < seconds * 0.2e9) {
                LockSupport.parkNanos(1_000_000);
            }
            long allocatedBefore = threads.getThreadAllocatedBytes(engineThread);
            long doneBefore = done.get();
            while (System.nanoTime() - start < seconds * 1e9) {
                LockSupport.parkNanos(1_000_000);
            }
            allocatedPerOperation = (double) (threads.getThreadAllocatedBytes(engineThread) - allocatedBefore)
                    / Math.max(1, done.get() - doneBefore);
            double elapsed = (System.nanoTime() - start) / 1e9;
            double rate = done.get() / elapsed;
            stopping = true;
            finished.acquireUninterruptibly(DEPTH);
            return rate;
        }

        private void submit(int index) {
            long slot;
            synchronized (random) {
                slot = sequential ? next++ % slots : random.nextLong(slots);
            }
            boolean taken = write
                    ? array.write(buffers[index], slot * length, false, callback, index)
                    : array.read(buffers[index], slot * length, callback, index);
            if (!taken) {
                throw new IllegalStateException("the array admits fewer than " + DEPTH + " requests");
            }
        }

        private void onComplete(long token, IoStatus status) {
            if (status != IoStatus.OK) {
                throw new IllegalStateException("a request failed: " + status);
            }
            engineThread = Thread.currentThread().getId();
            done.lazySet(done.get() + 1);
            if (stopping) {
                finished.release();
            } else {
                submit((int) token);
            }
        }
    }
}
