package io.holdfast.blockdev;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;

/**
 * What every loop with a thread does the same way: rounds of its agents, when it may park, and how others wake it. How the
 * thread parks is the loop's own.
 *
 * <p>{@link #round}, {@link #tryPark}, {@link #resume} and {@link #end} belong to the loop's thread, the rest to anybody.
 */
final class DutyCycle {
    /** Running, and nobody has asked for another round. */
    private static final int AWAKE = 0;
    /** Another round is owed. */
    private static final int SIGNALLED = 1;
    /** Parked, or about to be; whoever changes this state must unpark the thread. */
    private static final int PARKED = 2;

    private final AtomicInteger state = new AtomicInteger(AWAKE);
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AgentRoster roster;
    private final Runnable unpark;
    private final String name;
    private volatile boolean isRunning = true;
    private volatile boolean hasEnded;

    DutyCycle(String name, ErrorHandler errorHandler, Runnable unpark) {
        this.name = name;
        this.roster = new AgentRoster(errorHandler);
        this.unpark = unpark;
    }

    void start(Agent agent) {
        if (!isRunning) {
            throw new IllegalStateException("loop is closed: name=" + name);
        }
        command(() -> {
            if (!hasEnded) {
                roster.add(agent);
            }
        });
    }

    void stop(Agent agent, boolean isOnLoop) {
        if (isOnLoop) {
            // In order of asking: the agent may have been started a moment ago.
            runCommands();
            roster.remove(agent);
        } else {
            await(() -> roster.remove(agent));
        }
    }

    /** Run something on the loop's thread and wait for it; at once when the loop has ended, without running it. */
    void await(Runnable task) {
        CountDownLatch done = new CountDownLatch(1);
        command(() -> {
            try {
                task.run();
            } finally {
                done.countDown();
            }
        });
        // Once it has ended, the thread may have looked at the queue for the last time before the command was in it.
        if (!hasEnded) {
            Waits.await(done);
        }
    }

    private void command(Runnable command) {
        commands.add(command);
        wake();
    }

    void wake() {
        if (state.get() != SIGNALLED && state.getAndSet(SIGNALLED) == PARKED) {
            unpark.run();
        }
    }

    boolean isRunning() {
        return isRunning;
    }

    /** Ask the loop to end. */
    void requestEnd() {
        isRunning = false;
        wake();
    }

    boolean hasAgents() {
        return !roster.isEmpty();
    }

    /** Commands, then every agent once. */
    int round() {
        runCommands();
        return roster.doWork();
    }

    /** Whether the thread may park: nobody has asked for another round since {@link #resume}. */
    boolean tryPark() {
        return state.compareAndSet(AWAKE, PARKED);
    }

    /** Before each round, so that a wake during it is owed another. */
    void resume() {
        state.set(AWAKE);
    }

    /** Stop every agent and let go of everybody who waits. Idempotent. */
    void end() {
        isRunning = false;
        roster.removeAll();
        hasEnded = true;
        runCommands();
        ended.countDown();
    }

    void awaitEnd() {
        Waits.await(ended);
    }

    private void runCommands() {
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
    }
}
