package io.holdfast.blockdev;

import io.netty.channel.IoEventLoop;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.uring.IoUring;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;

/**
 * A loop that parks inside io_uring: one thread, one ring, for disks and sockets alike.
 *
 * <p>The ring is Netty's. Agents are called between its visits to the kernel: a visit submits what they asked for, waits
 * when they have nothing to do, and collects what has completed. So an operation costs no system call of its own, and
 * none at all while others keep the ring busy. Netty's own channels may live on the same loop, through
 * {@link #eventLoop()}.
 *
 * <p>What a ring cannot express (discarding a raw device's blocks, zeroing where the filesystem knows no quick way) goes to
 * a helper thread, started when a file's first channel is opened.
 */
public final class UringLoop implements IoLoop {
    /** Submissions per visit to the kernel; the completion ring has twice as many, and overflow costs only time. */
    private static final int RING_LENGTH = 1024;

    private final String name;
    private final DutyCycle dutyCycle;
    private final IoPool helper;
    private final SingleThreadIoEventLoop eventLoop;
    private volatile Thread thread;
    private UringHandler handler;

    /**
     * Start the thread.
     *
     * @param name         of the thread.
     * @param errorHandler told, on the loop's thread, of each agent that threw.
     * @throws IllegalStateException when this machine has no io_uring, or does not let us use it.
     */
    public UringLoop(String name, ErrorHandler errorHandler) {
        if (!IoUring.isAvailable()) {
            throw new IllegalStateException(
                    "io_uring cannot be used on this machine; set holdfast.io=pool", IoUring.unavailabilityCause());
        }
        this.name = name;
        this.dutyCycle = new DutyCycle(name, errorHandler, this::unpark);
        this.helper = new IoPool(name + "-helper", 1);
        this.eventLoop = new SingleThreadIoEventLoop(null, this::newThread, executor -> {
            handler = new UringHandler(executor, dutyCycle, RING_LENGTH);
            return handler;
        });
        // Netty starts the thread with the first task.
        this.eventLoop.execute(() -> {});
    }

    private Thread newThread(Runnable task) {
        Thread fresh = new Thread(task, name);
        fresh.setDaemon(false);
        thread = fresh;
        return fresh;
    }

    /** Netty's view of this loop, for its own channels. */
    public IoEventLoop eventLoop() {
        return eventLoop;
    }

    @Override
    public String name() {
        return name;
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

    /** A channel of a file on this loop's ring. */
    UringChannel openChannel(FileBlockDevice device, int capacity) {
        if (capacity > Short.MAX_VALUE) {
            throw new IllegalArgumentException("more operations than a ring can tell apart: capacity=" + capacity);
        }
        UringChannel channel = new UringChannel(device, this, helper, handler, capacity);
        if (isOnLoop()) {
            handler.register(channel);
        } else {
            dutyCycle.await(() -> handler.register(channel));
        }
        if (!channel.isRegistered()) {
            throw new IllegalStateException("loop is closed: name=" + name);
        }
        return channel;
    }

    @Override
    public void close() {
        dutyCycle.requestEnd();
        Future<?> termination = eventLoop.shutdownGracefully(0, Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        if (!isOnLoop()) {
            termination.awaitUninterruptibly();
            helper.close();
        }
    }

    private boolean isOnLoop() {
        return Thread.currentThread() == thread;
    }

    private void unpark() {
        handler.wakeup();
    }
}
