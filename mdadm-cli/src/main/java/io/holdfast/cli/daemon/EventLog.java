package io.holdfast.cli.daemon;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayListener;
import io.holdfast.raid.Mismatch;
import io.holdfast.raid.ReplayProgress;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what happens to an array into the log, a line for each event. Called by the engine. */
final class EventLog implements ArrayListener {
    private static final Logger LOGGER = LoggerFactory.getLogger(EventLog.class);

    /** Of one piece of work: whose disks lie by the thousand has read enough. */
    private static final int MISMATCHES_TOLD = 100;

    private final String array;
    private long mismatchCount;
    private volatile SyncProgress lastSync;

    EventLog(String array) {
        this.array = array;
    }

    /** The long work that ended last; null when there was none. */
    SyncProgress lastSync() {
        return lastSync;
    }

    @Override
    public void onMemberFailed(String deviceName, int slot, IoStatus status, String operation) {
        LOGGER.error(
                "{}: member failed: device={} slot={} status={} operation={}",
                array,
                deviceName,
                slot,
                status,
                operation);
    }

    @Override
    public void onArrayFailed(int missingCount) {
        LOGGER.error("{}: array failed: missing={}", array, missingCount);
    }

    @Override
    public void onJournalFailed(String deviceName, IoStatus status) {
        LOGGER.error("{}: journal failed: device={} status={}", array, deviceName, status);
    }

    @Override
    public void onJournalCopyFailed(String deviceName, IoStatus status) {
        LOGGER.error("{}: copy of the journal failed: device={} status={}", array, deviceName, status);
    }

    @Override
    public void onJournalChanged(String oldName, String newName) {
        LOGGER.info("{}: journal changed: before={} now={}", array, oldName, newName);
    }

    @Override
    public void onReplayStarted(ReplayProgress progress) {
        LOGGER.info("{}: replay started: length={} windows={}", array, progress.length(), progress.windowCount());
    }

    @Override
    public void onReplayEnded(ReplayProgress progress) {
        LOGGER.info(
                "{}: replay ended: length={} elapsedNs={} windowsDamaged={}",
                array,
                progress.lengthDone(),
                progress.elapsedNs(),
                progress.windowsDamaged());
    }

    @Override
    public void onReplayDamaged(long offset, int length) {
        LOGGER.error("{}: replay impossible: offset={} length={}", array, offset, length);
    }

    @Override
    public void onReadErrorCorrected(String deviceName, long offset, int blockCount) {
        LOGGER.warn("{}: read error corrected: device={} offset={} blocks={}", array, deviceName, offset, blockCount);
    }

    @Override
    public void onBlocksUnreadable(int slot, long offset, int blockCount) {
        LOGGER.error("{}: blocks unreadable: slot={} offset={} blocks={}", array, slot, offset, blockCount);
    }

    @Override
    public void onBadBlocksListed(String deviceName, long offset, long length) {
        LOGGER.warn("{}: recorded as bad: device={} offset={} length={}", array, deviceName, offset, length);
    }

    @Override
    public void onBadBlocksCleared(String deviceName, long offset, long length) {
        LOGGER.info("{}: no longer bad: device={} offset={} length={}", array, deviceName, offset, length);
    }

    @Override
    public void onMismatch(Mismatch mismatch) {
        mismatchCount++;
        if (mismatchCount <= MISMATCHES_TOLD) {
            LOGGER.warn(
                    "{}: parity does not fit data: offset={} length={} culprit={} slot={} device={} remedy={}",
                    array,
                    mismatch.memberOffset(),
                    mismatch.length(),
                    ArrayDaemon.word(mismatch.culprit().name()),
                    mismatch.slot(),
                    mismatch.deviceName(),
                    ArrayDaemon.word(mismatch.remedy().name()));
        } else if (mismatchCount == MISMATCHES_TOLD + 1) {
            LOGGER.warn("{}: parity does not fit data in more places; the report of the check lists them", array);
        }
    }

    @Override
    public void onSyncStarted(SyncActivity activity) {
        mismatchCount = 0;
        LOGGER.info("{}: {} started", array, activity.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public void onSyncEnded(SyncProgress progress) {
        lastSync = progress;
        LOGGER.info(
                "{}: {} ended: outcome={} done={} total={} mismatchedSectors={}{}",
                array,
                progress.activity().name().toLowerCase(Locale.ROOT),
                progress.outcome().name().toLowerCase(Locale.ROOT),
                progress.doneLength(),
                progress.totalLength(),
                progress.mismatchedSectors(),
                progress.message().isEmpty() ? "" : " " + progress.message());
    }
}
