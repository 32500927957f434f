package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceInUseException;
import io.holdfast.blockdev.FileBlockDevice;
import io.holdfast.blockdev.IoStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Opens devices to own them: locked, for writing, as long as they are open. */
final class Owner {
    private static final int MAX_TRIES = 100;
    private static final long PAUSE_MS = 20;

    private Owner() {}

    /**
     * Open a device.
     *
     * @param name its path, or the URI of an NBD export.
     * @return the device, to be closed by the caller.
     * @throws DeviceException when it cannot be had, saying why and, if another process has it, which.
     */
    static BlockDevice open(String name) {
        return RemoteDevice.isMeant(name) ? RemoteDevice.open(name) : patiently(() -> FileBlockDevice.open(path(name)));
    }

    /**
     * Open a device that nobody may write to meanwhile, without writing to it.
     *
     * @param name its path, or the URI of an NBD export.
     * @return the device, to be closed by the caller.
     * @throws DeviceException when it cannot be had.
     */
    static BlockDevice openReadOnly(String name) {
        return RemoteDevice.isMeant(name)
                ? RemoteDevice.open(name)
                : patiently(() -> FileBlockDevice.openReadOnly(path(name)));
    }

    /**
     * Try again for a moment where a device is in use and no process can be named. The kernel ends the last operations of a
     * process that was killed only after the process is gone, and lets go of its locks after that.
     */
    private static BlockDevice patiently(Supplier<BlockDevice> opening) {
        for (int i = 1; ; i++) {
            try {
                return opening.get();
            } catch (DeviceInUseException e) {
                if (i == MAX_TRIES || e.holder().startsWith("process ")) {
                    throw e;
                }
            }
            try {
                Thread.sleep(PAUSE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return opening.get();
            }
        }
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new DeviceException(name, IoStatus.GONE, "cannot open " + name + ": No such file or directory");
        }
    }

    /**
     * Find a device that is listed twice, even under two names.
     *
     * @param names as listed; those that cannot be found are passed over.
     * @throws DeviceException naming the two.
     */
    static void checkDistinct(List<String> names) {
        Map<Object, String> seen = new HashMap<>();
        for (String name : names) {
            Object key = identity(name);
            String earlier = key == null ? null : seen.put(key, name);
            if (earlier != null) {
                throw new DeviceException(
                        name,
                        IoStatus.UNSUPPORTED,
                        name + ": is listed twice"
                                + (earlier.equals(name) ? "" : ", the other time as " + earlier)
                                + "; list each device once.");
            }
        }
    }

    private static Object identity(String name) {
        try {
            Path real = Path.of(name).toRealPath();
            Object device = Files.getAttribute(real, "unix:rdev");
            boolean isRaw = !Files.isRegularFile(real);
            // Two nodes can stand for one block device; two names for one file.
            return isRaw ? "device " + device : Files.getAttribute(real, "unix:fileKey");
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return null;
        }
    }
}
