package io.holdfast.cli.daemon;

import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ScrubMode;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncTask;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks an array every so often, and remembers how checks ended. A check of its own that is stopped, be it with the array, goes on
 * from where it was; one that somebody asked for does not. It never begins while the array lacks a member or does other long work.
 *
 * <p>Thread-safe: the housekeeper ticks, clients pause and resume.
 */
final class ScrubKeeper {
    private static final Logger LOGGER = LoggerFactory.getLogger(ScrubKeeper.class);
    /** How much of a check a crash may cost. */
    private static final long SAVE_INTERVAL_SECONDS = 30;

    /** The array, as far as checks go. */
    interface Work {
        /** The long work that is going on, or null. */
        SyncTask current();

        /** The long work that ended last, or null. */
        SyncProgress last();

        /** Whether the array lacks nothing, so that a check may begin. */
        boolean isHealthy();

        /** Bytes that are used of every member. */
        long memberLength();

        /**
         * Begin a check, or go on with one.
         *
         * @param offset bytes of every member that have been dealt with.
         * @return the check.
         * @throws ArrayException when something else goes on.
         */
        SyncTask check(long offset);

        /** That of a running array. */
        static Work of(RaidArray array, EventLog events) {
            return new Work() {
                @Override
                public SyncTask current() {
                    return array.currentSync();
                }

                @Override
                public SyncProgress last() {
                    return events.lastSync();
                }

                @Override
                public boolean isHealthy() {
                    return array.state().condition() == ArrayState.Condition.HEALTHY;
                }

                @Override
                public long memberLength() {
                    return array.description().layout().memberLength();
                }

                @Override
                public SyncTask check(long offset) {
                    return array.check(ScrubMode.CHECK, offset);
                }
            };
        }
    }

    private final String name;
    private final Work work;
    private final Path path;
    private final Clock clock;
    private final long periodSeconds;
    private ScrubRecord record;
    private SyncProgress lastSeen;
    private SyncTask own;
    private long savedSeconds;
    /** What the parts before this one of a check found that goes on. */
    private long earlierMismatched;

    /**
     * Begin.
     *
     * @param name          of the array.
     * @param work          of the array.
     * @param path          where the record is kept.
     * @param clock         for times of day.
     * @param periodSeconds between the ends of checks; 0 for none by itself.
     */
    ScrubKeeper(String name, Work work, Path path, Clock clock, long periodSeconds) {
        this.name = name;
        this.work = work;
        this.path = path;
        this.clock = clock;
        this.periodSeconds = periodSeconds;
        lastSeen = work.last();
        try {
            record = ScrubRecord.read(path);
        } catch (IOException e) {
            LOGGER.warn(
                    "{}: what is known of earlier checks cannot be read: {}",
                    name,
                    String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
            record = ScrubRecord.NONE;
        }
    }

    /** What is known. */
    synchronized ScrubRecord record() {
        return record;
    }

    /** Seconds between checks; 0 for none by itself. */
    long periodSeconds() {
        return periodSeconds;
    }

    /** When the next check is due, in seconds since 1970; 0 when none is. */
    synchronized long nextSeconds() {
        if (periodSeconds == 0 || record.paused()) {
            return 0;
        }
        return record.resumeOffset() > 0 || record.completeSeconds() == 0
                ? now()
                : record.completeSeconds() + periodSeconds;
    }

    /** Look at what has happened, and start what is due. */
    synchronized void tick() {
        takeNote();
        SyncTask current = work.current();
        if (current != null) {
            if (current == own && now() - savedSeconds >= SAVE_INTERVAL_SECONDS) {
                saveProgress();
            }
            return;
        }
        boolean isDue = periodSeconds > 0 && !record.paused() && nextSeconds() <= now();
        if (isDue && work.isHealthy()) {
            start();
        }
    }

    private void start() {
        long offset = Math.min(record.resumeOffset(), work.memberLength());
        try {
            own = work.check(offset);
            earlierMismatched = offset == 0 ? 0 : record.resumeMismatched();
            savedSeconds = now();
            LOGGER.info("{}: a check that is due {}: offset={}", name, offset == 0 ? "begins" : "goes on", offset);
        } catch (ArrayException e) {
            LOGGER.debug("{}: a check that is due has to wait: {}", name, e.getMessage());
        }
    }

    private void saveProgress() {
        SyncProgress now = own.progress();
        savedSeconds = now();
        save(record.resumingAt(now.doneLength(), now.mismatchedSectors() + earlierMismatched));
    }

    /** The end of a check or repair is something to remember, whoever began it. */
    @SuppressWarnings("ReferenceEquality") // two checks may well end alike
    private void takeNote() {
        SyncProgress end = work.last();
        if (end == null || end == lastSeen) {
            return;
        }
        lastSeen = end;
        if (end.activity() != SyncActivity.CHECK && end.activity() != SyncActivity.REPAIR) {
            return;
        }
        boolean isOwn = own != null && own.completion().isDone();
        long mismatched = end.mismatchedSectors() + (isOwn ? earlierMismatched : 0);
        boolean isComplete = end.outcome() == SyncProgress.Outcome.COMPLETE;
        boolean goesOn = isOwn && end.outcome() == SyncProgress.Outcome.STOPPED;
        save(new ScrubRecord(
                ArrayDaemon.word(end.activity().name()),
                ArrayDaemon.word(end.outcome().name()),
                now(),
                mismatched,
                goesOn ? end.doneLength() : 0,
                goesOn ? mismatched : 0,
                isComplete ? now() : record.completeSeconds(),
                record.paused()));
        if (isOwn) {
            own = null;
        }
    }

    private void save(ScrubRecord next) {
        record = next;
        try {
            next.write(path);
        } catch (IOException e) {
            LOGGER.warn("{}: what is known of checks cannot be written: {}", name, e.toString());
        }
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    /**
     * Start no check by itself, and stop one that was, until {@link #resume}.
     *
     * @return the check that was stopped, or null.
     */
    synchronized SyncTask pause() {
        save(record.paused(true));
        if (own != null) {
            own.stop();
        }
        return own;
    }

    /** Go on. */
    synchronized void resume() {
        save(record.paused(false));
    }

    /** The array has come to rest: remember how far a check had come. */
    synchronized void close() {
        takeNote();
    }
}
