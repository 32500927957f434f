package io.holdfast.blockdev;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.agrona.concurrent.Agent;

/**
 * Lets a test use a channel on any loop: what the test wants done runs on the loop's thread, and the test waits for it. On a
 * {@link ManualLoop} the test's thread is the loop's.
 */
public final class ChannelDriver implements Agent, AutoCloseable {
    private final IoLoop loop;
    private final BlockDevice device;
    private final int capacity;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Map<Long, IoStatus> completions = new ConcurrentHashMap<>();
    private final List<Long> repeated = new ArrayList<>();
    private IoChannel channel;
    private long nextToken = 1_000_000;

    /**
     * Open a channel on the loop.
     *
     * @param loop     to run on; closed by the caller, after this.
     * @param device   to use.
     * @param capacity of the channel.
     */
    public ChannelDriver(IoLoop loop, BlockDevice device, int capacity) {
        this.loop = loop;
        this.device = device;
        this.capacity = capacity;
        loop.start(this);
    }

    /**
     * Run something on the loop's thread and wait for it.
     *
     * @param task given the channel; what it throws is thrown here.
     */
    public void onLoop(Consumer<IoChannel> task) {
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(1);
        tasks.add(() -> {
            try {
                task.accept(channel);
            } catch (RuntimeException e) {
                failure.set(e);
            } finally {
                done.countDown();
            }
        });
        loop.wake();
        while (done.getCount() != 0) {
            turn();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    /**
     * Wait for one operation.
     *
     * @param token it was submitted with.
     * @return how it ended.
     */
    public IoStatus await(long token) {
        while (true) {
            IoStatus status = completions.remove(token);
            if (status != null) {
                return status;
            }
            turn();
        }
    }

    /**
     * Submit one operation and wait for it.
     *
     * @param submission given the channel and the token to use.
     * @return how it ended.
     */
    public IoStatus run(Submission submission) {
        long token = nextToken++;
        onLoop(c -> submission.submit(c, token));
        return await(token);
    }

    /** Tokens that completed more than once, which no channel may do. */
    public List<Long> repeatedTokens() {
        synchronized (repeated) {
            return List.copyOf(repeated);
        }
    }

    /** One operation, to be submitted with a token. */
    @FunctionalInterface
    public interface Submission {
        /**
         * Submit it.
         *
         * @param channel to submit to.
         * @param token   to submit with.
         */
        void submit(IoChannel channel, long token);
    }

    @Override
    public void onStart() {
        channel = device.openChannel(loop, capacity);
    }

    @Override
    public int doWork() {
        int workCount = 0;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
            workCount++;
        }
        return workCount + channel.poll(this::onCompletion);
    }

    private void onCompletion(long token, IoStatus status) {
        if (completions.put(token, status) != null) {
            synchronized (repeated) {
                repeated.add(token);
            }
        }
    }

    @Override
    public void onClose() {
        channel.close();
    }

    @Override
    public String roleName() {
        return "channel-driver";
    }

    /** Close the channel, on the loop's thread. */
    @Override
    public void close() {
        loop.stop(this);
    }

    /** Give way to whoever is to do the work: correctness does not rest on it, only speed on a machine of few cores. */
    @SuppressWarnings("ThreadPriorityCheck")
    private void turn() {
        if (loop instanceof ManualLoop manual) {
            manual.doWork();
        }
        Thread.yield();
    }
}
