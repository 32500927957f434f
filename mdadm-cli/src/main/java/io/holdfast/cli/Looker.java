package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.ReadOnlyFileDevice;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.SuperblockReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Opens devices just to look, one at a time, and complains about those that cannot be opened. */
final class Looker {
    private static final Path PARTITIONS = Path.of("/proc/partitions");

    private Looker() {}

    /** What is done with a device while it is open. */
    interface Look<T> {
        T at(BlockDevice device, ExaminedDevice examined);
    }

    /**
     * Open a device to look at it: no lock, no native code, nothing but reads.
     *
     * @param name its path, or the URI of an NBD export.
     * @return the device.
     * @throws DeviceException when it cannot be opened, saying so as mdadm does.
     */
    static BlockDevice open(String name) {
        if (RemoteDevice.isMeant(name)) {
            return RemoteDevice.open(name);
        }
        Path path;
        try {
            path = Path.of(name);
        } catch (InvalidPathException e) {
            throw cannotOpen(name, IoStatus.GONE, "No such file or directory");
        }
        if (!Files.exists(path)) {
            throw cannotOpen(name, IoStatus.GONE, "No such file or directory");
        }
        if (Files.isDirectory(path)) {
            throw cannotOpen(name, IoStatus.UNSUPPORTED, "Is a directory");
        }
        if (!Files.isReadable(path)) {
            throw cannotOpen(name, IoStatus.UNSUPPORTED, "Permission denied");
        }
        return ReadOnlyFileDevice.open(path);
    }

    private static DeviceException cannotOpen(String name, IoStatus status, String reason) {
        return new DeviceException(name, status, "cannot open " + name + ": " + reason);
    }

    /**
     * Look at a device.
     *
     * @param name of the device.
     * @param look what to do with it.
     * @return what the look returned.
     * @throws DeviceException when it cannot be opened or read.
     */
    static <T> T look(String name, Look<T> look) {
        try (BlockDevice device = open(name)) {
            return look.at(device, SuperblockReader.examine(device));
        }
    }

    /**
     * Examine devices, for commands that need all of them.
     *
     * @param names of the devices.
     * @return what was found on each, in order.
     * @throws DeviceException when one cannot be opened.
     */
    static List<ExaminedDevice> examineAll(List<String> names) {
        List<ExaminedDevice> found = new ArrayList<>();
        for (String name : names) {
            found.add(look(name, (device, examined) -> examined));
        }
        return found;
    }

    /** Every device and partition the kernel lists. */
    static List<String> systemDevices() {
        List<String> names = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(PARTITIONS)) {
                String row = line.strip();
                if (!row.isEmpty() && Character.isDigit(row.charAt(0))) {
                    names.add("/dev/" + row.substring(row.lastIndexOf(' ') + 1));
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return names;
    }

    /**
     * The files in a folder that may be members, in the order of their names.
     *
     * @param name of the folder, or of anything else.
     * @return the files, or empty when this is no folder.
     */
    static Optional<List<String>> filesIn(String name) {
        Path folder = Path.of(name);
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (Files.isRegularFile(entry)) {
                    names.add(entry.toString());
                }
            }
        } catch (IOException e) {
            return Optional.of(List.of());
        }
        Collections.sort(names);
        return Optional.of(names);
    }
}
