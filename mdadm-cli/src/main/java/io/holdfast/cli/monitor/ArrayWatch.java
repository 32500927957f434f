package io.holdfast.cli.monitor;

import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ArrayStatus.Device;
import io.holdfast.cli.daemon.ArrayStatus.Sync;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One array, from look to look: what has happened between them. Not thread-safe. */
final class ArrayWatch {
    private static final int PERCENT = 100;

    private final String array;
    private final int increment;
    private final int spareCount;
    private ArrayStatus last;

    /**
     * Begin to watch.
     *
     * @param array      by name.
     * @param increment  percent of a rebuild that are worth an event each, 1 to 99.
     * @param spareCount how many spares it is to have.
     */
    ArrayWatch(String array, int increment, int spareCount) {
        this.array = array;
        this.increment = increment;
        this.spareCount = spareCount;
    }

    /**
     * Look.
     *
     * @param now how the array stands; null when nobody answers for it.
     * @return what has happened since the last time, in an order that makes sense.
     */
    List<Event> look(ArrayStatus now) {
        List<Event> events = new ArrayList<>();
        if (now == null) {
            if (last != null) {
                events.add(Event.of("DeviceDisappeared", array));
            }
        } else if (last == null || !last.uuid().equals(now.uuid())) {
            if (now.inSyncCount() < now.slotCount()) {
                events.add(Event.of("DegradedArray", array));
            }
            if (spares(now) < spareCount) {
                events.add(Event.of("SparesMissing", array));
            }
        } else {
            devices(now, events);
            sync(now, events);
        }
        last = now;
        return events;
    }

    /** One that is being rebuilt was a spare a moment ago. */
    private static long spares(ArrayStatus status) {
        return status.devices().stream()
                .filter(device ->
                        device.role().equals(ArrayStatus.SPARE) || device.role().equals(ArrayStatus.REBUILDING))
                .count();
    }

    private void devices(ArrayStatus now, List<Event> events) {
        Map<String, Device> after = new HashMap<>();
        now.devices().forEach(device -> after.put(device.name(), device));
        for (Device before : last.devices()) {
            Device device = after.get(before.name());
            boolean isLost = device == null || device.role().equals(ArrayStatus.FAULTY);
            if (isLost) {
                lost(before, device != null, events);
            }
        }
        Map<String, Device> before = new HashMap<>();
        last.devices().forEach(device -> before.put(device.name(), device));
        for (Device device : now.devices()) {
            Device earlier = before.get(device.name());
            boolean wasInSync = earlier != null && earlier.role().equals(ArrayStatus.IN_SYNC);
            if (device.role().equals(ArrayStatus.IN_SYNC) && !wasInSync) {
                events.add(Event.of("SpareActive", array, device.name()));
            }
        }
    }

    /** A spare or a journal that is gone altogether was taken away by somebody; a member cannot be without failing first. */
    private void lost(Device before, boolean isThere, List<Event> events) {
        switch (before.role()) {
            case ArrayStatus.IN_SYNC -> events.add(Event.of("Fail", array, before.name()));
            case ArrayStatus.REBUILDING, ArrayStatus.REPLACEMENT ->
                events.add(Event.of("FailSpare", array, before.name()));
            case ArrayStatus.SPARE -> {
                if (isThere) {
                    events.add(Event.of("FailSpare", array, before.name()));
                }
            }
            case ArrayStatus.JOURNAL -> {
                if (isThere) {
                    events.add(Event.of("Fail", array, before.name()));
                }
            }
            default -> {
                // It had failed already.
            }
        }
    }

    private void sync(ArrayStatus now, List<Event> events) {
        Sync before = last.sync();
        Sync after = now.sync();
        boolean isSame = before != null
                && after != null
                && before.activity().equals(after.activity())
                && after.doneLength() >= before.doneLength();
        if (before != null && !isSame) {
            finished(now, events);
        }
        if (after != null) {
            if (!isSame) {
                events.add(Event.of("RebuildStarted", array));
            }
            int step = step(after);
            if (step > (isSame ? step(before) : 0)) {
                events.add(Event.of("Rebuild" + twoDigits(step * increment), array));
            }
        } else if (before == null && isOver(now)) {
            // It began and ended between two looks.
            events.add(Event.of("RebuildStarted", array));
            finished(now, events);
        }
    }

    private boolean isOver(ArrayStatus now) {
        return now.lastSync() != null && !now.lastSync().equals(last.lastSync());
    }

    private void finished(ArrayStatus now, List<Event> events) {
        Sync end = now.lastSync();
        String remark = end != null && end.mismatchedSectors() > 0
                ? " mismatches found: " + end.mismatchedSectors() + " (on raid level " + now.level() + ")"
                : "";
        events.add(new Event("RebuildFinished", array, null, remark));
    }

    private int step(Sync sync) {
        if (sync.totalLength() <= 0) {
            return 0;
        }
        int percent = (int) Math.min(PERCENT - 1, PERCENT * (double) sync.doneLength() / sync.totalLength());
        return percent / increment;
    }

    private static String twoDigits(int number) {
        return number < 10 ? "0" + number : Integer.toString(number);
    }
}
