package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;

/** The requests an array can hold at once. Admission waits for one; what was admitted never waits for memory. Thread-safe. */
public final class RequestPool {
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
        free = new ManyToManyConcurrentArrayQueue<>(capacity);
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
        return free.poll();
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
        if (!free.offer(request)) {
            throw new IllegalStateException("a request was released twice");
        }
    }
}
