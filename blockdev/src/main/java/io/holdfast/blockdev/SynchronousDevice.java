package io.holdfast.blockdev;

import org.agrona.MutableDirectBuffer;

/**
 * A device whose operations can be carried out on the calling thread: the checks and the blocking forms are here, the
 * moving of bytes in the {@code xxxNow} methods of the implementation.
 *
 * <p>The {@code xxxNow} methods are called from any thread, with ranges and memory already checked, and never for a
 * change to a read-only device. Unless overridden, {@link #openChannel} carries each operation out inside
 * {@link IoChannel#poll}, which suits a device that never makes a caller wait.
 */
abstract class SynchronousDevice implements BlockDevice {
    private final String name;
    private final DeviceGeometry geometry;
    private final boolean isReadOnly;

    SynchronousDevice(String name, DeviceGeometry geometry, boolean isReadOnly) {
        this.name = name;
        this.geometry = geometry;
        this.isReadOnly = isReadOnly;
    }

    abstract IoStatus readNow(long offset, MutableDirectBuffer buffer, int index, int length);

    abstract IoStatus writeNow(long offset, MutableDirectBuffer buffer, int index, int length);

    abstract IoStatus flushNow();

    abstract IoStatus discardNow(long offset, long length);

    abstract IoStatus writeZeroesNow(long offset, long length);

    /** Carry out any request and say how it ended. */
    final IoStatus perform(IoRequest request) {
        return switch (request.kind) {
            case READ -> readNow(request.offset, request.buffer, request.index, (int) request.length);
            case WRITE -> writeNow(request.offset, request.buffer, request.index, (int) request.length);
            case FLUSH -> flushNow();
            case DISCARD -> discardNow(request.offset, request.length);
            case WRITE_ZEROES -> writeZeroesNow(request.offset, request.length);
        };
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final DeviceGeometry geometry() {
        return geometry;
    }

    @Override
    public final boolean isReadOnly() {
        return isReadOnly;
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        return new InlineChannel(this, loop, capacity);
    }

    @Override
    public final void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        Transfers.check(geometry, offset, buffer, index, length);
        require(readNow(offset, buffer, index, length), "read", offset, length);
    }

    @Override
    public final void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        Transfers.check(geometry, offset, buffer, index, length);
        IoStatus status = isReadOnly ? IoStatus.READ_ONLY : writeNow(offset, buffer, index, length);
        require(status, "write", offset, length);
    }

    @Override
    public final void flush() {
        require(flushNow(), "flush", 0, geometry.length());
    }

    @Override
    public final void writeZeroes(long offset, long length) {
        geometry.checkRange(offset, length);
        IoStatus status = isReadOnly ? IoStatus.READ_ONLY : writeZeroesNow(offset, length);
        require(status, "write zeroes", offset, length);
    }

    /** Why an operation ended as it did, as the end of a sentence. */
    String explain(IoStatus status) {
        return Transfers.explain(status);
    }

    private void require(IoStatus status, String operation, long offset, long length) {
        if (status != IoStatus.OK) {
            throw new DeviceException(
                    name,
                    status,
                    name + ": cannot " + operation + " offset=" + offset + " length=" + length + ": "
                            + explain(status));
        }
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + "{name=" + name + " geometry=" + geometry + " isReadOnly=" + isReadOnly
                + "}";
    }
}
