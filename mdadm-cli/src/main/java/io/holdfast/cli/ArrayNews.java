package io.holdfast.cli;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayListener;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Keeps what happens to an array until the command has time to say it: engine threads are not to wait for a terminal.
 * Thread-safe.
 */
final class ArrayNews implements ArrayListener {
    /** Somebody whose disks fail by the thousand blocks has read enough. */
    private static final int MAX_UNTOLD = 100;

    private final Queue<String> untold = new ArrayDeque<>();
    private long droppedCount;
    private volatile boolean hasJournalFailed;

    /**
     * Say what has happened since the last time.
     *
     * @param session  to say it in.
     * @param progress whose line on a terminal is taken away first, or null.
     */
    void tell(Session session, Progress progress) {
        Queue<String> lines = taken();
        if (!lines.isEmpty() && progress != null) {
            progress.abandon();
        }
        lines.forEach(session::say);
    }

    private synchronized Queue<String> taken() {
        Queue<String> lines = new ArrayDeque<>(untold);
        untold.clear();
        if (droppedCount > 0) {
            lines.add("and " + droppedCount + " more events of the array.");
            droppedCount = 0;
        }
        return lines;
    }

    private synchronized void add(String line) {
        if (untold.size() < MAX_UNTOLD) {
            untold.add(line);
        } else {
            droppedCount++;
        }
    }

    @Override
    public void onMemberFailed(String deviceName, int slot, IoStatus status, String operation) {
        add(deviceName + ": failed at a " + operation + " (" + status + "), and is no longer used"
                + (slot < 0 ? "." : "; slot " + slot + " has no member now."));
    }

    @Override
    public void onArrayFailed(int missingCount) {
        add("the array has failed: " + missingCount + " slots have no complete member.");
    }

    @Override
    public void onJournalFailed(String deviceName, IoStatus status) {
        hasJournalFailed = true;
        add(deviceName + ": the journal has failed (" + status + "); nothing that was answered is lost.");
    }

    @Override
    public void onJournalCopyFailed(String deviceName, IoStatus status) {
        add(deviceName + ": this copy of the journal has failed (" + status
                + "); the array goes on with the others. 'holdfast journal add-copy' adds another.");
    }

    @Override
    public void onJournalChanged(String oldName, String newName) {
        // Who has taken it away knows that.
        if (newName.isEmpty() && hasJournalFailed) {
            add("the array has no journal from now on.");
        }
    }

    @Override
    public void onReplayDamaged(long offset, int length) {
        add("what the journal holds of the " + length + " bytes at " + offset
                + " of every member can no longer be read: writes that were answered are lost there.");
    }

    @Override
    public void onReadErrorCorrected(String deviceName, long offset, int blockCount) {
        add(deviceName + ": " + blockCount + " blocks at " + offset + " could not be read; they were computed from the"
                + " other members and written again.");
    }

    @Override
    public void onBadBlocksListed(String deviceName, long offset, long length) {
        add(deviceName + ": " + length / 4096 + " blocks at " + offset
                + " are on its bad block list now; they leave it when" + " they are written.");
    }

    @Override
    public void onBlocksUnreadable(int slot, long offset, int blockCount) {
        add("slot " + slot + ": " + blockCount + " blocks at " + offset + " can be neither read nor computed.");
    }
}
