package io.holdfast.blockdev;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;

/**
 * A loop on a thread of its own that parks when its agents have nothing to do.
 *
 * <p>It never spins: on a small machine the time a spinning thread burns is taken from the one it waits for. The thread
 * is not a daemon; {@link #close()} ends it. An agent that throws is reported to the error handler and stopped.
 */
public final class ThreadLoop implements IoLoop {
    /** Running, and nobody has asked for another round. */
    private static final int AWAKE = 0;
    /** Another round is owed. */
    private static final int SIGNALLED = 1;
    /** Asleep, or about to be; whoever changes this state must unpark the thread. */
    private static final int PARKED = 2;

    private final AtomicInteger state = new AtomicInteger(AWAKE);
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final AgentRoster roster;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean isRunning = true;
    private volatile boolean hasEnded;

    /**
     * Start the thread.
     *
     * @param name         of the thread.
     * @param errorHandler told, on the loop's thread, of each agent that threw.
     */
    public ThreadLoop(String name, ErrorHandler errorHandler) {
        this.roster = new AgentRoster(errorHandler);
        this.thread = new Thread(this::run, name);
        this.thread.setDaemon(false);
        this.thread.start();
    }

    @Override
    public String name() {
        return thread.getName();
    }

    @Override
    public void start(Agent agent) {
        if (!isRunning) {
            throw new IllegalStateException("loop is closed: name=" + name());
        }
        commands.add(() -> {
            if (!hasEnded) {
                roster.add(agent);
            }
        });
        wake();
    }

    @Override
    public void stop(Agent agent) {
        if (Thread.currentThread() == thread) {
            runCommands();
            roster.remove(agent);
            return;
        }
        CountDownLatch done = new CountDownLatch(1);
        commands.add(() -> {
            roster.remove(agent);
            done.countDown();
        });
        wake();
        if (hasEnded) {
            // The thread may have looked at the queue for the last time before the command was in it; every agent has
            // been stopped already.
            return;
        }
        Waits.await(done);
    }

    @Override
    public void wake() {
        if (state.get() != SIGNALLED && state.getAndSet(SIGNALLED) == PARKED) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void close() {
        isRunning = false;
        wake();
        if (Thread.currentThread() != thread) {
            Waits.await(ended);
        }
    }

    private void run() {
        try {
            while (isRunning) {
                // Taken back before the round, so that a wake during the round is owed another one.
                state.set(AWAKE);
                runCommands();
                if (roster.doWork() == 0 && state.compareAndSet(AWAKE, PARKED)) {
                    LockSupport.parkNanos(this, TICK_NS);
                    // An interrupt means nothing here, but left standing it would keep the thread from parking.
                    Thread.interrupted();
                }
            }
        } finally {
            roster.removeAll();
            hasEnded = true;
            runCommands();
            ended.countDown();
        }
    }

    private void runCommands() {
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
    }
}
