package io.holdfast.raid.metadata;

import org.agrona.BitUtil;

/**
 * How a device is shared out between metadata and data: the choices mdadm 4.2 makes, so that arrays made here look like arrays made
 * there. All lengths in sectors.
 */
final class MemberSpace {
    /** Sectors of a bad block log. */
    static final int BAD_BLOCK_LOG_SECTORS = 8;

    private static final long MIN_BITMAP_CHUNK_LENGTH = 4096;
    private static final long DEFAULT_BITMAP_CHUNK_LENGTH = 64L << 20;
    private static final long MAX_BITMAP_CHUNK_LENGTH = 1L << 30;

    private static final long DATA_ALIGNMENT = 2048;
    private static final long MAX_HEADROOM = 262144;
    private static final int SUPERBLOCK_SECTORS = 8;

    private MemberSpace() {}

    /**
     * Room kept for a bitmap, whether there is one or not.
     *
     * @param sectors of the device, or of the data: different rules ask with different lengths.
     * @return sectors.
     */
    static long bitmapReserve(long sectors) {
        if (sectors < 128) {
            return 0;
        }
        if (sectors - 128 >= 419_430_400L) {
            return 256;
        }
        return sectors - 8 > 16_777_216L ? 128 : 8;
    }

    /**
     * Where data begins on all members of an array whose superblocks come first.
     *
     * @param deviceSectors of the first device listed.
     * @param chunkSectors  of the array.
     * @param reserve       room for a bitmap or a partial parity log.
     * @return device sector; there is headroom in front of it for a reshape.
     */
    static long dataOffset(long deviceSectors, long chunkSectors, long reserve) {
        long headroom = MAX_HEADROOM;
        while (headroom << 10 > deviceSectors && headroom / 2 >= 2 * chunkSectors) {
            headroom >>= 1;
        }
        return BitUtil.align(24 + reserve + headroom, DATA_ALIGNMENT);
    }

    /**
     * What a device can give to the array.
     *
     * @param location      of its superblock.
     * @param deviceSectors of the device.
     * @param dataOffset    where data begins.
     * @param reserve       room for a bitmap or a partial parity log; counts only when the superblock comes last.
     * @param chunkSectors  of the array.
     * @return sectors, a multiple of the chunk, at least 0.
     */
    static long usable(
            SuperblockLocation location, long deviceSectors, long dataOffset, long reserve, long chunkSectors) {
        long free = location == SuperblockLocation.V1_0
                ? (deviceSectors & -8L) - (2 * SUPERBLOCK_SECTORS + 8 + reserve) - dataOffset
                : deviceSectors - dataOffset;
        return Math.max(0, free) & -chunkSectors;
    }

    /**
     * The data size that a device's superblock is to show.
     *
     * @param location      of its superblock.
     * @param deviceSectors of the device.
     * @param dataOffset    where data begins.
     * @param bitmapSectors of a bitmap or partial parity log, or what is reserved for one.
     * @param size          used of each member.
     * @return sectors, of which an array may use fewer.
     */
    static long dataSize(
            SuperblockLocation location, long deviceSectors, long dataOffset, long bitmapSectors, long size) {
        if (location != SuperblockLocation.V1_0) {
            return deviceSectors - dataOffset;
        }
        long superblock = location.sector(deviceSectors);
        long room = superblock - BAD_BLOCK_LOG_SECTORS - bitmapSectors;
        return room < size && size <= superblock ? size : room;
    }

    /**
     * What one bit of a bitmap stands for.
     *
     * @param size         used of each member.
     * @param wantedLength in bytes; 0 for as few bits as are of use.
     * @return in bytes: a power of two.
     * @throws ConfigurationException when there is no room for as many bits as are wanted.
     */
    static long bitmapChunkLength(long size, long wantedLength) {
        long bits = (bitmapReserve(size) * 512 - BitmapDescriptor.LENGTH) * 8;
        long least = MIN_BITMAP_CHUNK_LENGTH;
        while (bits > 0 && BitmapArea.bitCount(size, least) > bits) {
            least *= 2;
        }
        if (wantedLength == 0) {
            return Math.max(least, DEFAULT_BITMAP_CHUNK_LENGTH);
        }
        if (bits <= 0
                || wantedLength < least
                || wantedLength > MAX_BITMAP_CHUNK_LENGTH
                || !BitUtil.isPowerOfTwo(wantedLength)) {
            throw new ConfigurationException(
                    "bitmap-chunk",
                    "invalid bitmap chunk size: " + wantedLength / 1024 + "K; it must be a power of 2 from "
                            + least / 1024 + "K to " + MAX_BITMAP_CHUNK_LENGTH / 1024 + "K");
        }
        return wantedLength;
    }

    /**
     * Room that a bitmap takes.
     *
     * @param size        used of each member.
     * @param chunkLength bytes for each bit.
     * @return sectors, in whole blocks of 4 KiB.
     */
    static long bitmapSectors(long size, long chunkLength) {
        long length = BitmapDescriptor.LENGTH + (BitmapArea.bitCount(size, chunkLength) + 7) / 8;
        return BitUtil.align(length, BitmapArea.PAGE_LENGTH) / 512;
    }

    /**
     * Where a bitmap lies.
     *
     * @param location      of the superblock.
     * @param bitmapSectors of the bitmap.
     * @return sectors from the superblock.
     */
    static int bitmapOffset(SuperblockLocation location, long bitmapSectors) {
        return location == SuperblockLocation.V1_0
                ? Math.toIntExact(-bitmapSectors - BAD_BLOCK_LOG_SECTORS)
                : SUPERBLOCK_SECTORS;
    }

    /**
     * Where the bad block log lies.
     *
     * @param location       of the superblock.
     * @param superOffset    device sector of the superblock.
     * @param dataOffset     device sector where data begins.
     * @param bitmapSectors  of a bitmap or partial parity log, or what is reserved for one.
     * @return sectors from the superblock; 0 when there is no room for a log.
     */
    static int badBlockLogOffset(SuperblockLocation location, long superOffset, long dataOffset, long bitmapSectors) {
        if (location == SuperblockLocation.V1_0) {
            return -BAD_BLOCK_LOG_SECTORS;
        }
        long offset = SUPERBLOCK_SECTORS + bitmapSectors;
        if (superOffset + offset + BAD_BLOCK_LOG_SECTORS > dataOffset) {
            offset = dataOffset >= superOffset + 16 ? dataOffset - BAD_BLOCK_LOG_SECTORS - superOffset : 0;
        }
        return Math.toIntExact(offset);
    }

    /**
     * Entries of a table of roles for a number of devices: as many as fill whole sectors.
     *
     * @param deviceCount slots and spares.
     * @return at least {@code deviceCount}.
     */
    static int maxDev(int deviceCount) {
        int length = BitUtil.align(SuperblockDescriptor.checkedLength(deviceCount), 512);
        return (length - SuperblockDescriptor.HEADER_LENGTH) / 2;
    }
}
