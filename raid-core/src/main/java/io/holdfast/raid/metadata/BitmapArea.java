package io.holdfast.raid.metadata;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoStatus;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A write-intent bitmap as it lies on every member: its superblock and its bits, in memory. Whoever has it changes it, and
 * sees to it that members follow.
 *
 * <p>Bit {@code i} stands for bytes {@code i * chunkLength} onwards of every member's data. The bits after the last lie on
 * disk too, and mean nothing. Not thread-safe.
 */
public final class BitmapArea {
    /** Areas are as many of these, in bytes, as they need. */
    public static final int PAGE_LENGTH = 4096;

    /** The seconds between two sweeps, unless something else is asked for. */
    public static final int DEFAULT_FLUSH_PERIOD_SECONDS = 5;

    /** What bits are in the order of bytes; version 3 is the same on the machines that md runs on today. */
    private static final int VERSION = 4;

    private static final int SUPERBLOCK_SECTORS = SuperblockDescriptor.LENGTH / DeviceGeometry.SECTOR_LENGTH;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private final UnsafeBuffer buffer;
    private final int length;
    private final long bitCount;

    private BitmapArea(long bitCount) {
        this.bitCount = bitCount;
        length = Math.toIntExact(BitmapDescriptor.LENGTH + (bitCount + 7) / 8);
        buffer = BufferSlab.allocate(BitUtil.align(length, PAGE_LENGTH));
    }

    /**
     * A new bitmap, every bit set: nobody has compared anything yet.
     *
     * @param setUuid            of the array.
     * @param syncSizeSectors    used of each member.
     * @param chunkLength        bytes of a member for each bit, a power of two.
     * @param flushPeriodSeconds between two sweeps, at least 1.
     * @return with events and events cleared 0.
     */
    public static BitmapArea create(byte[] setUuid, long syncSizeSectors, long chunkLength, int flushPeriodSeconds) {
        BitmapArea area = new BitmapArea(bitCount(syncSizeSectors, chunkLength));
        UnsafeBuffer buffer = area.buffer;
        buffer.putInt(BitmapDescriptor.MAGIC_OFFSET, BitmapDescriptor.MAGIC, ORDER);
        buffer.putInt(BitmapDescriptor.VERSION_OFFSET, VERSION, ORDER);
        buffer.putBytes(BitmapDescriptor.UUID_OFFSET, setUuid);
        buffer.putLong(BitmapDescriptor.SYNC_SIZE_OFFSET, syncSizeSectors, ORDER);
        buffer.putInt(BitmapDescriptor.CHUNK_OFFSET, Math.toIntExact(chunkLength), ORDER);
        buffer.putInt(BitmapDescriptor.FLUSH_PERIOD_OFFSET, flushPeriodSeconds, ORDER);
        area.setAll();
        return area;
    }

    /**
     * Bits of a bitmap.
     *
     * @param syncSizeSectors used of each member.
     * @param chunkLength     bytes of a member for each bit.
     * @return as many as cover all of it.
     */
    static long bitCount(long syncSizeSectors, long chunkLength) {
        long chunkSectors = chunkLength / DeviceGeometry.SECTOR_LENGTH;
        return syncSizeSectors / chunkSectors + (syncSizeSectors % chunkSectors == 0 ? 0 : 1);
    }

    /**
     * Read the bitmap of a member.
     *
     * @param device     to read.
     * @param superblock of that device, found valid.
     * @return what is there.
     * @throws DeviceException when the device cannot be read, or what is there is not this array's bitmap, in a place where it
     *     can be kept.
     */
    public static BitmapArea read(BlockDevice device, Superblock superblock) {
        Bitmap header = Bitmap.read(device, superblock);
        String problem = problem(header, superblock, device.geometry());
        if (!problem.isEmpty()) {
            throw new DeviceException(
                    device.name(), IoStatus.UNSUPPORTED, device.name() + ": its bitmap " + problem + ".");
        }
        BitmapArea area = new BitmapArea(header.bitCount());
        AlignedRead.read(
                device, sector(superblock), area.buffer, BitUtil.align(area.length, DeviceGeometry.SECTOR_LENGTH));
        return area;
    }

    /**
     * Why a bitmap can be read but not kept up to date.
     *
     * @param bitmap     as found.
     * @param superblock of the device it was found on.
     * @param geometry   of that device.
     * @return a clause about the bitmap; empty when it can.
     */
    static String problem(Bitmap bitmap, Superblock superblock, DeviceGeometry geometry) {
        if (bitmap.version() == BitmapDescriptor.CLUSTERED_VERSION) {
            return "is shared by a cluster";
        }
        if (!bitmap.uuid().equals(superblock.setUuidText())) {
            return "belongs to another array, " + bitmap.uuid();
        }
        if (bitmap.syncSizeSectors() != superblock.sizeSectors()) {
            return "covers " + bitmap.syncSizeSectors() + " sectors where members have " + superblock.sizeSectors();
        }
        if (bitmap.flushPeriodSeconds() < 1) {
            return "is to be swept every " + bitmap.flushPeriodSeconds() + " seconds";
        }
        long length = BitmapDescriptor.LENGTH + (bitmap.bitCount() + 7) / 8;
        return placeProblem(superblock, geometry, length);
    }

    private static String placeProblem(Superblock superblock, DeviceGeometry geometry, long length) {
        int blockLength = geometry.logicalBlockLength();
        long start = sector(superblock);
        if (start < 0 || start * DeviceGeometry.SECTOR_LENGTH % blockLength != 0) {
            return "lies at sector " + start + ", not at the start of a block of " + blockLength + " bytes";
        }
        long end = start + BitUtil.align(length, blockLength) / DeviceGeometry.SECTOR_LENGTH;
        long superOffset = superblock.superOffsetSectors();
        if (overlaps(start, end, superOffset, superOffset + SUPERBLOCK_SECTORS)) {
            return "reaches into the block of the superblock";
        }
        long data = superblock.dataOffsetSectors();
        if (overlaps(start, end, data, data + superblock.sizeSectors())) {
            return "reaches into the data";
        }
        if (superblock.badBlockLogOffsetSectors() != 0) {
            long log = superOffset + superblock.badBlockLogOffsetSectors();
            if (overlaps(start, end, log, log + superblock.badBlockLogSizeSectors())) {
                return "reaches into the bad block log";
            }
        }
        return end > geometry.sectors() ? "reaches beyond the device" : "";
    }

    private static boolean overlaps(long start, long end, long otherStart, long otherEnd) {
        return start < otherEnd && otherStart < end;
    }

    /** The device sector where the bitmap of a device begins. */
    private static long sector(Superblock superblock) {
        return superblock.superOffsetSectors() + superblock.bitmapOffsetSectors();
    }

    /**
     * Where the bitmap of a device begins.
     *
     * @param superblock of the device.
     * @return in bytes from the start of the device.
     */
    public static long offset(Superblock superblock) {
        return sector(superblock) * DeviceGeometry.SECTOR_LENGTH;
    }

    /** Superblock and bits; from an address that suits direct transfers. */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /** Bytes that mean something. */
    public int length() {
        return length;
    }

    /** Bits that mean something. */
    public long bitCount() {
        return bitCount;
    }

    /** Pages that the area fills, the last of them perhaps in part. */
    public int pageCount() {
        return buffer.capacity() / PAGE_LENGTH;
    }

    /** The page that a bit lies in. */
    public int page(long bit) {
        return (int) ((BitmapDescriptor.LENGTH + bit / 8) / PAGE_LENGTH);
    }

    /**
     * Where the bytes of the area end that are to be written for some of its pages: nothing may be written behind the area, be it
     * the rest of its last page.
     *
     * @param endPage     one beyond the last page.
     * @param blockLength of the device, in bytes.
     * @return in bytes from the start of the area.
     */
    public int endOf(int endPage, int blockLength) {
        return Math.min(endPage * PAGE_LENGTH, BitUtil.align(length, blockLength));
    }

    /** Whether a bit is set. */
    public boolean isSet(long bit) {
        return (buffer.getByte(byteOf(bit)) >> (bit & 7) & 1) != 0;
    }

    /** Set a bit, or take it away. */
    public void set(long bit, boolean on) {
        int at = byteOf(bit);
        int mask = 1 << (bit & 7);
        buffer.putByte(at, (byte) (on ? buffer.getByte(at) | mask : buffer.getByte(at) & ~mask));
    }

    private static int byteOf(long bit) {
        return (int) (BitmapDescriptor.LENGTH + bit / 8);
    }

    /** Set every bit, and those after the last. */
    public void setAll() {
        buffer.setMemory(BitmapDescriptor.LENGTH, buffer.capacity() - BitmapDescriptor.LENGTH, (byte) 0xff);
    }

    /** Bits that are set. */
    public long dirtyCount() {
        long count = 0;
        for (long bit = 0; bit < bitCount; bit++) {
            count += isSet(bit) ? 1 : 0;
        }
        return count;
    }

    /** Bytes of a member that one bit covers. */
    public long chunkLength() {
        return Integer.toUnsignedLong(buffer.getInt(BitmapDescriptor.CHUNK_OFFSET, ORDER));
    }

    /** Seconds between two sweeps. */
    public int flushPeriodSeconds() {
        return buffer.getInt(BitmapDescriptor.FLUSH_PERIOD_OFFSET, ORDER);
    }

    /** The array's count of updates when the area was last written. */
    public long events() {
        return buffer.getLong(BitmapDescriptor.EVENTS_OFFSET, ORDER);
    }

    /** Set the count of updates; see {@link #events()}. */
    public void events(long events) {
        buffer.putLong(BitmapDescriptor.EVENTS_OFFSET, events, ORDER);
    }

    /** A member with at least this count of updates has missed nothing but what set bits stand for. */
    public long eventsCleared() {
        return buffer.getLong(BitmapDescriptor.EVENTS_CLEARED_OFFSET, ORDER);
    }

    /** Set that count; see {@link #eventsCleared()}. */
    public void eventsCleared(long events) {
        buffer.putLong(BitmapDescriptor.EVENTS_CLEARED_OFFSET, events, ORDER);
    }

    /**
     * Whether a member that was away has missed nothing but what set bits stand for.
     *
     * @param away its superblock, as it was found.
     */
    public boolean covers(Superblock away) {
        return Bitmap.covers(eventsCleared(), away);
    }

    /** The bits are the array's again. */
    public void clearStale() {
        int state = buffer.getInt(BitmapDescriptor.STATE_OFFSET, ORDER);
        buffer.putInt(BitmapDescriptor.STATE_OFFSET, state & ~BitmapDescriptor.STATE_STALE, ORDER);
    }

    /** Whether it is marked as older than the array. */
    public boolean isMarkedStale() {
        return (buffer.getInt(BitmapDescriptor.STATE_OFFSET, ORDER) & BitmapDescriptor.STATE_STALE) != 0;
    }

    /** Whether another says the same, superblock and bits; what lies behind the last byte of bits does not matter. */
    public boolean sameAs(BitmapArea other) {
        return length == other.length && Arrays.equals(bytes(), other.bytes());
    }

    private byte[] bytes() {
        byte[] bytes = new byte[length];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    /**
     * Write all of it to a member, and wait. Durable once the device is flushed.
     *
     * @param device     to write.
     * @param superblock of that device, which says where.
     * @throws DeviceException when the device fails.
     */
    public void write(BlockDevice device, Superblock superblock) {
        String problem = placeProblem(superblock, device.geometry(), length);
        if (!problem.isEmpty()) {
            throw new IllegalStateException("a bitmap for " + device.name() + " " + problem);
        }
        device.write(
                offset(superblock),
                buffer,
                0,
                endOf(pageCount(), device.geometry().logicalBlockLength()));
    }
}
