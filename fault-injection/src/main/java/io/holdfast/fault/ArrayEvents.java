package io.holdfast.fault;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress;
import java.util.ArrayList;
import java.util.List;

/** Remembers what happened to an array, in order, and whether a resync or its like is going on. */
public final class ArrayEvents implements ArrayListener {
    private final List<String> events = new ArrayList<>();
    private int syncCount;

    /** What happened: a line each, beginning with what it was in one word. */
    public List<String> all() {
        return events;
    }

    /** How many events begin with a word. */
    public long count(String word) {
        return events.stream().filter(event -> event.startsWith(word)).count();
    }

    /** Whether a resync, recovery, check or repair has begun and not ended. */
    public boolean isSyncing() {
        return syncCount > 0;
    }

    @Override
    public void onMemberFailed(String deviceName, int slot, IoStatus status, String operation) {
        events.add("memberFailed " + deviceName + " slot=" + slot + " status=" + status + " operation=" + operation);
    }

    @Override
    public void onArrayFailed(int missingCount) {
        events.add("arrayFailed missingCount=" + missingCount);
    }

    @Override
    public void onJournalFailed(String deviceName, IoStatus status) {
        events.add("journalFailed " + deviceName + " status=" + status);
    }

    @Override
    public void onJournalChanged(String oldName, String newName) {
        events.add("journalChanged from=" + oldName + " to=" + newName);
    }

    @Override
    public void onReplayDamaged(long offset, int length) {
        events.add("replayDamaged offset=" + offset + " length=" + length);
    }

    @Override
    public void onReadErrorCorrected(String deviceName, long offset, int blockCount) {
        events.add("corrected " + deviceName + " offset=" + offset + " blockCount=" + blockCount);
    }

    @Override
    public void onBlocksUnreadable(int slot, long offset, int blockCount) {
        events.add("unreadable slot=" + slot + " offset=" + offset + " blockCount=" + blockCount);
    }

    @Override
    public void onBadBlocksListed(String deviceName, long offset, long length) {
        events.add("listed " + deviceName + " offset=" + offset + " length=" + length);
    }

    @Override
    public void onBadBlocksCleared(String deviceName, long offset, long length) {
        events.add("cleared " + deviceName + " offset=" + offset + " length=" + length);
    }

    @Override
    public void onSyncStarted(SyncActivity activity) {
        syncCount++;
        events.add("syncStarted " + activity);
    }

    @Override
    public void onSyncEnded(SyncProgress progress) {
        syncCount--;
        events.add("syncEnded " + progress);
    }

    @Override
    public String toString() {
        return events.toString();
    }
}
