package io.holdfast.cli.monitor;

import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ArrayStatus.Device;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.ControlRequest;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.daemon.RunFolder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Gives an array that lacks a member the spare of another one in its group. */
final class SpareMover {
    private final RunFolder folder;
    private final Map<String, String> groups;
    /** Devices that were no good to whom they were offered, which the next look would offer them again. */
    private final Set<String> refused = new HashSet<>();

    /**
     * Begin.
     *
     * @param folder of the daemons.
     * @param groups of arrays, by name.
     */
    SpareMover(RunFolder folder, Map<String, String> groups) {
        this.folder = folder;
        this.groups = groups;
    }

    /**
     * Move what helps.
     *
     * @param arrays as they stand now, by name.
     * @return what was moved, to whom.
     */
    List<Event> move(Map<String, ArrayStatus> arrays) {
        List<Event> events = new ArrayList<>();
        arrays.forEach((name, status) -> {
            String group = groups.getOrDefault(name, "");
            if (!group.isEmpty() && isInNeed(status)) {
                for (Map.Entry<String, ArrayStatus> other : arrays.entrySet()) {
                    Optional<Device> spare = spare(other.getValue());
                    boolean canGive = !other.getKey().equals(name)
                            && group.equals(groups.get(other.getKey()))
                            && isComplete(other.getValue());
                    if (canGive
                            && spare.isPresent()
                            && refused.add(name + " " + spare.get().name())) {
                        Optional<Event> event = move(spare.get().name(), other.getKey(), name);
                        if (event.isPresent()) {
                            events.add(event.get());
                            refused.remove(name + " " + spare.get().name());
                            break;
                        }
                    }
                }
            }
        });
        return events;
    }

    private static boolean isComplete(ArrayStatus status) {
        return status.inSyncCount() == status.slotCount();
    }

    /** It lacks a member, and has nothing of its own to put there. */
    private static boolean isInNeed(ArrayStatus status) {
        boolean isBeingHelped = status.devices().stream()
                .anyMatch(device ->
                        device.role().equals(ArrayStatus.SPARE) || device.role().equals(ArrayStatus.REBUILDING));
        int missing = status.slotCount() - status.inSyncCount();
        return missing > 0 && missing <= status.parityCount() && !isBeingHelped;
    }

    private static Optional<Device> spare(ArrayStatus status) {
        return status.devices().stream()
                .filter(device -> device.role().equals(ArrayStatus.SPARE))
                .findFirst();
    }

    private Optional<Event> move(String device, String from, String to) {
        try {
            ask("remove", device, from);
        } catch (DaemonException e) {
            // It has just been put to use, then.
            return Optional.empty();
        }
        try {
            ask("add", device, to);
            return Optional.of(Event.of("MoveSpare", to, from));
        } catch (DaemonException e) {
            // Too small, perhaps. Whom it belonged to gets it back.
            return giveBack(device, from);
        }
    }

    private Optional<Event> giveBack(String device, String to) {
        try {
            ask("add", device, to);
            return Optional.empty();
        } catch (DaemonException e) {
            return Optional.of(
                    new Event("SparesMissing", to, device, " (it could not be given back: " + e.getMessage() + ")"));
        }
    }

    private void ask(String verb, String device, String array) {
        ControlClient.ask(folder, array, ControlRequest.of(verb).with("device", device));
    }
}
