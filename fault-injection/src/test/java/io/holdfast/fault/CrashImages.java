package io.holdfast.fault;

import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.Survival;
import java.util.ArrayList;
import java.util.List;

/**
 * All that crashes could leave of a scene while it is watched: at each boundary the devices are looked at as each kind of stop
 * would leave them, and what differs from the boundary before is kept.
 */
final class CrashImages {
    /**
     * One way in which things can stop.
     *
     * @param how      they stop.
     * @param survival of what was not durable.
     * @param name     for messages.
     */
    record Stop(Cut how, Survival survival, String name) {}

    /** Power fails with nothing or everything surviving, or the process is killed. */
    static final List<Stop> ALL_OR_NOTHING = List.of(
            new Stop(Cut.POWER, Survival.NONE, "power, nothing survives"),
            new Stop(Cut.POWER, Survival.ALL, "power, all survives"),
            new Stop(Cut.PROCESS, Survival.NONE, "killed, nothing in flight survives"));

    /** Power fails, and everything survives on some devices and nothing on the others: each combination of {@code count}. */
    static List<Stop> eachDeviceByItself(int count) {
        List<Stop> stops = new ArrayList<>();
        for (int mask = 0; mask < 1 << count; mask++) {
            int kept = mask;
            stops.add(new Stop(
                    Cut.POWER,
                    (device, writes, blockLength) ->
                            (write, block) -> (kept >>> Integer.parseInt(device.substring(1)) & 1) != 0,
                    "power, all survives on devices " + Integer.toBinaryString(mask)));
        }
        return stops;
    }

    /**
     * Something that a crash could leave.
     *
     * @param snapshot of the devices and what they should hold.
     * @param what     it is, for messages.
     */
    record Image(Snapshot snapshot, String what) {}

    private final Scene scene;
    private final List<Stop> stops;
    private final List<Image> all = new ArrayList<>();
    private final Snapshot[] last;
    private long boundaryCount;

    /** Watch a scene from now on, until {@link #end}. */
    CrashImages(Scene scene, List<Stop> stops) {
        this.scene = scene;
        this.stops = stops;
        last = new Snapshot[stops.size()];
        scene.simulation().power().observer(this::look);
    }

    /** Look once more, and no more. */
    List<Image> end() {
        scene.simulation().power().observer(null);
        look();
        return all;
    }

    private void look() {
        for (int i = 0; i < last.length; i++) {
            Stop stop = stops.get(i);
            Snapshot next = scene.image(stop.how, stop.survival);
            if (last[i] == null || !next.sameAs(last[i])) {
                if (isNew(next, i)) {
                    all.add(new Image(next, stop.name + " boundary=" + boundaryCount));
                }
                last[i] = next;
            }
        }
        boundaryCount++;
    }

    /** Stops often leave the same: where nothing is in a cache, all of them do. */
    private boolean isNew(Snapshot next, int index) {
        for (int i = 0; i < index; i++) {
            if (last[i].sameAs(next)) {
                return false;
            }
        }
        return true;
    }
}
