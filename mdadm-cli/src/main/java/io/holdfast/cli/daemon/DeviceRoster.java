package io.holdfast.cli.daemon;

import io.holdfast.raid.ArrayState;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.DeviceVerdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which devices a running array has, and what has become of those that serve no slot: the array itself forgets a device once it
 * has failed, and an operator does not before it is removed. Thread-safe.
 */
final class DeviceRoster {
    /** What a device is when it serves no slot. */
    private enum Standing {
        SPARE,
        JOURNAL,
        FAULTY
    }

    private static final class Entry {
        private Standing standing;
        private int number;

        Entry(Standing standing, int number) {
            this.standing = standing;
            this.number = number;
        }
    }

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /**
     * Begin with what an assembly found.
     *
     * @param plan of the assembly.
     */
    DeviceRoster(AssemblyPlan plan) {
        for (DeviceVerdict verdict : plan.devices()) {
            if (verdict.isUsed()) {
                boolean isJournal = verdict.kind() == DeviceVerdict.Kind.JOURNAL;
                entries.put(
                        verdict.deviceName(),
                        new Entry(
                                isJournal ? Standing.JOURNAL : Standing.SPARE,
                                verdict.superblock().deviceNumber()));
            }
        }
    }

    /**
     * A device has joined.
     *
     * @param deviceName of a spare or member.
     */
    synchronized void add(String deviceName) {
        entries.put(deviceName, new Entry(Standing.SPARE, -1));
    }

    /**
     * A device has left.
     *
     * @param deviceName of it.
     */
    synchronized void remove(String deviceName) {
        entries.remove(deviceName);
    }

    /**
     * The number of a device in the array's table is known now.
     *
     * @param deviceName of it.
     * @param number     as its superblock has it.
     */
    synchronized void number(String deviceName, int number) {
        Entry entry = entries.get(deviceName);
        if (entry != null) {
            entry.number = number;
        }
    }

    /** Devices whose number is not known yet, and that can be asked for it. */
    synchronized List<String> unnumbered() {
        List<String> names = new ArrayList<>();
        entries.forEach((name, entry) -> {
            if (entry.number < 0 && entry.standing != Standing.FAULTY) {
                names.add(name);
            }
        });
        return names;
    }

    /**
     * All devices, by slot, then those without.
     *
     * @param state of the array.
     * @return a row for each.
     */
    synchronized List<ArrayStatus.Device> describe(ArrayState state) {
        List<ArrayStatus.Device> rows = new ArrayList<>();
        Map<String, Entry> others = new LinkedHashMap<>(entries);
        List<ArrayState.Slot> slots = state.slots();
        for (int slot = 0; slot < slots.size(); slot++) {
            String name = slots.get(slot).deviceName();
            if (!name.isEmpty()) {
                Entry entry = others.remove(name);
                rows.add(new ArrayStatus.Device(
                        name,
                        entry == null ? -1 : entry.number,
                        slot,
                        slots.get(slot).inSync() ? ArrayStatus.IN_SYNC : ArrayStatus.REBUILDING,
                        slots.get(slot).recoveredLength()));
            }
        }
        others.forEach((name, entry) -> rows.add(new ArrayStatus.Device(
                name,
                entry.number,
                -1,
                switch (entry.standing) {
                    case SPARE -> ArrayStatus.SPARE;
                    case JOURNAL -> ArrayStatus.JOURNAL;
                    case FAULTY -> ArrayStatus.FAULTY;
                },
                0)));
        return rows;
    }

    /**
     * A member, a spare or a copy of the journal has failed.
     *
     * @param deviceName of it.
     */
    synchronized void fail(String deviceName) {
        entries.computeIfAbsent(deviceName, absent -> new Entry(Standing.FAULTY, -1)).standing = Standing.FAULTY;
    }

    /** The journal has failed, with all its copies. */
    synchronized void failJournal() {
        for (Entry entry : entries.values()) {
            entry.standing = entry.standing == Standing.JOURNAL ? Standing.FAULTY : entry.standing;
        }
    }

    /**
     * The array has another journal, or one more copy of it.
     *
     * @param deviceNames that hold it now; none when there is none.
     * @param isCopy      whether it came beside those that there were.
     */
    synchronized void journals(List<String> deviceNames, boolean isCopy) {
        if (!isCopy) {
            entries.values().removeIf(entry -> entry.standing == Standing.JOURNAL);
        }
        deviceNames.forEach(name -> entries.put(name, new Entry(Standing.JOURNAL, -1)));
    }
}
