package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.MutableDirectBuffer;

/** A file or block device opened just to look at a few of its bytes: no lock, no native code, blocking reads only. */
final class PeekDevice implements BlockDevice {
    private final String name;
    private final FileChannel channel;
    private final DeviceGeometry geometry;

    private PeekDevice(String name, FileChannel channel, long length) {
        this.name = name;
        this.channel = channel;
        this.geometry = new DeviceGeometry(length, DeviceGeometry.SECTOR_LENGTH, 4096, DeviceGeometry.SECTOR_LENGTH);
    }

    /**
     * Open a device.
     *
     * @param name its path.
     * @return the device.
     * @throws DeviceException when it cannot be opened, saying so as mdadm does.
     */
    static PeekDevice open(String name) {
        try {
            Path path = Path.of(name);
            if (Files.isDirectory(path)) {
                throw cannotOpen(name, IoStatus.UNSUPPORTED, "Is a directory");
            }
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            return new PeekDevice(name, channel, channel.size() & -(long) DeviceGeometry.SECTOR_LENGTH);
        } catch (NoSuchFileException | InvalidPathException e) {
            throw cannotOpen(name, IoStatus.GONE, "No such file or directory");
        } catch (AccessDeniedException e) {
            throw cannotOpen(name, IoStatus.UNSUPPORTED, "Permission denied");
        } catch (IOException e) {
            throw cannotOpen(name, IoStatus.MEDIA_ERROR, String.valueOf(e.getMessage()));
        }
    }

    private static DeviceException cannotOpen(String name, IoStatus status, String reason) {
        return new DeviceException(name, status, "cannot open " + name + ": " + reason);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DeviceGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        throw new UnsupportedOperationException("a device that is only looked at moves no data: name=" + name);
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        ByteBuffer target = buffer.byteBuffer().duplicate();
        int start = index + buffer.wrapAdjustment();
        target.limit(start + length).position(start);
        try {
            while (target.hasRemaining()) {
                int count = channel.read(target, offset + length - target.remaining());
                if (count < 0) {
                    throw failed(IoStatus.GONE, "it became shorter while it was read");
                }
            }
        } catch (IOException e) {
            throw failed(IoStatus.MEDIA_ERROR, e.getMessage());
        }
    }

    private DeviceException failed(IoStatus status, String reason) {
        return new DeviceException(name, status, name + ": cannot be read: " + reason);
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        throw new DeviceException(name, IoStatus.READ_ONLY, name + ": opened for reading only");
    }

    @Override
    public void flush() {
        // Nothing was written.
    }

    @Override
    public void writeZeroes(long offset, long length) {
        throw new DeviceException(name, IoStatus.READ_ONLY, name + ": opened for reading only");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw failed(IoStatus.MEDIA_ERROR, e.getMessage());
        }
    }
}
