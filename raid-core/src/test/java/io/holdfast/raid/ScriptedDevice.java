package io.holdfast.raid;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.MemoryBlockDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A memory device that does as a test says: fail some operations, hold others back, tell of each, and forget at a power
 * loss whatever was not flushed. An operation is carried out when its channel is polled, unless it is a read that a test
 * wants to be carried out at once and answered later.
 */
public final class ScriptedDevice implements BlockDevice {
    /** What an operation does. */
    public enum Kind {
        READ,
        WRITE,
        WRITE_ZEROES,
        FLUSH
    }

    /** An operation, for scripts to look at. */
    public record Operation(ScriptedDevice device, Kind kind, long offset, long length) {
        public boolean changes() {
            return kind == Kind.WRITE || kind == Kind.WRITE_ZEROES;
        }

        public boolean overlaps(long start, long end) {
            return offset < end && start < offset + length;
        }
    }

    private record Range(long offset, int length) {}

    private static final int BLOCK = 4096;

    private final MemoryBlockDevice now;
    private final MemoryBlockDevice durable;
    private final List<Range> unflushed = new ArrayList<>();
    private Function<Operation, IoStatus> fate = operation -> IoStatus.OK;
    private Predicate<Operation> held = operation -> false;
    private Predicate<Operation> early = operation -> false;
    private Consumer<Operation> trace = operation -> {};

    public ScriptedDevice(String name, long length) {
        now = new MemoryBlockDevice(name, length);
        durable = new MemoryBlockDevice(name, length);
    }

    /** Say how operations end; those that do not end well are not carried out. */
    public synchronized void fate(Function<Operation, IoStatus> script) {
        fate = script;
    }

    /** Say which operations have to wait. */
    public synchronized void hold(Predicate<Operation> script) {
        held = script;
    }

    /** Say which reads put their bytes into memory at once, and are answered when they are polled for, as the others are. */
    public synchronized void fetchEarly(Predicate<Operation> script) {
        early = script;
    }

    /** Hear of every operation when it is carried out, or fails. */
    public synchronized void trace(Consumer<Operation> listener) {
        trace = listener;
    }

    /** From now on nothing is answered but that the device is gone. */
    public void vanish() {
        fate(operation -> IoStatus.GONE);
    }

    /**
     * Be as after a power loss in which nothing survived but what was flushed, and of the rest what the test says. Scripts
     * end.
     */
    public synchronized void losePower(Predicate<Operation> survives) {
        for (Range range : unflushed) {
            if (survives.test(new Operation(this, Kind.WRITE, range.offset, range.length))) {
                copy(now, durable, range);
            }
        }
        for (Range range : unflushed) {
            copy(durable, now, range);
        }
        unflushed.clear();
        behave();
    }

    /** End all scripts. */
    public synchronized void behave() {
        fate = operation -> IoStatus.OK;
        held = operation -> false;
        early = operation -> false;
    }

    /** The bytes of a range, as they are now, without any script. */
    public synchronized byte[] peek(long offset, int length) {
        UnsafeBuffer buffer = BufferSlab.allocate(length);
        now.read(offset, buffer, 0, length);
        byte[] bytes = new byte[length];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    /** Change a range behind everybody's back, durably. */
    public synchronized void poke(long offset, byte[] bytes) {
        UnsafeBuffer buffer = BufferSlab.allocate(bytes.length);
        buffer.putBytes(0, bytes);
        now.write(offset, buffer, 0, bytes.length);
        durable.write(offset, buffer, 0, bytes.length);
    }

    private synchronized boolean isHeld(Operation operation) {
        return held.test(operation);
    }

    private synchronized boolean isEarly(Operation operation) {
        return operation.kind() == Kind.READ && early.test(operation);
    }

    private synchronized IoStatus perform(Operation operation, MutableDirectBuffer buffer, int index) {
        IoStatus status = fate.apply(operation);
        trace.accept(operation);
        if (status != IoStatus.OK) {
            return status;
        }
        switch (operation.kind()) {
            case READ -> now.read(operation.offset(), buffer, index, (int) operation.length());
            case WRITE -> {
                now.write(operation.offset(), buffer, index, (int) operation.length());
                unflushed.add(new Range(operation.offset(), (int) operation.length()));
            }
            case WRITE_ZEROES -> {
                now.writeZeroes(operation.offset(), operation.length());
                unflushed.add(new Range(operation.offset(), (int) operation.length()));
            }
            case FLUSH -> {
                for (Range range : unflushed) {
                    copy(now, durable, range);
                }
                unflushed.clear();
            }
        }
        return IoStatus.OK;
    }

    private static void copy(MemoryBlockDevice from, MemoryBlockDevice to, Range range) {
        UnsafeBuffer buffer = BufferSlab.allocate(Math.max(range.length, BLOCK));
        from.read(range.offset, buffer, 0, range.length);
        to.write(range.offset, buffer, 0, range.length);
    }

    // ---- the contract ----

    @Override
    public String name() {
        return now.name();
    }

    @Override
    public DeviceGeometry geometry() {
        return now.geometry();
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        return new Channel(capacity);
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        require(new Operation(this, Kind.READ, offset, length), buffer, index);
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        require(new Operation(this, Kind.WRITE, offset, length), buffer, index);
    }

    @Override
    public void flush() {
        require(new Operation(this, Kind.FLUSH, 0, 0), null, 0);
    }

    @Override
    public void writeZeroes(long offset, long length) {
        require(new Operation(this, Kind.WRITE_ZEROES, offset, length), null, 0);
    }

    private void require(Operation operation, MutableDirectBuffer buffer, int index) {
        IoStatus status = perform(operation, buffer, index);
        if (status != IoStatus.OK) {
            throw new DeviceException(name(), status, name() + ": " + operation.kind() + ": " + status);
        }
    }

    @Override
    public void close() {
        // Memory goes with the test.
    }

    @Override
    public String toString() {
        return name();
    }

    /** Carries out in order what is not held. */
    private final class Channel implements IoChannel {
        /** With a status if it has been carried out, else null. */
        private record Pending(
                Operation operation, MutableDirectBuffer buffer, int index, long token, IoStatus status) {}

        private final int capacity;
        private final List<Pending> pending = new ArrayList<>();
        private boolean isClosed;

        Channel(int capacity) {
            this.capacity = capacity;
        }

        @Override
        public int capacity() {
            return capacity;
        }

        @Override
        public int outstanding() {
            return pending.size();
        }

        @Override
        public void read(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
            submit(Kind.READ, offset, length, buffer, index, token);
        }

        @Override
        public void write(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
            submit(Kind.WRITE, offset, length, buffer, index, token);
        }

        @Override
        public void flush(long token) {
            submit(Kind.FLUSH, 0, 0, null, 0, token);
        }

        @Override
        public void discard(long offset, long length, long token) {
            submit(Kind.WRITE_ZEROES, offset, length, null, 0, token);
        }

        @Override
        public void writeZeroes(long offset, long length, long token) {
            submit(Kind.WRITE_ZEROES, offset, length, null, 0, token);
        }

        private void submit(Kind kind, long offset, long length, MutableDirectBuffer buffer, int index, long token) {
            if (isClosed || pending.size() == capacity) {
                throw new IllegalStateException("isClosed=" + isClosed + " outstanding=" + pending.size());
            }
            geometry().checkRange(offset, length);
            Operation operation = new Operation(ScriptedDevice.this, kind, offset, length);
            IoStatus status = isEarly(operation) ? perform(operation, buffer, index) : null;
            pending.add(new Pending(operation, buffer, index, token, status));
        }

        @Override
        public int poll(IoCompletionHandler handler) {
            int count = 0;
            for (Pending next : new ArrayList<>(pending)) {
                if (!isHeld(next.operation)) {
                    pending.remove(next);
                    handler.onCompletion(
                            next.token,
                            next.status == null ? perform(next.operation, next.buffer, next.index) : next.status);
                    count++;
                }
            }
            return count;
        }

        @Override
        public void close() {
            isClosed = true;
            pending.clear();
        }
    }
}
