package io.holdfast.raid.engine;

import io.holdfast.blockdev.BufferSlab;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The windows whose newest data is in the journal and in memory but not on the members yet, and when each has to leave.
 *
 * <p>A window is <em>cached</em> from its first data in the log until it has been written out, and <em>parked</em> while
 * nothing is under way in it. Confined to its shard's thread, but for the count.
 */
final class WindowCache {
    private static final long LINGER_NS = 5_000_000_000L;

    private final int mostCached;
    private final AtomicInteger cachedCount = new AtomicInteger();
    private final ArrayDeque<UnsafeBuffer> freeOld;
    private final ArrayDeque<WindowOperation> waitingForOld;

    /** Parked windows, the one parked longest first. */
    private WindowOperation first;

    private WindowOperation last;
    private int parkedCount;

    /**
     * A cache with nothing in it.
     *
     * @param operationCount windows that the shard can own at once; a quarter of them is left to other work.
     */
    WindowCache(int operationCount) {
        mostCached = operationCount - Math.max(1, operationCount / 4);
        freeOld = new ArrayDeque<>(oldCount(operationCount));
        waitingForOld = new ArrayDeque<>(operationCount);
    }

    private static int oldCount(int operationCount) {
        return Math.max(2, operationCount / 8);
    }

    /**
     * Have memory for old content; without it nothing may be cached.
     *
     * @param operationCount windows that the shard can own at once.
     * @param stride         bytes of a window of every slot.
     */
    void provideOld(int operationCount, int stride) {
        for (int i = oldCount(operationCount); i > 0; i--) {
            freeOld.add(new BufferSlab(stride).carve(stride));
        }
    }

    // ---- who is cached ----

    boolean hasRoom() {
        return cachedCount.get() < mostCached;
    }

    /** Windows that have not reached the members; from any thread. */
    int cachedCount() {
        return cachedCount.get();
    }

    void entered() {
        cachedCount.lazySet(cachedCount.get() + 1);
    }

    void left() {
        cachedCount.lazySet(cachedCount.get() - 1);
    }

    // ---- who is parked ----

    int parkedCount() {
        return parkedCount;
    }

    void park(WindowOperation operation, long nowNs) {
        operation.phase = WindowOperation.Phase.CACHED;
        operation.parkedNs = nowNs;
        operation.nextParked = null;
        operation.previousParked = last;
        if (last == null) {
            first = operation;
        } else {
            last.nextParked = operation;
        }
        last = operation;
        parkedCount++;
    }

    void unpark(WindowOperation operation) {
        WindowOperation previous = operation.previousParked;
        WindowOperation next = operation.nextParked;
        if (previous == null) {
            first = next;
        } else {
            previous.nextParked = next;
        }
        if (next == null) {
            last = previous;
        } else {
            next.previousParked = previous;
        }
        operation.previousParked = null;
        operation.nextParked = null;
        parkedCount--;
    }

    /** The window that nobody has touched for longest, or null. */
    WindowOperation longestParked() {
        return first;
    }

    /** The parked window with the oldest record: the one that keeps the log's tail where it is. */
    WindowOperation oldestRecorded() {
        WindowOperation oldest = first;
        for (WindowOperation each = first; each != null; each = each.nextParked) {
            if (each.recordFirst[0] < oldest.recordFirst[0]) {
                oldest = each;
            }
        }
        return oldest;
    }

    /** Whether the window that nobody has touched for longest has gathered long enough. */
    boolean hasLingered(long nowNs) {
        return first != null && nowNs - first.parkedNs > LINGER_NS;
    }

    // ---- memory for what stripes held before ----

    /** Memory for the old content of a window, or null when all of it is in use. */
    UnsafeBuffer takeOld() {
        return freeOld.pollFirst();
    }

    /** Give back the memory for old content, if the operation has any. */
    void releaseOld(WindowOperation operation) {
        if (operation.old != null) {
            freeOld.addFirst(operation.old);
            operation.old = null;
        }
    }

    /** Hold back an operation that cannot go on without such memory. */
    void waitForOld(WindowOperation operation) {
        waitingForOld.add(operation);
    }

    /** One that waited and can go on, or null. */
    WindowOperation pollReady() {
        return freeOld.isEmpty() ? null : waitingForOld.pollFirst();
    }
}
