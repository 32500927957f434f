package io.holdfast.raid.metadata;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.metadata.BadBlockLog.Range;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.agrona.MutableDirectBuffer;

/**
 * What the {@link BadBlockLog} of one device is to hold next.
 *
 * <p>Power may fail while the log is written, and leave any of its sectors new and any other old. So each of the eight sectors is
 * a list of its own: a range is added to one of them, and taken out of whichever has it, and never moves from one to another,
 * where a crash could leave it in neither. Readers that know nothing of this find one list, in which ranges may overlap, and
 * which is ascending and merged while one sector is enough for it. A sector that is not the last one used is filled up with
 * repetitions, because a list ends at its first empty entry.
 *
 * <p>Not thread-safe.
 */
public final class BadBlockList {
    private static final int ENTRIES_PER_SECTOR = DeviceGeometry.SECTOR_LENGTH / Long.BYTES;
    /** Entries of a sector that are left for ranges of it that fall apart, as long as another sector has room. */
    private static final int RESERVED_ENTRIES = 8;

    private static final int MAX_UNITS = 512;
    private static final byte EMPTY = -1;

    private final long deviceSectors;
    private final int shift;
    private final long logOffset;
    /** Can be read, and not written by itself. */
    private boolean isFixed;

    /** By sector of the log: first unit to the unit behind the last. */
    private final List<NavigableMap<Long, Long>> pages = new ArrayList<>();

    private BadBlockList(long deviceSectors, int shift, long logOffset, int pageCount) {
        this.deviceSectors = deviceSectors;
        this.shift = shift;
        this.logOffset = logOffset;
        for (int i = 0; i < pageCount; i++) {
            pages.add(new TreeMap<>());
        }
    }

    /**
     * The list of a device, as its log has it.
     *
     * @param device     to read.
     * @param superblock of that device, found valid.
     * @return the list; without room for anything when the device has no log, or none that can be written by itself.
     * @throws DeviceException when the log cannot be read, or holds what no log can hold.
     */
    public static BadBlockList read(BlockDevice device, Superblock superblock) {
        DeviceGeometry geometry = device.geometry();
        long offset = (superblock.superOffsetSectors() + superblock.badBlockLogOffsetSectors())
                * DeviceGeometry.SECTOR_LENGTH;
        int length = superblock.badBlockLogSizeSectors() * DeviceGeometry.SECTOR_LENGTH;
        boolean isThere = superblock.badBlockLogOffsetSectors() != 0
                && length > 0
                && length <= BadBlockLog.MAX_LENGTH
                && offset >= 0
                && offset + length <= geometry.length()
                && superblock.badBlockLogShift() < Long.SIZE - 1;
        boolean isWritable = isThere && ((offset | length) & (geometry.logicalBlockLength() - 1)) == 0;
        BadBlockList list = new BadBlockList(
                geometry.sectors(),
                superblock.badBlockLogShift(),
                offset,
                isWritable ? length / DeviceGeometry.SECTOR_LENGTH : 0);
        if (!superblock.hasFeature(SuperblockFeature.BAD_BLOCKS)) {
            return list;
        }
        if (!isWritable) {
            BadBlockList fixed = new BadBlockList(geometry.sectors(), superblock.badBlockLogShift(), offset, 1);
            BadBlockLog.read(device, superblock).forEach(fixed::hold);
            return fixed.withoutRoom();
        }
        MutableDirectBuffer log = BufferSlab.allocate(BadBlockLog.MAX_LENGTH);
        device.read(offset, log, 0, length);
        for (int page = 0; page < list.pages.size(); page++) {
            int start = page * DeviceGeometry.SECTOR_LENGTH;
            List<Range> ranges = BadBlockLog.parse(
                    device.name(), log, start, DeviceGeometry.SECTOR_LENGTH, list.shift, list.deviceSectors);
            for (Range range : ranges) {
                cover(list.pages.get(page), range.deviceSector() >> list.shift, list.unitsEnd(range));
            }
            if (ranges.size() < ENTRIES_PER_SECTOR) {
                break;
            }
        }
        return list;
    }

    /** A list that has no room: of a device without a log. */
    public static BadBlockList none() {
        return new BadBlockList(0, 0, 0, 0);
    }

    private BadBlockList withoutRoom() {
        isFixed = true;
        return this;
    }

    private void hold(Range range) {
        cover(pages.get(0), range.deviceSector() >> shift, unitsEnd(range));
    }

    private long unitsEnd(Range range) {
        long end = range.deviceSector() + range.sectors();
        return (end + (1L << shift) - 1) >> shift;
    }

    /** Whether it can be changed and written at all. */
    public boolean isKept() {
        return !isFixed && !pages.isEmpty();
    }

    /** Whether nothing is bad. */
    public boolean isEmpty() {
        // Asked for every superblock that is written: no stream, no iterator.
        for (int i = 0; i < pages.size(); i++) {
            if (!pages.get(i).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** Bytes from the start of the device to its log. */
    public long logOffset() {
        return logOffset;
    }

    /** Bytes of the log. */
    public int logLength() {
        return pages.size() * DeviceGeometry.SECTOR_LENGTH;
    }

    /** What is bad: ascending, neither touching nor overlapping. */
    public List<Range> ranges() {
        NavigableMap<Long, Long> all = new TreeMap<>();
        for (NavigableMap<Long, Long> page : pages) {
            page.forEach((first, end) -> cover(all, first, end));
        }
        List<Range> ranges = new ArrayList<>();
        all.forEach((first, end) -> {
            long sector = first << shift;
            ranges.add(new Range(sector, Math.min(end << shift, deviceSectors) - sector));
        });
        return ranges;
    }

    /**
     * List a range.
     *
     * @param deviceSector the first, from the start of the device.
     * @param sectors      how many.
     * @return false when there is no room, and nothing has changed.
     */
    public boolean add(long deviceSector, long sectors) {
        if (!isKept()) {
            return false;
        }
        long first = deviceSector >> shift;
        long end = unitsEnd(new Range(deviceSector, sectors));
        // First where it joins what is there already, then where there is room to spare, then where there is any.
        for (int pass = 0; pass < 3; pass++) {
            for (NavigableMap<Long, Long> page : pages) {
                int room = ENTRIES_PER_SECTOR - (pass == 1 ? RESERVED_ENTRIES : 0);
                NavigableMap<Long, Long> next = new TreeMap<>(page);
                cover(next, first, end);
                boolean joins = next.size() <= page.size();
                if (entryCount(next) <= room && (pass > 0 || (joins && !page.isEmpty()))) {
                    page.clear();
                    page.putAll(next);
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Take a range out of the list.
     *
     * @param deviceSector the first, from the start of the device.
     * @param sectors      how many.
     * @return false when what would be left of a range has no room, and nothing has changed.
     */
    public boolean remove(long deviceSector, long sectors) {
        if (!isKept()) {
            return false;
        }
        // A unit that is good in part only stays.
        long first = (deviceSector + (1L << shift) - 1) >> shift;
        long end = (deviceSector + sectors) >> shift;
        List<NavigableMap<Long, Long>> next = new ArrayList<>();
        for (NavigableMap<Long, Long> page : pages) {
            NavigableMap<Long, Long> left = new TreeMap<>(page);
            uncover(left, first, end);
            if (entryCount(left) > ENTRIES_PER_SECTOR) {
                return false;
            }
            next.add(left);
        }
        for (int i = 0; i < pages.size(); i++) {
            pages.get(i).clear();
            pages.get(i).putAll(next.get(i));
        }
        return true;
    }

    /**
     * Put the list into the form of the log.
     *
     * @param target whose first {@link #logLength()} bytes are filled.
     */
    public void writeTo(MutableDirectBuffer target) {
        target.setMemory(0, logLength(), EMPTY);
        int last = pages.size() - 1;
        while (last >= 0 && pages.get(last).isEmpty()) {
            last--;
        }
        long filler = -1;
        for (int i = last; i >= 0; i--) {
            int at = i * DeviceGeometry.SECTOR_LENGTH;
            int end = at + DeviceGeometry.SECTOR_LENGTH;
            for (Map.Entry<Long, Long> range : pages.get(i).entrySet()) {
                for (long unit = range.getKey(); unit < range.getValue(); unit += MAX_UNITS) {
                    filler = unit << BadBlockLog.COUNT_BITS | Math.min(MAX_UNITS, range.getValue() - unit);
                    target.putLong(at, filler, ByteOrder.LITTLE_ENDIAN);
                    at += Long.BYTES;
                }
            }
            for (; i < last && at < end; at += Long.BYTES) {
                target.putLong(at, filler, ByteOrder.LITTLE_ENDIAN);
            }
        }
    }

    private static int entryCount(Map<Long, Long> page) {
        int count = 0;
        for (Map.Entry<Long, Long> range : page.entrySet()) {
            count += (int)
                    Math.min(ENTRIES_PER_SECTOR + 1, (range.getValue() - range.getKey() + MAX_UNITS - 1) / MAX_UNITS);
        }
        return count;
    }

    private static void cover(NavigableMap<Long, Long> page, long first, long end) {
        long from = first;
        long to = end;
        Map.Entry<Long, Long> before = page.floorEntry(first);
        if (before != null && before.getValue() >= first) {
            from = before.getKey();
            to = Math.max(to, before.getValue());
        }
        Map.Entry<Long, Long> behind = page.ceilingEntry(from);
        while (behind != null && behind.getKey() <= to) {
            to = Math.max(to, behind.getValue());
            page.remove(behind.getKey());
            behind = page.ceilingEntry(from);
        }
        page.put(from, to);
    }

    private static void uncover(NavigableMap<Long, Long> page, long first, long end) {
        if (first >= end) {
            return;
        }
        Map.Entry<Long, Long> before = page.lowerEntry(first);
        if (before != null && before.getValue() > first) {
            page.put(before.getKey(), first);
            if (before.getValue() > end) {
                page.put(end, before.getValue());
            }
        }
        Map.Entry<Long, Long> inside = page.ceilingEntry(first);
        while (inside != null && inside.getKey() < end) {
            page.remove(inside.getKey());
            if (inside.getValue() > end) {
                page.put(end, inside.getValue());
            }
            inside = page.ceilingEntry(first);
            if (inside != null && inside.getKey() >= end) {
                return;
            }
        }
    }
}
