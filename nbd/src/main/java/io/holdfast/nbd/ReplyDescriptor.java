package io.holdfast.nbd;

import io.holdfast.blockdev.IoStatus;
import io.netty.buffer.ByteBuf;

/**
 * The simple answer to one request. The payload follows for reads that went well, and only for those.
 *
 * <pre>
 *    0 +---------------------------+
 *      | magic 0x67446698   32 bit |
 *    4 +---------------------------+
 *      | error              32 bit |   0: done
 *    8 +---------------------------+
 *      | cookie             64 bit |   of the request
 *   16 +---------------------------+
 *      | payload ...
 * </pre>
 *
 * <p>The errors are numbers of the protocol. They are those of Linux, on every platform.
 */
final class ReplyDescriptor {
    /** Begins every answer. */
    static final int MAGIC = 0x67446698;

    /** Length of the header in bytes. */
    static final int HEADER_LENGTH = 16;

    /** No error. */
    static final int OK = 0;

    /** Writing is not permitted. */
    static final int EPERM = 1;

    /** The bytes could not be moved. */
    static final int EIO = 5;

    /** The server has no memory for this just now. */
    static final int ENOMEM = 12;

    /** The request makes no sense. */
    static final int EINVAL = 22;

    /** A write past the end, or with nowhere to put the bytes. */
    static final int ENOSPC = 28;

    /** The export cannot do this kind of thing. */
    static final int ENOTSUP = 95;

    /** The server, or the array, is being shut down. */
    static final int ESHUTDOWN = 108;

    private ReplyDescriptor() {}

    /** Put a header at the buffer's writer index. */
    static void put(ByteBuf buffer, int error, long cookie) {
        buffer.writeInt(MAGIC);
        buffer.writeInt(error);
        buffer.writeLong(cookie);
    }

    /** Whether a header begins as one should. */
    static boolean isMagic(ByteBuf header) {
        return header.getInt(0) == MAGIC;
    }

    /** How a request ended. */
    static int error(ByteBuf header) {
        return header.getInt(4);
    }

    /** Of the request. */
    static long cookie(ByteBuf header) {
        return header.getLong(8);
    }

    /** What an outcome means to a client that is told of it. */
    static IoStatus status(int error) {
        return switch (error) {
            case OK -> IoStatus.OK;
            case EPERM -> IoStatus.READ_ONLY;
            case ENOSPC -> IoStatus.NO_SPACE;
            case ENOTSUP -> IoStatus.UNSUPPORTED;
            case ESHUTDOWN -> IoStatus.GONE;
            default -> IoStatus.MEDIA_ERROR;
        };
    }

    /** What a client is told of an outcome. */
    static int error(IoStatus status) {
        return switch (status) {
            case OK -> OK;
            case READ_ONLY -> EPERM;
            case NO_SPACE -> ENOSPC;
            case UNSUPPORTED -> ENOTSUP;
            case MEDIA_ERROR, GONE, TIMED_OUT -> EIO;
        };
    }
}
