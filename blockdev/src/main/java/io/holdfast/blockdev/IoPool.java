package io.holdfast.blockdev;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;

/**
 * A few threads that carry device operations out one by one, for kernels that refuse io_uring and for the operations that
 * a ring cannot express.
 *
 * <p>Threads wait on a semaphore, never spinning. The queue is bounded; a channel keeps back what does not fit and offers
 * it again when it is next polled.
 */
public final class IoPool implements AutoCloseable {
    /** Threads of a pool unless told otherwise: enough to keep a few disks busy, few enough to cost nothing. */
    public static final int DEFAULT_THREAD_COUNT = 8;

    private static final int QUEUE_CAPACITY = 4096;

    /** How long to let a thread run that was stopped with its hand in the queue. */
    private static final long PAUSE_NS = 1_000;

    private final String name;
    private final int threadCount;
    private final ManyToManyConcurrentArrayQueue<Job> queue = new ManyToManyConcurrentArrayQueue<>(QUEUE_CAPACITY);
    private final Semaphore available = new Semaphore(0);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean isRunning = true;

    /** Work for a pool thread; must not throw. */
    interface Job {
        /** Do it. */
        void run();
    }

    /**
     * A pool whose threads start with its first work.
     *
     * @param name        that its threads' names begin with.
     * @param threadCount how many.
     */
    public IoPool(String name, int threadCount) {
        if (threadCount < 1) {
            throw new IllegalArgumentException("a pool has at least one thread: threadCount=" + threadCount);
        }
        this.name = name;
        this.threadCount = threadCount;
    }

    /** Start the threads, if that has not been done; called when a channel opens, so that submitting allocates nothing. */
    synchronized void start() {
        if (!isRunning) {
            throw new IllegalStateException("pool is closed: name=" + name);
        }
        while (threads.size() < threadCount) {
            Thread thread = new Thread(this::run, name + "-" + threads.size());
            thread.setDaemon(false);
            threads.add(thread);
            thread.start();
        }
    }

    /** Hand work to a thread; false when there is no room. Any thread. */
    boolean offer(Job job) {
        if (queue.offer(job)) {
            available.release();
            return true;
        }
        return false;
    }

    private void run() {
        while (true) {
            available.acquireUninterruptibly();
            Job job = queue.poll();
            while (job == null) {
                if (!isRunning && queue.isEmpty()) {
                    return;
                }
                // There is one, but before it in the queue is the place of a thread that was stopped while it handed
                // over
                // another. To go back to sleep now would be to forget a job.
                LockSupport.parkNanos(PAUSE_NS);
                job = queue.poll();
            }
            job.run();
        }
    }

    /** Let the threads finish the work they have, and end them. Channels must be closed first. Idempotent. */
    @Override
    public void close() {
        List<Thread> ending;
        synchronized (this) {
            isRunning = false;
            ending = List.copyOf(threads);
            threads.clear();
        }
        available.release(ending.size());
        boolean wasInterrupted = false;
        for (Thread thread : ending) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    wasInterrupted = true;
                }
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
