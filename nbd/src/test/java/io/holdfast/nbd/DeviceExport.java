package io.holdfast.nbd;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.IoCallback;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Serves a device, one request at a time, on the server's thread. */
class DeviceExport implements NbdExport {
    private final BlockDevice device;
    private final int minimumBlockLength;

    DeviceExport(BlockDevice device, int minimumBlockLength) {
        this.device = device;
        this.minimumBlockLength = minimumBlockLength;
    }

    @Override
    public String name() {
        return "disk";
    }

    @Override
    public long length() {
        return device.geometry().length();
    }

    @Override
    public boolean readOnly() {
        return device.isReadOnly();
    }

    @Override
    public int minimumBlockLength() {
        return minimumBlockLength;
    }

    @Override
    public int preferredBlockLength() {
        return Math.max(4096, minimumBlockLength);
    }

    @Override
    public boolean read(ByteBuffer target, long offset, IoCallback callback, long token) {
        return run(
                callback,
                token,
                () -> device.read(offset, new UnsafeBuffer(target), target.position(), target.remaining()));
    }

    @Override
    public boolean write(ByteBuffer source, long offset, boolean forceUnitAccess, IoCallback callback, long token) {
        return run(callback, token, () -> {
            device.write(offset, new UnsafeBuffer(source), source.position(), source.remaining());
            if (forceUnitAccess) {
                device.flush();
            }
        });
    }

    @Override
    public boolean flush(IoCallback callback, long token) {
        return run(callback, token, device::flush);
    }

    @Override
    public boolean trim(long offset, long length, IoCallback callback, long token) {
        return run(callback, token, () -> device.writeZeroes(offset, length));
    }

    @Override
    public boolean writeZeroes(long offset, long length, IoCallback callback, long token) {
        return run(callback, token, () -> device.writeZeroes(offset, length));
    }

    private static boolean run(IoCallback callback, long token, Runnable task) {
        IoStatus status = IoStatus.OK;
        try {
            task.run();
        } catch (DeviceException failure) {
            status = failure.status();
        }
        callback.onComplete(token, status);
        return true;
    }
}
