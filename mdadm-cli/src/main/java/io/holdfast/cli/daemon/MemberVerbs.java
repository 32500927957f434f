package io.holdfast.cli.daemon;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.nbd.NbdUri;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.metadata.MemberCondition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Members that come and go, as an operator asks. A device is named by its path, by another path of the same file, or by the last
 * part of its path; {@code failed} and {@code detached} stand for all that are. With {@code dryRun} nothing is done but the
 * naming and the plain reasons against it.
 *
 * <p>One at a time, whoever asks: an answer is about the array as it is then.
 */
final class MemberVerbs {
    private static final int BUSY_EXIT_CODE = 2;

    private final ArrayDaemon daemon;
    private final RaidArray array;

    MemberVerbs(ArrayDaemon daemon) {
        this.daemon = daemon;
        this.array = daemon.array();
    }

    /**
     * Do it.
     *
     * @param request with {@code device}, as typed and from the root on.
     * @return with {@code devices}, of which it was done, in order.
     */
    synchronized Map<String, Object> run(ControlRequest request) {
        boolean isDryRun = request.flag("dryRun");
        List<String> done = new ArrayList<>();
        Map<String, Object> result = new LinkedHashMap<>();
        switch (request.verb()) {
            case "fail" -> {
                for (String name : present(request)) {
                    if (!isDryRun) {
                        fail(name);
                    }
                    done.add(name);
                }
            }
            case "remove" -> {
                for (String name : present(request)) {
                    if (!isDryRun) {
                        remove(name);
                    }
                    done.add(name);
                }
            }
            case "add" -> done.add(add(request.text("device"), isDryRun));
            case "replace" -> {
                for (String name : present(request)) {
                    result.put("slot", slot(name));
                    if (!isDryRun) {
                        replace(name, request.text("with", ""));
                    }
                    done.add(name);
                }
            }
            default -> done.add(takeBack(request.text("device"), isDryRun));
        }
        result.put("devices", done);
        return result;
    }

    private void fail(String name) {
        try {
            array.fail(name);
        } catch (RuntimeException e) {
            throw new DaemonException(
                    "set device faulty failed for " + name + ":  Device or resource busy: " + e.getMessage(),
                    BUSY_EXIT_CODE);
        }
    }

    private void remove(String name) {
        try {
            array.remove(name);
        } catch (RuntimeException e) {
            throw new DaemonException("hot remove failed for " + name + ": Device or resource busy: " + e.getMessage());
        }
    }

    private int slot(String name) {
        return array.state().devices().stream()
                .filter(device -> device.name().equals(name))
                .mapToInt(ArrayState.Device::slot)
                .findFirst()
                .orElse(-1);
    }

    /** The array chooses among its spares by itself, so that the one that is meant has to come anew. */
    private void takeBackSpare(String path) {
        for (ArrayState.Device device : array.state().devices()) {
            boolean isNamed = device.name().equals(path) || isSameFile(device.name(), path);
            if (isNamed && device.condition() == MemberCondition.SPARE) {
                array.remove(device.name());
            }
        }
    }

    /** With the device at a path, which may be a spare of the array's, or where that is empty with any of its spares. */
    private void replace(String name, String path) {
        if (!path.isEmpty()) {
            takeBackSpare(path);
        }
        BlockDevice device = path.isEmpty() ? null : daemon.context().opener().apply(path);
        boolean isTaken = false;
        try {
            array.replace(name, device);
            isTaken = true;
        } catch (RuntimeException e) {
            throw new DaemonException(
                    "Failed to request replacement for " + name + ": " + e.getMessage(), BUSY_EXIT_CODE);
        } finally {
            if (!isTaken && device != null) {
                device.close();
            }
        }
    }

    private String takeBack(String path, boolean isDryRun) {
        if (isDryRun) {
            return path;
        }
        BlockDevice device = daemon.context().opener().apply(path);
        boolean isTaken = false;
        try {
            array.reAdd(device);
            isTaken = true;
            return path;
        } catch (ArrayException e) {
            throw new DaemonException("--re-add for " + path + " is not possible: " + e.getMessage());
        } finally {
            if (!isTaken) {
                device.close();
            }
        }
    }

    private String add(String path, boolean isDryRun) {
        BlockDevice device = daemon.context().opener().apply(path);
        boolean isTaken = false;
        try {
            if (!isDryRun) {
                array.add(device);
                isTaken = true;
            }
            return path;
        } finally {
            if (!isTaken) {
                device.close();
            }
        }
    }

    // ---- who is meant ----

    private List<String> present(ControlRequest request) {
        String word = request.text("word", request.text("device"));
        List<ArrayState.Device> devices = array.state().devices();
        boolean isRemoval = request.verb().equals("remove");
        switch (word) {
            case "failed", "faulty" -> {
                return names(devices, MemberCondition.FAULTY);
            }
            case "detached" -> {
                return devices.stream()
                        .filter(device -> (device.condition() == MemberCondition.FAULTY) == isRemoval)
                        .map(ArrayState.Device::name)
                        .filter(MemberVerbs::isDetached)
                        .toList();
            }
            case "missing" -> throw new DaemonException("'missing' only meaningful with --re-add", BUSY_EXIT_CODE);
            default -> {
                return List.of(find(word, request.text("device"), devices));
            }
        }
    }

    private static List<String> names(List<ArrayState.Device> devices, MemberCondition condition) {
        return devices.stream()
                .filter(device -> device.condition() == condition)
                .map(ArrayState.Device::name)
                .toList();
    }

    /** Nothing is at its path any more. */
    private static boolean isDetached(String name) {
        // A device of another kind has no path that could be gone.
        return !NbdUri.isMeant(name) && !Files.exists(Path.of(name));
    }

    private String find(String word, String path, List<ArrayState.Device> devices) {
        for (ArrayState.Device device : devices) {
            if (device.name().equals(path) || device.name().equals(word)) {
                return device.name();
            }
        }
        List<String> candidates = devices.stream()
                .map(ArrayState.Device::name)
                .filter(name -> isSameFile(name, path) || isLastPart(name, word))
                .toList();
        if (candidates.size() == 1) {
            return candidates.get(0);
        }
        throw new DaemonException(
                candidates.isEmpty()
                        ? "Cannot find " + word + ": it is no device of array "
                                + daemon.context().name() + ", which has "
                                + String.join(
                                        ", ",
                                        devices.stream()
                                                .map(ArrayState.Device::name)
                                                .toList())
                        : word + " may be any of " + String.join(", ", candidates) + "; give the whole path");
    }

    private static boolean isLastPart(String name, String word) {
        return word.indexOf('/') < 0 && name.endsWith("/" + word);
    }

    private static boolean isSameFile(String name, String path) {
        try {
            return Files.isSameFile(Path.of(name), Path.of(path));
        } catch (IOException | InvalidPathException e) {
            return false;
        }
    }
}
