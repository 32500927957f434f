package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import org.agrona.MutableDirectBuffer;

/**
 * A device that passes everything on to another, and may spoil it: the plumbing shared by the wrappers that each hold one
 * idea.
 *
 * <p>A wrapper is asked {@link #before} an operation reaches the inner device and {@link #after} it ended there, for blocking
 * forms and channels alike, and never needs to know which. Both are called with this object's monitor held. Closing closes
 * the inner device.
 */
public abstract class DeviceFilter implements BlockDevice {
    private final BlockDevice inner;

    /**
     * Wrap a device.
     *
     * @param inner to pass operations on to.
     */
    protected DeviceFilter(BlockDevice inner) {
        this.inner = inner;
    }

    /**
     * Decide whether an operation reaches the device.
     *
     * @param operation submitted.
     * @return {@link IoStatus#OK} to pass it on; null to end it as done without having done it; anything else is how it
     *     ends.
     */
    protected IoStatus before(DeviceOperation operation) {
        return IoStatus.OK;
    }

    /**
     * Decide how an operation that reached the device ends.
     *
     * @param operation that ended.
     * @param status    how it ended on the inner device.
     * @return how the caller is told that it ended.
     */
    protected IoStatus after(DeviceOperation operation, IoStatus status) {
        return status;
    }

    /**
     * Decide whether an operation that is to reach the device must wait. Asked again at every poll until it need not; by a
     * channel only, for the blocking forms see {@link #pause}.
     *
     * @param operation that {@link #before} let pass.
     * @return true while it must wait.
     */
    protected boolean holds(DeviceOperation operation) {
        return false;
    }

    /**
     * Make a blocking operation take its time. Nobody else runs meanwhile, so time must pass in here.
     *
     * @param operation that {@link #before} let pass.
     * @return {@link IoStatus#OK} to pass it on; anything else is how it ends.
     */
    protected IoStatus pause(DeviceOperation operation) {
        return IoStatus.OK;
    }

    /** What {@link #before} returns to claim that an operation is done when nothing was. */
    protected static IoStatus swallow() {
        return null;
    }

    /** The wrapped device. */
    protected final BlockDevice inner() {
        return inner;
    }

    @Override
    public final String name() {
        return inner.name();
    }

    @Override
    public final DeviceGeometry geometry() {
        return inner.geometry();
    }

    @Override
    public final boolean isReadOnly() {
        return inner.isReadOnly();
    }

    @Override
    public final IoChannel openChannel(IoLoop loop, int capacity) {
        return new FilterChannel(this, inner.openChannel(loop, capacity), loop);
    }

    @Override
    public final void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        Checks.transfer(geometry(), offset, buffer, index, length);
        run(OperationKind.READ, offset, length, buffer, index);
    }

    @Override
    public final void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        Checks.transfer(geometry(), offset, buffer, index, length);
        run(OperationKind.WRITE, offset, length, buffer, index);
    }

    @Override
    public final void flush() {
        run(OperationKind.FLUSH, 0, 0, null, 0);
    }

    @Override
    public final void writeZeroes(long offset, long length) {
        geometry().checkRange(offset, length);
        run(OperationKind.WRITE_ZEROES, offset, length, null, 0);
    }

    @Override
    public final void close() {
        inner.close();
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "{inner=" + inner + "}";
    }

    final synchronized IoStatus askBefore(DeviceOperation operation) {
        return before(operation);
    }

    final synchronized boolean askHolds(DeviceOperation operation) {
        return holds(operation);
    }

    final synchronized IoStatus askPause(DeviceOperation operation) {
        return pause(operation);
    }

    final synchronized IoStatus askAfter(DeviceOperation operation, IoStatus status) {
        return after(operation, status);
    }

    private void run(OperationKind kind, long offset, long length, MutableDirectBuffer buffer, int index) {
        DeviceOperation operation = new DeviceOperation().set(kind, offset, length, buffer, index);
        IoStatus status = askBefore(operation);
        DeviceException cause = null;
        if (status == null) {
            return;
        }
        if (status == IoStatus.OK) {
            status = askPause(operation);
        }
        if (status == IoStatus.OK) {
            try {
                pass(operation);
            } catch (DeviceException e) {
                cause = e;
            }
            status = askAfter(operation, cause == null ? IoStatus.OK : cause.status());
        }
        if (cause != null && status == cause.status()) {
            throw cause;
        }
        Checks.ok(this, status, kind, offset, length);
    }

    private void pass(DeviceOperation operation) {
        switch (operation.kind()) {
            case READ ->
                inner.read(operation.offset(), operation.buffer(), operation.index(), (int) operation.length());
            case WRITE ->
                inner.write(operation.offset(), operation.buffer(), operation.index(), (int) operation.length());
            case WRITE_ZEROES -> inner.writeZeroes(operation.offset(), operation.length());
            case FLUSH -> inner.flush();
            case DISCARD -> throw new AssertionError("discard has no blocking form");
        }
    }
}
