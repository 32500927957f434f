package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import java.util.ArrayList;
import java.util.List;
import org.agrona.CloseHelper;

/** Starts arrays for commands that use one and stop it again. */
final class ArrayOpener {
    private boolean isReadOnly;
    private boolean run;
    private boolean force;
    private boolean withoutJournal;
    private JournalMode journalMode = JournalMode.WRITE_THROUGH;
    private JournalLossPolicy onJournalLoss;
    private ArrayListener listener = ArrayListener.NONE;

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

    /** Give up a journal that is lost. */
    ArrayOpener withoutJournal(boolean value) {
        withoutJournal = value;
        return this;
    }

    /** What writes wait for. */
    ArrayOpener journalMode(JournalMode value) {
        journalMode = value;
        return this;
    }

    /** What the loss of the journal means in this run; null for what is noted with the array. */
    ArrayOpener onJournalLoss(JournalLossPolicy value) {
        onJournalLoss = value;
        return this;
    }

    /** Told what happens to the array. */
    ArrayOpener listener(ArrayListener value) {
        listener = value;
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
                    .force(force)
                    .withoutJournal(withoutJournal)
                    .journalMode(journalMode)
                    .onJournalLoss(onJournalLoss)
                    .listener(listener);
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
