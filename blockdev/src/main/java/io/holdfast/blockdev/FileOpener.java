package io.holdfast.blockdev;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens files and block devices: what to ask the kernel for, in which order, and what to tell the operator when it
 * refuses. Nothing stays open after a failure.
 */
final class FileOpener {
    private static final Logger LOGGER = LoggerFactory.getLogger(FileBlockDevice.class);

    private static final int O_RDWR = 0x2;
    private static final int O_EXCL = 0x80;
    private static final int O_CLOEXEC = 0x80000;
    /** The one flag whose number differs between the machines we run on. */
    private static final int O_DIRECT = "aarch64".equals(System.getProperty("os.arch")) ? 0x10000 : 0x4000;

    private final Kernel kernel;
    private final HolderFinder holders;

    FileOpener(Kernel kernel, HolderFinder holders) {
        this.kernel = kernel;
        this.holders = holders;
    }

    FileBlockDevice open(Path path, boolean isReadOnly) {
        String name = path.toString();
        boolean isRawDevice = isRawDevice(path, name);
        int flags = O_CLOEXEC | (isReadOnly ? 0 : O_RDWR) | (isRawDevice ? O_EXCL : 0);

        int fd = kernel.open(name, flags | O_DIRECT);
        boolean isDirect = true;
        if (fd == -Errno.EINVAL || fd == -Errno.EOPNOTSUPP) {
            isDirect = false;
            fd = kernel.open(name, flags);
        }
        if (fd < 0) {
            throw openFailure(path, name, -fd, isReadOnly);
        }
        boolean isDone = false;
        try {
            FileProbe probe = FileProbe.of(kernel, fd, isDirect);
            if (isDirect && !probe.isWithinReach()) {
                // Reopened before the lock is asked for: closing a descriptor later would drop nothing of ours.
                isDirect = false;
                kernel.close(fd);
                fd = kernel.open(name, flags);
                if (fd < 0) {
                    throw openFailure(path, name, -fd, isReadOnly);
                }
                probe = FileProbe.of(kernel, fd, false);
            }
            checkProbe(name, probe, isRawDevice);
            if (!isRawDevice) {
                lock(path, name, fd, isReadOnly);
            }
            if (!isDirect) {
                LOGGER.warn("{}: opened through the page cache, because its filesystem refuses direct I/O", name);
            }
            FileBlockDevice device =
                    new FileBlockDevice(name, probe.geometry(), isReadOnly, kernel, fd, isDirect, isRawDevice);
            isDone = true;
            return device;
        } catch (FileProbe.ProbeException e) {
            throw new DeviceException(
                    name,
                    Errno.toStatus(e.errno),
                    name + ": its size could not be found out: " + Errno.describe(e.errno));
        } finally {
            if (!isDone && fd >= 0) {
                kernel.close(fd);
            }
        }
    }

    /** Refuses, before it is opened, what opening might hang on or disturb: a pipe, a terminal, a tape. */
    private static boolean isRawDevice(Path path, String name) {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (IOException e) {
            throw new DeviceException(
                    name, IoStatus.GONE, name + ": cannot be opened: " + Errno.describe(Errno.ENOENT));
        }
        if (attributes.isDirectory()) {
            throw wrongKind(name, "a directory");
        }
        return attributes.isOther();
    }

    private static void checkProbe(String name, FileProbe probe, boolean isRawDevice) {
        if (probe.type() == FileProbe.Type.OTHER || (probe.type() == FileProbe.Type.BLOCK) != isRawDevice) {
            throw wrongKind(name, "something else");
        }
        if (!probe.isWithinReach()) {
            throw new DeviceException(
                    name,
                    IoStatus.UNSUPPORTED,
                    name + ": has logical blocks of " + probe.logicalBlockLength()
                            + " bytes; at most 4096 are supported");
        }
    }

    static DeviceException wrongKind(String name, String what) {
        return new DeviceException(
                name,
                IoStatus.UNSUPPORTED,
                name + ": is " + what + "; a member must be a regular file or a block device");
    }

    private void lock(Path path, String name, int fd, boolean isReadOnly) {
        switch (FileLock.take(kernel, fd, isReadOnly)) {
            case HELD -> {}
            case IN_USE -> throw new DeviceInUseException(name, holders.find(path));
            case UNAVAILABLE ->
                LOGGER.warn("{}: its filesystem has no locks; make sure that nobody else uses it", name);
        }
    }

    private DeviceException openFailure(Path path, String name, int errno, boolean isReadOnly) {
        if (errno == Errno.EBUSY) {
            return new DeviceInUseException(name, holders.find(path));
        }
        IoStatus status = errno == Errno.ENOENT ? IoStatus.GONE : Errno.toStatus(errno);
        String purpose = isReadOnly ? "for reading" : "for writing";
        return new DeviceException(name, status, name + ": cannot be opened " + purpose + ": " + Errno.describe(errno));
    }
}
