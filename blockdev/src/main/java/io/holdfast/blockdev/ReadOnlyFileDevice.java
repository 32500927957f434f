package io.holdfast.blockdev;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.MutableDirectBuffer;

/**
 * A file or block device opened for a look, with nothing but the JDK: no native library is loaded, so a command that only
 * prints metadata answers at once.
 *
 * <p>Nothing is owned: a running array can be looked at, and what is read may be changing. Reads go through the page cache
 * and may start at any 512-byte sector whatever the device's own block length, so {@link #geometry()} says 512. Every
 * change ends with {@link IoStatus#READ_ONLY}.
 */
public final class ReadOnlyFileDevice extends SynchronousDevice {
    /** Bytes read at a time; also what one device keeps on the heap. */
    private static final int CHUNK_LENGTH = 64 << 10;

    /** Not a channel: those are closed by an interrupt of the reading thread. Guarded by this. */
    private final RandomAccessFile file;

    private final byte[] chunk = new byte[CHUNK_LENGTH];
    private boolean isClosed;

    private ReadOnlyFileDevice(String name, DeviceGeometry geometry, RandomAccessFile file) {
        super(name, geometry, true);
        this.file = file;
    }

    /**
     * Open for a look.
     *
     * @param path of a regular file or block device that exists.
     * @return the device.
     * @throws DeviceException when there is none, or it cannot be read; the message says why.
     */
    public static ReadOnlyFileDevice open(Path path) {
        String name = path.toString();
        if (!Files.exists(path)) {
            throw new DeviceException(
                    name, IoStatus.GONE, name + ": cannot be opened: " + Errno.describe(Errno.ENOENT));
        }
        if (Files.isDirectory(path)) {
            throw FileOpener.wrongKind(name, "a directory");
        }
        // Opening a pipe would wait for somebody to write to it.
        if (!Files.isRegularFile(path) && !isBlockDevice(path)) {
            throw FileOpener.wrongKind(name, "something else");
        }
        RandomAccessFile file = null;
        try {
            file = new RandomAccessFile(path.toFile(), "r");
            // The JDK asks a block device for its size where others ask its inode.
            long length = file.length();
            length -= length % DeviceGeometry.SECTOR_LENGTH;
            ReadOnlyFileDevice device = new ReadOnlyFileDevice(
                    name, new DeviceGeometry(length, DeviceGeometry.SECTOR_LENGTH, 4096, 1), file);
            file = null;
            return device;
        } catch (IOException e) {
            throw new DeviceException(
                    name,
                    Files.isReadable(path) ? IoStatus.MEDIA_ERROR : IoStatus.UNSUPPORTED,
                    name + ": cannot be opened for reading: " + e.getMessage());
        } finally {
            closeQuietly(file);
        }
    }

    private static boolean isBlockDevice(Path path) {
        try {
            return ((int) Files.getAttribute(path, "unix:mode") & 0xF000) == 0x6000;
        } catch (IOException e) {
            return false;
        }
    }

    private static void closeQuietly(RandomAccessFile file) {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                // Nothing was written through it, so nothing can have been lost.
            }
        }
    }

    @Override
    synchronized IoStatus readNow(long offset, MutableDirectBuffer buffer, int index, int length) {
        checkOpen();
        try {
            file.seek(offset);
            for (int done = 0; done < length; ) {
                int count = Math.min(length - done, CHUNK_LENGTH);
                file.readFully(chunk, 0, count);
                buffer.putBytes(index + done, chunk, 0, count);
                done += count;
            }
            return IoStatus.OK;
        } catch (EOFException e) {
            return IoStatus.GONE;
        } catch (IOException e) {
            return IoStatus.MEDIA_ERROR;
        }
    }

    @Override
    IoStatus writeNow(long offset, MutableDirectBuffer buffer, int index, int length) {
        return IoStatus.READ_ONLY;
    }

    @Override
    synchronized IoStatus flushNow() {
        checkOpen();
        return IoStatus.OK;
    }

    @Override
    IoStatus discardNow(long offset, long length) {
        return IoStatus.READ_ONLY;
    }

    @Override
    IoStatus writeZeroesNow(long offset, long length) {
        return IoStatus.READ_ONLY;
    }

    private void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("device is closed: name=" + name());
        }
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        closeQuietly(file);
    }
}
