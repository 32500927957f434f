package io.holdfast.fault.device;

import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import java.util.Arrays;
import org.agrona.MutableDirectBuffer;

/**
 * A channel that asks its filter about each operation, on the way in and on the way out. Operations that the filter ends
 * itself are delivered by the next poll.
 */
final class FilterChannel implements IoChannel {
    private static final int LEAST_ROOM = 8;

    private final DeviceFilter filter;
    private final IoChannel inner;
    private final IoLoop loop;
    private final int capacity;
    private final IoCompletionHandler innerHandler = this::onInnerCompletion;

    /** By slot; room is made when it is needed, for channels are opened for far more than is mostly under way. */
    private DeviceOperation[] operations = new DeviceOperation[0];

    private int[] free = new int[0];
    private int[] spoiled = new int[0];
    private int[] held = new int[0];
    private IoStatus[] spoiledStatus = new IoStatus[0];
    private int freeCount;
    private int spoiledCount;
    private int heldCount;
    private IoCompletionHandler handler;
    private boolean isClosed;

    FilterChannel(DeviceFilter filter, IoChannel inner, IoLoop loop) {
        this.filter = filter;
        this.inner = inner;
        this.loop = loop;
        capacity = inner.capacity();
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public int outstanding() {
        return operations.length - freeCount;
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        Checks.transfer(filter.geometry(), offset, buffer, index, length);
        submit(OperationKind.READ, offset, length, buffer, index, token);
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        Checks.transfer(filter.geometry(), offset, buffer, index, length);
        submit(OperationKind.WRITE, offset, length, buffer, index, token);
    }

    @Override
    public void flush(long token) {
        submit(OperationKind.FLUSH, 0, 0, null, 0, token);
    }

    @Override
    public void discard(long offset, long length, long token) {
        filter.geometry().checkRange(offset, length);
        submit(OperationKind.DISCARD, offset, length, null, 0, token);
    }

    @Override
    public void writeZeroes(long offset, long length, long token) {
        filter.geometry().checkRange(offset, length);
        submit(OperationKind.WRITE_ZEROES, offset, length, null, 0, token);
    }

    @Override
    public int poll(IoCompletionHandler completionHandler) {
        handler = completionHandler;
        return deliverSpoiled() + release() + inner.poll(innerHandler);
    }

    @Override
    public void close() {
        isClosed = true;
        inner.close();
    }

    private void submit(
            OperationKind kind, long offset, long length, MutableDirectBuffer buffer, int index, long token) {
        if (isClosed) {
            throw new IllegalStateException("channel is closed: device=" + filter.name());
        }
        if (freeCount == 0) {
            makeRoom();
        }
        int slot = free[--freeCount];
        DeviceOperation operation = operations[slot].set(kind, offset, length, buffer, index);
        operation.token(token);
        IoStatus status = filter.askBefore(operation);
        if (status != IoStatus.OK) {
            spoiled[spoiledCount] = slot;
            spoiledStatus[spoiledCount++] = status == null ? IoStatus.OK : status;
            loop.wake();
            return;
        }
        if (filter.askHolds(operation)) {
            held[heldCount++] = slot;
            loop.wake();
            return;
        }
        pass(slot);
    }

    private void makeRoom() {
        int used = operations.length;
        if (used == capacity) {
            throw new IllegalStateException("channel is full: device=" + filter.name() + " capacity=" + capacity);
        }
        int room = Math.min(capacity, Math.max(LEAST_ROOM, 2 * used));
        operations = Arrays.copyOf(operations, room);
        free = Arrays.copyOf(free, room);
        spoiled = Arrays.copyOf(spoiled, room);
        spoiledStatus = Arrays.copyOf(spoiledStatus, room);
        held = Arrays.copyOf(held, room);
        for (int slot = room - 1; slot >= used; slot--) {
            operations[slot] = new DeviceOperation();
            free[freeCount++] = slot;
        }
    }

    private int deliverSpoiled() {
        int count = spoiledCount;
        if (count == 0) {
            return 0;
        }
        // Whoever is told may submit more, which is for the next time.
        int[] ended = Arrays.copyOf(spoiled, count);
        IoStatus[] statuses = Arrays.copyOf(spoiledStatus, count);
        spoiledCount = 0;
        for (int i = 0; i < count; i++) {
            deliver(ended[i], statuses[i]);
        }
        return count;
    }

    /** Let those that have waited long enough reach the device. */
    private int release() {
        int count = heldCount;
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (filter.askHolds(operations[held[i]])) {
                held[kept++] = held[i];
            } else {
                pass(held[i]);
            }
        }
        heldCount = kept;
        if (kept > 0) {
            // Time has to pass, and on a real loop nothing else would look whether it has.
            loop.wake();
        }
        return count - kept;
    }

    private void pass(int slot) {
        DeviceOperation operation = operations[slot];
        int length = (int) operation.length();
        switch (operation.kind()) {
            case READ -> inner.read(operation.offset(), operation.buffer(), operation.index(), length, slot);
            case WRITE -> inner.write(operation.offset(), operation.buffer(), operation.index(), length, slot);
            case FLUSH -> inner.flush(slot);
            case DISCARD -> inner.discard(operation.offset(), operation.length(), slot);
            case WRITE_ZEROES -> inner.writeZeroes(operation.offset(), operation.length(), slot);
        }
    }

    private void onInnerCompletion(long slot, IoStatus status) {
        deliver((int) slot, filter.askAfter(operations[(int) slot], status));
    }

    private void deliver(int slot, IoStatus status) {
        long token = operations[slot].token();
        free[freeCount++] = slot;
        handler.onCompletion(token, status);
    }
}
