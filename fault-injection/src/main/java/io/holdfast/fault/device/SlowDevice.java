package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import java.util.function.LongConsumer;
import org.agrona.concurrent.NanoClock;

/**
 * A device that takes its time: operations reach it only after a delay, or, while it is stuck, not at all.
 *
 * <p>They wait on their way in, so a write that its caller has long given up may still take effect when the device comes back
 * to life. A blocking operation on a stuck device lets the longest delay pass and times out: its caller's thread is the only
 * one there is.
 */
public final class SlowDevice extends DeviceFilter {
    /** Nanoseconds after which a stuck device's driver gives up a blocking operation. */
    public static final long DRIVER_TIMEOUT_NS = 30_000_000_000L;

    private final NanoClock clock;
    private final LongConsumer passTime;
    private long delayNs;
    private long slowCount;
    private long stuckUntilNs = Long.MIN_VALUE;
    private long lateUntilNs = Long.MIN_VALUE;
    private boolean isStuckHolding;
    private long heldCount;

    /**
     * Wrap a device, quick at first.
     *
     * @param inner    to pass operations on to.
     * @param clock    that delays are measured by.
     * @param passTime lets nanoseconds pass, for blocking operations.
     */
    public SlowDevice(BlockDevice inner, NanoClock clock, LongConsumer passTime) {
        super(inner);
        this.clock = clock;
        this.passTime = passTime;
    }

    /**
     * Delay some operations.
     *
     * @param delay in nanoseconds, of each.
     * @param count operations to delay.
     */
    public synchronized void slow(long delay, long count) {
        delayNs = delay;
        slowCount = count;
    }

    /**
     * Answer nothing for some time.
     *
     * @param durationNs nanoseconds from now.
     */
    public synchronized void stick(long durationNs) {
        stuckUntilNs = clock.nanoTime() + durationNs;
        isStuckHolding = false;
    }

    /** Quick again; what waits goes on at the next poll. */
    public synchronized void comeBack() {
        stuckUntilNs = Long.MIN_VALUE;
        slowCount = 0;
        isStuckHolding = false;
    }

    /** Whether operations are still to be delayed, or the device is stuck. */
    public synchronized boolean isArmed() {
        return slowCount > 0 || isStuck();
    }

    /** Whether some operation that was submitted to a channel has still to wait. */
    public synchronized boolean isHolding() {
        return clock.nanoTime() < lateUntilNs || (isStuckHolding && isStuck());
    }

    /** Operations that had to wait. */
    public synchronized long heldCount() {
        return heldCount;
    }

    @Override
    protected IoStatus before(DeviceOperation operation) {
        long now = clock.nanoTime();
        operation.note(now);
        if (slowCount > 0) {
            slowCount--;
            operation.note(now + delayNs);
        }
        if (operation.note() > now || isStuck()) {
            heldCount++;
            lateUntilNs = Math.max(lateUntilNs, operation.note());
            isStuckHolding |= isStuck();
        }
        return IoStatus.OK;
    }

    @Override
    protected boolean holds(DeviceOperation operation) {
        return isStuck() || clock.nanoTime() < operation.note();
    }

    @Override
    protected IoStatus pause(DeviceOperation operation) {
        long now = clock.nanoTime();
        if (isStuck()) {
            passTime.accept(Math.min(DRIVER_TIMEOUT_NS, stuckUntilNs - now));
            return isStuck() ? IoStatus.TIMED_OUT : IoStatus.OK;
        }
        if (operation.note() > now) {
            passTime.accept(operation.note() - now);
        }
        return IoStatus.OK;
    }

    private boolean isStuck() {
        return clock.nanoTime() < stuckUntilNs;
    }
}
