package io.holdfast.journal;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads a log by position, a megabyte at a time as long as the reading goes forward. */
final class LogReader {
    private static final int CHUNK_SECTORS = 2048;

    private final JournalArea area;
    private final UnsafeBuffer buffer = BufferSlab.allocate(CHUNK_SECTORS * DeviceGeometry.SECTOR_LENGTH);
    private long start = -1;
    private long count;

    LogReader(JournalArea area) {
        this.area = area;
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    /** Make sure that the page at a position is in the buffer, and say where. */
    int page(long position) {
        if (start < 0 || position < start || position + MetaBlockDescriptor.LENGTH_SECTORS > start + count) {
            start = -1;
            count = Math.min(CHUNK_SECTORS, area.lengthSectors() - position);
            area.device().read(area.deviceOffset(position), buffer, 0, (int) count * DeviceGeometry.SECTOR_LENGTH);
            start = position;
        }
        return (int) (position - start) * DeviceGeometry.SECTOR_LENGTH;
    }
}
