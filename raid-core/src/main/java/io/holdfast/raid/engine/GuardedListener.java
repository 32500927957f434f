package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.Mismatch;
import io.holdfast.raid.ReplayProgress;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress;
import org.agrona.ErrorHandler;

/** Keeps a listener that throws from taking the conductor with it: the error is handed on, the array goes on. */
final class GuardedListener implements ArrayListener {
    private final ArrayListener listener;
    private final ErrorHandler errorHandler;

    GuardedListener(ArrayListener listener, ErrorHandler errorHandler) {
        this.listener = listener;
        this.errorHandler = errorHandler;
    }

    @Override
    public void onMemberFailed(String deviceName, int slot, IoStatus status, String operation) {
        guard(() -> listener.onMemberFailed(deviceName, slot, status, operation));
    }

    @Override
    public void onArrayFailed(int missingCount) {
        guard(() -> listener.onArrayFailed(missingCount));
    }

    @Override
    public void onJournalFailed(String deviceName, IoStatus status) {
        guard(() -> listener.onJournalFailed(deviceName, status));
    }

    @Override
    public void onReplayStarted(ReplayProgress progress) {
        guard(() -> listener.onReplayStarted(progress));
    }

    @Override
    public void onReplayEnded(ReplayProgress progress) {
        guard(() -> listener.onReplayEnded(progress));
    }

    @Override
    public void onReplayDamaged(long offset, int length) {
        guard(() -> listener.onReplayDamaged(offset, length));
    }

    @Override
    public void onBadBlocksListed(String deviceName, long offset, long length) {
        guard(() -> listener.onBadBlocksListed(deviceName, offset, length));
    }

    @Override
    public void onBadBlocksCleared(String deviceName, long offset, long length) {
        guard(() -> listener.onBadBlocksCleared(deviceName, offset, length));
    }

    @Override
    public void onMismatch(Mismatch mismatch) {
        guard(() -> listener.onMismatch(mismatch));
    }

    @Override
    public void onMemberReplaced(String oldName, String newName, int slot) {
        guard(() -> listener.onMemberReplaced(oldName, newName, slot));
    }

    @Override
    public void onReadErrorCorrected(String deviceName, long offset, int blockCount) {
        guard(() -> listener.onReadErrorCorrected(deviceName, offset, blockCount));
    }

    @Override
    public void onJournalCopyFailed(String deviceName, IoStatus status) {
        guard(() -> listener.onJournalCopyFailed(deviceName, status));
    }

    @Override
    public void onJournalChanged(String oldName, String newName) {
        guard(() -> listener.onJournalChanged(oldName, newName));
    }

    @Override
    public void onBlocksUnreadable(int slot, long offset, int blockCount) {
        guard(() -> listener.onBlocksUnreadable(slot, offset, blockCount));
    }

    @Override
    public void onSyncStarted(SyncActivity activity) {
        guard(() -> listener.onSyncStarted(activity));
    }

    @Override
    public void onSyncEnded(SyncProgress progress) {
        guard(() -> listener.onSyncEnded(progress));
    }

    private void guard(Runnable event) {
        try {
            event.run();
        } catch (Throwable error) { // whatever it is, it is the listener's
            errorHandler.onError(error);
        }
    }
}
