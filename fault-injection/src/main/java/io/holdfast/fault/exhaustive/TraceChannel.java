package io.holdfast.fault.exhaustive;

import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import java.util.ArrayDeque;
import org.agrona.MutableDirectBuffer;

/**
 * A caller's way to a {@link TraceDevice}. Operations take effect when they are delivered, in the order in which they became
 * due.
 */
final class TraceChannel implements IoChannel {
    private final TraceWorld world;
    private final TraceDevice device;
    private final IoLoop loop;
    private final int capacity;
    private final ArrayDeque<Operation> due = new ArrayDeque<>();
    private int outstanding;

    /** An operation submitted and not delivered. */
    static final class Operation {
        private final TraceChannel channel;
        private final boolean isRead;
        private final long offset;
        private final MutableDirectBuffer buffer;
        private final int index;
        private final int length;
        private final long token;

        /** Where it begins in the log, and its number there; not for reads. */
        private final int start;

        private final int number;

        private Operation(
                TraceChannel channel,
                boolean isRead,
                long offset,
                MutableDirectBuffer buffer,
                int index,
                int length,
                long token,
                int start,
                int number) {
            this.channel = channel;
            this.isRead = isRead;
            this.offset = offset;
            this.buffer = buffer;
            this.index = index;
            this.length = length;
            this.token = token;
            this.start = start;
            this.number = number;
        }

        /** Let the next poll deliver it. */
        void release() {
            channel.due.add(this);
            channel.loop.wake();
        }

        /** Whether it changes nothing. */
        boolean isRead() {
            return isRead;
        }
    }

    TraceChannel(TraceWorld world, TraceDevice device, IoLoop loop, int capacity) {
        this.world = world;
        this.device = device;
        this.loop = loop;
        this.capacity = capacity;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public int outstanding() {
        return outstanding;
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        device.geometry().checkRange(offset, length);
        submit(new Operation(this, true, offset, buffer, index, length, token, 0, 0));
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        device.geometry().checkRange(offset, length);
        change(offset, buffer, index, length, token);
    }

    @Override
    public void flush(long token) {
        int start = world.log().length();
        int number = world.log().flushBegan(device.index());
        submit(new Operation(this, false, 0, null, 0, 0, token, start, number));
    }

    @Override
    public void discard(long offset, long length, long token) {
        // To zeroes is one of the things that a device may do.
        writeZeroes(offset, length, token);
    }

    @Override
    public void writeZeroes(long offset, long length, long token) {
        device.geometry().checkRange(offset, length);
        change(offset, null, 0, length, token);
    }

    @Override
    public int poll(IoCompletionHandler handler) {
        int count = due.size();
        for (int i = 0; i < count; i++) {
            Operation operation = due.poll();
            carryOut(operation);
            outstanding--;
            handler.onCompletion(operation.token, IoStatus.OK);
        }
        return count;
    }

    @Override
    public void close() {
        due.clear();
    }

    private void change(long offset, MutableDirectBuffer buffer, int index, long length, long token) {
        int start = world.log().length();
        int number = world.beginWrite(device.index(), offset, buffer, index, length);
        submit(new Operation(this, false, 0, null, 0, 0, token, start, number));
    }

    private void submit(Operation operation) {
        if (outstanding == capacity) {
            throw new IllegalStateException("channel is full: device=" + device.name() + " capacity=" + capacity);
        }
        outstanding++;
        if (world.holdsBack()) {
            world.held().add(operation);
        } else {
            operation.release();
        }
    }

    private void carryOut(Operation operation) {
        if (operation.isRead) {
            world.read(device.index(), operation.offset, operation.buffer, operation.index, operation.length);
        } else if (world.log().word(operation.start) == TraceLog.WRITE_BEGAN) {
            world.takeEffect(operation.start);
            world.log().writeEnded(operation.number);
        } else {
            world.log().flushEnded(operation.number);
        }
    }
}
