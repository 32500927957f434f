package io.holdfast.raid.metadata;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoStatus;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What a device's write-intent bitmap says, for people to see: it is recognised, not maintained.
 *
 * @param version            3 or 4; 5 in a cluster.
 * @param uuid               text form of the uuid of the array it was made for.
 * @param events             the array's count of updates when it was last written.
 * @param eventsCleared      the array's count of updates when all members were last there.
 * @param syncSizeSectors    sectors of a member that the bits cover.
 * @param isStale            whether it is marked as older than the array.
 * @param chunkLength        bytes of a member that one bit covers.
 * @param flushPeriodSeconds between two sweeps that clear bits.
 * @param writeBehind        how many writes may be behind; 0 at the levels handled here.
 * @param bitCount           how many bits there are.
 * @param dirtyCount         how many of them are set.
 */
public record Bitmap(
        int version,
        String uuid,
        long events,
        long eventsCleared,
        long syncSizeSectors,
        boolean isStale,
        long chunkLength,
        int flushPeriodSeconds,
        int writeBehind,
        long bitCount,
        long dirtyCount) {
    private static final int MIN_CHUNK_LENGTH = 512;
    private static final int READ_LENGTH = 64 << 10;

    /** The most bits that are counted: far more than anybody's tool makes room for. */
    private static final long MAX_BIT_COUNT = 8L << 20;

    /**
     * Read the bitmap of a device.
     *
     * @param device     to read.
     * @param superblock of that device, found valid.
     * @return what it says.
     * @throws DeviceException when the device cannot be read, has no bitmap, or one that cannot be believed.
     */
    public static Bitmap read(BlockDevice device, Superblock superblock) {
        if (!superblock.hasFeature(SuperblockFeature.BITMAP)) {
            throw unusable(device, "the array has no bitmap");
        }
        long sector = superblock.superOffsetSectors() + superblock.bitmapOffsetSectors();
        long deviceSectors = device.geometry().sectors();
        if (sector < 0 || sector > deviceSectors - SuperblockDescriptor.LENGTH / DeviceGeometry.SECTOR_LENGTH) {
            throw unusable(device, "the bitmap would lie at sector " + sector + " of " + deviceSectors);
        }
        MutableDirectBuffer header = BufferSlab.allocate(SuperblockDescriptor.LENGTH);
        AlignedRead.read(device, sector, header, SuperblockDescriptor.LENGTH);
        if (intAt(header, BitmapDescriptor.MAGIC_OFFSET) != BitmapDescriptor.MAGIC) {
            throw unusable(
                    device,
                    String.format(
                            "no bitmap where it should lie (expected magic %08x, got %08x)",
                            BitmapDescriptor.MAGIC, intAt(header, BitmapDescriptor.MAGIC_OFFSET)));
        }
        int version = intAt(header, BitmapDescriptor.VERSION_OFFSET);
        if (version < 3 || version > BitmapDescriptor.CLUSTERED_VERSION) {
            throw unusable(device, "its bitmap has the unknown version " + Integer.toUnsignedString(version));
        }
        long chunkLength = Integer.toUnsignedLong(intAt(header, BitmapDescriptor.CHUNK_OFFSET));
        long syncSize = longAt(header, BitmapDescriptor.SYNC_SIZE_OFFSET);
        if (chunkLength < MIN_CHUNK_LENGTH || Long.bitCount(chunkLength) != 1) {
            throw unusable(device, "its bitmap claims " + chunkLength + " bytes for each bit");
        }
        long chunkSectors = chunkLength / DeviceGeometry.SECTOR_LENGTH;
        long bitCount =
                syncSize < 0 ? Long.MAX_VALUE : syncSize / chunkSectors + (syncSize % chunkSectors == 0 ? 0 : 1);
        long room = (deviceSectors - sector) * DeviceGeometry.SECTOR_LENGTH - BitmapDescriptor.LENGTH;
        if (bitCount > MAX_BIT_COUNT || (bitCount + 7) / 8 > room) {
            throw unusable(device, "its bitmap claims to cover " + Long.toUnsignedString(syncSize) + " sectors");
        }
        byte[] uuid = new byte[SuperblockDescriptor.UUID_LENGTH];
        header.getBytes(BitmapDescriptor.UUID_OFFSET, uuid);
        return new Bitmap(
                version,
                UuidText.format(uuid),
                longAt(header, BitmapDescriptor.EVENTS_OFFSET),
                longAt(header, BitmapDescriptor.EVENTS_CLEARED_OFFSET),
                syncSize,
                (intAt(header, BitmapDescriptor.STATE_OFFSET) & BitmapDescriptor.STATE_STALE) != 0,
                chunkLength,
                intAt(header, BitmapDescriptor.FLUSH_PERIOD_OFFSET),
                intAt(header, BitmapDescriptor.WRITE_BEHIND_OFFSET),
                bitCount,
                countDirty(device, sector, bitCount));
    }

    private static long countDirty(BlockDevice device, long sector, long bitCount) {
        MutableDirectBuffer buffer = BufferSlab.allocate(READ_LENGTH);
        long byteCount = BitmapDescriptor.LENGTH + (bitCount + 7) / 8;
        long dirtyCount = 0;
        for (long start = 0; start < byteCount; start += READ_LENGTH) {
            int length = (int) Math.min(READ_LENGTH, (byteCount - start + 511) & -512L);
            AlignedRead.read(device, sector + start / DeviceGeometry.SECTOR_LENGTH, buffer, length);
            for (int i = start == 0 ? BitmapDescriptor.LENGTH : 0; i < length && start + i < byteCount; i++) {
                long firstBit = (start + i - BitmapDescriptor.LENGTH) * 8;
                int bits = Byte.toUnsignedInt(buffer.getByte(i));
                if (bitCount - firstBit < 8) {
                    bits &= (1 << (bitCount - firstBit)) - 1;
                }
                dirtyCount += Integer.bitCount(bits);
            }
        }
        return dirtyCount;
    }

    /**
     * Whether a member that was away has missed nothing but what set bits stand for: it was complete when it went, or was being
     * rebuilt from the very same bits, and no bit was cleared since that it would have needed.
     *
     * @param eventsCleared of the bitmap.
     * @param away          superblock of the member, of the array that the bitmap belongs to.
     */
    static boolean covers(long eventsCleared, Superblock away) {
        boolean isPartial = away.hasFeature(SuperblockFeature.RECOVERY_OFFSET)
                && !away.hasFeature(SuperblockFeature.RECOVERY_BITMAP);
        return !isPartial && Long.compareUnsigned(away.events(), eventsCleared) >= 0;
    }

    private static int intAt(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset, ByteOrder.LITTLE_ENDIAN);
    }

    private static long longAt(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset, ByteOrder.LITTLE_ENDIAN);
    }

    private static DeviceException unusable(BlockDevice device, String clause) {
        return new DeviceException(device.name(), IoStatus.UNSUPPORTED, device.name() + ": " + clause + ".");
    }
}
