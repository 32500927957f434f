package io.holdfast.cli;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.cli.config.ArrayLine;
import io.holdfast.cli.config.ConfigFile;
import io.holdfast.cli.config.PathPattern;
import io.holdfast.cli.daemon.RunFolder;
import io.holdfast.cli.option.CommandLine;
import io.holdfast.cli.option.Option;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.ArrayName;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Superblock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the arrays that a configuration file speaks of, among the devices that it speaks of. */
final class ArrayFinder {
    private static final String PARTITIONS = "partitions";
    private static final String CONTAINERS = "containers";

    private final Session session;
    private final ConfigFile config;
    private final Map<String, Superblock> superblocks = new LinkedHashMap<>();

    /**
     * An array that was found.
     *
     * @param name    to run it under.
     * @param devices of it.
     */
    record Found(String name, List<String> devices) {}

    /**
     * Look at all devices.
     *
     * @param line    may name the file.
     * @param session of the command.
     * @throws UsageException when there is no file to go by.
     */
    ArrayFinder(CommandLine line, Session session) {
        this.session = session;
        config = config(line)
                .orElseThrow(() -> UsageException.of("there is no " + ConfigFile.DEFAULT
                        + " that would say where to look; write one with DEVICE and ARRAY lines, or name one with"
                        + " --config=FILE."));
        config.warnings().forEach(session::say);
        for (String name : devices()) {
            try {
                ExaminedDevice examined = Looker.look(name, (device, found) -> found);
                if (examined.isValid()) {
                    superblocks.put(name, examined.superblock());
                }
            } catch (DeviceException e) {
                if (line.has(Option.VERBOSE)) {
                    session.say(e.getMessage());
                }
            }
        }
    }

    /**
     * The configuration file.
     *
     * @param line may name it, or say that there is to be none.
     * @return what it says; empty where none is named, and none is where it would be.
     */
    static Optional<ConfigFile> config(CommandLine line) {
        String text = line.text(Option.CONFIG);
        if (text == null) {
            return Files.exists(ConfigFile.DEFAULT)
                    ? Optional.of(ConfigFile.read(ConfigFile.DEFAULT))
                    : Optional.empty();
        }
        return text.equals("none") ? Optional.empty() : Optional.of(ConfigFile.read(Path.of(text)));
    }

    private List<String> devices() {
        List<String> names = new ArrayList<>();
        List<String> patterns = config.devicePatterns().isEmpty() ? List.of(PARTITIONS) : config.devicePatterns();
        for (String pattern : patterns) {
            if (pattern.equals(PARTITIONS)) {
                names.addAll(Looker.systemDevices());
            } else if (RemoteDevice.isMeant(pattern)) {
                names.add(pattern);
            } else if (!pattern.equals(CONTAINERS)) {
                names.addAll(PathPattern.expand(pattern));
            }
        }
        return names.stream().distinct().toList();
    }

    /**
     * The arrays to start.
     *
     * @param wanted by name; empty for all.
     * @return those of which there is any device, in the order of the file; where the file lists none, all that were found.
     */
    List<Found> find(List<String> wanted) {
        List<Found> found = new ArrayList<>();
        if (config.arrays().isEmpty()) {
            byUuid(superblocks).forEach(devices -> add(found, name(superblocks.get(devices.get(0))), devices, wanted));
            return found;
        }
        for (ArrayLine line : config.arrays()) {
            Map<String, Superblock> fitting = new LinkedHashMap<>(superblocks);
            fitting.entrySet().removeIf(entry -> !line.fits(entry.getValue()) || !isListed(line, entry.getKey()));
            List<List<String>> arrays = byUuid(fitting);
            if (arrays.size() > 1) {
                session.say("ARRAY line " + line.word() + " fits several arrays; give it a uuid=.");
            } else if (!arrays.isEmpty() && !line.isIgnored()) {
                List<String> devices = arrays.get(0);
                add(found, line.word().isEmpty() ? name(fitting.get(devices.get(0))) : line.word(), devices, wanted);
            }
        }
        return found;
    }

    private static boolean isListed(ArrayLine line, String device) {
        return line.devicePatterns().isEmpty()
                || line.devicePatterns().stream().anyMatch(pattern -> PathPattern.fits(pattern, device));
    }

    private static List<List<String>> byUuid(Map<String, Superblock> superblocks) {
        Map<String, List<String>> arrays = new LinkedHashMap<>();
        superblocks.forEach(
                (name, superblock) -> arrays.computeIfAbsent(superblock.setUuidText(), uuid -> new ArrayList<>())
                        .add(name));
        return List.copyOf(arrays.values());
    }

    /** As the array was called when it was made. */
    private static String name(Superblock superblock) {
        String name = ArrayName.of(superblock);
        boolean isNumber = name.chars().allMatch(c -> c >= '0' && c <= '9');
        return isNumber ? "md" + name : name;
    }

    private void add(List<Found> found, String word, List<String> devices, List<String> wanted) {
        Optional<String> name = RunFolder.nameOf(word);
        if (name.isEmpty()) {
            session.say(word + ": an array cannot be called so; give it another name in an ARRAY line.");
        } else if (wanted.isEmpty() || wanted.contains(name.get())) {
            found.add(new Found(name.get(), devices));
        }
    }
}
