package io.holdfast.blockdev;

import org.agrona.concurrent.Agent;

/**
 * The thread that runs agents and owns the channels they use.
 *
 * <p>The loop calls each of its agents' {@link Agent#doWork()} in turn for as long as one of them reports work done, then
 * parks until something wakes it: a completion on one of its channels, {@link #wake()}, or the tick. An agent never
 * blocks. In a simulation the "thread" is a test that calls the agents itself, in an order drawn from a seed.
 */
public interface IoLoop extends AutoCloseable {
    /** The longest a parked loop sleeps, so that agents may keep time by looking at their clock: 20 milliseconds. */
    long TICK_NS = 20_000_000L;

    /** The name of the thread, for logs. */
    String name();

    /**
     * Add an agent to the loop: {@link Agent#onStart()} and every later call happens on the loop's thread. May be called
     * from any thread, and returns at once.
     *
     * @param agent to run.
     */
    void start(Agent agent);

    /**
     * Take an agent out of the loop, call {@link Agent#onClose()} on the loop's thread, and wait until that is done.
     *
     * @param agent to stop.
     */
    void stop(Agent agent);

    /** Make sure that every agent's {@link Agent#doWork()} is called soon. From any thread; cheap when the loop is awake. */
    void wake();

    /** Stop all agents and the thread. Idempotent. */
    @Override
    void close();
}
