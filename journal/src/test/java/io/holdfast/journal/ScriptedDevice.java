package io.holdfast.journal;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import org.agrona.MutableDirectBuffer;

/** A device that counts, and fails where a test tells it to. */
final class ScriptedDevice implements BlockDevice {
    final BlockDevice memory;
    int writes;
    int flushes;
    int reads;
    /** Outcome of the operations of channels that begin from now on. */
    IoStatus writeStatus = IoStatus.OK;

    IoStatus flushStatus = IoStatus.OK;
    /** Whether channels deliver nothing. */
    boolean hung;

    /** Byte offset that no read may touch, or -1. */
    long badOffset = -1;
    /** Byte offset at which the next read that touches it returns a wrong byte, once; or -1. */
    long wrongOnceOffset = -1;

    ScriptedDevice(BlockDevice memory) {
        this.memory = memory;
    }

    @Override
    public String name() {
        return memory.name();
    }

    @Override
    public DeviceGeometry geometry() {
        return memory.geometry();
    }

    @Override
    public boolean isReadOnly() {
        return memory.isReadOnly();
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        reads++;
        if (badOffset >= offset && badOffset < offset + length) {
            throw new DeviceException(name(), IoStatus.MEDIA_ERROR, name() + ": bad sector");
        }
        memory.read(offset, buffer, index, length);
        if (wrongOnceOffset >= offset && wrongOnceOffset < offset + length) {
            int at = index + (int) (wrongOnceOffset - offset);
            buffer.putByte(at, (byte) ~buffer.getByte(at));
            wrongOnceOffset = -1;
        }
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        memory.write(offset, buffer, index, length);
    }

    @Override
    public void flush() {
        memory.flush();
    }

    @Override
    public void writeZeroes(long offset, long length) {
        memory.writeZeroes(offset, length);
    }

    @Override
    public void close() {
        memory.close();
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        return new Channel(memory.openChannel(loop, capacity));
    }

    private final class Channel implements IoChannel {
        private static final long WRITE = 1L << 62;
        private static final long FLUSH = 1L << 61;

        private final IoChannel channel;
        private IoCompletionHandler handler;
        private final IoCompletionHandler forward = this::forward;

        Channel(IoChannel channel) {
            this.channel = channel;
        }

        private void forward(long token, IoStatus status) {
            IoStatus scripted = (token & WRITE) != 0 ? writeStatus : (token & FLUSH) != 0 ? flushStatus : IoStatus.OK;
            handler.onCompletion(token & ~(WRITE | FLUSH), scripted == IoStatus.OK ? status : scripted);
        }

        @Override
        public int capacity() {
            return channel.capacity();
        }

        @Override
        public int outstanding() {
            return channel.outstanding();
        }

        @Override
        public void read(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
            channel.read(offset, buffer, index, length, token);
        }

        @Override
        public void write(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
            writes++;
            channel.write(offset, buffer, index, length, token | WRITE);
        }

        @Override
        public void flush(long token) {
            flushes++;
            channel.flush(token | FLUSH);
        }

        @Override
        public void discard(long offset, long length, long token) {
            channel.discard(offset, length, token);
        }

        @Override
        public void writeZeroes(long offset, long length, long token) {
            channel.writeZeroes(offset, length, token);
        }

        @Override
        public int poll(IoCompletionHandler next) {
            if (hung) {
                return 0;
            }
            handler = next;
            return channel.poll(forward);
        }

        @Override
        public void close() {
            channel.close();
        }
    }
}
