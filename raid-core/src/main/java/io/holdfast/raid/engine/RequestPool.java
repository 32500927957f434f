package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;
import java.util.concurrent.locks.LockSupport;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;

/** The requests an array can hold at once. Admission waits for one; what was admitted never waits for memory. Thread-safe. */
public final class RequestPool {
    /** How long to let a thread run that was stopped with its hand in the queue. */
    private static final long PAUSE_NS = 1_000;

    private final ManyToManyConcurrentArrayQueue<ArrayRequest> free;
    private final int capacity;
    private final ArrayRequest[] all;
    private final ErrorHandler errorHandler;
    private volatile boolean closed;

    /**
     * Make the requests.
     *
     * @param capacity     how many, at least 2.
     * @param errorHandler told of callbacks that throw.
     */
    public RequestPool(int capacity, ErrorHandler errorHandler) {
        this.capacity = capacity;
        this.errorHandler = errorHandler;
        all = new ArrayRequest[capacity];
        // Twice the room that is needed: a thread that is stopped while it takes a request keeps its place in the queue
        // from being used again, and then whoever gives one back should find others.
        free = new ManyToManyConcurrentArrayQueue<>(2 * capacity);
        for (int i = 0; i < capacity; i++) {
            all[i] = new ArrayRequest(this);
            free.offer(all[i]);
        }
    }

    /** How many requests there are. */
    public int capacity() {
        return capacity;
    }

    /**
     * Take a request.
     *
     * @return null when all are in use.
     */
    public ArrayRequest tryAcquire() {
        ArrayRequest request = free.poll();
        if (request != null) {
            request.isInUse(true);
        }
        return request;
    }

    /** Whether every request has been given back. */
    public boolean isIdle() {
        return free.size() == capacity;
    }

    ErrorHandler errorHandler() {
        return errorHandler;
    }

    /** Whether {@link #close} was called: a request handed over since may have found nobody. */
    boolean isClosed() {
        return closed;
    }

    /** Answer whatever is under way: nothing will touch a caller's buffer any more. */
    void close() {
        closed = true;
        for (ArrayRequest request : all) {
            request.abort(IoStatus.GONE);
        }
    }

    /**
     * Give back a request; also one that was taken and not used.
     *
     * @param request that {@link #tryAcquire} gave.
     */
    public void release(ArrayRequest request) {
        if (!request.isInUse(false)) {
            throw new IllegalStateException("a request was released twice");
        }
        while (!free.offer(request)) {
            // Not full, but come around to the place of a thread that was stopped in the middle of taking a request, a
            // queue's length ago: let it run.
            LockSupport.parkNanos(PAUSE_NS);
        }
    }
}
