package io.holdfast.blockdev;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Random 4 KiB direct writes through one channel, to set beside {@code fio --ioengine=io_uring} on the same file. Not a
 * test: run it by hand with a file, {@code uring} or {@code pool}, seconds for each depth, and the depths. What the file
 * held is overwritten.
 */
public final class ThroughputProbe implements Agent {
    private static final int BLOCK_LENGTH = 4096;

    private final FileBlockDevice device;
    private final IoLoop loop;
    private final int depth;
    private final long durationNs;
    private final UnsafeBuffer memory;
    private final SplittableRandom random = new SplittableRandom(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final IoCompletionHandler onCompletion = this::onCompletion;
    private IoChannel channel;
    private long startNs;
    private long startBytes;
    private long operationCount;
    private boolean isEnding;

    private ThroughputProbe(FileBlockDevice device, IoLoop loop, int depth, long durationNs) {
        this.device = device;
        this.loop = loop;
        this.depth = depth;
        this.durationNs = durationNs;
        this.memory = BufferSlab.allocate(depth * BLOCK_LENGTH);
    }

    /**
     * Measure and print.
     *
     * @param arguments file, mode, seconds, depths.
     * @throws InterruptedException never, in practice.
     */
    public static void main(String[] arguments) throws InterruptedException {
        long durationNs = Long.parseLong(arguments[2]) * 1_000_000_000L;
        try (FileBlockDevice device = FileBlockDevice.open(Path.of(arguments[0]));
                IoLoops loops = IoLoops.create(arguments[1], Throwable::printStackTrace)) {
            for (int i = 3; i < arguments.length; i++) {
                try (IoLoop loop = loops.newLoop("probe")) {
                    // The first run is for the compiler.
                    int depth = Integer.parseInt(arguments[i]);
                    new ThroughputProbe(device, loop, depth, durationNs / 2).measure("warm-up");
                    new ThroughputProbe(device, loop, depth, durationNs).measure(arguments[1]);
                }
            }
        }
    }

    private void measure(String label) throws InterruptedException {
        loop.start(this);
        ended.await();
        loop.stop(this);
        System.out.println(label);
    }

    @Override
    public void onStart() {
        channel = device.openChannel(loop, depth);
        startNs = System.nanoTime();
        startBytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        for (int i = 0; i < depth; i++) {
            submit(i);
        }
    }

    @Override
    public int doWork() {
        int workCount = channel.poll(onCompletion);
        if (!isEnding && System.nanoTime() - startNs >= durationNs) {
            isEnding = true;
            double seconds = (System.nanoTime() - startNs) / 1e9;
            long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - startBytes;
            System.out.printf(
                    Locale.ROOT,
                    "depth=%d writesPerSecond=%.0f allocatedBytesPerWrite=%.1f ",
                    depth,
                    operationCount / seconds,
                    (double) bytes / operationCount);
        }
        if (isEnding && channel.outstanding() == 0) {
            ended.countDown();
        }
        return workCount;
    }

    private void onCompletion(long token, IoStatus status) {
        if (status != IoStatus.OK) {
            throw new IllegalStateException("status=" + status);
        }
        operationCount++;
        if (!isEnding) {
            submit(token);
        }
    }

    private void submit(long slot) {
        long block = random.nextLong(device.geometry().length() / BLOCK_LENGTH);
        channel.write(block * BLOCK_LENGTH, memory, (int) slot * BLOCK_LENGTH, BLOCK_LENGTH, slot);
    }

    @Override
    public void onClose() {
        channel.close();
    }

    @Override
    public String roleName() {
        return "throughput-probe";
    }
}
