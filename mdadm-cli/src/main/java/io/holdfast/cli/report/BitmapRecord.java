package io.holdfast.cli.report;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockFeature;
import io.holdfast.raid.metadata.UuidText;
import java.nio.ByteOrder;
import java.util.Optional;
import org.agrona.DirectBuffer;

/**
 * The superblock of a write-intent bitmap, as far as reports need it.
 *
 * <pre>
 *   0 magic   4 version   8 uuid          24 events        32 events cleared
 *  40 sync size (sectors)  48 state        52 chunk (bytes) 56 daemon sleep (s)
 *  60 write behind         64 sectors reserved              256 the bits
 * </pre>
 *
 * @param offset             of the bitmap from the start of its device, in bytes.
 * @param magic              {@link #MAGIC} in every bitmap.
 * @param version            4, or 3 with the bits in the host's order; 5 is a cluster's.
 * @param uuid               in text form; that of the array.
 * @param events             of the array when the bitmap's superblock was last written.
 * @param eventsCleared      of the array when it was last written to with all members there.
 * @param syncSizeSectors    what the bits cover of each member.
 * @param state              flags.
 * @param chunkLength        bytes of member for each bit.
 * @param daemonSleepSeconds between two looks for bits to clear.
 * @param writeBehind        the most writes that may be behind, 0 for none.
 */
record BitmapRecord(
        long offset,
        int magic,
        int version,
        String uuid,
        long events,
        long eventsCleared,
        long syncSizeSectors,
        int state,
        long chunkLength,
        long daemonSleepSeconds,
        long writeBehind) {
    static final int MAGIC = 0x6d746962;
    static final int STATE_STALE = 0x2;
    static final int LENGTH = 256;

    private static final int BLOCK_LENGTH = 4096;
    private static final int UUID_LENGTH = 16;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** Read the bitmap that a superblock names; empty when it names none, or a place that is not on the device. */
    static Optional<BitmapRecord> read(BlockDevice device, Superblock superblock) {
        if (!superblock.hasFeature(SuperblockFeature.BITMAP)) {
            return Optional.empty();
        }
        long offset =
                (superblock.superOffsetSectors() + superblock.bitmapOffsetSectors()) * DeviceGeometry.SECTOR_LENGTH;
        return DeviceBytes.read(device, offset, LENGTH)
                .filter(bytes -> bytes.capacity() == LENGTH)
                .map(bytes -> parse(offset, bytes));
    }

    private static BitmapRecord parse(long offset, DirectBuffer bytes) {
        byte[] uuid = new byte[UUID_LENGTH];
        bytes.getBytes(8, uuid);
        return new BitmapRecord(
                offset,
                bytes.getInt(0, ORDER),
                bytes.getInt(4, ORDER),
                UuidText.format(uuid),
                bytes.getLong(24, ORDER),
                bytes.getLong(32, ORDER),
                bytes.getLong(40, ORDER),
                bytes.getInt(48, ORDER),
                Integer.toUnsignedLong(bytes.getInt(52, ORDER)),
                Integer.toUnsignedLong(bytes.getInt(56, ORDER)),
                Integer.toUnsignedLong(bytes.getInt(60, ORDER)));
    }

    /** Whether it is this array's bitmap; anything else at its place is none. */
    boolean belongsTo(Superblock superblock) {
        return magic == MAGIC && uuid.equals(superblock.setUuidText());
    }

    /** How many bits there are: 0 where the numbers make no sense. */
    long bitCount() {
        long chunkSectors = chunkLength / DeviceGeometry.SECTOR_LENGTH;
        if (chunkSectors == 0 || syncSizeSectors < 0) {
            return 0;
        }
        return syncSizeSectors / chunkSectors + (syncSizeSectors % chunkSectors == 0 ? 0 : 1);
    }

    /** Sectors that superblock and bits take, in whole blocks of 4 KiB. */
    long lengthSectors() {
        long length = LENGTH + (bitCount() + 7) / 8;
        return (length + BLOCK_LENGTH - 1) / BLOCK_LENGTH * (BLOCK_LENGTH / DeviceGeometry.SECTOR_LENGTH);
    }

    /**
     * Count the bits that are set. Reads a piece at a time, and no more than the device has, whatever the superblock claims.
     *
     * @param device that holds the bitmap.
     * @return the number of bits set.
     */
    long countSetBits(BlockDevice device) {
        long bitCount = bitCount();
        long set = 0;
        for (long bit = 0; bit < bitCount; bit += 8L * BLOCK_LENGTH) {
            Optional<DirectBuffer> piece = DeviceBytes.read(device, offset + LENGTH + bit / 8, BLOCK_LENGTH);
            if (piece.isEmpty()) {
                break;
            }
            DirectBuffer bytes = piece.get();
            for (int i = 0; i < bytes.capacity(); i++) {
                long left = bitCount - bit - 8L * i;
                if (left <= 0) {
                    break;
                }
                int value = bytes.getByte(i) & 0xff;
                set += Integer.bitCount(left >= 8 ? value : value & ((1 << left) - 1));
            }
        }
        return set;
    }
}
