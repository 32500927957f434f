package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.IoCallback;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One caller's read, write, flush, discard or write-zeroes, from admission to answer. Preallocated and reused.
 *
 * <p>The request is filled in by the caller's thread before it is published to the shards, and counted down by them: each
 * shard holds one share while it walks the request, and one more for every piece it has started.
 */
public final class ArrayRequest {
    /** What a request asks for. */
    public enum Kind {
        /** Bytes from the array into the buffer. */
        READ,
        /** Bytes from the buffer into the array. */
        WRITE,
        /** Everything answered before is to survive power loss. */
        FLUSH,
        /** The range may read as anything until it is written again; only whole rows of blocks are touched. */
        DISCARD,
        /** The range is to read as zeroes. */
        WRITE_ZEROES
    }

    private final RequestPool pool;
    private final AtomicBoolean inUse = new AtomicBoolean();
    private final AtomicInteger shares = new AtomicInteger();
    private final AtomicReference<IoStatus> worst = new AtomicReference<>(IoStatus.OK);
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);

    private Kind kind;
    private long offset;
    private long length;
    private boolean forceUnitAccess;
    private ByteBuffer callerBuffer;
    private IoCallback callback;
    private long token;

    ArrayRequest(RequestPool pool) {
        this.pool = pool;
    }

    /**
     * Describe what is wanted.
     *
     * @param kind            of the request.
     * @param offset          in bytes from the start of the array.
     * @param length          in bytes.
     * @param data            source or destination, from its position on; null for the kinds that carry no bytes.
     * @param forceUnitAccess a write answered only when it would survive power loss.
     * @param callback        told the outcome.
     * @param token           handed to the callback.
     * @return this.
     */
    public ArrayRequest prepare(
            Kind kind,
            long offset,
            long length,
            ByteBuffer data,
            boolean forceUnitAccess,
            IoCallback callback,
            long token) {
        this.kind = kind;
        this.offset = offset;
        this.length = length;
        this.forceUnitAccess = forceUnitAccess;
        this.callerBuffer = data;
        if (data != null) {
            buffer.wrap(data, data.position(), (int) length);
        }
        this.callback = callback;
        this.token = token;
        worst.setRelease(IoStatus.OK);
        return this;
    }

    /** Note whether somebody uses it; true when that was not so before. */
    boolean isInUse(boolean used) {
        return inUse.getAndSet(used) != used;
    }

    Kind kind() {
        return kind;
    }

    /** In bytes from the start of the array. */
    long offset() {
        return offset;
    }

    /** In bytes. */
    long length() {
        return length;
    }

    boolean forceUnitAccess() {
        return forceUnitAccess;
    }

    /** The caller's bytes: index 0 is array offset {@link #offset()}. */
    UnsafeBuffer buffer() {
        return buffer;
    }

    /** Whether a device could move bytes straight to or from the caller's buffer, alignment allowing. */
    boolean isDirect() {
        return callerBuffer.isDirect();
    }

    boolean changesData() {
        return kind == Kind.WRITE || kind == Kind.WRITE_ZEROES || kind == Kind.DISCARD;
    }

    void shares(int count) {
        shares.setRelease(count);
    }

    void addShare() {
        shares.incrementAndGet();
    }

    /** Give up a share, having found {@code status}; the last to do so answers the caller. */
    void release(IoStatus status) {
        if (status != IoStatus.OK) {
            worst.compareAndSet(IoStatus.OK, status);
        }
        if (shares.decrementAndGet() == 0) {
            answer();
        }
    }

    /** Answer the caller though shares are out that will never be released: nobody is left to do so. */
    void abort(IoStatus status) {
        if (shares.getAndSet(0) > 0) {
            worst.compareAndSet(IoStatus.OK, status);
            answer();
        }
    }

    private void answer() {
        IoCallback called = callback;
        long calledToken = token;
        IoStatus status = worst.get();
        callback = null;
        callerBuffer = null;
        // Given back first, so that a callback which submits again always finds room.
        pool.release(this);
        try {
            called.onComplete(calledToken, status);
        } catch (Throwable error) { // a caller's mistake must not take the shard, and everybody's requests, with it
            pool.errorHandler().onError(error);
        }
    }
}
