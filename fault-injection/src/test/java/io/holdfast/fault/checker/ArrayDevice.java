package io.holdfast.fault.checker;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.DurableWriteChannel;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.IoCallback;
import io.holdfast.raid.RaidArray;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.LongArrayList;

/** An array as the checker wants it: a device. On one thread; channels only. */
final class ArrayDevice implements BlockDevice {
    private final RaidArray array;
    private final DeviceGeometry geometry;

    ArrayDevice(RaidArray array, int logicalBlockLength) {
        this.array = array;
        this.geometry = new DeviceGeometry(array.length(), logicalBlockLength, 4096, 1);
    }

    @Override
    public String name() {
        return "array";
    }

    @Override
    public DeviceGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        return new Channel(loop, capacity);
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        throw new UnsupportedOperationException("channels only");
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        throw new UnsupportedOperationException("channels only");
    }

    @Override
    public void flush() {
        throw new UnsupportedOperationException("channels only");
    }

    @Override
    public void writeZeroes(long offset, long length) {
        throw new UnsupportedOperationException("channels only");
    }

    @Override
    public void close() {}

    private final class Channel implements DurableWriteChannel, IoCallback {
        private final IoLoop loop;
        private final int capacity;
        private final ArrayDeque<BooleanSupplier> refused = new ArrayDeque<>();
        private final LongArrayList endedTokens = new LongArrayList();
        private final ArrayDeque<IoStatus> endedStatuses = new ArrayDeque<>();
        private int outstanding;

        Channel(IoLoop loop, int capacity) {
            this.loop = loop;
            this.capacity = capacity;
        }

        private void submit(BooleanSupplier operation) {
            outstanding++;
            refused.add(operation);
            admit();
        }

        private void admit() {
            while (!refused.isEmpty() && refused.peek().getAsBoolean()) {
                refused.poll();
            }
        }

        @Override
        public void onComplete(long token, IoStatus status) {
            endedTokens.addLong(token);
            endedStatuses.add(status);
            loop.wake();
        }

        @Override
        public int poll(IoCompletionHandler handler) {
            admit();
            int count = endedTokens.size();
            for (int i = 0; i < count; i++) {
                outstanding--;
                handler.onCompletion(endedTokens.getLong(i), endedStatuses.poll());
            }
            for (int i = 0; i < count; i++) {
                endedTokens.removeAt(0);
            }
            return count;
        }

        private ByteBuffer bytes(MutableDirectBuffer buffer, int index, int length) {
            return buffer.byteBuffer().duplicate().clear().slice(buffer.wrapAdjustment() + index, length);
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
        public boolean hasDurableWrites() {
            return true;
        }

        @Override
        public void read(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
            submit(() -> array.read(bytes(buffer, index, length), offset, this, token));
        }

        @Override
        public void write(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
            submit(() -> array.write(bytes(buffer, index, length), offset, false, this, token));
        }

        @Override
        public void writeDurable(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
            submit(() -> array.write(bytes(buffer, index, length), offset, true, this, token));
        }

        @Override
        public void flush(long token) {
            submit(() -> array.flush(this, token));
        }

        @Override
        public void discard(long offset, long length, long token) {
            submit(() -> array.discard(offset, length, this, token));
        }

        @Override
        public void writeZeroes(long offset, long length, long token) {
            submit(() -> array.writeZeroes(offset, length, this, token));
        }

        @Override
        public void close() {}
    }
}
