package io.holdfast.raid.metadata;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import java.util.TreeMap;
import org.agrona.MutableDirectBuffer;

/** A sparse device in memory, blocking forms only, that insists on whole blocks and can refuse to be read in a range. */
final class TestDevice implements BlockDevice {
    private final DeviceGeometry geometry;
    private final TreeMap<Long, byte[]> blocks = new TreeMap<>();
    long firstUnreadable = Long.MAX_VALUE;
    long lastUnreadable = -1;
    int flushes;
    int writes;

    TestDevice(long sectors, int logicalBlockLength) {
        geometry =
                new DeviceGeometry(sectors * DeviceGeometry.SECTOR_LENGTH, logicalBlockLength, logicalBlockLength, 512);
    }

    /** A device that holds one superblock where that says it lies, whatever it says. */
    static TestDevice with(Superblock superblock, long sectors, long sector) {
        TestDevice device = new TestDevice(sectors, 512);
        device.put(sector * DeviceGeometry.SECTOR_LENGTH, superblock.buffer(), SuperblockDescriptor.LENGTH);
        return device;
    }

    void put(long offset, MutableDirectBuffer buffer, int length) {
        write(offset, buffer, 0, length);
        writes = 0;
    }

    @Override
    public String name() {
        return "t.img";
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
        throw new UnsupportedOperationException();
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        geometry.checkRange(offset, length);
        if (offset <= lastUnreadable && offset + length > firstUnreadable) {
            throw new DeviceException(name(), IoStatus.MEDIA_ERROR, "t.img: cannot be read at " + offset + ".");
        }
        int blockLength = geometry.logicalBlockLength();
        for (int i = 0; i < length; i += blockLength) {
            byte[] block = blocks.get((offset + i) / blockLength);
            if (block == null) {
                buffer.setMemory(index + i, blockLength, (byte) 0);
            } else {
                buffer.putBytes(index + i, block);
            }
        }
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        geometry.checkRange(offset, length);
        int blockLength = geometry.logicalBlockLength();
        for (int i = 0; i < length; i += blockLength) {
            byte[] block = new byte[blockLength];
            buffer.getBytes(index + i, block);
            blocks.put((offset + i) / blockLength, block);
        }
        writes++;
    }

    @Override
    public void flush() {
        flushes++;
    }

    @Override
    public void writeZeroes(long offset, long length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
