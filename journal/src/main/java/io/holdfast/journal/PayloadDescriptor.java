package io.holdfast.journal;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What a meta block says of the pages behind it. All numbers are little-endian.
 *
 * <pre>
 *   data and parity:
 *   0         2         4                   8                                      16
 *  +---------+---------+-------------------+--------------------------------------+-----------+-----
 *  | kind    | flags   | size in sectors   | location in sectors                  | checksum of each page
 *  +---------+---------+-------------------+--------------------------------------+-----------+-----
 *
 *   flush:
 *  +---------+---------+-------------------+--------------------------------------+-----
 *  | 2       | flags   | bytes of the list | location of a stripe, in sectors     | ...
 *  +---------+---------+-------------------+--------------------------------------+-----
 * </pre>
 *
 * The location of data is a sector of the array; that of parity, and of a flushed stripe, a sector of the members' data.
 */
public final class PayloadDescriptor {
    /** A page of data. */
    public static final int DATA = 0;

    /** The P page of a stripe, and its Q page if the level has one. */
    public static final int PARITY = 1;

    /** Stripes that are complete on the members; carries no pages. */
    public static final int FLUSH = 2;

    /** Bytes of a data descriptor. */
    public static final int DATA_LENGTH = 20;

    static final int LOCATION_OFFSET = 8;
    static final int CHECKSUMS_OFFSET = 16;
    static final int FLUSH_LIST_OFFSET = 8;
    static final int CHECKSUM_LENGTH = 4;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private PayloadDescriptor() {}

    static int kind(DirectBuffer buffer, int offset) {
        return buffer.getShort(offset, ORDER) & 0xffff;
    }

    /** Sectors of pages; of a flush, bytes of its list. Unsigned. */
    static long size(DirectBuffer buffer, int offset) {
        return buffer.getInt(offset + 4, ORDER) & 0xffff_ffffL;
    }

    static long location(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + LOCATION_OFFSET, ORDER);
    }

    static int checksum(DirectBuffer buffer, int offset, int page) {
        return buffer.getInt(offset + CHECKSUMS_OFFSET + page * CHECKSUM_LENGTH, ORDER);
    }

    static long flushedStripe(DirectBuffer buffer, int offset, int index) {
        return buffer.getLong(offset + FLUSH_LIST_OFFSET + index * Long.BYTES, ORDER);
    }

    /** Bytes of the descriptor of a data or parity payload. */
    static int length(int pageCount) {
        return CHECKSUMS_OFFSET + pageCount * CHECKSUM_LENGTH;
    }

    static void write(MutableDirectBuffer buffer, int offset, int kind, int pageCount, long location) {
        buffer.putShort(offset, (short) kind, ORDER);
        buffer.putShort(offset + 2, (short) 0, ORDER);
        buffer.putInt(offset + 4, pageCount * MetaBlockDescriptor.LENGTH_SECTORS, ORDER);
        buffer.putLong(offset + LOCATION_OFFSET, location, ORDER);
    }

    static void checksum(MutableDirectBuffer buffer, int offset, int page, int checksum) {
        buffer.putInt(offset + CHECKSUMS_OFFSET + page * CHECKSUM_LENGTH, checksum, ORDER);
    }
}
