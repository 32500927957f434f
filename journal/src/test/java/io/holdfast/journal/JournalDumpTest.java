package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.journal.LogBlock.Kind;
import io.holdfast.journal.LogBlock.PageVerdict;
import io.holdfast.journal.LogBlock.Writer;
import io.holdfast.journal.TestLog.Pages;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JournalDumpTest {
    private static final long SEQUENCE = TestLog.FIRST_SEQUENCE;

    private final TestLog log = new TestLog(4096);
    private final Pages pages = new Pages(2048);
    private final JournalAppender appender = new JournalAppender(log.area, 0, SEQUENCE);

    @AfterEach
    void close() {
        log.close();
    }

    /** An empty block at 0, and two of a data page and its parity each, at 8 and 32. */
    private void fill() {
        appender.appendEmptyBlock();
        append(128, true);
        append(256, false);
    }

    private void append(long sector, boolean hasQ) {
        JournalTransaction transaction = new JournalTransaction(3);
        pages.fill(transaction, sector, 1, 1, hasQ);
        appender.append(List.of(transaction));
    }

    private void corrupt(long position, int offset) {
        UnsafeBuffer page = BufferSlab.allocate(TestLog.PAGE);
        log.device.memory.read(log.area.deviceOffset(position), page, 0, TestLog.PAGE);
        page.putByte(offset, (byte) (page.getByte(offset) ^ 0x10));
        log.device.memory.write(log.area.deviceOffset(position), page, 0, TestLog.PAGE);
    }

    private DumpedLog dump(boolean showsStrays) {
        return DumpedLog.of(log.area, log.tail, showsStrays);
    }

    @Test
    void shouldShowEachBlockWithItsPayloads() {
        fill();

        DumpedLog found = dump(false);

        assertEquals(
                List.of(SEQUENCE, SEQUENCE + 1, SEQUENCE + 2),
                found.blocks.stream().map(LogBlock::sequence).toList());
        assertEquals(
                List.of(0L, 8L, 40L),
                found.blocks.stream().map(LogBlock::position).toList());
        LogBlock block = found.blocks.get(1);
        assertTrue(block.isValid());
        assertEquals("valid", block.verdict());
        assertEquals(Writer.HOLDFAST, block.writer());
        assertEquals(3, block.pageCount());
        assertEquals(
                List.of(Kind.DATA, Kind.PARITY),
                block.payloads().stream().map(LogBlock.Payload::kind).toList());
        assertEquals(128, block.payloads().get(0).sector());
        assertEquals(
                List.of(24L, 32L),
                block.payloads().get(1).pages().stream()
                        .map(LogBlock.Page::position)
                        .toList());
        assertTrue(found.broken.isEmpty());
        assertEquals(64, found.end.endPosition());
        assertEquals(SEQUENCE + 3, found.end.nextSequence());
        assertEquals("end of log", found.end.verdict());
        assertEquals(64, found.end.usedSectors());
    }

    @Test
    void shouldSayWhichPageOfTheLastBlockIsDamaged() {
        fill();
        corrupt(56, 77);

        DumpedLog found = dump(false);

        assertEquals(2, found.blocks.size());
        LogBlock broken = found.broken.get(0);
        assertEquals(40, broken.position());
        assertEquals("torn page", broken.verdict());
        assertFalse(broken.isValid());
        assertEquals(PageVerdict.INTACT, broken.payloads().get(0).pages().get(0).verdict());
        assertEquals(
                PageVerdict.DAMAGED, broken.payloads().get(1).pages().get(0).verdict());
        assertEquals("torn page", found.end.verdict());
    }

    @Test
    void shouldShowABlockWhoseChecksumIsWrongAndTheOneBehindIt() {
        fill();
        corrupt(8, 200);

        DumpedLog found = dump(true);

        assertEquals(1, found.blocks.size());
        assertEquals("torn", found.broken.get(0).verdict());
        assertEquals(2, found.broken.get(0).payloads().size());
        assertEquals(40, found.end.laterPosition());
        assertEquals(List.of(40L), found.strays.stream().map(LogBlock::position).toList());
        assertTrue(found.strays.get(0).isValid());
    }

    @Test
    void shouldShowEarlierBlocksOnlyWhenAskedFor() {
        fill();
        log.tail = 40;

        assertEquals(0, dump(false).strays.size());
        DumpedLog all = dump(true);
        assertEquals(1, all.blocks.size());
        assertEquals(
                List.of(0L, 8L), all.strays.stream().map(LogBlock::position).toList());
    }

    @Test
    void shouldShowThatAPageCannotBeRead() {
        fill();
        log.device.badOffset = log.area.deviceOffset(56) + 100;

        DumpedLog found = dump(true);

        assertEquals(2, found.blocks.size());
        assertEquals("unreadable page", found.broken.get(0).verdict());
        assertEquals(
                PageVerdict.UNREADABLE,
                found.broken.get(0).payloads().get(1).pages().get(0).verdict());
        assertFalse(found.end.isReadable());
        assertTrue(found.end.sentence().contains("position 40 the log cannot be read"), found.end.sentence());
    }

    @Test
    void shouldShowThatABlockCannotBeRead() {
        fill();
        log.device.badOffset = log.area.deviceOffset(0);

        DumpedLog found = dump(true);

        assertTrue(found.blocks.isEmpty());
        assertTrue(found.broken.isEmpty());
        assertFalse(found.end.isReadable());
        assertEquals(
                List.of(8L, 40L), found.strays.stream().map(LogBlock::position).toList());
    }

    @Test
    void shouldCallAnUntouchedAreaNew() {
        DumpedLog found = dump(true);

        assertTrue(found.end.isNew());
        assertTrue(found.blocks.isEmpty());
        assertTrue(found.broken.isEmpty());
        assertTrue(found.strays.isEmpty());
    }

    @Test
    void shouldShowABlockThatFillsTheShortestLog() {
        try (TestLog small = new TestLog(JournalArea.MIN_LENGTH_SECTORS)) {
            JournalTransaction transaction = new JournalTransaction(7);
            pages.fill(transaction, 8, 1, 6, false);
            new JournalAppender(small.area, 0, SEQUENCE).append(List.of(transaction));

            DumpedLog found = DumpedLog.of(small.area, 0, true);

            assertEquals(1, found.blocks.size());
            assertEquals(7, found.blocks.get(0).pageCount());
            assertEquals(7, found.blocks.get(0).payloads().size());
            assertEquals(0, found.end.endPosition());
        }
    }
}
