package io.holdfast.nbd;

import io.holdfast.raid.IoCallback;
import java.nio.ByteBuffer;

/**
 * Something that can be served: a run of bytes with a name.
 *
 * <p>Requests are asynchronous. Each of the methods that starts one returns true when it has taken the request on, and then
 * calls the callback exactly once, on any thread, perhaps before it has returned; or false when it has as many requests as
 * it admits, and then never calls back. The server does not read from a client whose request was refused until another of
 * that client's requests has been answered.
 *
 * <p>Ranges are within {@link #length()} and not empty: the server checks. Overlapping requests in flight together have no
 * order. Thread-safe: connections call from their own threads.
 *
 * <p><b>Flush.</b> A flush must cover every request that was answered, on any connection, before the flush was started: the
 * server tells its clients that they may spread their work over several connections and flush on one.
 */
public interface NbdExport {
    /** What clients ask for it by: at most 4096 bytes of UTF-8. */
    String name();

    /** A line for people; may be empty. */
    default String description() {
        return "";
    }

    /** In bytes. Does not change while the export is served. */
    long length();

    /** Whether writes are refused. A client is told when it connects. */
    boolean readOnly();

    /** Smallest length and alignment of a request, in bytes: a power of two from 1 to 65536. */
    default int minimumBlockLength() {
        return 1;
    }

    /** Smallest length and alignment that is quick, in bytes: a power of two, at least 512 and the minimum. */
    default int preferredBlockLength() {
        return 4096;
    }

    /**
     * Start a read.
     *
     * @param target   direct; filled from its position to its limit; neither moves. The export's until it calls back.
     * @param offset   in bytes.
     * @param callback told the outcome.
     * @param token    handed to the callback.
     * @return false when there is no room for another request just now.
     * @throws ExportStoppedException when no request will be taken any more.
     */
    boolean read(ByteBuffer target, long offset, IoCallback callback, long token);

    /**
     * Start a write.
     *
     * @param source          direct; written from its position to its limit; neither moves. The export's until it calls back.
     * @param offset          in bytes.
     * @param forceUnitAccess answer only when the bytes survive power loss.
     * @param callback        told the outcome.
     * @param token           handed to the callback.
     * @return false when there is no room for another request just now.
     * @throws ExportStoppedException when no request will be taken any more.
     */
    boolean write(ByteBuffer source, long offset, boolean forceUnitAccess, IoCallback callback, long token);

    /**
     * Start a flush: what was answered before, on whichever connection, is to survive power loss.
     *
     * @param callback told the outcome.
     * @param token    handed to the callback.
     * @return false when there is no room for another request just now.
     * @throws ExportStoppedException when no request will be taken any more.
     */
    boolean flush(IoCallback callback, long token);

    /**
     * Start saying that a range is no longer needed; it may read as anything until it is written again. The server follows
     * with a flush where the client wants the outcome durable.
     *
     * @param offset   in bytes.
     * @param length   in bytes, up to 2^32 - 1.
     * @param callback told the outcome.
     * @param token    handed to the callback.
     * @return false when there is no room for another request just now.
     * @throws ExportStoppedException when no request will be taken any more.
     */
    boolean trim(long offset, long length, IoCallback callback, long token);

    /**
     * Start turning a range to zeroes. The server follows with a flush where the client wants the outcome durable.
     *
     * @param offset   in bytes.
     * @param length   in bytes, up to 2^32 - 1.
     * @param callback told the outcome.
     * @param token    handed to the callback.
     * @return false when there is no room for another request just now.
     * @throws ExportStoppedException when no request will be taken any more.
     */
    boolean writeZeroes(long offset, long length, IoCallback callback, long token);
}
