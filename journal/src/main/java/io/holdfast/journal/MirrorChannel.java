package io.holdfast.journal;

import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.agrona.MutableDirectBuffer;

/** A thread's path to all copies of a log. Allocates only when a copy has been given up or has come. */
final class MirrorChannel implements IoChannel {
    /** The token of an operation that has been reported, and that some copy still has in its hands. */
    private static final long GIVEN_UP = Long.MIN_VALUE;

    private enum Kind {
        READ,
        WRITE,
        FLUSH,
        DISCARD,
        WRITE_ZEROES
    }

    /** One operation, on as many copies as there are. */
    private static final class Operation {
        final int index;
        Kind kind;
        long offset;
        MutableDirectBuffer buffer;
        int bufferIndex;
        long length;
        long token;
        long sinceNs;
        /** Copies that have been asked and have not answered, given up ones included. */
        int asked;
        /** Copies whose answer is waited for. */
        int awaited;

        boolean isDoneSomewhere;
        IoStatus status;

        Operation(int index) {
            this.index = index;
        }
    }

    private final LogMirror mirror;
    private final IoLoop loop;
    private final int capacity;
    private final IoChannel[] channels = new IoChannel[LogMirror.MAX_COPIES];
    private final IoCompletionHandler[] handlers = new IoCompletionHandler[LogMirror.MAX_COPIES];
    private final List<Operation> operations = new ArrayList<>();
    private final ArrayDeque<Operation> free = new ArrayDeque<>();
    /** Every copy has answered; what they said may have to be recorded first. */
    private final ArrayDeque<Operation> answered = new ArrayDeque<>();

    private int outstanding;

    MirrorChannel(LogMirror mirror, IoLoop loop, int capacity) {
        this.mirror = mirror;
        this.loop = loop;
        this.capacity = capacity;
        for (int i = 0; i < capacity; i++) {
            free.add(newOperation());
        }
        for (int copy = 0; copy < mirror.copies().size(); copy++) {
            if (!mirror.isFailed(copy)) {
                channel(copy);
            }
        }
    }

    private Operation newOperation() {
        Operation operation = new Operation(operations.size());
        operations.add(operation);
        return operation;
    }

    private IoChannel channel(int copy) {
        if (channels[copy] == null) {
            channels[copy] = mirror.copies().get(copy).device().openChannel(loop, capacity);
            handlers[copy] = (token, status) -> onCompletion(copy, (int) token, status);
        }
        return channels[copy];
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
        submit(Kind.READ, offset, buffer, index, length, token);
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        submit(Kind.WRITE, offset, buffer, index, length, token);
    }

    @Override
    public void flush(long token) {
        submit(Kind.FLUSH, 0, null, 0, 0, token);
    }

    @Override
    public void discard(long offset, long length, long token) {
        submit(Kind.DISCARD, offset, null, 0, length, token);
    }

    @Override
    public void writeZeroes(long offset, long length, long token) {
        submit(Kind.WRITE_ZEROES, offset, null, 0, length, token);
    }

    private void submit(Kind kind, long offset, MutableDirectBuffer buffer, int index, long length, long token) {
        if (outstanding == capacity) {
            throw new IllegalStateException("more operations than there is room for: capacity=" + capacity);
        }
        if (kind != Kind.FLUSH) {
            mirror.geometry().checkRange(offset, length);
        }
        outstanding++;
        // One whose last copy has been given up without an answer keeps its place until that comes.
        Operation operation = free.isEmpty() ? newOperation() : free.poll();
        operation.kind = kind;
        operation.offset = offset;
        operation.buffer = buffer;
        operation.bufferIndex = index;
        operation.length = length;
        operation.token = token;
        operation.sinceNs = mirror.clock().nanoTime();
        operation.awaited = 0;
        operation.isDoneSomewhere = false;
        operation.status = IoStatus.GONE;
        int first = mirror.firstAlive(0);
        if (kind == Kind.READ) {
            if (first >= 0) {
                ask(operation, first);
            }
        } else {
            for (int copy = first; copy >= 0; copy = mirror.firstAlive(copy + 1)) {
                ask(operation, copy);
            }
        }
        if (operation.awaited == 0) {
            answered.add(operation);
            loop.wake();
        }
    }

    private void ask(Operation operation, int copy) {
        operation.asked |= 1 << copy;
        operation.awaited |= 1 << copy;
        IoChannel channel = channel(copy);
        long offset = mirror.copies().get(copy).offset() + operation.offset;
        switch (operation.kind) {
            case READ ->
                channel.read(offset, operation.buffer, operation.bufferIndex, (int) operation.length, operation.index);
            case WRITE ->
                channel.write(offset, operation.buffer, operation.bufferIndex, (int) operation.length, operation.index);
            case FLUSH -> channel.flush(operation.index);
            case DISCARD -> channel.discard(offset, operation.length, operation.index);
            case WRITE_ZEROES -> channel.writeZeroes(offset, operation.length, operation.index);
            default -> throw new IllegalStateException("no such kind: " + operation.kind);
        }
    }

    private void onCompletion(int copy, int index, IoStatus status) {
        Operation operation = operations.get(index);
        int bit = 1 << copy;
        operation.asked &= ~bit;
        if ((operation.awaited & bit) == 0) {
            // Given up long ago.
            if (operation.asked == 0 && operation.token == GIVEN_UP) {
                free.add(operation);
            }
            return;
        }
        answer(operation, copy, status);
    }

    private void answer(Operation operation, int copy, IoStatus status) {
        operation.awaited &= ~(1 << copy);
        if (status == IoStatus.OK) {
            operation.isDoneSomewhere = true;
        } else {
            operation.status = status;
            if (operation.kind == Kind.READ) {
                int next = mirror.firstAlive(copy + 1);
                if (next >= 0) {
                    ask(operation, next);
                }
            } else if (operation.kind != Kind.DISCARD) {
                mirror.fail(copy, status);
            }
        }
        if (operation.awaited == 0) {
            answered.add(operation);
        }
    }

    @Override
    public int poll(IoCompletionHandler handler) {
        for (int copy = 0; copy < channels.length; copy++) {
            if (channels[copy] != null && channels[copy].outstanding() > 0) {
                channels[copy].poll(handlers[copy]);
            }
        }
        if (outstanding > answered.size()) {
            giveUpTheSilent();
        }
        int delivered = 0;
        // Whoever hears of success may tell the world; a copy that missed this must be known to be out of date by then.
        while (!answered.isEmpty() && (!mirror.isFailureUnrecorded() || mirror.aliveCount() == 0)) {
            Operation operation = answered.poll();
            long token = operation.token;
            boolean isGood = operation.isDoneSomewhere && (operation.kind == Kind.READ || mirror.aliveCount() > 0);
            IoStatus status = isGood ? IoStatus.OK : operation.status;
            if (operation.asked == 0) {
                operation.buffer = null;
                free.add(operation);
            } else {
                operation.token = GIVEN_UP;
            }
            outstanding--;
            delivered++;
            handler.onCompletion(token, status);
        }
        return delivered;
    }

    private void giveUpTheSilent() {
        long nowNs = mirror.clock().nanoTime();
        for (int i = 0; i < operations.size(); i++) {
            Operation operation = operations.get(i);
            if (operation.awaited == 0 || nowNs - operation.sinceNs <= mirror.timeLimitNs()) {
                continue;
            }
            for (int copy = 0; copy < channels.length; copy++) {
                if ((operation.awaited & 1 << copy) != 0) {
                    mirror.fail(copy, IoStatus.TIMED_OUT);
                    answer(operation, copy, IoStatus.TIMED_OUT);
                }
            }
        }
    }

    @Override
    public void close() {
        for (IoChannel channel : channels) {
            if (channel != null) {
                channel.close();
            }
        }
    }
}
