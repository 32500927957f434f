package io.holdfast.journal;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads a log by position, a megabyte at a time (or all of it, if it is shorter) as long as the reading goes forward. */
final class LogReader {
    /** The most that is read at once: 1 MiB. */
    static final int CHUNK_SECTORS = 2048;

    private final JournalArea area;
    private final UnsafeBuffer buffer;
    private long start = -1;
    private long count;
    private long careful;

    LogReader(JournalArea area) {
        this.area = area;
        int most = (int) Math.min(CHUNK_SECTORS, area.lengthSectors());
        buffer = BufferSlab.allocate(most * DeviceGeometry.SECTOR_LENGTH);
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    /** Whether the page at a position is in the buffer. */
    boolean holds(long position) {
        return start >= 0 && position >= start && position + MetaBlockDescriptor.LENGTH_SECTORS <= start + count;
    }

    /** Read no more than this: what lies behind it is not wanted. Should it fail, {@link #page} will say so. */
    void preload(long position, long sectors) {
        start = -1;
        try {
            read(position, sectors);
            start = position;
        } catch (DeviceException e) {
            careful = Math.max(careful, sectors / MetaBlockDescriptor.LENGTH_SECTORS);
        }
    }

    /** Forget what was read: the next look goes to the device. */
    void forget() {
        start = -1;
    }

    /**
     * Make sure that the page at a position is in the buffer, and say where.
     *
     * @throws DeviceException when that page cannot be read; what could not be read ahead is not asked for yet.
     */
    int page(long position) {
        if (!holds(position)) {
            start = -1;
            load(position);
            start = position;
        }
        return (int) (position - start) * DeviceGeometry.SECTOR_LENGTH;
    }

    private void load(long position) {
        if (careful == 0) {
            try {
                read(position, Math.min(CHUNK_SECTORS, area.lengthSectors() - position));
                return;
            } catch (DeviceException e) {
                // Somewhere in that megabyte; perhaps beyond the end of the log, where nobody has to know. Page by page
                // until the megabyte is behind us.
                careful = CHUNK_SECTORS / MetaBlockDescriptor.LENGTH_SECTORS;
            }
        }
        careful--;
        read(position, MetaBlockDescriptor.LENGTH_SECTORS);
    }

    private void read(long position, long sectors) {
        area.device().read(area.deviceOffset(position), buffer, 0, (int) sectors * DeviceGeometry.SECTOR_LENGTH);
        count = sectors;
    }
}
