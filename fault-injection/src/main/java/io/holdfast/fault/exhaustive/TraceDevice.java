package io.holdfast.fault.exhaustive;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoLoop;
import org.agrona.MutableDirectBuffer;

/** One device of a {@link TraceWorld}: does what it is told, and notes it. Closing it changes nothing. */
final class TraceDevice implements BlockDevice {
    private final TraceWorld world;
    private final int index;
    private final String name;
    private final DeviceGeometry geometry;

    TraceDevice(TraceWorld world, int index, String name, DeviceGeometry geometry) {
        this.world = world;
        this.index = index;
        this.name = name;
        this.geometry = geometry;
    }

    /** Which device of its world it is. */
    int index() {
        return index;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DeviceGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        return new TraceChannel(world, this, loop, capacity);
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int at, int length) {
        geometry.checkRange(offset, length);
        world.read(index, offset, buffer, at, length);
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int at, int length) {
        geometry.checkRange(offset, length);
        change(offset, buffer, at, length);
    }

    @Override
    public void writeZeroes(long offset, long length) {
        geometry.checkRange(offset, length);
        change(offset, null, 0, length);
    }

    @Override
    public void flush() {
        world.log().flushEnded(world.log().flushBegan(index));
    }

    @Override
    public void close() {
        // Nothing is held.
    }

    @Override
    public String toString() {
        return "TraceDevice{name=" + name + " geometry=" + geometry + "}";
    }

    private void change(long offset, MutableDirectBuffer buffer, int at, long length) {
        int start = world.log().length();
        int operation = world.beginWrite(index, offset, buffer, at, length);
        world.takeEffect(start);
        world.log().writeEnded(operation);
    }
}
