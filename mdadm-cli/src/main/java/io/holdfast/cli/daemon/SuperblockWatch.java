package io.holdfast.cli.daemon;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Superblock;
import java.util.function.Function;

/**
 * What a report of a running array wants of its superblocks: they are read from a member now and then, as anybody may, since the
 * engine keeps its own to itself. One that is being written just then counts for nothing. One thread at a time reads; any thread
 * may ask.
 */
final class SuperblockWatch {
    private final Function<String, ExaminedDevice> examiner;
    private volatile Superblock latest;

    /**
     * Begin.
     *
     * @param examiner looks at a device.
     * @param first    superblock, from the assembly.
     */
    SuperblockWatch(Function<String, ExaminedDevice> examiner, Superblock first) {
        this.examiner = examiner;
        this.latest = first;
    }

    /**
     * Read again; may take as long as a device does.
     *
     * @param state of the array.
     */
    void refresh(ArrayState state) {
        for (ArrayState.Slot slot : state.slots()) {
            if (slot.inSync() && !slot.deviceName().isEmpty()) {
                Superblock found = look(slot.deviceName());
                if (found != null) {
                    latest = found;
                    break;
                }
            }
        }
    }

    private Superblock look(String name) {
        try {
            ExaminedDevice examined = examiner.apply(name);
            boolean isOurs =
                    examined.isValid() && examined.superblock().setUuidText().equals(latest.setUuidText());
            return isOurs ? examined.superblock() : null;
        } catch (DeviceException e) {
            return null;
        }
    }

    Superblock latest() {
        return latest;
    }
}
