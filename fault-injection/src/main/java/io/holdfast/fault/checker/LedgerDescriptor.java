package io.holdfast.fault.checker;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The bytes of a ledger: a header, and records of one length. Little endian.
 *
 * <pre>
 *   header                                  record
 *    0 +---------------------------+         0 +-------------+------+------+--------+
 *      | "HOLDLEDG"         64 bit |           | CRC-32C     | kind | flags| 0      |
 *    8 +-------------+-------------+         8 +-------------+------+------+--------+
 *      | CRC-32C     | format 1    |           | id, or a flush's mark        64 bit |
 *   16 +-------------+-------------+        16 +-------------------------------------+
 *      | run                64 bit |           | first unit                   64 bit |
 *   24 +---------------------------+        24 +-------------------------------------+
 *      | length of device   64 bit |           | number of units              64 bit |
 *   32 +-------------+-------------+        32 +-------------------------------------+
 *      | unit length | stretches   |
 *   40 +-------------+-------------+
 *      | stretch length     64 bit |
 *   48 +---------------------------+
 *      | 0                         |
 *   64 +---------------------------+
 * </pre>
 *
 * <p>Checksums cover what follows them.
 */
final class LedgerDescriptor {
    static final int HEADER_LENGTH = 64;
    static final int RECORD_LENGTH = 32;

    private static final long MAGIC = 0x4744454C444C4F48L;
    private static final int FORMAT = 1;
    private static final int CHECKSUM_OFFSET = 8;
    private static final int FORMAT_OFFSET = 12;
    private static final int RUN_OFFSET = 16;
    private static final int DEVICE_LENGTH_OFFSET = 24;
    private static final int UNIT_LENGTH_OFFSET = 32;
    private static final int STRETCH_COUNT_OFFSET = 36;
    private static final int STRETCH_LENGTH_OFFSET = 40;

    private static final int KIND_OFFSET = 4;
    private static final int FLAGS_OFFSET = 5;
    private static final int ID_OFFSET = 8;
    private static final int FIRST_OFFSET = 16;
    private static final int COUNT_OFFSET = 24;

    /** Flag of an intent: its answer alone promises that it is durable. */
    static final int FLAG_FORCED = 1;

    /** What a record says, and the byte that says it. */
    enum Kind {
        /** A session of the checker began. */
        OPENED(1),
        /** A write is about to be asked for. */
        INTENT(2),
        /** It was answered with success. */
        ANSWERED(3),
        /** A flush was. */
        FLUSHED(4),
        /** A flush was answered with an error. */
        FLUSH_FAILED(5),
        /** What was there after an interruption. */
        FOUND(6),
        /** All that was in doubt has been looked at. */
        RESOLVED(7),
        /** A session ended in good order. */
        CLOSED(8);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }
    }

    private static final Kind[] KINDS = Kind.values();

    private LedgerDescriptor() {}

    static ByteBuffer newBuffer(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    static ByteBuffer header(long run, CheckedArea area) {
        ByteBuffer header = newBuffer(HEADER_LENGTH)
                .putLong(0, MAGIC)
                .putInt(FORMAT_OFFSET, FORMAT)
                .putLong(RUN_OFFSET, run)
                .putLong(DEVICE_LENGTH_OFFSET, area.deviceLength())
                .putInt(UNIT_LENGTH_OFFSET, area.unitLength())
                .putInt(STRETCH_COUNT_OFFSET, area.stretchCount())
                .putLong(STRETCH_LENGTH_OFFSET, area.stretchLength());
        return header.putInt(CHECKSUM_OFFSET, checksum(header, FORMAT_OFFSET, HEADER_LENGTH));
    }

    /** Whether bytes begin as a ledger does, whatever follows. */
    static boolean isLedger(ByteBuffer header) {
        return header.remaining() == HEADER_LENGTH && header.getLong(0) == MAGIC;
    }

    static boolean isSound(ByteBuffer header) {
        return header.getInt(CHECKSUM_OFFSET) == checksum(header, FORMAT_OFFSET, HEADER_LENGTH)
                && header.getInt(FORMAT_OFFSET) == FORMAT;
    }

    static long run(ByteBuffer header) {
        return header.getLong(RUN_OFFSET);
    }

    static CheckedArea area(ByteBuffer header) {
        return new CheckedArea(
                header.getLong(DEVICE_LENGTH_OFFSET),
                header.getInt(UNIT_LENGTH_OFFSET),
                header.getInt(STRETCH_COUNT_OFFSET),
                header.getLong(STRETCH_LENGTH_OFFSET));
    }

    /** Put a record at the buffer's position. */
    static void putRecord(ByteBuffer buffer, Kind kind, int flags, long id, long first, long count) {
        int at = buffer.position();
        buffer.putLong(at, 0)
                .put(at + KIND_OFFSET, kind.code)
                .put(at + FLAGS_OFFSET, (byte) flags)
                .putLong(at + ID_OFFSET, id)
                .putLong(at + FIRST_OFFSET, first)
                .putLong(at + COUNT_OFFSET, count)
                .putInt(at, checksum(buffer, at + KIND_OFFSET, at + RECORD_LENGTH))
                .position(at + RECORD_LENGTH);
    }

    /** What the record at an index says; null when it is no whole record. */
    static Kind kind(ByteBuffer buffer, int at) {
        if (buffer.getInt(at) == checksum(buffer, at + KIND_OFFSET, at + RECORD_LENGTH)) {
            for (Kind kind : KINDS) {
                if (kind.code == buffer.get(at + KIND_OFFSET)) {
                    return kind;
                }
            }
        }
        return null;
    }

    static boolean isForced(ByteBuffer buffer, int at) {
        return (buffer.get(at + FLAGS_OFFSET) & FLAG_FORCED) != 0;
    }

    static long id(ByteBuffer buffer, int at) {
        return buffer.getLong(at + ID_OFFSET);
    }

    static long first(ByteBuffer buffer, int at) {
        return buffer.getLong(at + FIRST_OFFSET);
    }

    static long count(ByteBuffer buffer, int at) {
        return buffer.getLong(at + COUNT_OFFSET);
    }

    private static int checksum(ByteBuffer buffer, int start, int end) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.array(), buffer.arrayOffset() + start, end - start);
        return (int) crc.getValue();
    }
}
