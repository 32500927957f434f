package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.TestLog.Pages;
import io.holdfast.journal.TestLog.Told;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Room that is promised is there when it is wanted, and data may go to the log long before its parity. */
class JournalPromiseTest {
    private static final int BLOCK = MetaBlockDescriptor.LENGTH;

    private final Told told = new Told();
    private final Pages pages = new Pages(256);
    // Ten blocks, of which one is the tail's, one keeps the log from looking empty, and one is for closing.
    private final TestLog log = TestLog.started(80, 16);

    @AfterEach
    void close() {
        log.close();
    }

    private JournalTransaction data(long token, long sector, int pageCount) {
        JournalTransaction transaction = new JournalTransaction(8);
        transaction.owner(told, token);
        transaction.reset();
        for (int i = 0; i < pageCount; i++) {
            transaction.addData(sector + 8L * i, pages.nextPage());
        }
        transaction.endData();
        return transaction;
    }

    private JournalTransaction parity(long token, long sector) {
        JournalTransaction transaction = new JournalTransaction(8);
        transaction.owner(told, token);
        transaction.reset();
        transaction.addParity(sector, pages.nextPage(), 0);
        return transaction;
    }

    private static List<Long> tokens(List<JournalTransaction> transactions) {
        return transactions.stream().map(JournalTransaction::token).toList();
    }

    @Test
    void shouldLogDataFirstAndItsParityLater() {
        JournalTransaction data = data(0, 0, 2);
        assertTrue(log.writer.tryPromise(5 * BLOCK));
        assertTrue(log.writer.tryAppendPromised(data, 3 * BLOCK));
        log.settle();
        JournalTransaction parity = parity(1, 0);
        assertTrue(log.writer.tryAppendPromised(parity, 2 * BLOCK));
        log.settle();
        assertEquals(List.of(0L, 1L), tokens(told.durable));
        assertEquals(List.of("data 0 1", "data 8 2", "parity 0 3"), log.replay().payloads);
        // Both stay until the members have them, whatever the transactions are used for since.
        log.writer.retire(parity.firstBlock(), parity.lastBlock());
        assertEquals(0, log.writer.reclaimableSectors());
        log.writer.retire(data.firstBlock(), data.lastBlock());
        assertEquals(8 + 24, log.writer.reclaimableSectors());
    }

    @Test
    void shouldLetWhatWasPromisedPassWhatWaitsForRoom() {
        assertEquals(7 * BLOCK, log.writer.availableLength());
        assertTrue(log.writer.tryPromise(3 * BLOCK + 2 * BLOCK));
        JournalTransaction data = data(0, 0, 2);
        assertTrue(log.writer.tryAppendPromised(data, 3 * BLOCK));
        log.settle();
        assertEquals(2 * BLOCK, log.writer.availableLength());
        JournalTransaction large = data(1, 800, 2);
        assertTrue(log.writer.tryAppend(large));
        log.settle();
        assertEquals(List.of(0L), tokens(told.durable), "it would take what was promised");
        JournalTransaction parity = parity(2, 0);
        assertTrue(log.writer.tryAppendPromised(parity, 2 * BLOCK));
        log.settle();
        assertEquals(List.of(0L, 2L), tokens(told.durable));
        log.writer.retire(data);
        log.writer.retire(parity);
        assertTrue(log.writer.spaceWanted());
        log.moveTail();
        log.settle();
        assertEquals(List.of(0L, 2L, 1L), tokens(told.durable));
    }

    @Test
    void shouldGiveBackWhatAPromiseDidNotNeed() {
        assertTrue(log.writer.tryPromise(7 * BLOCK));
        assertFalse(log.writer.tryPromise(1));
        assertTrue(log.writer.tryAppendPromised(parity(0, 0), 6 * BLOCK));
        log.settle();
        assertEquals(4 * BLOCK, log.writer.availableLength());
        log.writer.breakPromise(BLOCK);
        assertEquals(5 * BLOCK, log.writer.availableLength());
    }

    @Test
    void shouldWantTheTailMovedWhenAPromiseIsRefused() {
        JournalTransaction data = data(0, 0, 2);
        assertTrue(log.writer.tryAppend(data));
        log.settle();
        assertFalse(log.writer.tryPromise(5 * BLOCK));
        assertFalse(log.writer.spaceWanted(), "nothing could be freed yet");
        log.writer.retire(data);
        assertTrue(log.writer.spaceWanted());
        log.moveTail();
        assertFalse(log.writer.spaceWanted());
        assertTrue(log.writer.tryPromise(5 * BLOCK));
    }

    @Test
    void shouldFailWhatWasPromisedLikeAnyOther() {
        assertTrue(log.writer.tryPromise(6 * BLOCK));
        log.device.writeStatus = IoStatus.MEDIA_ERROR;
        assertTrue(log.writer.tryAppendPromised(parity(0, 0), 2 * BLOCK));
        log.step();
        assertTrue(log.writer.tryAppendPromised(parity(1, 8), 2 * BLOCK));
        log.settle();
        assertTrue(log.writer.tryAppendPromised(parity(2, 16), 2 * BLOCK));
        log.settle();
        assertEquals(List.of(0L, 1L, 2L), tokens(told.failed));
    }

    @Test
    void shouldNoticeWhoTakesMoreThanWasPromised() {
        assertTrue(log.writer.tryPromise(BLOCK));
        assertThrows(IllegalArgumentException.class, () -> log.writer.tryAppendPromised(parity(0, 0), BLOCK));
    }
}
