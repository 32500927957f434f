package io.holdfast.journal;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The block that heads a run of pages in the log and says what they are. All numbers are little-endian; positions are
 * sectors of 512 bytes from the start of the log area.
 *
 * <pre>
 *   0                   4                   8         9        10        12                 16
 *  +-------------------+-------------------+---------+--------+---------+------------------+
 *  | magic 0x6433c509  | checksum          | version | 0      | writer  | bytes used       |
 *  +-------------------+-------------------+---------+--------+---------+------------------+
 *  | sequence number                       | position of this block                        |
 *  +---------------------------------------+-----------------------------------------------+ 32
 *  | payload descriptors, back to back ...                                                 |
 *  +---------------------------------------------------------------------------------------+ bytes used
 *  | zeroes to 4096, under the checksum too                                                |
 *  +---------------------------------------------------------------------------------------+
 * </pre>
 *
 * The pages follow the block in the order of their descriptors; the next meta block follows the last page.
 *
 * <p><em>Writer</em> is padding to Linux, which leaves it zero and does not look at it. Here it tells who wrote the block,
 * because that tells how much of a log may have been in flight when its writer died: see {@link #isOwn}.
 */
public final class MetaBlockDescriptor {
    /** Bytes in a meta block, and in a page. */
    public static final int LENGTH = 4096;

    /** Sectors in a meta block, and in a page. */
    public static final int LENGTH_SECTORS = 8;

    /** The first four bytes. */
    public static final int MAGIC = 0x6433c509;

    /** The only version there is. */
    public static final byte VERSION = 1;

    /** Bytes before the first payload descriptor. */
    public static final int HEADER_LENGTH = 32;

    static final int MAGIC_OFFSET = 0;
    static final int CHECKSUM_OFFSET = 4;
    static final int VERSION_OFFSET = 8;
    static final int WRITER_OFFSET = 10;
    static final int USED_OFFSET = 12;
    static final int SEQUENCE_OFFSET = 16;
    static final int POSITION_OFFSET = 24;

    /** The letters "Hf". */
    private static final short OWN_WRITER = 0x6648;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private MetaBlockDescriptor() {}

    static int magic(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + MAGIC_OFFSET, ORDER);
    }

    static int checksum(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + CHECKSUM_OFFSET, ORDER);
    }

    static void checksum(MutableDirectBuffer buffer, int offset, int checksum) {
        buffer.putInt(offset + CHECKSUM_OFFSET, checksum, ORDER);
    }

    static byte version(DirectBuffer buffer, int offset) {
        return buffer.getByte(offset + VERSION_OFFSET);
    }

    /** Bytes used: the header and the payload descriptors. */
    static int used(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + USED_OFFSET, ORDER);
    }

    static void used(MutableDirectBuffer buffer, int offset, int used) {
        buffer.putInt(offset + USED_OFFSET, used, ORDER);
    }

    static long sequence(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + SEQUENCE_OFFSET, ORDER);
    }

    static long position(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + POSITION_OFFSET, ORDER);
    }

    /**
     * Whether a {@link JournalWriter} or {@link JournalAppender} wrote the block. Of these it is known that what was in flight
     * when they died begins at the end of the log and is no longer than a batch; of another writer it is not.
     */
    static boolean isOwn(DirectBuffer buffer, int offset) {
        return buffer.getShort(offset + WRITER_OFFSET, ORDER) == OWN_WRITER;
    }

    /** Whether nobody has signed the block, as Linux does not. */
    static boolean isUnsigned(DirectBuffer buffer, int offset) {
        return buffer.getShort(offset + WRITER_OFFSET, ORDER) == 0;
    }

    /** Say that the block is our own, before its checksum is taken. */
    static void sign(MutableDirectBuffer buffer, int offset) {
        buffer.putShort(offset + WRITER_OFFSET, OWN_WRITER, ORDER);
    }

    /** Begin a block: everything but the writer, descriptors, bytes used and checksum. */
    static void begin(MutableDirectBuffer buffer, int offset, long sequence, long position) {
        buffer.setMemory(offset, LENGTH, (byte) 0);
        buffer.putInt(offset + MAGIC_OFFSET, MAGIC, ORDER);
        buffer.putByte(offset + VERSION_OFFSET, VERSION);
        buffer.putInt(offset + USED_OFFSET, HEADER_LENGTH, ORDER);
        buffer.putLong(offset + SEQUENCE_OFFSET, sequence, ORDER);
        buffer.putLong(offset + POSITION_OFFSET, position, ORDER);
    }
}
