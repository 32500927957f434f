package io.holdfast.blockdev;

import org.agrona.MutableDirectBuffer;

/**
 * What every channel does the same way: check what is submitted, keep the requests, and deliver completions from
 * {@link #poll} alone.
 *
 * <p>An implementation carries a request out in {@link #submit} and hands it to {@link #complete}, on the channel's own
 * thread, by the time {@link #collect} returns.
 */
abstract class RequestChannel implements IoChannel {
    private final String deviceName;
    private final DeviceGeometry geometry;
    private final boolean isReadOnly;
    private final IoRequest[] free;
    private final IoRequest[] completed;
    private int freeCount;
    private int completedHead;
    private int completedCount;
    private boolean isClosed;

    RequestChannel(BlockDevice device, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a channel holds at least one operation: capacity=" + capacity);
        }
        this.deviceName = device.name();
        this.geometry = device.geometry();
        this.isReadOnly = device.isReadOnly();
        this.free = new IoRequest[capacity];
        this.completed = new IoRequest[capacity];
        this.freeCount = capacity;
        for (int i = 0; i < capacity; i++) {
            free[i] = new IoRequest(capacity - 1 - i);
        }
    }

    /** Start to carry out a request that passed every check. */
    abstract void submit(IoRequest request);

    /** Hand every request that has ended since the last call to {@link #complete}. Never blocks. */
    abstract void collect();

    /** Make sure that the owner polls soon, because something completed at submission. */
    abstract void wakeOwner();

    /** Wait until nothing is in flight any more. */
    abstract void drain();

    /** Release what the implementation holds; called once, after {@link #drain}. */
    void release() {}

    /** Put a request that has ended in line for the next poll. On the channel's thread. */
    final void complete(IoRequest request, IoStatus status) {
        request.status = status;
        int tail = completedHead + completedCount;
        completed[tail >= completed.length ? tail - completed.length : tail] = request;
        completedCount++;
    }

    /** How many requests have been submitted and not yet passed to {@link #complete}. */
    final int inFlight() {
        return outstanding() - completedCount;
    }

    @Override
    public final int capacity() {
        return free.length;
    }

    @Override
    public final int outstanding() {
        return free.length - freeCount;
    }

    @Override
    public final void read(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        Transfers.check(geometry, offset, buffer, index, length);
        start(IoRequest.Kind.READ, offset, buffer, index, length, token);
    }

    @Override
    public final void write(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        Transfers.check(geometry, offset, buffer, index, length);
        start(IoRequest.Kind.WRITE, offset, buffer, index, length, token);
    }

    @Override
    public final void flush(long token) {
        start(IoRequest.Kind.FLUSH, 0, null, 0, 0, token);
    }

    @Override
    public final void discard(long offset, long length, long token) {
        geometry.checkRange(offset, length);
        start(IoRequest.Kind.DISCARD, offset, null, 0, length, token);
    }

    @Override
    public final void writeZeroes(long offset, long length, long token) {
        geometry.checkRange(offset, length);
        start(IoRequest.Kind.WRITE_ZEROES, offset, null, 0, length, token);
    }

    private void start(
            IoRequest.Kind kind, long offset, MutableDirectBuffer buffer, int index, long length, long token) {
        if (isClosed) {
            throw new IllegalStateException("channel is closed: device=" + deviceName);
        }
        if (freeCount == 0) {
            throw new IllegalStateException("more operations than the channel was opened for: device=" + deviceName
                    + " capacity=" + capacity());
        }
        IoRequest request = free[--freeCount];
        request.kind = kind;
        request.offset = offset;
        request.buffer = buffer;
        request.index = index;
        request.length = length;
        request.token = token;
        request.transferred = 0;

        if (isReadOnly && kind != IoRequest.Kind.READ && kind != IoRequest.Kind.FLUSH) {
            complete(request, IoStatus.READ_ONLY);
            wakeOwner();
        } else {
            submit(request);
        }
    }

    @Override
    public final int poll(IoCompletionHandler handler) {
        collect();
        int count = completedCount;
        for (int i = 0; i < count; i++) {
            IoRequest request = completed[completedHead];
            completed[completedHead] = null;
            completedHead = completedHead + 1 == completed.length ? 0 : completedHead + 1;
            completedCount--;
            long token = request.token;
            IoStatus status = request.status;
            // Freed before the handler runs, so that the handler may submit the next operation in its place.
            request.buffer = null;
            free[freeCount++] = request;
            handler.onCompletion(token, status);
        }
        return count;
    }

    @Override
    public final void close() {
        if (!isClosed) {
            isClosed = true;
            drain();
            release();
        }
    }
}
