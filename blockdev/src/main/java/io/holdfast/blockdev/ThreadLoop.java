package io.holdfast.blockdev;

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
    private final DutyCycle dutyCycle;
    private final IoPool pool;
    private final Thread thread;

    /**
     * Start the thread of a loop without a pool: a channel of a file moves its bytes on this thread, which waits for them.
     *
     * @param name         of the thread.
     * @param errorHandler told, on the loop's thread, of each agent that threw.
     */
    public ThreadLoop(String name, ErrorHandler errorHandler) {
        this(name, errorHandler, null);
    }

    /**
     * Start the thread.
     *
     * @param name         of the thread.
     * @param errorHandler told, on the loop's thread, of each agent that threw.
     * @param pool         to carry out what channels of files are asked for; outlives the loop; may be shared by loops.
     */
    public ThreadLoop(String name, ErrorHandler errorHandler, IoPool pool) {
        this.pool = pool;
        this.dutyCycle = new DutyCycle(name, errorHandler, this::unpark);
        this.thread = new Thread(this::run, name);
        this.thread.setDaemon(false);
        this.thread.start();
    }

    /** The pool given at construction, or null. */
    IoPool pool() {
        return pool;
    }

    @Override
    public String name() {
        return thread.getName();
    }

    @Override
    public void start(Agent agent) {
        dutyCycle.start(agent);
    }

    @Override
    public void stop(Agent agent) {
        dutyCycle.stop(agent, isOnLoop());
    }

    @Override
    public void wake() {
        dutyCycle.wake();
    }

    @Override
    public void close() {
        dutyCycle.requestEnd();
        if (!isOnLoop()) {
            dutyCycle.awaitEnd();
        }
    }

    private boolean isOnLoop() {
        return Thread.currentThread() == thread;
    }

    private void unpark() {
        LockSupport.unpark(thread);
    }

    private void run() {
        try {
            while (dutyCycle.isRunning()) {
                dutyCycle.resume();
                if (dutyCycle.round() == 0 && dutyCycle.tryPark()) {
                    LockSupport.parkNanos(this, TICK_NS);
                    // An interrupt means nothing here, but left standing it would keep the thread from parking.
                    Thread.interrupted();
                }
            }
        } finally {
            dutyCycle.end();
        }
    }
}
