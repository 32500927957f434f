package io.holdfast.cli.monitor;

import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.daemon.DaemonException;
import io.holdfast.cli.daemon.RunFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Looks at arrays, again and again, and tells what has happened. Not thread-safe. */
public final class Watcher {
    private final RunFolder folder;
    private final Set<String> named;
    private final int increment;
    private final Expectations expected;
    private final SpareMover mover;
    private final Map<String, ArrayWatch> watches = new TreeMap<>();
    private boolean isFirst = true;

    /**
     * Begin to watch.
     *
     * @param folder    of the daemons.
     * @param named     the arrays to watch; empty for all that run, and all that will.
     * @param increment percent of a rebuild that are worth an event each, 1 to 99.
     * @param expected  what the arrays are to be like; spares are moved within the groups that it names.
     */
    public Watcher(RunFolder folder, List<String> named, int increment, Expectations expected) {
        this.folder = folder;
        this.expected = expected;
        mover = new SpareMover(folder, expected.spareGroups());
        this.named = new TreeSet<>(named);
        this.increment = increment;
    }

    /**
     * Look at all of them.
     *
     * @return what has happened since the last time; at first, what is not as it should be.
     */
    public List<Event> look() {
        List<Event> events = new ArrayList<>();
        Map<String, ArrayStatus> present = new TreeMap<>();
        for (String array : arrays()) {
            ArrayStatus status = status(array);
            if (status != null) {
                present.put(array, status);
            }
            ArrayWatch watch = watches.get(array);
            if (watch == null) {
                watch = new ArrayWatch(array, increment, expected.spareCounts().getOrDefault(array, 0));
                watches.put(array, watch);
                if (!isFirst && status != null) {
                    events.add(Event.of("NewArray", array));
                }
            }
            events.addAll(watch.look(status));
        }
        events.addAll(mover.move(present));
        isFirst = false;
        return events;
    }

    /** The arrays that answer now. */
    public List<String> present() {
        return arrays().stream().filter(array -> status(array) != null).toList();
    }

    private Set<String> arrays() {
        Set<String> arrays = new TreeSet<>(named);
        if (named.isEmpty()) {
            arrays.addAll(folder.names());
            arrays.addAll(watches.keySet());
        }
        return arrays;
    }

    private ArrayStatus status(String array) {
        try {
            return ControlClient.status(folder, array);
        } catch (DaemonException e) {
            return null;
        }
    }
}
