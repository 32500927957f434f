package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.TestLog.Pages;
import io.holdfast.journal.TestLog.Replay;
import io.holdfast.journal.TestLog.Told;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JournalWriterTest {
    private final Told told = new Told();
    private final Pages pages = new Pages(2048);
    private TestLog log = TestLog.started(8192, 16);

    @AfterEach
    void close() {
        log.close();
    }

    private void start(long lengthSectors) {
        log.close();
        log = TestLog.started(lengthSectors, 16);
    }

    private JournalTransaction transaction(int maxPageCount, long token) {
        JournalTransaction transaction = new JournalTransaction(maxPageCount);
        transaction.owner(told, token);
        return transaction;
    }

    private List<String> append(JournalTransaction transaction, long sector, int groups, int dataPages) {
        List<String> expected = pages.fill(transaction, sector, groups, dataPages, false);
        assertTrue(log.writer.tryAppend(transaction));
        return expected;
    }

    @Test
    void shouldWriteAndFlushOnceForAllThatPiledUp() {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            expected.addAll(append(transaction(4, i), 800L * i, 1, 3));
        }
        log.settle();
        assertEquals(1, log.device.writes);
        assertEquals(1, log.device.flushes);
        assertEquals(10, told.durable.size());
        Replay replay = log.replay();
        assertEquals(expected, replay.payloads);
        assertEquals(2, replay.report.blockCount(), "ten transactions share a meta block");
    }

    @Test
    void shouldMakeABatchOfWhatCameWhileTheLastWasUnderWay() {
        append(transaction(4, 0), 0, 1, 3);
        log.step();
        for (int i = 1; i < 6; i++) {
            append(transaction(4, i), 800L * i, 1, 3);
        }
        log.settle();
        assertEquals(2, log.device.writes);
        assertEquals(2, log.device.flushes);
        assertEquals(3, log.replay().report.blockCount());
    }

    @Test
    void shouldTellWhatIsUsedAndWhatHasGoneThrough() {
        JournalUse before = log.writer.use();
        append(transaction(4, 0), 0, 1, 3);
        append(transaction(4, 1), 800, 1, 3);
        assertEquals(2, log.writer.use().waitingCount());
        assertEquals(0, log.writer.use().batchCount());

        log.settle();

        JournalUse after = log.writer.use();
        // One meta block, and three pages of data and one of parity for each.
        long length = (1 + 2 * 4) * 4096;
        assertEquals(new JournalUse(before.capacity(), before.used() + length, 0, 1, 2, length), after);
        assertEquals(length, after.meanBatchLength());
    }

    @Test
    void shouldWaitForCompanyAsLongAsItIsTold() {
        log.writer.batchDelay(1000);
        append(transaction(4, 0), 0, 1, 3);
        log.step();
        log.nowNs += 999;
        log.step();
        assertEquals(0, log.device.writes);
        append(transaction(4, 1), 800, 1, 3);
        log.step();
        log.nowNs += 1;
        log.settle();
        assertEquals(1, log.device.writes);
        assertEquals(2, told.durable.size());
        append(transaction(4, 2), 1600, 1, 3);
        log.step();
        assertEquals(1, log.device.writes, "the next batch waits as long");
        log.nowNs += 1000;
        log.settle();
        assertEquals(3, told.durable.size());
    }

    @Test
    void shouldTellAnOwnerOnlyAfterTheFlush() {
        append(transaction(4, 7), 0, 1, 3);
        while (log.device.flushes == 0) {
            assertTrue(told.durable.isEmpty());
            log.step();
        }
        assertTrue(told.durable.isEmpty(), "the flush has only been asked for");
        log.settle();
        assertEquals(7, told.durable.get(0).token());
    }

    @Test
    void shouldKeepTransactionsInOrderAndSequencesWithoutAGap() {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            expected.addAll(append(transaction(6, i), 800L * i, 2, 2));
            log.settle();
        }
        Replay replay = log.replay();
        assertEquals(expected, replay.payloads);
        assertEquals(9, replay.report.blockCount());
        assertEquals(TestLog.FIRST_SEQUENCE + 9, replay.report.nextSequence());
    }

    @Test
    void shouldLogPAndQInOneDescriptor() {
        JournalTransaction transaction = transaction(5, 0);
        List<String> expected = pages.fill(transaction, 0, 1, 3, true);
        log.writer.tryAppend(transaction);
        log.settle();
        Replay replay = log.replay();
        assertEquals(expected, replay.payloads);
        assertEquals(5, replay.report.pageCount());
    }

    @Test
    void shouldNotSplitATransactionThatFitsIntoOneBlock() {
        // 2 x 30 groups of 4 descriptors of 20 bytes: each fits into a block, both together do not.
        List<String> expected = append(transaction(120, 0), 0, 30, 3);
        expected.addAll(append(transaction(120, 1), 8000, 30, 3));
        log.settle();
        byte[] image = log.image();
        Replay replay = log.replay();
        assertEquals(expected, replay.payloads);
        assertEquals(3, replay.report.blockCount());
        // Without the block of the second, nothing of the second is left.
        int second = 4096 + 121 * 4096;
        image[second + 100] ^= 1;
        log.restore(image);
        assertEquals(expected.subList(0, 120), log.replay().payloads);
    }

    @Test
    void shouldSplitALongTransactionBetweenGroups() {
        List<String> expected = append(transaction(400, 0), 0, 100, 3);
        log.settle();
        Replay replay = log.replay();
        assertEquals(expected, replay.payloads);
        // 50 groups of 4 descriptors make 4000 of the 4064 bytes of a block.
        assertEquals(3, replay.report.blockCount());
        assertEquals(1, log.device.writes);
    }

    @Test
    void shouldGoRoundAndRound() {
        start(256);
        List<JournalTransaction> live = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            JournalTransaction transaction = transaction(4, i);
            List<String> expected = append(transaction, 8L * i, 1, 1 + i % 3);
            log.settle();
            assertEquals(i + 1, told.durable.size());
            Replay replay = log.replay();
            int size = replay.payloads.size();
            assertEquals(expected, replay.payloads.subList(size - expected.size(), size));
            live.add(transaction);
            if (live.size() > 2) {
                log.writer.retire(live.remove(0));
                log.moveTail();
            }
        }
    }

    @Test
    void shouldWaitWhileTheLogIsFullAndGoOnWhenTheTailMoves() {
        start(80);
        JournalTransaction first = transaction(2, 0);
        JournalTransaction second = transaction(2, 1);
        JournalTransaction third = transaction(2, 2);
        append(first, 0, 1, 1);
        log.settle();
        append(second, 8, 1, 1);
        log.settle();
        append(third, 16, 1, 1);
        log.settle();
        assertEquals(2, told.durable.size());
        assertFalse(log.writer.spaceWanted(), "nothing could be freed yet");
        log.writer.retire(second);
        assertEquals(0, log.writer.reclaimableSectors(), "the first is in the way");
        log.writer.retire(first);
        assertTrue(log.writer.spaceWanted());
        assertEquals(32, log.writer.reclaimableSectors());
        log.settle();
        assertEquals(2, told.durable.size(), "the tail is not recorded yet");
        log.moveTail();
        log.settle();
        assertEquals(3, told.durable.size());
        assertEquals(4, log.replay().payloads.size(), "the last block at rest, and the third");
    }

    @Test
    void shouldWakeTheLoopWhenSpaceComesFree() {
        start(64);
        JournalTransaction first = transaction(2, 0);
        append(first, 0, 1, 1);
        log.settle();
        append(transaction(2, 1), 0, 1, 1);
        append(transaction(2, 2), 0, 1, 1);
        append(transaction(2, 3), 0, 1, 1);
        log.settle();
        log.loop.takeWake();
        log.writer.retire(first);
        assertTrue(log.loop.takeWake());
    }

    @Test
    void shouldWantTheTailMovedWhenAQuarterOfTheLogCouldBeFreed() {
        start(1024);
        List<JournalTransaction> all = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            JournalTransaction transaction = transaction(4, i);
            append(transaction, 0, 1, 3);
            log.settle();
            all.add(transaction);
        }
        for (int i = 0; i < 7; i++) {
            log.writer.retire(all.get(i));
            // From the block at 0 to the last at rest: 8 + 40 for each before it.
            assertEquals(8 + 40 * i > 256, log.writer.spaceWanted(), "retired=" + i);
        }
        log.writer.retire(all.get(7));
        assertTrue(log.writer.spaceWanted());
    }

    @Test
    void shouldAlwaysFindRoomForTheLongestTransaction() {
        for (long lengthSectors = 64; lengthSectors <= 200; lengthSectors += 8) {
            start(lengthSectors);
            told.durable.clear();
            int pageCount = (int) log.writer.maxTransactionLength() / TestLog.PAGE - 1;
            for (int i = 0; i < 20; i++) {
                JournalTransaction transaction = transaction(pageCount, i);
                append(transaction, 0, 1, pageCount - 1);
                log.settle();
                if (told.durable.size() == i) {
                    assertTrue(log.writer.spaceWanted());
                    log.moveTail();
                    log.settle();
                }
                assertEquals(i + 1, told.durable.size(), "lengthSectors=" + lengthSectors);
                assertEquals(TestLog.FIRST_SEQUENCE + 2 + i, log.replay().report.nextSequence());
                log.writer.retire(transaction);
            }
            assertTrue(closesClean(), "room is kept for the empty block");
        }
    }

    @Test
    void shouldKeepRoomForTheEmptyBlockHoweverFullTheLog() {
        for (long lengthSectors = 64; lengthSectors <= 200; lengthSectors += 8) {
            int fitting = fill(lengthSectors, Integer.MAX_VALUE).size() - 1;
            List<JournalTransaction> durable = fill(lengthSectors, fitting);
            assertEquals(fitting, told.durable.size());
            durable.forEach(log.writer::retire);
            assertTrue(closesClean(), "with the tail where it was: lengthSectors=" + lengthSectors);
        }
    }

    /** Append to a new log, one block at a time, until one waits or there are enough. */
    private List<JournalTransaction> fill(long lengthSectors, int most) {
        start(lengthSectors);
        told.durable.clear();
        List<JournalTransaction> appended = new ArrayList<>();
        while (appended.size() < most && appended.size() == told.durable.size()) {
            appended.add(transaction(2, appended.size()));
            append(appended.get(appended.size() - 1), 0, 1, 1);
            log.settle();
        }
        return appended;
    }

    @Test
    void shouldPassEveryBlockOfALongTransactionWhenItIsRetired() {
        JournalTransaction transaction = transaction(400, 0);
        append(transaction, 0, 100, 3);
        log.settle();
        assertEquals(0, log.writer.reclaimableSectors());
        log.writer.retire(transaction);
        // The empty block, and the first of the two.
        assertEquals(8 + 8 + 200 * 8, log.writer.reclaimableSectors());
        log.moveTail();
        assertEquals(1, log.replay().report.blockCount());
    }

    private boolean closesClean() {
        for (int i = 0; i < 10; i++) {
            if (log.writer.closeClean()) {
                return true;
            }
            log.settle();
        }
        return false;
    }

    @Test
    void shouldLeaveNothingToReplayWhenClosedClean() {
        JournalTransaction transaction = transaction(4, 0);
        append(transaction, 0, 1, 3);
        assertFalse(log.writer.closeClean());
        log.settle();
        assertFalse(closesClean(), "a transaction is not at rest");
        log.writer.retire(transaction);
        assertTrue(closesClean());
        log.moveTail();
        ScanReport report = log.replay().report;
        assertTrue(report.isEmpty(), report.sentence());
        assertEquals(TestLog.FIRST_SEQUENCE + 2, report.startSequence());
    }

    @Test
    void shouldAppendNoBlockToALogThatIsCleanAlready() {
        assertTrue(log.writer.closeClean());
        log.settle();
        assertEquals(0, log.device.writes);
    }

    @Test
    void shouldGoOnAfterACleanClose() {
        JournalTransaction transaction = transaction(4, 0);
        append(transaction, 0, 1, 3);
        log.settle();
        log.writer.retire(transaction);
        assertTrue(closesClean());
        append(transaction, 0, 1, 3);
        log.settle();
        assertEquals(2, told.durable.size());
        assertFalse(log.writer.closeClean());
        assertEquals(4, log.replay().report.blockCount());
    }

    @Test
    void shouldFailEverythingAfterAWriteError() {
        append(transaction(4, 0), 0, 1, 3);
        log.settle();
        log.device.writeStatus = IoStatus.MEDIA_ERROR;
        append(transaction(4, 1), 0, 1, 3);
        log.step();
        append(transaction(4, 2), 0, 1, 3);
        log.settle();
        log.device.writeStatus = IoStatus.OK;
        append(transaction(4, 3), 0, 1, 3);
        log.settle();
        assertEquals(1, told.durable.size());
        assertEquals(List.of(1L, 2L, 3L), tokens(told.failed));
        assertTrue(log.writer.isFailed());
        assertTrue(log.writer.closeClean(), "nobody is to wait for it");
        assertEquals(2, log.device.writes, "nothing is put behind a batch in doubt");
    }

    @Test
    void shouldFailEverythingAfterAFlushError() {
        log.device.flushStatus = IoStatus.GONE;
        append(transaction(4, 0), 0, 1, 3);
        log.settle();
        log.device.flushStatus = IoStatus.OK;
        append(transaction(4, 1), 0, 1, 3);
        log.settle();
        assertEquals(List.of(0L, 1L), tokens(told.failed));
        assertTrue(told.durable.isEmpty(), "a later flush proves nothing about what the first one lost");
    }

    @Test
    void shouldBeFailedByADeviceThatTakesTooLongToWriteOrFlush() {
        append(transaction(4, 0), 0, 1, 3);
        log.device.hung = true;
        log.settle();
        log.nowNs += TestLog.TIME_LIMIT_NS;
        log.settle();
        assertFalse(log.writer.isFailed(), "that is not too long");
        append(transaction(4, 1), 0, 1, 3);
        log.nowNs++;
        log.settle();
        assertEquals(List.of(0L, 1L), tokens(told.failed));
        log.device.hung = false;
        log.settle();
        assertTrue(told.durable.isEmpty(), "it has been said that it failed");
        assertEquals(0, log.device.flushes);
    }

    @Test
    void shouldFailOneThatWaitsForSpaceToo() {
        start(80);
        append(transaction(2, 0), 0, 1, 1);
        log.settle();
        log.device.flushStatus = IoStatus.MEDIA_ERROR;
        append(transaction(2, 1), 0, 1, 1);
        append(transaction(2, 2), 0, 1, 1);
        log.settle();
        assertEquals(List.of(1L, 2L), tokens(told.failed));
    }

    private static List<Long> tokens(List<JournalTransaction> transactions) {
        return transactions.stream().map(JournalTransaction::token).toList();
    }

    @Test
    void shouldRefuseAppendsWhenTheRingIsFull() {
        for (int i = 0; i < 16; i++) {
            append(transaction(4, i), 0, 1, 3);
        }
        JournalTransaction oneMore = transaction(4, 16);
        pages.fill(oneMore, 0, 1, 3, false);
        assertFalse(log.writer.tryAppend(oneMore));
        log.settle();
        assertTrue(log.writer.tryAppend(oneMore));
        log.settle();
        assertEquals(17, told.durable.size());
    }

    @Test
    void shouldRefuseWhatIsNotATransactionOnTheProducersThread() {
        JournalTransaction empty = transaction(4, 0);
        assertThrows(IllegalArgumentException.class, () -> log.writer.tryAppend(empty));
        JournalTransaction open = transaction(4, 1);
        open.addData(0, pages.nextPage());
        assertThrows(IllegalArgumentException.class, () -> log.writer.tryAppend(open));
        JournalTransaction nobodys = new JournalTransaction(4);
        pages.fill(nobodys, 0, 1, 3, false);
        assertThrows(IllegalArgumentException.class, () -> log.writer.tryAppend(nobodys));
        JournalTransaction wide = transaction(204, 2);
        pages.fill(wide, 0, 1, 203, false);
        assertThrows(IllegalArgumentException.class, () -> log.writer.tryAppend(wide), "no meta block holds that");
        assertThrows(IllegalArgumentException.class, () -> open.addData(3, pages.nextPage()));
        assertThrows(IllegalArgumentException.class, () -> open.addData(-8, pages.nextPage()));
        assertThrows(IllegalArgumentException.class, () -> open.addParity(0, 0, 0));
    }

    @Test
    void shouldRefuseATransactionLongerThanTheLogCanTurnOver() {
        start(64);
        JournalTransaction transaction = transaction(3, 0);
        pages.fill(transaction, 0, 1, 2, false);
        assertThrows(IllegalArgumentException.class, () -> log.writer.tryAppend(transaction));
    }

    @Test
    void shouldNoticeATransactionRetiredTwice() {
        JournalTransaction transaction = transaction(4, 0);
        append(transaction, 0, 1, 3);
        log.settle();
        log.writer.retire(transaction);
        assertThrows(IllegalStateException.class, () -> log.writer.retire(transaction));
    }

    @Test
    void shouldRefuseToBeginWhereNoBlockCanBe() {
        for (long position : new long[] {-8, 4, 8192}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new JournalWriter(
                            log.area, log.loop, LogStart.behindEmptyBlock(log.area, position, 1), 16, () -> 0, 1));
        }
    }
}
