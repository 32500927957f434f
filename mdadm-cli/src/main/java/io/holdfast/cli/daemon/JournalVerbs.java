package io.holdfast.cli.daemon;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.RaidArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.agrona.CloseHelper;

/** Journals that come and go, as an operator asks. One at a time. */
final class JournalVerbs {
    private final ArrayDaemon daemon;
    private final RaidArray array;

    JournalVerbs(ArrayDaemon daemon) {
        this.daemon = daemon;
        this.array = daemon.array();
    }

    /**
     * Change the journal.
     *
     * @param request with {@code change}, as typed behind {@code journal}, and {@code devices} that are to hold it.
     * @return nothing worth telling.
     */
    synchronized Map<String, Object> change(ControlRequest request) {
        String change = request.text("change");
        boolean hasJournal = daemon.status().journal() != null;
        if (change.equals("add") && hasJournal) {
            throw new DaemonException(
                    "the array has a journal: 'holdfast journal add-copy' adds another copy of it, and"
                            + " 'holdfast journal replace' puts another in its place.");
        }
        if (!change.equals("add") && !hasJournal) {
            throw new DaemonException("the array has no journal"
                    + (change.equals("remove") ? "." : "; 'holdfast journal add' gives it one."));
        }
        List<BlockDevice> opened = new ArrayList<>();
        boolean isDone = false;
        try {
            request.texts("devices")
                    .forEach(name -> opened.add(daemon.context().opener().apply(name)));
            apply(change, opened);
            isDone = true;
            return Map.of();
        } finally {
            if (!isDone) {
                CloseHelper.quietCloseAll(opened);
            }
        }
    }

    private void apply(String change, List<BlockDevice> devices) {
        boolean isCountRight = change.equals("remove") ? devices.isEmpty() : !devices.isEmpty();
        if (!isCountRight || (change.equals("add-copy") && devices.size() > 1)) {
            throw new DaemonException("journal " + change + ": not with " + devices.size() + " devices");
        }
        switch (change) {
            case "add", "replace" -> array.useJournal(devices.toArray(new BlockDevice[0]));
            case "add-copy" -> array.addJournalCopy(devices.get(0));
            case "remove" -> array.removeJournal();
            default -> throw new DaemonException("a journal cannot be changed so: " + change);
        }
    }

    /**
     * Say what the loss of the journal means.
     *
     * @param request with {@code policy}, the name of one.
     * @return with {@code before}.
     */
    synchronized Map<String, Object> policy(ControlRequest request) {
        JournalLossPolicy before = array.onJournalLoss();
        array.onJournalLoss(JournalLossPolicy.valueOf(request.text("policy")));
        return Map.of("before", before.name());
    }
}
