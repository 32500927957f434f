package io.holdfast.raid.engine;

import org.agrona.ErrorHandler;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;

/** The requests an array can hold at once. Admission waits for one; what was admitted never waits for memory. Thread-safe. */
public final class RequestPool {
    private final ManyToManyConcurrentArrayQueue<ArrayRequest> free;
    private final int capacity;
    private final ErrorHandler errorHandler;

    /**
     * Make the requests.
     *
     * @param capacity     how many, at least 2.
     * @param errorHandler told of callbacks that throw.
     */
    public RequestPool(int capacity, ErrorHandler errorHandler) {
        this.capacity = capacity;
        this.errorHandler = errorHandler;
        free = new ManyToManyConcurrentArrayQueue<>(capacity);
        for (int i = 0; i < capacity; i++) {
            free.offer(new ArrayRequest(this));
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

    void release(ArrayRequest request) {
        if (!free.offer(request)) {
            throw new IllegalStateException("a request was released twice");
        }
    }
}
