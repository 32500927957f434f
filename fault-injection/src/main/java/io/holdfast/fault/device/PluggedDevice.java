package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoLoop;
import org.agrona.MutableDirectBuffer;

/**
 * The place that a device is plugged into, so that what is wrapped around it, and what those wrappers have in store, outlives a
 * power cut: after it the surviving device is plugged in where the old one was. Not thread-safe.
 */
public final class PluggedDevice implements BlockDevice {
    private SimulatedDevice plugged;

    /**
     * A place with a device in it.
     *
     * @param device that is there.
     */
    public PluggedDevice(SimulatedDevice device) {
        this.plugged = device;
    }

    /**
     * Put the device that survived in the place of the one before.
     *
     * @param device of the same geometry.
     */
    public void plug(SimulatedDevice device) {
        plugged = device;
    }

    /** The device that is there now. */
    public SimulatedDevice plugged() {
        return plugged;
    }

    @Override
    public String name() {
        return plugged.name();
    }

    @Override
    public DeviceGeometry geometry() {
        return plugged.geometry();
    }

    @Override
    public boolean isReadOnly() {
        return plugged.isReadOnly();
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        return plugged.openChannel(loop, capacity);
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        plugged.read(offset, buffer, index, length);
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        plugged.write(offset, buffer, index, length);
    }

    @Override
    public void flush() {
        plugged.flush();
    }

    @Override
    public void writeZeroes(long offset, long length) {
        plugged.writeZeroes(offset, length);
    }

    @Override
    public void close() {
        plugged.close();
    }

    @Override
    public String toString() {
        return "PluggedDevice{plugged=" + plugged + "}";
    }
}
