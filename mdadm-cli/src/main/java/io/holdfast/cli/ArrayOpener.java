package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.RaidArray;
import java.util.ArrayList;
import java.util.List;
import org.agrona.CloseHelper;

/** Starts arrays for commands that use one and stop it again. */
final class ArrayOpener {
    private boolean isReadOnly;
    private boolean run;
    private boolean force;

    /** Write to no device; a journal is replayed into memory. */
    ArrayOpener readOnly(boolean value) {
        isReadOnly = value;
        return this;
    }

    /** Start without members that were there last time. */
    ArrayOpener run(boolean value) {
        run = value;
        return this;
    }

    /** Start what is not safe to start. */
    ArrayOpener force(boolean value) {
        force = value;
        return this;
    }

    /**
     * Own the devices and start the array on them.
     *
     * @param names of all its devices.
     * @return the array, which closes the devices.
     * @throws io.holdfast.blockdev.DeviceException when a device cannot be had.
     * @throws io.holdfast.raid.ArrayException      when the array must not start.
     */
    RaidArray open(List<String> names) {
        Owner.checkDistinct(names);
        List<BlockDevice> devices = new ArrayList<>();
        boolean isDone = false;
        try {
            for (String name : names) {
                devices.add(isReadOnly ? Owner.openReadOnly(name) : Owner.open(name));
            }
            ArrayContext context = new ArrayContext()
                    .devices(devices)
                    .readOnly(isReadOnly)
                    .run(run)
                    .force(force);
            isDone = true;
            // From here on the devices are the array's to close, also when it does not start.
            return RaidArray.assemble(context);
        } finally {
            if (!isDone) {
                CloseHelper.closeAll(devices);
            }
        }
    }
}
