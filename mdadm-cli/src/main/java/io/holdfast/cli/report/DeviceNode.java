package io.holdfast.cli.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The numbers that the kernel knows a block device by. */
final class DeviceNode {
    private static final int MINOR_BITS = 8;

    private DeviceNode() {}

    /**
     * Look the numbers up.
     *
     * @param name path of a device.
     * @return major and minor; null for a file and for what is not there.
     */
    static long[] of(String name) {
        try {
            Path path = Path.of(name).toRealPath();
            if (Files.isRegularFile(path)) {
                return null;
            }
            int device = (Integer) Files.getAttribute(path, "unix:rdev");
            return new long[] {device >> MINOR_BITS & 0xfff, device & 0xff};
        } catch (IOException | InvalidPathException | UnsupportedOperationException | ClassCastException e) {
            return null;
        }
    }
}
