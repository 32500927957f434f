package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.journal.TestLog.Pages;
import io.holdfast.journal.TestLog.Replay;
import io.holdfast.journal.TestLog.Told;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a small log yields after every way of being cut, and after every byte of it has rotted in turn. */
class JournalCrashTest {
    private static final int SECTOR = DeviceGeometry.SECTOR_LENGTH;

    private final Told told = new Told();
    private final Pages pages = new Pages(256);
    private final TestLog log = TestLog.started(256, 16);
    private final List<String> expected = new ArrayList<>();

    @AfterEach
    void close() {
        log.close();
    }

    private JournalTransaction append(int groups, int dataPages) {
        JournalTransaction transaction = new JournalTransaction(groups * (dataPages + 1));
        transaction.owner(told, expected.size());
        expected.addAll(pages.fill(transaction, 8L * expected.size(), groups, dataPages, false));
        assertTrue(log.writer.tryAppend(transaction));
        return transaction;
    }

    /** Lay a batch of three transactions down behind one that is durable, and give the images before and after. */
    private byte[][] lastBatch() {
        append(1, 2);
        log.settle();
        byte[] before = log.image();
        append(1, 1);
        append(2, 1);
        append(1, 3);
        log.settle();
        assertEquals(4, told.durable.size());
        return new byte[][] {before, log.image()};
    }

    private static List<Integer> changedSectors(byte[] before, byte[] after) {
        List<Integer> changed = new ArrayList<>();
        for (int at = 0; at < before.length; at += SECTOR) {
            if (!Arrays.equals(before, at, at + SECTOR, after, at, at + SECTOR)) {
                changed.add(at);
            }
        }
        return changed;
    }

    /** The durable transaction is there; of the batch, which is one meta block, everything or nothing. */
    private void assertWholeOrNothing(byte[] image, boolean whole, String how) {
        log.restore(image);
        Replay replay = log.replay();
        assertEquals(whole ? expected : expected.subList(0, 3), replay.payloads, how);
    }

    @Test
    void shouldFindABatchWholeOrNotAtAllWhereverItsWriteWasCut() {
        byte[][] images = lastBatch();
        List<Integer> changed = changedSectors(images[0], images[1]);
        assertTrue(changed.size() > 72, "ten pages and a header");
        for (int cut = 0; cut <= changed.size(); cut++) {
            byte[] prefix = images[0].clone();
            byte[] suffix = images[1].clone();
            for (int i = 0; i < cut; i++) {
                System.arraycopy(images[1], changed.get(i), prefix, changed.get(i), SECTOR);
                System.arraycopy(images[0], changed.get(i), suffix, changed.get(i), SECTOR);
            }
            assertWholeOrNothing(prefix, cut == changed.size(), "the first " + cut + " sectors");
            assertWholeOrNothing(suffix, cut == 0, "all but the first " + cut + " sectors");
        }
    }

    @Test
    void shouldFindABatchWholeOrNotAtAllWhateverSectorIsMissing() {
        byte[][] images = lastBatch();
        List<Integer> changed = changedSectors(images[0], images[1]);
        for (int sector : changed) {
            byte[] image = images[1].clone();
            System.arraycopy(images[0], sector, image, sector, SECTOR);
            assertWholeOrNothing(image, false, "without the sector at " + sector);
            byte[] alone = images[0].clone();
            System.arraycopy(images[1], sector, alone, sector, SECTOR);
            assertWholeOrNothing(alone, false, "only the sector at " + sector);
        }
        Random random = new Random(5);
        for (int i = 0; i < 500; i++) {
            byte[] image = images[0].clone();
            int missing = 0;
            for (int sector : changed) {
                if (random.nextBoolean()) {
                    System.arraycopy(images[1], sector, image, sector, SECTOR);
                } else {
                    missing++;
                }
            }
            assertWholeOrNothing(image, missing == 0, "subset " + i);
        }
    }

    @Test
    void shouldNoticeEveryByteThatRots() {
        JournalTransaction transaction = append(1, 1);
        log.settle();
        append(1, 1);
        log.settle();
        assertEquals(2, told.durable.size());
        assertEquals(0, transaction.token());
        byte[] image = log.image();
        int used = (8 + 24 + 24) * SECTOR;
        for (int at = 0; at < used; at++) {
            image[at] ^= (byte) (1 << at % 8);
            log.restore(image);
            image[at] ^= (byte) (1 << at % 8);
            int sector = at / SECTOR;
            Replay replay = log.replay();
            String where = "byte " + at;
            if (sector < 8) {
                assertTrue(replay.report.isNew(), where);
                assertEquals(8, replay.report.laterPosition(), where);
                assertEquals(List.of(), replay.payloads, where);
            } else if (sector < 32) {
                assertEquals(1, replay.report.blockCount(), where);
                assertEquals(32, replay.report.laterPosition(), where + ": the damage is told of");
                assertEquals(List.of(), replay.payloads, where);
                assertFalse(replay.report.isEmpty(), where);
            } else {
                assertEquals(expected.subList(0, 2), replay.payloads, where);
                assertEquals(32, replay.report.endPosition(), where);
            }
        }
    }

    @Test
    void shouldNeverTakeAnOldBlockForTheContinuationOfANewLog() {
        // The batch is cut so that its second block is left, then the log is begun anew behind its end.
        append(1, 1);
        log.settle();
        byte[] before = log.image();
        append(1, 1);
        log.settle();
        append(1, 1);
        log.settle();
        byte[] image = log.image();
        System.arraycopy(before, 32 * SECTOR, image, 32 * SECTOR, 24 * SECTOR);
        log.restore(image);
        ScanReport report = log.replay().report;
        assertEquals(32, report.endPosition());
        assertEquals(56, report.laterPosition());
        JournalAppender anew = new JournalAppender(log.area, report.endPosition(), report.nextSequence() + 10_000);
        log.tail = report.endPosition();
        anew.appendEmptyBlock();
        assertTrue(log.replay().report.isEmpty());
        // A block that ends exactly where the old one lies.
        JournalTransaction transaction = new JournalTransaction(1);
        transaction.addParity(0, pages.nextPage(), 0);
        anew.append(List.of(transaction));
        assertEquals(56, anew.position());
        Replay replay = log.replay();
        assertEquals(1, replay.payloads.size());
        assertEquals(56, replay.report.endPosition());
    }
}
