package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.metadata.AssemblyOptions;
import io.holdfast.raid.metadata.AssemblyPlan.JournalState;
import io.holdfast.raid.metadata.AssemblyPlanner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.agrona.CloseHelper;

/** Starts arrays for commands that use one and stop it again. */
final class ArrayOpener {
    /** Only somebody who knows of the command can use it. */
    static final String LOST_JOURNAL_ADVICE =
            " If the journal will not come back, 'holdfast journal replace --force' gives it up, with what only it held, and puts"
                    + " another in its place.";

    private boolean isReadOnly;
    private boolean run;
    private boolean force;
    private boolean withoutJournal;
    private JournalMode journalMode = JournalMode.WRITE_THROUGH;
    private JournalLossPolicy onJournalLoss;
    private Duration maxReplay;
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

    /** The longest that a replay may take after a crash; null for what the properties say. */
    ArrayOpener maxReplay(Duration value) {
        maxReplay = value;
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
     * @throws ArrayException                       when the array must not start, or is to be written to and must not be.
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
            if (maxReplay != null) {
                context.maxReplay(maxReplay);
            }
            isDone = true;
            // From here on the devices are the array's to close, also when it does not start.
            return started(context, names);
        } finally {
            if (!isDone) {
                CloseHelper.closeAll(devices);
            }
        }
    }

    private RaidArray started(ArrayContext context, List<String> names) {
        RaidArray array;
        try {
            array = RaidArray.assemble(context);
        } catch (ArrayException e) {
            throw new ArrayException(e.status(), e.getMessage() + adviceOnLostJournal(names));
        }
        if (isReadOnly || array.state().condition() != ArrayState.Condition.READ_ONLY) {
            return array;
        }
        String summary = array.description().summary().replace('\n', ' ');
        array.close();
        throw new ArrayException(IoStatus.READ_ONLY, summary + " Nothing was written." + adviceOnLostJournal(names));
    }

    private String adviceOnLostJournal(List<String> names) {
        try {
            JournalState state = AssemblyPlanner.plan(
                            Looker.examineAll(names), new AssemblyOptions(force, run, isReadOnly, null))
                    .journalState();
            return state == JournalState.MISSING || state == JournalState.STALE ? LOST_JOURNAL_ADVICE : "";
        } catch (DeviceException e) {
            return "";
        }
    }
}
