package io.holdfast.cli.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.SyncActivity;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncProgress.Outcome;
import io.holdfast.raid.SyncReport;
import io.holdfast.raid.SyncTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScrubKeeperTest {
    private static final long DAY = 86_400;
    private static final long LENGTH = 1000;

    @TempDir
    Path folder;

    private final FakeWork work = new FakeWork();
    private long nowSeconds = 1_000_000_000;
    private ScrubKeeper keeper;

    /** An array whose checks come as far as the test says. */
    private static final class FakeWork implements ScrubKeeper.Work {
        private FakeTask current;
        private SyncProgress last;
        private boolean isHealthy = true;
        private boolean isBusy;
        private int startCount;
        private long startOffset;

        @Override
        public SyncTask current() {
            return current;
        }

        @Override
        public SyncProgress last() {
            return last;
        }

        @Override
        public boolean isHealthy() {
            return isHealthy;
        }

        @Override
        public long memberLength() {
            return LENGTH;
        }

        @Override
        public SyncTask check(long offset) {
            if (isBusy) {
                throw new ArrayException(IoStatus.UNSUPPORTED, "busy");
            }
            startCount++;
            startOffset = offset;
            current = new FakeTask(offset);
            return current;
        }

        void end(Outcome outcome, long done, long mismatched) {
            last = progress(SyncActivity.CHECK, outcome, done, mismatched);
            current.completion.complete(last);
            current = null;
        }
    }

    private static final class FakeTask implements SyncTask {
        private final CompletableFuture<SyncProgress> completion = new CompletableFuture<>();
        private long doneLength;
        private boolean isStopped;

        FakeTask(long doneLength) {
            this.doneLength = doneLength;
        }

        @Override
        public SyncActivity activity() {
            return SyncActivity.CHECK;
        }

        @Override
        public SyncProgress progress() {
            return ScrubKeeperTest.progress(SyncActivity.CHECK, Outcome.RUNNING, doneLength, 8);
        }

        @Override
        public SyncReport report() {
            return SyncReport.NOTHING;
        }

        @Override
        public void stop() {
            isStopped = true;
        }

        @Override
        public CompletableFuture<SyncProgress> completion() {
            return completion;
        }
    }

    private static SyncProgress progress(SyncActivity activity, Outcome outcome, long done, long mismatched) {
        return new SyncProgress(activity, outcome, done, LENGTH, mismatched, "");
    }

    @BeforeEach
    void begin() {
        keeper = keeper(7 * DAY);
    }

    private ScrubKeeper keeper(long periodSeconds) {
        Clock clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochSecond(nowSeconds);
            }
        };
        return new ScrubKeeper("md0", work, folder.resolve("state/x.scrub"), clock, periodSeconds);
    }

    @Test
    void shouldCheckAtOnceWhatWasNeverCheckedAndThenEverySoOften() {
        keeper.tick();
        assertEquals(1, work.startCount);
        keeper.tick();
        work.end(Outcome.COMPLETE, LENGTH, 0);
        keeper.tick();
        nowSeconds += 7 * DAY - 1;
        keeper.tick();
        assertEquals(1, work.startCount);

        nowSeconds++;
        keeper.tick();

        assertEquals(2, work.startCount);
        assertEquals(0, work.startOffset);
    }

    @Test
    void shouldStartNothingByItselfUnlessTold() {
        keeper = keeper(0);

        keeper.tick();

        assertEquals(0, work.startCount);
        assertEquals(0, keeper.nextSeconds());
    }

    @Test
    void shouldWaitUntilTheArrayIsCompleteAndIdle() {
        work.isHealthy = false;
        keeper.tick();
        work.isHealthy = true;
        work.isBusy = true;
        keeper.tick();
        assertEquals(0, work.startCount);
        work.isBusy = false;

        keeper.tick();

        assertEquals(1, work.startCount);
    }

    @Test
    void shouldGoOnAfterAPauseWithWhatWasFound() {
        keeper.tick();
        assertEquals(work.current, keeper.pause());
        assertTrue(work.current.isStopped);
        work.end(Outcome.STOPPED, 400, 16);
        keeper.tick();
        nowSeconds += 30 * DAY;
        keeper.tick();
        assertEquals(1, work.startCount, "it is paused");

        keeper.resume();
        keeper.tick();
        assertEquals(400, work.startOffset);
        work.end(Outcome.COMPLETE, LENGTH, 8);
        keeper.tick();

        assertEquals(new ScrubRecord("check", "complete", nowSeconds, 24, 0, 0, nowSeconds, false), keeper.record());
    }

    @Test
    void shouldGoOnAfterAStopOfTheArray() {
        keeper.tick();
        work.end(Outcome.STOPPED, 400, 16);
        keeper.close();

        keeper = keeper(7 * DAY);
        keeper.tick();

        assertEquals(2, work.startCount);
        assertEquals(400, work.startOffset);
    }

    @Test
    void shouldLoseLittleOfACheckToACrash() {
        keeper.tick();
        work.current.doneLength = 300;
        nowSeconds += 30;
        keeper.tick();
        work.current.doneLength = 700;
        nowSeconds += 10;
        keeper.tick();

        work.current = null;
        keeper = keeper(7 * DAY);
        keeper.tick();

        assertEquals(300, work.startOffset);
        work.end(Outcome.COMPLETE, LENGTH, 0);
        keeper.tick();
        assertEquals(8, keeper.record().mismatchedSectors());
    }

    @Test
    void shouldRememberAChecksEndThatSomebodyAskedForAndNotGoOnWithIt() {
        keeper = keeper(0);
        work.last = progress(SyncActivity.REPAIR, Outcome.STOPPED, 500, 8);
        keeper.tick();

        assertEquals(new ScrubRecord("repair", "stopped", nowSeconds, 8, 0, 0, 0, false), keeper.record());
        work.last = progress(SyncActivity.RECOVERY, Outcome.COMPLETE, 500, 0);
        keeper.tick();
        assertEquals("repair", keeper.record().activity());
    }

    @Test
    void shouldLiveWithARecordThatMakesNoSense() throws IOException {
        Path path = folder.resolve("state/x.scrub");
        Files.createDirectories(path.getParent());
        for (String text : new String[] {"", "{", "[]", "{\"resumeOffset\":-1}", "{}", "null"}) {
            Files.writeString(path, text);
            assertEquals(ScrubRecord.NONE, keeper(0).record(), text);
        }
        assertNull(keeper.pause());
        assertTrue(keeper(0).record().paused());
    }
}
