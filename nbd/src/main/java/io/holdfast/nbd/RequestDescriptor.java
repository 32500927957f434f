package io.holdfast.nbd;

import io.netty.buffer.ByteBuf;

/**
 * One request of the transmission phase. The payload follows for writes only.
 *
 * <pre>
 *    0 +---------------------------+
 *      | magic 0x25609513   32 bit |
 *    4 +-------------+-------------+
 *      | flags 16 bit| command 16  |
 *    8 +-------------+-------------+
 *      | cookie             64 bit |   the client's own; comes back with the answer
 *   16 +---------------------------+
 *      | offset             64 bit |   in bytes
 *   24 +---------------------------+
 *      | length             32 bit |   in bytes
 *   28 +---------------------------+
 *      | payload ...
 * </pre>
 */
final class RequestDescriptor {
    /** Begins every request. */
    static final int MAGIC = 0x25609513;

    /** Length of the header in bytes. */
    static final int HEADER_LENGTH = 28;

    /** Most bytes that one read or write may carry: 32 MiB, which is what clients expect of a server that says nothing. */
    static final int PAYLOAD_LENGTH_LIMIT = 32 << 20;

    /** Command: bytes from the export. */
    static final int READ = 0;

    /** Command: bytes to the export. */
    static final int WRITE = 1;

    /** Command: the client leaves; not answered. */
    static final int DISCONNECT = 2;

    /** Command: what was answered before is to survive power loss. */
    static final int FLUSH = 3;

    /** Command: a range is no longer needed. */
    static final int TRIM = 4;

    /** Command: a range is to read as zeroes. */
    static final int WRITE_ZEROES = 6;

    /** Flag of a request: answer only when the outcome survives power loss. */
    static final int FLAG_FUA = 1;

    /** Flag of a request to write zeroes: keep the range allocated. Always so here: an array has no holes. */
    static final int FLAG_NO_HOLE = 1 << 1;

    /** Transmission flag: the others mean something. */
    static final int EXPORT_HAS_FLAGS = 1;

    /** Transmission flag: the export takes no writes. */
    static final int EXPORT_READ_ONLY = 1 << 1;

    /** Transmission flag: {@link #FLUSH} is understood. */
    static final int EXPORT_FLUSH = 1 << 2;

    /** Transmission flag: {@link #FLAG_FUA} is understood. */
    static final int EXPORT_FUA = 1 << 3;

    /** Transmission flag: {@link #TRIM} is understood. */
    static final int EXPORT_TRIM = 1 << 5;

    /** Transmission flag: {@link #WRITE_ZEROES} is understood. */
    static final int EXPORT_WRITE_ZEROES = 1 << 6;

    /** Transmission flag: a flush on one connection covers what was answered on all of them. */
    static final int EXPORT_MULTI_CONNECTION = 1 << 8;

    private static final int COMMAND_OFFSET = 6;
    private static final int FLAGS_OFFSET = 4;
    private static final int COOKIE_OFFSET = 8;
    private static final int OFFSET_OFFSET = 16;
    private static final int LENGTH_OFFSET = 24;

    private RequestDescriptor() {}

    /** Put a header at the buffer's writer index. */
    static void put(ByteBuf buffer, int command, int flags, long cookie, long offset, long length) {
        buffer.writeInt(MAGIC);
        buffer.writeShort(flags);
        buffer.writeShort(command);
        buffer.writeLong(cookie);
        buffer.writeLong(offset);
        buffer.writeInt((int) length);
    }

    /** Whether a header begins as one should. */
    static boolean isMagic(ByteBuf header) {
        return header.getInt(0) == MAGIC;
    }

    /** Flags of a request. */
    static int flags(ByteBuf header) {
        return header.getUnsignedShort(FLAGS_OFFSET);
    }

    /** What a request asks for. */
    static int command(ByteBuf header) {
        return header.getUnsignedShort(COMMAND_OFFSET);
    }

    /** What the client knows a request by. */
    static long cookie(ByteBuf header) {
        return header.getLong(COOKIE_OFFSET);
    }

    /** Where a request begins, in bytes; negative when the client asked for more than a signed number can say. */
    static long offset(ByteBuf header) {
        return header.getLong(OFFSET_OFFSET);
    }

    /** How far a request reaches, in bytes; 0 to 2^32 - 1. */
    static long length(ByteBuf header) {
        return header.getUnsignedInt(LENGTH_OFFSET);
    }
}
