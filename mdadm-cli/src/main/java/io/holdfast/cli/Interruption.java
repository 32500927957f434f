package io.holdfast.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C into a request to come to rest: the JVM is kept from ending until the command has closed its array, so that
 * what is left behind needs neither a resync nor a replay.
 */
final class Interruption implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final CountDownLatch atRest = new CountDownLatch(1);
    private final Thread hook = new Thread(this::waitForRest, "holdfast-interrupted");
    private volatile boolean isRequested;
    private volatile Thread waiting;

    Interruption() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Whether the command should come to rest. */
    boolean isRequested() {
        return isRequested;
    }

    /**
     * Read from a source that may keep the command waiting for ever; a request ends the wait.
     *
     * @param channel that ends its reads when their thread is interrupted, as a file's channel does.
     * @param target  to read into.
     * @return bytes read; -1 at the end, or when rest is requested.
     * @throws IOException when the source fails.
     */
    int read(ReadableByteChannel channel, ByteBuffer target) throws IOException {
        waiting = Thread.currentThread();
        try {
            return isRequested ? -1 : channel.read(target);
        } catch (ClosedByInterruptException e) {
            return -1;
        } finally {
            waiting = null;
            Thread.interrupted();
        }
    }

    private void waitForRest() {
        isRequested = true;
        Thread reader = waiting;
        if (reader != null) {
            reader.interrupt();
        }
        try {
            if (!atRest.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("holdfast: the array did not come to rest within " + PATIENCE_SECONDS
                        + " seconds; the next start will replay or resync what it has to.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The array is closed: the JVM may end. */
    @Override
    public void close() {
        atRest.countDown();
        if (!isRequested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The JVM began to end just now; the hook finds the latch open.
                isRequested = true;
            }
        }
    }
}
