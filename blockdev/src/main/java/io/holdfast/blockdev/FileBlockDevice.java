package io.holdfast.blockdev;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A regular file or a raw block device, opened for direct I/O and owned.
 *
 * <p><b>Direct.</b> Bytes go past the page cache ({@code O_DIRECT}), so that what a flush promises is up to the device
 * alone and a transfer costs no copy. Where a filesystem refuses that, the file is opened through the page cache, a
 * warning is logged, and {@link #isDirect()} says so; every promise of {@link BlockDevice} holds all the same.
 *
 * <p><b>Owned.</b> A block device is opened exclusively ({@code O_EXCL}): the kernel then refuses it to mounts, to md and
 * to whoever else asks exclusively, and refuses us what they have, for reading too, since the contents would change under
 * us. A regular file is locked: one writer, or any number of readers. Somebody else's device is a
 * {@link DeviceInUseException} that names them. Looking only ({@link ReadOnlyFileDevice}) needs no ownership.
 *
 * <p><b>Channels</b> use the ring of a {@link UringLoop}, the {@link IoPool} of a loop that has one, and on any other loop
 * (a {@link ManualLoop}) move their bytes inside {@link IoChannel#poll}.
 *
 * <p>A regular file that another process cuts short reads as {@link IoStatus#GONE} beyond its end; the kernel lets writes
 * there make it longer again, so nothing is noticed by writing. A length that is not whole logical blocks is rounded down.
 */
public final class FileBlockDevice extends SynchronousDevice {
    private static final int FALLOC_KEEP_SIZE = 0x1;
    private static final int FALLOC_PUNCH_HOLE = 0x2;
    private static final int FALLOC_ZERO_RANGE = 0x10;

    /** Keeps a file's length; reads as zeroes afterwards. */
    static final int FALLOCATE_ZEROES = FALLOC_ZERO_RANGE | FALLOC_KEEP_SIZE;

    /** Keeps a file's length; gives its space back. */
    static final int FALLOCATE_DISCARD = FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE;

    private static final long BLKDISCARD = 0x1277;
    private static final long BLKZEROOUT = 0x127F;

    private static final int CLOSED = -1;

    private final Kernel kernel;
    private final AtomicInteger fd;
    private final boolean isDirect;
    private final boolean isRawDevice;
    private final int blockLength;

    /** Whether the device knows how to zero a range; cleared the first time it says that it does not. */
    private volatile boolean canZero = true;

    FileBlockDevice(
            String name,
            DeviceGeometry geometry,
            boolean isReadOnly,
            Kernel kernel,
            int fd,
            boolean isDirect,
            boolean isRawDevice) {
        super(name, geometry, isReadOnly);
        this.kernel = kernel;
        this.fd = new AtomicInteger(fd);
        this.isDirect = isDirect;
        this.isRawDevice = isRawDevice;
        this.blockLength = geometry.logicalBlockLength();
    }

    /**
     * Open for reading and writing, and own.
     *
     * @param path of a regular file or block device that exists.
     * @return the device.
     * @throws DeviceInUseException when somebody else has it.
     * @throws DeviceException      when it cannot be opened for any other reason; the message says which.
     */
    public static FileBlockDevice open(Path path) {
        return new FileOpener(LinuxKernel.INSTANCE, HolderFinder.ofThisMachine()).open(path, false);
    }

    /**
     * Open for reading only, and keep writers away.
     *
     * @param path of a regular file or block device that exists.
     * @return the device, on which every change ends with {@link IoStatus#READ_ONLY}.
     * @throws DeviceInUseException when somebody has it open for writing.
     * @throws DeviceException      when it cannot be opened for any other reason; the message says which.
     */
    public static FileBlockDevice openReadOnly(Path path) {
        return new FileOpener(LinuxKernel.INSTANCE, HolderFinder.ofThisMachine()).open(path, true);
    }

    /** Whether bytes go past the page cache. */
    public boolean isDirect() {
        return isDirect;
    }

    /** Whether this is a block device, not a regular file. */
    public boolean isRawDevice() {
        return isRawDevice;
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        if (loop instanceof UringLoop uringLoop) {
            return uringLoop.openChannel(this, capacity);
        }
        if (loop instanceof ThreadLoop threadLoop && threadLoop.pool() != null) {
            return new PoolChannel(this, loop, threadLoop.pool(), capacity);
        }
        return super.openChannel(loop, capacity);
    }

    @Override
    IoStatus readNow(long offset, MutableDirectBuffer buffer, int index, int length) {
        return transfer(IoRequest.Kind.READ, offset, buffer.addressOffset() + index, length);
    }

    @Override
    IoStatus writeNow(long offset, MutableDirectBuffer buffer, int index, int length) {
        return transfer(IoRequest.Kind.WRITE, offset, buffer.addressOffset() + index, length);
    }

    private IoStatus transfer(IoRequest.Kind kind, long offset, long address, long length) {
        int descriptor = descriptor();
        long done = 0;
        int retryCount = 0;
        while (true) {
            long remaining = length - done;
            long result = kind == IoRequest.Kind.READ
                    ? kernel.pread(descriptor, address + done, remaining, offset + done)
                    : kernel.pwrite(descriptor, address + done, remaining, offset + done);
            IoStatus status = KernelResult.status(kind, result, remaining, blockLength, retryCount);
            if (status != null) {
                return status;
            }
            long moved = KernelResult.moved(result, blockLength);
            done += moved;
            retryCount = moved > 0 ? 0 : retryCount + 1;
            Thread.onSpinWait();
        }
    }

    @Override
    IoStatus flushNow() {
        // A read-only device has nothing of ours to make durable.
        return isReadOnly() ? IoStatus.OK : repeat(() -> kernel.fdatasync(descriptor()));
    }

    @Override
    IoStatus discardNow(long offset, long length) {
        if (length == 0) {
            return IoStatus.OK;
        }
        return isRawDevice
                ? rangeIoctl(BLKDISCARD, offset, length)
                : repeat(() -> kernel.fallocate(descriptor(), FALLOCATE_DISCARD, offset, length));
    }

    @Override
    IoStatus writeZeroesNow(long offset, long length) {
        if (length == 0) {
            return IoStatus.OK;
        }
        if (canZero) {
            IoStatus status = isRawDevice
                    ? rangeIoctl(BLKZEROOUT, offset, length)
                    : repeat(() -> kernel.fallocate(descriptor(), FALLOCATE_ZEROES, offset, length));
            if (status != IoStatus.UNSUPPORTED) {
                return status;
            }
            canZero = false;
        }
        return writeZeroBytes(offset, length);
    }

    private IoStatus writeZeroBytes(long offset, long length) {
        for (long done = 0; done < length; ) {
            int count = (int) Math.min(length - done, Zeroes.LENGTH);
            IoStatus status = writeNow(offset + done, Zeroes.BUFFER, 0, count);
            if (status != IoStatus.OK) {
                return status;
            }
            done += count;
        }
        return IoStatus.OK;
    }

    private IoStatus rangeIoctl(long request, long offset, long length) {
        ByteBuffer memory = ByteBuffer.allocateDirect(2 * Long.BYTES);
        UnsafeBuffer range = new UnsafeBuffer(memory);
        range.putLong(0, offset);
        range.putLong(Long.BYTES, length);
        try {
            return repeat(() -> kernel.ioctl(descriptor(), request, range.addressOffset()));
        } finally {
            BufferUtil.free(memory);
        }
    }

    private interface Call {
        int run();
    }

    private static IoStatus repeat(Call call) {
        for (int retryCount = 0; ; retryCount++) {
            IoStatus status = KernelResult.status(IoRequest.Kind.FLUSH, call.run(), 0, 1, retryCount);
            if (status != null) {
                return status;
            }
            Thread.onSpinWait();
        }
    }

    /** The open file's number, for a channel that asks the kernel in its own way. */
    int descriptor() {
        int descriptor = fd.get();
        if (descriptor == CLOSED) {
            throw new IllegalStateException("device is closed: name=" + name());
        }
        return descriptor;
    }

    @Override
    public void close() {
        int descriptor = fd.getAndSet(CLOSED);
        if (descriptor != CLOSED) {
            // The number is free again whatever close answers, and what was written was promised by flush alone.
            kernel.close(descriptor);
        }
    }

    /** Zeroes to write where a device knows no quicker way; made when first needed. */
    private static final class Zeroes {
        static final int LENGTH = 1 << 20;
        static final UnsafeBuffer BUFFER = BufferSlab.allocate(LENGTH);
    }
}
