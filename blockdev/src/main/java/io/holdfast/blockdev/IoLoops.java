package io.holdfast.blockdev;

import io.netty.channel.uring.IoUring;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.agrona.ErrorHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes loops of the kind this machine is best served by: io_uring where the kernel has it and lets us, otherwise threads
 * with a pool. Owns what it makes. Thread-safe.
 */
public final class IoLoops implements AutoCloseable {
    /** The system property that overrides the choice: {@code uring}, {@code pool}, or {@code auto}. */
    public static final String MODE_PROPERTY = "holdfast.io";

    /** The default of {@link #MODE_PROPERTY}. */
    public static final String MODE_DEFAULT = "auto";

    private static final Logger LOGGER = LoggerFactory.getLogger(IoLoops.class);

    /** How bytes move. */
    public enum Mode {
        /** Through one ring for each loop. */
        URING,
        /** By the threads of a pool that the loops share. */
        POOL
    }

    private final Mode mode;
    private final String reason;
    private final ErrorHandler errorHandler;
    private final IoPool pool;
    private final List<IoLoop> loops = new ArrayList<>();
    private boolean isClosed;

    private IoLoops(Mode mode, String reason, ErrorHandler errorHandler) {
        this.mode = mode;
        this.reason = reason;
        this.errorHandler = errorHandler;
        this.pool = mode == Mode.POOL ? new IoPool("io-pool", IoPool.DEFAULT_THREAD_COUNT) : null;
        LOGGER.debug("device I/O: mode={} because {}", mode, reason);
    }

    /**
     * As the system property {@link #MODE_PROPERTY} says.
     *
     * @param errorHandler told of agents that throw.
     * @return the factory, closed by the caller.
     * @throws IllegalArgumentException when the property has no such value.
     * @throws IllegalStateException    when it insists on io_uring and there is none.
     */
    public static IoLoops create(ErrorHandler errorHandler) {
        return create(System.getProperty(MODE_PROPERTY, MODE_DEFAULT), errorHandler);
    }

    /**
     * As asked for.
     *
     * @param modeName     {@code uring}, {@code pool}, or {@code auto}.
     * @param errorHandler told of agents that throw.
     * @return the factory, closed by the caller.
     * @throws IllegalArgumentException when there is no such mode.
     * @throws IllegalStateException    when io_uring is insisted on and there is none.
     */
    public static IoLoops create(String modeName, ErrorHandler errorHandler) {
        switch (modeName.toLowerCase(Locale.ROOT)) {
            case "uring" -> {
                if (!IoUring.isAvailable()) {
                    throw new IllegalStateException(
                            MODE_PROPERTY + "=uring: this machine's kernel refuses io_uring; set it to pool or auto: "
                                    + rootMessage(IoUring.unavailabilityCause()),
                            IoUring.unavailabilityCause());
                }
                return new IoLoops(Mode.URING, MODE_PROPERTY + "=uring", errorHandler);
            }
            case "pool" -> {
                return new IoLoops(Mode.POOL, MODE_PROPERTY + "=pool", errorHandler);
            }
            case "auto" -> {
                return IoUring.isAvailable()
                        ? new IoLoops(Mode.URING, "the kernel has io_uring", errorHandler)
                        : new IoLoops(
                                Mode.POOL,
                                "io_uring is not to be had: " + rootMessage(IoUring.unavailabilityCause()),
                                errorHandler);
            }
            default ->
                throw new IllegalArgumentException(MODE_PROPERTY + "=" + modeName + ": must be uring, pool or auto");
        }
    }

    /** How bytes move. */
    public Mode mode() {
        return mode;
    }

    /** Why that mode was chosen, in words. */
    public String reason() {
        return reason;
    }

    /**
     * A new loop, running.
     *
     * @param name of its thread.
     * @return the loop; closed with this factory, or earlier by the caller.
     */
    public synchronized IoLoop newLoop(String name) {
        if (isClosed) {
            throw new IllegalStateException("loops are closed: name=" + name);
        }
        IoLoop loop = mode == Mode.URING ? new UringLoop(name, errorHandler) : new ThreadLoop(name, errorHandler, pool);
        loops.add(loop);
        return loop;
    }

    /** Close every loop, the last to be made first, then the pool. Idempotent. */
    @Override
    public void close() {
        List<IoLoop> closing;
        synchronized (this) {
            isClosed = true;
            closing = List.copyOf(loops);
            loops.clear();
        }
        for (int i = closing.size() - 1; i >= 0; i--) {
            closing.get(i).close();
        }
        if (pool != null) {
            pool.close();
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }
}
