package io.holdfast.raid.engine;

import io.holdfast.journal.JournalWriter;
import io.holdfast.journal.LogMirror;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The journal that an array has: its writer, the mirror that the writer writes to, and which of the conductor's devices holds
 * which copy.
 */
final class JournalSeat {
    final LogMirror mirror;
    final JournalWriter writer;
    private final List<Integer> devices;

    JournalSeat(LogMirror mirror, JournalWriter writer, List<Integer> devices) {
        this.mirror = mirror;
        this.writer = writer;
        this.devices = new ArrayList<>(devices);
    }

    /** Devices by copy, failed ones included. */
    List<Integer> devices() {
        return devices;
    }

    int copyOn(int device) {
        return devices.indexOf(device);
    }

    void add(LogMirror.Copy copy, int device) {
        mirror.add(copy);
        devices.add(device);
    }

    /** Of the copies that have not failed, or of all if none is left, for people. */
    String name() {
        return mirror.copies().stream()
                .filter(copy -> mirror.aliveCount() == 0
                        || !mirror.isFailed(mirror.copies().indexOf(copy)))
                .map(copy -> copy.device().name())
                .collect(Collectors.joining(","));
    }
}
