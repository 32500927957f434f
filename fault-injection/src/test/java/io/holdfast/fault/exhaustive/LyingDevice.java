package io.holdfast.fault.exhaustive;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import java.util.ArrayDeque;
import org.agrona.MutableDirectBuffer;

/** A device that calls an operation done and has not carried it out: every flush, or every write from a place on. */
final class LyingDevice implements BlockDevice {
    /** What it lies about. */
    enum Lie {
        FLUSHES,
        DATA_WRITES
    }

    private final BlockDevice device;
    private final Lie lie;

    LyingDevice(BlockDevice device, Lie lie) {
        this.device = device;
        this.lie = lie;
    }

    private boolean isForgotten(long offset) {
        return lie == Lie.DATA_WRITES && offset >= ArraySite.DATA_OFFSET;
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public DeviceGeometry geometry() {
        return device.geometry();
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        return new LyingChannel(device.openChannel(loop, capacity), loop);
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        device.read(offset, buffer, index, length);
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        if (!isForgotten(offset)) {
            device.write(offset, buffer, index, length);
        }
    }

    @Override
    public void flush() {
        if (lie != Lie.FLUSHES) {
            device.flush();
        }
    }

    @Override
    public void writeZeroes(long offset, long length) {
        if (!isForgotten(offset)) {
            device.writeZeroes(offset, length);
        }
    }

    @Override
    public void close() {
        device.close();
    }

    private final class LyingChannel implements IoChannel {
        private final IoChannel channel;
        private final IoLoop loop;
        private final ArrayDeque<Long> forgotten = new ArrayDeque<>();

        private LyingChannel(IoChannel channel, IoLoop loop) {
            this.channel = channel;
            this.loop = loop;
        }

        private void forget(long token) {
            forgotten.add(token);
            loop.wake();
        }

        @Override
        public int capacity() {
            return channel.capacity();
        }

        @Override
        public int outstanding() {
            return channel.outstanding() + forgotten.size();
        }

        @Override
        public void read(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
            channel.read(offset, buffer, index, length, token);
        }

        @Override
        public void write(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
            if (isForgotten(offset)) {
                forget(token);
            } else {
                channel.write(offset, buffer, index, length, token);
            }
        }

        @Override
        public void flush(long token) {
            if (lie == Lie.FLUSHES) {
                forget(token);
            } else {
                channel.flush(token);
            }
        }

        @Override
        public void discard(long offset, long length, long token) {
            channel.discard(offset, length, token);
        }

        @Override
        public void writeZeroes(long offset, long length, long token) {
            if (isForgotten(offset)) {
                forget(token);
            } else {
                channel.writeZeroes(offset, length, token);
            }
        }

        @Override
        public int poll(IoCompletionHandler handler) {
            int count = forgotten.size();
            for (int i = 0; i < count; i++) {
                handler.onCompletion(forgotten.poll(), IoStatus.OK);
            }
            return count + channel.poll(handler);
        }

        @Override
        public void close() {
            channel.close();
        }
    }
}
