package io.holdfast.blockdev;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A block device in off-heap memory, for tests and benchmarks: as large as asked for, zeroes where it was never written,
 * and gone when closed.
 *
 * <p>Memory is taken one part at a time, on the first write to that part, so a device of terabytes costs little until it is
 * filled. A write for which the JVM has no memory left ends with {@link IoStatus#NO_SPACE}, as on a thin device. Every
 * write is durable at once, in the only sense memory knows. Buffers must be aligned to the logical block, as direct I/O
 * would ask, so that tests in memory find what would fail on a disk.
 */
public final class MemoryBlockDevice extends SynchronousDevice {
    private static final int PART_SHIFT = 20;
    private static final int PART_LENGTH = 1 << PART_SHIFT;

    private final AtomicReferenceArray<UnsafeBuffer> parts;
    private volatile boolean isClosed;

    /**
     * A device of 512-byte logical blocks.
     *
     * @param name   how people know it.
     * @param length in bytes, a multiple of 512.
     */
    public MemoryBlockDevice(String name, long length) {
        this(name, length, DeviceGeometry.SECTOR_LENGTH);
    }

    /**
     * A device of any logical block length.
     *
     * @param name               how people know it.
     * @param length             in bytes, a multiple of {@code logicalBlockLength}.
     * @param logicalBlockLength in bytes, 512 or 4096.
     */
    public MemoryBlockDevice(String name, long length, int logicalBlockLength) {
        super(name, new DeviceGeometry(length, logicalBlockLength, 4096, logicalBlockLength), false);
        this.parts = new AtomicReferenceArray<>(Math.toIntExact((length + PART_LENGTH - 1) >>> PART_SHIFT));
    }

    @Override
    IoStatus readNow(long offset, MutableDirectBuffer buffer, int index, int length) {
        checkOpen();
        for (int done = 0; done < length; ) {
            int start = startInPart(offset + done);
            int count = Math.min(length - done, PART_LENGTH - start);
            UnsafeBuffer part = parts.get(partIndex(offset + done));
            if (part == null) {
                buffer.setMemory(index + done, count, (byte) 0);
            } else {
                part.getBytes(start, buffer, index + done, count);
            }
            done += count;
        }
        return IoStatus.OK;
    }

    @Override
    IoStatus writeNow(long offset, MutableDirectBuffer buffer, int index, int length) {
        checkOpen();
        for (int done = 0; done < length; ) {
            int start = startInPart(offset + done);
            int count = Math.min(length - done, PART_LENGTH - start);
            UnsafeBuffer part = partForWrite(partIndex(offset + done));
            if (part == null) {
                return IoStatus.NO_SPACE;
            }
            part.putBytes(start, buffer, index + done, count);
            done += count;
        }
        return IoStatus.OK;
    }

    @Override
    IoStatus flushNow() {
        checkOpen();
        return IoStatus.OK;
    }

    @Override
    IoStatus discardNow(long offset, long length) {
        return writeZeroesNow(offset, length);
    }

    @Override
    IoStatus writeZeroesNow(long offset, long length) {
        checkOpen();
        for (long done = 0; done < length; ) {
            int start = startInPart(offset + done);
            int count = (int) Math.min(length - done, PART_LENGTH - start);
            UnsafeBuffer part = parts.get(partIndex(offset + done));
            if (part != null) {
                part.setMemory(start, count, (byte) 0);
            }
            done += count;
        }
        return IoStatus.OK;
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            for (int i = 0; i < parts.length(); i++) {
                UnsafeBuffer part = parts.getAndSet(i, null);
                if (part != null) {
                    BufferUtil.free(part.byteBuffer());
                }
            }
        }
    }

    private void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("device is closed: name=" + name());
        }
    }

    private static int partIndex(long offset) {
        return (int) (offset >>> PART_SHIFT);
    }

    private static int startInPart(long offset) {
        return (int) offset & PART_LENGTH - 1;
    }

    private UnsafeBuffer partForWrite(int index) {
        UnsafeBuffer part = parts.get(index);
        if (part != null) {
            return part;
        }
        UnsafeBuffer fresh;
        try {
            int length = (int) Math.min(PART_LENGTH, geometry().length() - ((long) index << PART_SHIFT));
            fresh = new UnsafeBuffer(ByteBuffer.allocateDirect(length));
        } catch (OutOfMemoryError e) {
            return null;
        }
        if (parts.compareAndSet(index, null, fresh)) {
            return fresh;
        }
        // Another thread was first to write here; its part is the device's.
        BufferUtil.free(fresh.byteBuffer());
        return parts.get(index);
    }
}
