package io.holdfast.raid.metadata;

/**
 * Where each field of the superblock of a write-intent bitmap lies. All integers are little-endian.
 *
 * <pre>
 *   +-------------------------------+-------------------------------+
 *   |  0  magic "bitm"              |  4  version: 3, 4, 5          |
 *   +-------------------------------+-------------------------------+
 *   |  8  array uuid, 16 bytes                                      |
 *   +---------------------------------------------------------------+
 *   | 24  events                                                    |
 *   +---------------------------------------------------------------+
 *   | 32  events cleared                                            |
 *   +---------------------------------------------------------------+
 *   | 40  sync size, sectors                                        |
 *   +-------------------------------+-------------------------------+
 *   | 48  state                     | 52  chunk, bytes for each bit |
 *   +-------------------------------+-------------------------------+
 *   | 56  flush period, seconds     | 60  write-behind              |
 *   +-------------------------------+-------------------------------+
 *   | 64  sectors reserved          | 68  nodes                     |
 *   +-------------------------------+-------------------------------+
 *   | 72  cluster name, 64 bytes; then zeroes up to 256             |
 *   +---------------------------------------------------------------+
 *   | 256 bits, the lowest of each byte first                      ...
 *   +---------------------------------------------------------------+
 * </pre>
 */
public final class BitmapDescriptor {
    /** Bytes before the bits. */
    public static final int LENGTH = 256;

    /** The first four bytes. */
    public static final int MAGIC = 0x6d746962;

    /** The version of clustered bitmaps. */
    public static final int CLUSTERED_VERSION = 5;

    /** State bit: the bits are older than the array. */
    public static final int STATE_STALE = 0x2;

    /** Offset of the magic number. */
    public static final int MAGIC_OFFSET = 0;

    /** Offset of the version. */
    public static final int VERSION_OFFSET = 4;

    /** Offset of the array's uuid. */
    public static final int UUID_OFFSET = 8;

    /** Offset of the array's count of updates when this was last written. */
    public static final int EVENTS_OFFSET = 24;

    /** Offset of the array's count of updates when it was last whole. */
    public static final int EVENTS_CLEARED_OFFSET = 32;

    /** Offset of the sectors of a member that the bits cover. */
    public static final int SYNC_SIZE_OFFSET = 40;

    /** Offset of the state bits. */
    public static final int STATE_OFFSET = 48;

    /** Offset of the bytes of a member that one bit covers. */
    public static final int CHUNK_OFFSET = 52;

    /** Offset of the seconds between flushes. */
    public static final int FLUSH_PERIOD_OFFSET = 56;

    /** Offset of the number of writes that may be behind. */
    public static final int WRITE_BEHIND_OFFSET = 60;

    /** Offset of the sectors reserved. */
    public static final int SECTORS_RESERVED_OFFSET = 64;

    /** Offset of the number of nodes of a cluster. */
    public static final int NODES_OFFSET = 68;

    private BitmapDescriptor() {}
}
