package io.holdfast.blockdev;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Says who holds a device, for the message to somebody who wanted it: the kernel (an array, a mapping or a mount on top of
 * it), or a process with it open.
 *
 * <p>Best effort, from {@code /proc} and {@code /sys}: what other users hold is hidden from us, and it may have been let
 * go since.
 */
final class HolderFinder {
    private static final String UNKNOWN = "another process";

    private final Path proc;
    private final Path sys;

    HolderFinder(Path proc, Path sys) {
        this.proc = proc;
        this.sys = sys;
    }

    /** On this machine. */
    static HolderFinder ofThisMachine() {
        return new HolderFinder(Path.of("/proc"), Path.of("/sys"));
    }

    /**
     * Who holds a file or device.
     *
     * @param device as given by the operator.
     * @return words that follow "in use by".
     */
    String find(Path device) {
        try {
            Identity wanted = Identity.of(device);
            String kernelUser = wanted.isBlockDevice ? findInKernel(wanted) : null;
            if (kernelUser != null) {
                return kernelUser;
            }
            return findProcess(wanted);
        } catch (IOException | DirectoryIteratorException | UnsupportedOperationException e) {
            return UNKNOWN;
        }
    }

    private String findInKernel(Identity wanted) throws IOException {
        Path holders = sys.resolve("dev/block/" + wanted.deviceNumber() + "/holders");
        if (Files.isDirectory(holders)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(holders)) {
                for (Path entry : entries) {
                    return entry.getFileName().toString();
                }
            }
        }
        Path mounts = proc.resolve("self/mountinfo");
        if (Files.isReadable(mounts)) {
            for (String line : Files.readAllLines(mounts)) {
                // Mount id, parent id, major:minor, root, mount point, ...
                List<String> fields = List.of(line.split(" "));
                if (fields.size() > 4 && fields.get(2).equals(wanted.deviceNumber())) {
                    return "the filesystem mounted on " + fields.get(4);
                }
            }
        }
        return null;
    }

    private String findProcess(Identity wanted) throws IOException {
        long self = ProcessHandle.current().pid();
        boolean isOurs = false;
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path process : processes) {
                if (hasOpen(process, wanted)) {
                    if (process.getFileName().toString().equals(Long.toString(self))) {
                        isOurs = true;
                    } else {
                        return "process " + process.getFileName() + commandOf(process);
                    }
                }
            }
        }
        return isOurs ? "this process" : UNKNOWN;
    }

    private static boolean hasOpen(Path process, Identity wanted) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (isSame(descriptor, wanted)) {
                    return true;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // The process has ended, or belongs to somebody else: it tells us nothing either way.
            return false;
        }
        return false;
    }

    private static boolean isSame(Path descriptor, Identity wanted) {
        try {
            return Identity.of(descriptor).equals(wanted);
        } catch (IOException e) {
            // Closed since the folder was listed.
            return false;
        }
    }

    private static String commandOf(Path process) {
        try {
            return " (" + Files.readString(process.resolve("comm")).strip() + ")";
        } catch (IOException e) {
            return "";
        }
    }

    /** What makes two names the same file: the device number of a block device, else the filesystem and inode. */
    private record Identity(boolean isBlockDevice, long device, long inode) {
        private static final int TYPE_MASK = 0xF000;
        private static final int TYPE_BLOCK_DEVICE = 0x6000;

        static Identity of(Path path) throws IOException {
            Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,rdev,dev,ino");
            boolean isBlockDevice = ((int) attributes.get("mode") & TYPE_MASK) == TYPE_BLOCK_DEVICE;
            return isBlockDevice
                    ? new Identity(true, (long) attributes.get("rdev"), 0)
                    : new Identity(false, (long) attributes.get("dev"), (long) attributes.get("ino"));
        }

        /** As {@code major:minor}, from Linux's 64-bit {@code dev_t}. */
        String deviceNumber() {
            long major = ((device >>> 8) & 0xFFF) | ((device >>> 32) & ~0xFFFL);
            long minor = (device & 0xFF) | ((device >>> 12) & ~0xFFL);
            return (major & 0xFFFFFFFFL) + ":" + (minor & 0xFFFFFFFFL);
        }
    }
}
