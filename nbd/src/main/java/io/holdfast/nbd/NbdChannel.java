package io.holdfast.nbd;

import io.holdfast.blockdev.DurableWriteChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * One thread's way to an {@link NbdDevice}: operations go to the connection's event loop through one queue, and come back
 * through another. All memory but the socket's is taken at the start.
 */
final class NbdChannel implements DurableWriteChannel, ClientOperation.Completion {
    private final NbdDevice device;
    private final IoLoop loop;
    private final int capacity;
    private final ClientOperation[] free;
    private final ManyToOneConcurrentArrayQueue<ClientOperation> submissions;
    private final ManyToOneConcurrentArrayQueue<ClientOperation> ended;
    private final AtomicBoolean isHandingOver = new AtomicBoolean();
    private final Runnable handOver = this::handOver;
    private int freeCount;
    private boolean isClosed;
    private volatile Thread closer;

    NbdChannel(NbdDevice device, IoLoop loop, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a channel holds at least one operation: capacity=" + capacity);
        }
        this.device = device;
        this.loop = loop;
        this.capacity = capacity;
        free = new ClientOperation[capacity];
        submissions = new ManyToOneConcurrentArrayQueue<>(Math.max(2, capacity));
        ended = new ManyToOneConcurrentArrayQueue<>(Math.max(2, capacity));
        while (freeCount < capacity) {
            free[freeCount++] = new ClientOperation(this);
        }
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public int outstanding() {
        return capacity - freeCount;
    }

    @Override
    public boolean hasDurableWrites() {
        return device.hasDurableWrites();
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        device.checkTransfer(offset, buffer, index, length);
        submit(take(token).set(RequestDescriptor.READ, offset, buffer, index, length));
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        device.checkTransfer(offset, buffer, index, length);
        submit(take(token).set(RequestDescriptor.WRITE, offset, buffer, index, length));
    }

    @Override
    public void writeDurable(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        device.checkTransfer(offset, buffer, index, length);
        if (!hasDurableWrites()) {
            throw new IllegalStateException("the server has no durable writes: device=" + device.name());
        }
        ClientOperation operation = take(token).set(RequestDescriptor.WRITE, offset, buffer, index, length);
        operation.isDurable(true);
        submit(operation);
    }

    @Override
    public void flush(long token) {
        submit(take(token).set(RequestDescriptor.FLUSH, 0, null, 0, 0));
    }

    @Override
    public void discard(long offset, long length, long token) {
        device.geometry().checkRange(offset, length);
        submit(take(token).set(RequestDescriptor.TRIM, offset, null, 0, length));
    }

    @Override
    public void writeZeroes(long offset, long length, long token) {
        device.geometry().checkRange(offset, length);
        submit(take(token).set(RequestDescriptor.WRITE_ZEROES, offset, null, 0, length));
    }

    private ClientOperation take(long token) {
        if (isClosed) {
            throw new IllegalStateException("channel is closed: device=" + device.name());
        }
        if (freeCount == 0) {
            throw new IllegalStateException("more operations than the channel was opened for: device=" + device.name()
                    + " capacity=" + capacity);
        }
        ClientOperation operation = free[--freeCount];
        operation.token(token);
        return operation;
    }

    private void submit(ClientOperation operation) {
        IoStatus early = device.earlyStatus(operation);
        if (early != null) {
            operation.end(early);
            return;
        }
        submissions.offer(operation);
        if (!isHandingOver.get() && isHandingOver.compareAndSet(false, true)) {
            device.execute(handOver);
        }
    }

    /** On the event loop. */
    private void handOver() {
        isHandingOver.set(false);
        for (ClientOperation operation = submissions.poll(); operation != null; operation = submissions.poll()) {
            device.connection().submit(operation);
        }
        device.connection().pump();
    }

    @Override
    public void onEnd(ClientOperation operation) {
        ended.offer(operation);
        LockSupport.unpark(closer);
        loop.wake();
    }

    @Override
    public int poll(IoCompletionHandler handler) {
        int limit = outstanding();
        int count = 0;
        while (count < limit) {
            ClientOperation operation = ended.poll();
            if (operation == null) {
                break;
            }
            count++;
            long token = operation.token();
            IoStatus status = operation.status();
            // Freed before the handler runs, so that the handler may submit the next operation in its place.
            operation.release();
            free[freeCount++] = operation;
            handler.onCompletion(token, status);
        }
        return count;
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        closer = Thread.currentThread();
        boolean wasInterrupted = false;
        while (outstanding() > 0) {
            if (poll((token, status) -> {}) == 0 && outstanding() > 0 && ended.isEmpty()) {
                LockSupport.parkNanos(this, IoLoop.TICK_NS);
                wasInterrupted |= Thread.interrupted();
            }
        }
        closer = null;
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
