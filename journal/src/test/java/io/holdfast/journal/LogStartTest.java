package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.journal.TestLog.Pages;
import io.holdfast.journal.TestLog.Replay;
import io.holdfast.journal.TestLog.Told;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A writer that goes on behind a log which nobody has replayed yet. */
class LogStartTest {
    private static final int BLOCK = MetaBlockDescriptor.LENGTH;

    private final Told told = new Told();
    private final Pages pages = new Pages(1024);
    private final List<String> expected = new ArrayList<>();
    private TestLog log = TestLog.started(160, 16);

    @AfterEach
    void close() {
        log.close();
    }

    /** A transaction of one group, in a batch and a block of its own: three pages of log. */
    private JournalTransaction append(long sector) {
        JournalTransaction transaction = new JournalTransaction(2);
        transaction.owner(told, sector);
        expected.addAll(pages.fill(transaction, sector, 1, 1, false));
        assertTrue(log.writer.tryAppend(transaction));
        log.settle();
        return transaction;
    }

    /** The writer dies; another goes on where the scan ended. */
    private ScanReport restart() {
        ScanReport report = log.replay().report;
        log.start(LogStart.behind(report), 16);
        return report;
    }

    @Test
    void shouldGoOnWithTheNextNumberSoThatAReplayFindsOldAndNew() {
        append(0);
        append(8);
        ScanReport old = restart();
        append(16);
        restart();
        append(24);
        Replay replay = log.replay();
        assertEquals(expected, replay.payloads);
        assertEquals(old.nextSequence() + 2, replay.report.nextSequence());
    }

    @Test
    void shouldHoldTheTailUntilTheOldPartIsAtRest() {
        append(0);
        append(8);
        ScanReport old = restart();
        JournalTransaction fresh = append(16);
        log.writer.retire(fresh);
        assertEquals(0, log.writer.reclaimableSectors());
        assertFalse(log.writer.closeClean());
        log.writer.oldPartAtRest();
        assertEquals(old.endPosition(), log.writer.reclaimablePosition());
        log.moveTail();
        assertEquals(expected.subList(4, 6), log.replay().payloads);
    }

    @Test
    void shouldLetTheTailDesignateTheLastOldBlockWhenNothingHasComeSince() {
        append(0);
        append(8);
        ScanReport old = restart();
        log.writer.oldPartAtRest();
        assertEquals(old.lastPosition(), log.writer.reclaimablePosition());
        log.moveTail();
        assertEquals(expected.subList(2, 4), log.replay().payloads);
        assertFalse(log.writer.closeClean());
        log.settle();
        assertTrue(log.writer.closeClean());
        log.moveTail();
        assertTrue(log.replay().report.isEmpty());
    }

    @Test
    void shouldGoOnBehindASingleBlock() {
        append(0);
        log.writer.retire(told.durable.get(0));
        log.moveTail();
        restart();
        append(8);
        log.writer.oldPartAtRest();
        log.writer.retire(told.durable.get(1));
        log.moveTail();
        assertEquals(expected.subList(2, 4), log.replay().payloads);
    }

    @Test
    void shouldMakeAppendsWaitWhileTheOldPartFillsTheLog() {
        // Twenty blocks, of which the first is empty, one stays free and one is for closing: five times three fit.
        for (int i = 0; i < 5; i++) {
            append(8L * i);
        }
        restart();
        assertTrue(log.writer.availableLength() < 3 * BLOCK, "availableLength=" + log.writer.availableLength());
        told.durable.clear();
        append(800);
        assertEquals(List.of(), told.durable);
        assertEquals(expected.subList(0, 10), log.replay().payloads);
        log.writer.oldPartAtRest();
        assertTrue(log.writer.spaceWanted());
        log.moveTail();
        log.settle();
        assertEquals(1, told.durable.size());
        assertEquals(expected.subList(8, 12), log.replay().payloads);
    }

    @Test
    void shouldGoRoundWithAnOldPartInFront() {
        for (int i = 0; i < 50; i++) {
            JournalTransaction transaction = append(8L * i);
            if (i % 7 == 3) {
                restart();
                log.writer.oldPartAtRest();
            } else {
                log.writer.retire(transaction);
            }
            log.moveTail();
            List<String> found = log.replay().payloads;
            assertEquals(expected.subList(expected.size() - 2, expected.size()), found, "append " + i);
        }
    }

    // ---- what is left of a batch ----

    /** Three blocks of which the first did not reach the disk. */
    private void dieInTheMiddleOfABatch() {
        append(0);
        byte[] before = log.image();
        long torn = log.replay().report.endPosition();
        append(8);
        append(16);
        append(24);
        UnsafeBuffer page = BufferSlab.allocate(BLOCK);
        page.putBytes(0, before, (int) torn * 512, BLOCK);
        log.device.memory.write(log.area.deviceOffset(torn), page, 0, BLOCK);
        while (expected.size() > 2) {
            expected.remove(2);
        }
    }

    @Test
    void shouldNotTakeTheRestOfADeadBatchForWhatComesNext() {
        dieInTheMiddleOfABatch();
        ScanReport cut = log.replay().report;
        assertTrue(cut.isCut());
        assertTrue(cut.isOwn());
        long ahead = Math.min(JournalScanner.LOOK_AHEAD_SECTORS, log.area.lengthSectors() - cut.scannedSectors());
        new JournalAppender(log.area, cut.endPosition(), cut.nextSequence()).clearAhead(ahead);
        ScanReport cleared = restart();
        assertFalse(cleared.isCut());
        assertEquals(cut.endPosition(), cleared.endPosition());
        append(800);
        assertEquals(expected, log.replay().payloads);
    }

    @Test
    void shouldShowWhatHappensWhenItIsNotCleared() {
        dieInTheMiddleOfABatch();
        restart();
        append(800);
        assertEquals(
                expected.size() + 4, log.replay().payloads.size(), "the danger is not there, and is tested in vain");
    }

    @Test
    void shouldClearRoundTheEndOfTheLogAndNoFurther() {
        JournalAppender appender = new JournalAppender(log.area, 144, 7);
        byte[] full = log.image();
        Arrays.fill(full, (byte) 1);
        log.restore(full);
        appender.clearAhead(32);
        byte[] image = log.image();
        for (int i = 0; i < image.length; i++) {
            boolean isCleared = i >= 144 * 512 || i < 16 * 512;
            assertEquals(isCleared ? 0 : 1, image[i], "byte " + i);
        }
    }

    // ---- reading on, and at once ----

    @Test
    void shouldReadOnWhereTheScanEnded() {
        append(0);
        Replay replay = log.replay();
        JournalTransaction transaction = new JournalTransaction(2);
        expected.addAll(pages.fill(transaction, 8, 1, 1, false));
        JournalAppender appender =
                new JournalAppender(log.area, replay.report.endPosition(), replay.report.nextSequence());
        appender.append(List.of(transaction));
        ScanReport report = log.scanner.resume(replay);
        assertEquals(expected, replay.payloads);
        assertEquals(3, report.blockCount());
        assertEquals(replay.report.endPosition(), report.lastPosition());
        assertEquals(appender.position(), report.endPosition());
    }

    @Test
    void shouldReadManyPagesAtOnceWhereverTheyGo() {
        append(0);
        append(8);
        List<long[]> found = new ArrayList<>();
        log.scanner.scan(0, new Positions(found));
        long[] wanted = new long[found.size()];
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = found.get(i)[0] << JournalScanner.INDEX_BITS | (wanted.length - 1 - i);
        }
        UnsafeBuffer target = BufferSlab.allocate(wanted.length * BLOCK);
        int readsBefore = log.device.reads;
        log.scanner.readPages(wanted, wanted.length, target);
        assertEquals(1, log.device.reads - readsBefore);
        for (int i = 0; i < wanted.length; i++) {
            // Content is counted from 1.
            assertEquals(wanted.length - i, target.getLong(i * BLOCK), "page " + i);
        }
        assertEquals(
                new JournalChecksum(TestLog.UUID).of(target, (wanted.length - 1) * BLOCK),
                log.scanner.checksumOf(found.get(0)[0]));
        assertThrows(IllegalArgumentException.class, () -> log.scanner.checksumOf(0));
    }

    /** Keeps where pages lie. */
    private record Positions(List<long[]> found) implements JournalVisitor {
        @Override
        public void onData(long arraySector, long pagePosition) {
            found.add(new long[] {pagePosition});
        }

        @Override
        public void onParity(long memberSector, long pPagePosition, long qPagePosition) {
            found.add(new long[] {pPagePosition});
        }

        @Override
        public void onFlush(long memberSector) {
            throw new AssertionError();
        }
    }

    // ---- a bound on what is live ----

    @Test
    void shouldUseNoMoreThanItsLimitAndOneTransactionAtLeast() {
        log.close();
        log = TestLog.started(8 * 5000, 16);
        log.writer.liveLimit(1);
        long least = 2 * log.writer.maxTransactionLength() + 3 * BLOCK;
        assertEquals(least, log.writer.capacity());
        log.writer.liveLimit(least + 10 * BLOCK + 1);
        assertEquals(least + 10 * BLOCK, log.writer.capacity());
        log.writer.liveLimit(Long.MAX_VALUE);
        assertEquals(5000L * BLOCK, log.writer.capacity());
        log.writer.liveLimit(least);
        int appended = 0;
        while (told.durable.size() == appended && appended < 5000) {
            append(8L * appended++);
        }
        assertTrue(log.writer.liveLength() <= least, "liveLength=" + log.writer.liveLength());
        assertTrue(log.writer.liveLength() > least - 8 * BLOCK, "liveLength=" + log.writer.liveLength());
        told.durable.forEach(log.writer::retire);
        assertTrue(log.writer.spaceWanted());
        log.moveTail();
        log.settle();
        assertEquals(appended, told.durable.size());
    }

    @Test
    void shouldNotKnowAnotherWritersBlockForItsOwn() {
        append(0);
        UnsafeBuffer block = BufferSlab.allocate(BLOCK);
        ScanReport report = log.replay().report;
        MetaBlockDescriptor.begin(block, 0, report.nextSequence(), report.endPosition());
        MetaBlockDescriptor.checksum(block, 0, new JournalChecksum(TestLog.UUID).of(block, 0));
        log.device.memory.write(log.area.deviceOffset(report.endPosition()), block, 0, BLOCK);
        assertTrue(report.isOwn());
        assertFalse(log.replay().report.isOwn());
    }
}
