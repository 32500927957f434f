package io.holdfast.raid.metadata;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * Where each field of a version 1.x superblock lies. All integers are little-endian; every count of sectors is in units of
 * 512 bytes whatever the device's own block length.
 *
 * <pre>
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |  0  magic                     |  4  major version             |   the array, constant
 *   +-------------------------------+-------------------------------+   unless reshaped
 *   |  8  feature map               | 12  zero                      |
 *   +-------------------------------+-------------------------------+
 *   | 16  array uuid, 16 bytes                                      |
 *   +---------------------------------------------------------------+
 *   | 32  name, 32 bytes, padded with zeroes                        |
 *   +---------------------------------------------------------------+
 *   | 64  creation time                                             |
 *   +-------------------------------+-------------------------------+
 *   | 72  level                     | 76  layout                    |
 *   +-------------------------------+-------------------------------+
 *   | 80  size: sectors used of each member                         |
 *   +-------------------------------+-------------------------------+
 *   | 88  chunk, sectors            | 92  raid disks                |
 *   +-------------------------------+-------------------------------+
 *   | 96  bitmap offset, or PPL     | 100 new level                 |   reshape
 *   +-------------------------------+-------------------------------+
 *   | 104 reshape position                                          |
 *   +-------------------------------+-------------------------------+
 *   | 112 delta disks               | 116 new layout                |
 *   +-------------------------------+-------------------------------+
 *   | 120 new chunk                 | 124 new offset                |
 *   +-------------------------------+-------------------------------+
 *   | 128 data offset               | 136 data size                 |   this device
 *   +-------------------------------+-------------------------------+
 *   | 144 super offset              | 152 recovery offset, or       |
 *   |                               |     journal tail              |
 *   +-------------------------------+-------------------------------+
 *   | 160 device number             | 164 corrected read sectors    |
 *   +-------------------------------+-------------------------------+
 *   | 168 device uuid, 16 bytes                                     |
 *   +-------+-------+---------------+-------------------------------+
 *   |184 fl.|185 sh.| 186 bbl size  | 188 bad block log offset      |
 *   +-------+-------+---------------+-------------------------------+
 *   | 192 update time               | 200 events                    |   the array's state
 *   +-------------------------------+-------------------------------+
 *   | 208 resync offset             | 216 checksum  | 220 max dev   |
 *   +-------------------------------+---------------+---------------+
 *   | 224 zero, 32 bytes                                            |
 *   +---------------------------------------------------------------+
 *   | 256 role of device 0, 1, ... max dev - 1: 2 bytes each       ...
 *   +---------------------------------------------------------------+
 * </pre>
 *
 * <p>The minor version is not stored: it is implied by where on the device the block was found, see {@link SuperblockLocation}.
 */
public final class SuperblockDescriptor {
    /** Bytes that are read from a device and that a superblock can never exceed. */
    public static final int LENGTH = 4096;

    /** Bytes before the roles. */
    public static final int HEADER_LENGTH = 256;

    /** The first four bytes of every superblock. */
    public static final int MAGIC = 0xa92b4efc;

    /** The only major version this class describes. */
    public static final int MAJOR_VERSION = 1;

    /** The most entries the table of roles can have. */
    public static final int MAX_DEVICE_COUNT = (LENGTH - HEADER_LENGTH) / 2;

    /** Bytes of a uuid. */
    public static final int UUID_LENGTH = 16;

    /** Bytes of the name field. */
    public static final int NAME_LENGTH = 32;

    /** All ones: "everything", as in a resync offset that says that parity is good everywhere. */
    public static final long MAX_SECTOR = -1L;

    /** Offset of the magic number. */
    public static final int MAGIC_OFFSET = 0;

    /** Offset of the major version. */
    public static final int MAJOR_VERSION_OFFSET = 4;

    /** Offset of the feature bits, {@link SuperblockFeature}. */
    public static final int FEATURE_MAP_OFFSET = 8;

    /** Offset of four bytes that must be zero. */
    public static final int PAD0_OFFSET = 12;

    /** Offset of the identity of the array. */
    public static final int SET_UUID_OFFSET = 16;

    /** Offset of the name of the array. */
    public static final int SET_NAME_OFFSET = 32;

    /** Offset of the time of creation: 40 bits of seconds since 1970 and above them 24 bits of microseconds. */
    public static final int CREATION_TIME_OFFSET = 64;

    /** Offset of the level, signed. */
    public static final int LEVEL_OFFSET = 72;

    /** Offset of the number of the layout algorithm. */
    public static final int LAYOUT_OFFSET = 76;

    /** Offset of the sectors used of each member. */
    public static final int SIZE_OFFSET = 80;

    /** Offset of the sectors of a chunk. */
    public static final int CHUNK_OFFSET = 88;

    /** Offset of the number of slots. */
    public static final int RAID_DISKS_OFFSET = 92;

    /** Offset of the signed distance in sectors from the superblock to the bitmap. */
    public static final int BITMAP_OFFSET_OFFSET = 96;

    /** Offset of the signed 16-bit distance in sectors from the superblock to the partial parity log. */
    public static final int PPL_OFFSET_OFFSET = 96;

    /** Offset of the unsigned 16-bit length in sectors of the partial parity log. */
    public static final int PPL_SIZE_OFFSET = 98;

    /** Offset of the level after a reshape. */
    public static final int NEW_LEVEL_OFFSET = 100;

    /** Offset of the array sector that divides old from new geometry. */
    public static final int RESHAPE_POSITION_OFFSET = 104;

    /** Offset of the signed change of the number of slots. */
    public static final int DELTA_DISKS_OFFSET = 112;

    /** Offset of the layout after a reshape. */
    public static final int NEW_LAYOUT_OFFSET = 116;

    /** Offset of the chunk after a reshape, in sectors. */
    public static final int NEW_CHUNK_OFFSET = 120;

    /** Offset of the signed sectors to add to the data offset in the new geometry. */
    public static final int NEW_OFFSET_OFFSET = 124;

    /** Offset of the device sector where data begins. */
    public static final int DATA_OFFSET_OFFSET = 128;

    /** Offset of the sectors available for data on this device. */
    public static final int DATA_SIZE_OFFSET = 136;

    /** Offset of the device sector of this superblock. */
    public static final int SUPER_OFFSET_OFFSET = 144;

    /** Offset of the member sector up to which a rebuild is done. */
    public static final int RECOVERY_OFFSET_OFFSET = 152;

    /** Offset, on a journal device, of the position where replay begins. */
    public static final int JOURNAL_TAIL_OFFSET = 152;

    /** Offset of this device's index in the table of roles. */
    public static final int DEVICE_NUMBER_OFFSET = 160;

    /** Offset of the sectors whose read errors were cured by rewriting. */
    public static final int CORRECTED_READ_OFFSET = 164;

    /** Offset of the device's own uuid. */
    public static final int DEVICE_UUID_OFFSET = 168;

    /** Offset of the device flags. */
    public static final int DEVICE_FLAGS_OFFSET = 184;

    /** Offset of the binary logarithm of the unit of the bad block log, in sectors. */
    public static final int BAD_BLOCK_LOG_SHIFT_OFFSET = 185;

    /** Offset of the sectors reserved for the bad block log. */
    public static final int BAD_BLOCK_LOG_SIZE_OFFSET = 186;

    /** Offset of the signed distance in sectors from the superblock to the bad block log. */
    public static final int BAD_BLOCK_LOG_OFFSET_OFFSET = 188;

    /** Offset of the time of the last update. */
    public static final int UPDATE_TIME_OFFSET = 192;

    /** Offset of the counter of updates. */
    public static final int EVENTS_OFFSET = 200;

    /** Offset of the member sector up to which parity is known to be good. */
    public static final int RESYNC_OFFSET_OFFSET = 208;

    /** Offset of the checksum. */
    public static final int CHECKSUM_OFFSET = 216;

    /** Offset of the number of entries in the table of roles. */
    public static final int MAX_DEV_OFFSET = 220;

    /** Offset of 32 bytes that must be zero. */
    public static final int PAD3_OFFSET = 224;

    /** Bytes at {@link #PAD3_OFFSET}. */
    public static final int PAD3_LENGTH = 32;

    /** Offset of the table of roles. */
    public static final int ROLES_OFFSET = 256;

    private SuperblockDescriptor() {}

    /**
     * Offset of one entry of the table of roles.
     *
     * @param deviceNumber from 0.
     * @return in bytes from the start of the superblock.
     */
    public static int roleOffset(int deviceNumber) {
        return ROLES_OFFSET + 2 * deviceNumber;
    }

    /**
     * Bytes that the checksum covers.
     *
     * @param maxDev entries of the table of roles, 0 to {@link #MAX_DEVICE_COUNT}.
     * @return in bytes.
     */
    public static int checkedLength(int maxDev) {
        return HEADER_LENGTH + 2 * maxDev;
    }

    /**
     * The magic number of what may be a superblock.
     *
     * @param buffer holding it.
     * @param offset of its first byte.
     * @return the first four bytes.
     */
    public static int magic(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + MAGIC_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The major version of what may be a superblock.
     *
     * @param buffer holding it.
     * @param offset of its first byte.
     * @return the version; 0 is the old format 0.90.
     */
    public static int majorVersion(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + MAJOR_VERSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The checksum that a superblock ought to carry: the sum of its little-endian 32-bit words, the checksum itself counting
     * as zero, and of a last 16-bit word where the number of roles is odd; then the carries above 32 bits added in.
     *
     * @param buffer holding it.
     * @param offset of its first byte.
     * @param maxDev entries of the table of roles, 0 to {@link #MAX_DEVICE_COUNT}.
     * @return the 32 bits to be stored at {@link #CHECKSUM_OFFSET}.
     */
    public static int checksum(DirectBuffer buffer, int offset, int maxDev) {
        int length = checkedLength(maxDev);
        int wholeWords = length & -4;
        long sum = 0;
        for (int i = 0; i < wholeWords; i += 4) {
            sum += Integer.toUnsignedLong(buffer.getInt(offset + i, ByteOrder.LITTLE_ENDIAN));
        }
        sum -= Integer.toUnsignedLong(buffer.getInt(offset + CHECKSUM_OFFSET, ByteOrder.LITTLE_ENDIAN));
        if (wholeWords != length) {
            sum += Short.toUnsignedLong(buffer.getShort(offset + wholeWords, ByteOrder.LITTLE_ENDIAN));
        }
        return (int) sum + (int) (sum >>> 32);
    }
}
