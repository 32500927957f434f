package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import org.agrona.concurrent.UnsafeBuffer;

/** Sectors that hold one number throughout, so that a test can say what it found in each. */
final class Stamps {
    static final int SECTOR = 512;

    private Stamps() {}

    /** Memory of so many sectors, all holding {@code stamp}. */
    static UnsafeBuffer of(int sectors, long stamp) {
        UnsafeBuffer buffer = BufferSlab.allocate(sectors * SECTOR);
        for (int i = 0; i < buffer.capacity(); i += 8) {
            buffer.putLong(i, stamp);
        }
        return buffer;
    }

    static void write(BlockDevice device, int sector, int sectors, long stamp) {
        device.write((long) sector * SECTOR, of(sectors, stamp), 0, sectors * SECTOR);
    }

    /** What each sector holds; -1 for one that holds no single number. */
    static long[] read(BlockDevice device, int sector, int sectors) {
        UnsafeBuffer buffer = BufferSlab.allocate(sectors * SECTOR);
        device.read((long) sector * SECTOR, buffer, 0, sectors * SECTOR);
        return read(buffer, sectors);
    }

    static long[] read(UnsafeBuffer buffer, int sectors) {
        long[] stamps = new long[sectors];
        for (int s = 0; s < sectors; s++) {
            stamps[s] = buffer.getLong(s * SECTOR);
            for (int i = 0; i < SECTOR; i += 8) {
                if (buffer.getLong(s * SECTOR + i) != stamps[s]) {
                    stamps[s] = -1;
                }
            }
        }
        return stamps;
    }
}
