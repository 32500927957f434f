package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.journal.TestLog.Pages;
import io.holdfast.journal.TestLog.Replay;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JournalScannerTest {
    private static final long SEQUENCE = TestLog.FIRST_SEQUENCE;

    private final TestLog log = new TestLog(4096);
    private final Pages pages = new Pages(2048);
    private final JournalAppender appender = new JournalAppender(log.area, 0, SEQUENCE);
    private final List<String> appended = new ArrayList<>();

    @AfterEach
    void close() {
        log.close();
    }

    /** Append a transaction in a batch of its own. */
    private void append(int groups, int dataPages) {
        JournalTransaction transaction = new JournalTransaction(groups * (dataPages + 1));
        appended.addAll(pages.fill(transaction, 8L * appended.size(), groups, dataPages, false));
        appender.append(List.of(transaction));
    }

    private void corrupt(long position, int offset) {
        UnsafeBuffer page = BufferSlab.allocate(TestLog.PAGE);
        log.device.memory.read(log.area.deviceOffset(position), page, 0, TestLog.PAGE);
        page.putByte(offset, (byte) (page.getByte(offset) ^ 0x10));
        log.device.memory.write(log.area.deviceOffset(position), page, 0, TestLog.PAGE);
    }

    @Test
    void shouldFindBlocksWhereLinuxPutsThem() {
        JournalArea area =
                new JournalArea(log.device, 24, 4096, HexFormat.of().parseHex("cbe803177a61a7a888f56044841e37af"));
        JournalAppender linux = new JournalAppender(area, 16, 0x83b1_7c36L);
        linux.appendEmptyBlock();
        for (int i = 0; i < 3; i++) {
            assertEquals(24 + 24L * i, linux.position());
            JournalTransaction transaction = new JournalTransaction(2);
            pages.fill(transaction, 8L * i, 1, 1, false);
            linux.append(List.of(transaction));
            assertEquals(72, meta(area, 24 + 24L * i, 12));
        }
        JournalTransaction transaction = new JournalTransaction(24);
        pages.fill(transaction, 128, 8, 2, false);
        linux.append(List.of(transaction));
        assertEquals(512, meta(area, 96, 12));
        assertEquals(296, linux.position());
        assertEquals(0x83b1_7c3aL, meta(area, 96, 16) & 0xffff_ffffL);
        ScanReport report = new Replay(new JournalScanner(area), 16).report;
        assertEquals(296, report.endPosition());
        assertEquals(0x83b1_7c3bL, report.nextSequence());
        assertEquals(5, report.blockCount());
        assertEquals(30, report.pageCount());
        assertEquals(280, report.scannedSectors());
    }

    private static int meta(JournalArea area, long position, int offset) {
        UnsafeBuffer page = BufferSlab.allocate(TestLog.PAGE);
        area.device().read(area.deviceOffset(position), page, 0, TestLog.PAGE);
        return page.getInt(offset, ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void shouldCallAnEmptyLogEmpty() {
        appender.appendEmptyBlock();
        Replay replay = log.replay();
        assertTrue(replay.report.isEmpty());
        assertFalse(replay.report.isNew());
        assertEquals(8, replay.report.endPosition());
        assertEquals(SEQUENCE + 1, replay.report.nextSequence());
        assertEquals(
                "1 block with 0 pages, ended at position 8 before sequence number " + (SEQUENCE + 1)
                        + ": no block follows.",
                replay.report.sentence());
    }

    @Test
    void shouldCallALogWithoutABlockAtItsTailNew() {
        Replay replay = log.replay();
        assertTrue(replay.report.isNew());
        assertFalse(replay.report.isEmpty());
        assertEquals(
                "The journal is new: there is no valid block at its tail, position 0 (no block follows), so whatever it"
                        + " contains is ignored.",
                replay.report.sentence());
    }

    @Test
    void shouldSayWhenANewLogIsRatherADamagedOne() {
        appender.appendEmptyBlock();
        append(1, 3);
        corrupt(0, 40);
        ScanReport report = log.replay().report;
        assertTrue(report.isNew());
        assertEquals(8, report.laterPosition());
        assertTrue(report.sentence().contains("damaged"), report.sentence());
    }

    @Test
    void shouldTakeAnImpossibleTailForZero() {
        appender.appendEmptyBlock();
        for (long tail : new long[] {-8, -1, 3, 4096, 4104, Long.MAX_VALUE, Long.MIN_VALUE}) {
            log.tail = tail;
            assertTrue(log.replay().report.isEmpty(), "tail=" + tail);
        }
    }

    @Test
    void shouldStartInTheMiddle() {
        appender.appendEmptyBlock();
        append(1, 3);
        log.tail = appender.position();
        int before = appended.size();
        append(2, 1);
        Replay replay = log.replay();
        assertEquals(appended.subList(before, appended.size()), replay.payloads);
        assertEquals(SEQUENCE + 2, replay.report.startSequence());
    }

    @Test
    void shouldReportFlushedStripes() {
        appender.appendEmptyBlock();
        block(8, SEQUENCE + 1, 32 + 24 + 16 + 8, block -> {
            flush(block, 32, 16);
            block.putLong(40, 128, ByteOrder.LITTLE_ENDIAN);
            block.putLong(48, 136, ByteOrder.LITTLE_ENDIAN);
            flush(block, 56, 8);
            block.putLong(64, 4096, ByteOrder.LITTLE_ENDIAN);
            flush(block, 72, 0);
        });
        Replay replay = log.replay();
        assertEquals(List.of("flush 128", "flush 136", "flush 4096"), replay.payloads);
        assertEquals(16, replay.report.endPosition());
    }

    @Test
    void shouldUseNothingOfABlockWithADamagedPage() {
        appender.appendEmptyBlock();
        append(1, 3);
        long damaged = appender.position();
        int before = appended.size();
        append(3, 2);
        append(1, 1);
        corrupt(damaged + 8 + 8 * 8, 4095);
        Replay replay = log.replay();
        assertEquals(appended.subList(0, before), replay.payloads);
        assertEquals(damaged, replay.report.endPosition());
        assertEquals(SEQUENCE + 2, replay.report.nextSequence());
        assertEquals(damaged + 8 + 9 * 8, replay.report.laterPosition());
        assertTrue(replay.report.isCut());
        assertEquals(
                "2 blocks with 4 pages, ended at position 48 before sequence number " + (SEQUENCE + 2)
                        + ": the checksum of a page of the next block is wrong; an intact later block at position 128"
                        + " was dropped: the last write was cut short by a crash, or the journal is damaged.",
                replay.report.sentence());
    }

    @Test
    void shouldNotCallALogEmptyWhenABlockWasBegunBehindIt() {
        appender.appendEmptyBlock();
        append(1, 1);
        corrupt(16, 0);
        ScanReport report = log.replay().report;
        assertEquals(0, report.pageCount());
        assertTrue(report.isCut());
        assertFalse(report.isEmpty(), "the next block must not have the number of the one that was cut");
    }

    @Test
    void shouldNotCallALogEmptyWhenALaterBlockIsLeft() {
        appender.appendEmptyBlock();
        append(1, 1);
        append(1, 1);
        corrupt(8, 0);
        ScanReport report = log.replay().report;
        assertEquals(32, report.laterPosition());
        assertFalse(report.isEmpty());
        // Torn itself, the later one is still a trace.
        corrupt(32, 4095);
        assertEquals(-1, log.replay().report.laterPosition());
        assertFalse(log.replay().report.isEmpty());
    }

    @Test
    void shouldKnowADamagedTransactionAtTheTailFromANewLog() {
        append(1, 3);
        corrupt(16, 0);
        ScanReport report = log.replay().report;
        assertFalse(report.isNew());
        assertFalse(report.isEmpty());
        assertEquals(0, report.blockCount());
        assertEquals(0, report.endPosition());
        assertEquals(SEQUENCE, report.nextSequence());
    }

    @Test
    void shouldIgnoreBlocksOfAnEarlierTurn() {
        appender.appendEmptyBlock();
        append(1, 1);
        append(1, 1);
        new JournalAppender(log.area, 0, SEQUENCE + 10_000).appendEmptyBlock();
        ScanReport report = log.replay().report;
        assertTrue(report.isEmpty(), report.sentence());
        assertEquals(-1, report.laterPosition());
    }

    @Test
    void shouldStopAtTheFirstGapInTheSequence() {
        appender.appendEmptyBlock();
        append(1, 1);
        List<String> before = List.copyOf(appended);
        JournalAppender gap = new JournalAppender(log.area, appender.position(), appender.nextSequence() + 1);
        append(gap);
        Replay replay = log.replay();
        assertEquals(before, replay.payloads);
        assertEquals(32, replay.report.endPosition());
        assertFalse(replay.report.isNew());
    }

    @Test
    void shouldIgnoreTheLogOfAnotherArray() {
        byte[] other = TestLog.UUID.clone();
        other[15] ^= 1;
        appender.appendEmptyBlock();
        append(1, 1);
        ScanReport report = new Replay(new JournalScanner(new JournalArea(log.device, 24, 4096, other)), 0).report;
        assertTrue(report.isNew());
        assertEquals(-1, report.laterPosition());
    }

    @Test
    void shouldFollowSequencesOverTheTopOfTheirRange() {
        JournalAppender top = new JournalAppender(log.area, 0, -2);
        for (int i = 0; i < 4; i++) {
            top.appendEmptyBlock();
        }
        ScanReport report = log.replay().report;
        assertEquals(4, report.blockCount());
        assertEquals(2, report.nextSequence());
        JournalAppender signed = new JournalAppender(log.area, 64, Long.MAX_VALUE);
        signed.appendEmptyBlock();
        append(signed);
        append(signed);
        corrupt(72, 0);
        log.tail = 64;
        report = log.replay().report;
        assertEquals(Long.MIN_VALUE, report.nextSequence());
        assertEquals(96, report.laterPosition());
    }

    private void append(JournalAppender to) {
        JournalTransaction transaction = new JournalTransaction(2);
        pages.fill(transaction, 0, 1, 1, false);
        to.append(List.of(transaction));
    }

    // ---- hostile contents ----

    private interface Hostility {
        void write(UnsafeBuffer block);
    }

    /** A block whose checksum is right, whatever it says. */
    private void block(long position, long sequence, int used, Hostility hostility) {
        UnsafeBuffer block = BufferSlab.allocate(TestLog.PAGE);
        MetaBlockDescriptor.begin(block, 0, sequence, position);
        MetaBlockDescriptor.used(block, 0, used);
        hostility.write(block);
        MetaBlockDescriptor.checksum(block, 0, new JournalChecksum(log.area.uuid()).of(block, 0));
        log.device.memory.write(log.area.deviceOffset(position), block, 0, TestLog.PAGE);
    }

    private static void flush(UnsafeBuffer block, int at, int size) {
        header(block, at, PayloadDescriptor.FLUSH, 0, size);
    }

    private static void header(UnsafeBuffer block, int at, int kind, int flags, int size) {
        block.putShort(at, (short) kind, ByteOrder.LITTLE_ENDIAN);
        block.putShort(at + 2, (short) flags, ByteOrder.LITTLE_ENDIAN);
        block.putInt(at + 4, size, ByteOrder.LITTLE_ENDIAN);
    }

    private void assertRefused(String what, int used, Hostility hostility) {
        appender.appendEmptyBlock();
        block(8, SEQUENCE + 1, used, hostility);
        log.device.reads = 0;
        Replay replay = log.replay();
        assertEquals(List.of(), replay.payloads, what);
        assertEquals(8, replay.report.endPosition(), what);
        assertEquals(SEQUENCE + 1, replay.report.nextSequence(), what);
        assertTrue(replay.report.isCut(), what);
        assertTrue(log.device.reads < 10, what);
        new JournalAppender(log.area, 0, SEQUENCE).appendEmptyBlock();
    }

    @Test
    void shouldRefuseImpossibleLengths() {
        for (int used : new int[] {0, 31, -1, 4097, Integer.MAX_VALUE, Integer.MIN_VALUE, 33, 39}) {
            assertRefused("used=" + used, used, block -> {});
        }
    }

    @Test
    void shouldRefuseImpossiblePayloads() {
        int[] dataSizes = {0, 1, 7, 9, 16, 24, -8, -1, Integer.MIN_VALUE, Integer.MAX_VALUE};
        for (int size : dataSizes) {
            assertRefused("data size=" + size, 52, block -> header(block, 32, PayloadDescriptor.DATA, 0, size));
        }
        int[] paritySizes = {0, 4, 24, 32, -8, -16, Integer.MIN_VALUE};
        for (int size : paritySizes) {
            assertRefused("parity size=" + size, 56, block -> header(block, 32, PayloadDescriptor.PARITY, 0, size));
        }
        int[] flushSizes = {1, 7, 24, 4096, -8, -1, Integer.MAX_VALUE, 0x7fff_fff8, Integer.MIN_VALUE};
        for (int size : flushSizes) {
            assertRefused("flush size=" + size, 56, block -> flush(block, 32, size));
        }
        for (int kind : new int[] {3, 0x100, 0x7fff, 0xffff}) {
            assertRefused("kind=" + kind, 52, block -> header(block, 32, kind, 0, 8));
        }
        assertRefused("flags", 52, block -> header(block, 32, PayloadDescriptor.DATA, 1, 8));
    }

    @Test
    void shouldRefuseADescriptorThatReachesBeyondTheBytesUsed() {
        assertRefused("data", 51, block -> header(block, 32, PayloadDescriptor.DATA, 0, 8));
        assertRefused("P", 51, block -> header(block, 32, PayloadDescriptor.PARITY, 0, 8));
        assertRefused("P and Q", 55, block -> header(block, 32, PayloadDescriptor.PARITY, 0, 16));
        assertRefused("flush", 55, block -> flush(block, 32, 24));
    }

    @Test
    void shouldRefuseABlockThatClaimsMoreThanTheLogHolds() {
        TestLog small = new TestLog(64);
        new JournalAppender(small.area, 0, SEQUENCE).appendEmptyBlock();
        UnsafeBuffer block = BufferSlab.allocate(TestLog.PAGE);
        MetaBlockDescriptor.begin(block, 0, SEQUENCE + 1, 8);
        MetaBlockDescriptor.used(block, 0, 32 + 7 * 20);
        JournalChecksum checksum = new JournalChecksum(TestLog.UUID);
        for (int i = 0; i < 7; i++) {
            PayloadDescriptor.write(block, 32 + 20 * i, PayloadDescriptor.DATA, 1, 8L * i);
            // The checksum of the zero pages that fill the log: only its length is against this block.
            PayloadDescriptor.checksum(block, 32 + 20 * i, 0, 0xb330_4a14);
        }
        MetaBlockDescriptor.checksum(block, 0, checksum.of(block, 0));
        small.device.memory.write(small.area.deviceOffset(8), block, 0, TestLog.PAGE);
        Replay replay = small.replay();
        assertEquals(List.of(), replay.payloads);
        assertTrue(replay.report.sentence().contains("more than the log can hold"), replay.report.sentence());
        small.close();
    }

    @Test
    void shouldEndWhereItBeganWhenValidBlocksFillTheLog() {
        TestLog small = new TestLog(64);
        JournalAppender full = new JournalAppender(small.area, 0, SEQUENCE);
        for (int i = 0; i < 8; i++) {
            full.appendEmptyBlock();
        }
        ScanReport report = small.replay().report;
        assertEquals(8, report.blockCount());
        assertEquals(64, report.scannedSectors());
        assertEquals(0, report.endPosition());
        small.close();
    }

    @Test
    void shouldMakeNothingOfRandomBytes() {
        Random random = new Random(7);
        byte[] noise = new byte[4096 * DeviceGeometry.SECTOR_LENGTH];
        random.nextBytes(noise);
        log.restore(noise);
        Replay replay = log.replay();
        assertTrue(replay.report.isNew());
        assertEquals(List.of(), replay.payloads);
        appender.appendEmptyBlock();
        append(1, 3);
        assertEquals(appended, log.replay().payloads);
    }

    @Test
    void shouldSurviveRandomDescriptorsUnderARightChecksum() {
        Random random = new Random(11);
        for (int i = 0; i < 500; i++) {
            appenderAtZero();
            block(8, SEQUENCE + 1, 32 + random.nextInt(4065), block -> {
                for (int at = 32; at < TestLog.PAGE; at += 4) {
                    // Mostly small numbers: those come closest to making sense.
                    block.putInt(at, random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(20));
                }
            });
            Replay replay = log.replay();
            for (String payload : replay.payloads) {
                assertTrue(payload.startsWith("flush"), "no page has a right checksum: " + payload);
            }
        }
    }

    private void appenderAtZero() {
        new JournalAppender(log.area, 0, SEQUENCE).appendEmptyBlock();
    }

    // ---- a disk that errs ----

    @Test
    void shouldNotMindABadSectorBeyondTheEnd() {
        appender.appendEmptyBlock();
        append(1, 3);
        log.device.badOffset = log.area.deviceOffset(appender.position() + 8) + 512;
        Replay replay = log.replay();
        assertEquals(appended, replay.payloads);
        assertTrue(replay.report.isCut(), "what cannot be read may be a block");
    }

    @Test
    void shouldReadPageByPageUpToABadSector() {
        appender.appendEmptyBlock();
        for (int i = 0; i < 150; i++) {
            append(1, 1);
        }
        log.device.badOffset = log.area.deviceOffset(appender.position() + 8);
        assertEquals(appended, log.replay().payloads);
        // A page of the log itself is another matter, even the last.
        log.device.badOffset = log.area.deviceOffset(appender.position() - 8);
        assertThrows(DeviceException.class, log::replay);
    }

    @Test
    void shouldRefuseToGuessWhenTheNextBlockCannotBeRead() {
        appender.appendEmptyBlock();
        append(1, 3);
        log.device.badOffset = log.area.deviceOffset(appender.position());
        assertThrows(DeviceException.class, log::replay);
        log.device.badOffset = log.area.deviceOffset(0);
        assertThrows(DeviceException.class, log::replay);
    }

    @Test
    void shouldAskTheDiskTwiceBeforeTheLogEnds() {
        appender.appendEmptyBlock();
        append(1, 3);
        append(2, 2);
        for (long position = 0; position < appender.position(); position += 8) {
            log.device.wrongOnceOffset = log.area.deviceOffset(position) + 17;
            assertEquals(appended, scanOnly(), "position=" + position);
            assertEquals(-1, log.device.wrongOnceOffset);
        }
    }

    /** A start once wrote such pages to the members: they were checked when the log was read, and read again to be used. */
    @Test
    void shouldAskTheDiskTwiceForAPageThatIsNotWhatItWasAndRefuseItThen() {
        appender.appendEmptyBlock();
        append(2, 3);
        List<Long> places = places();
        UnsafeBuffer page = BufferSlab.allocate(TestLog.PAGE);
        UnsafeBuffer expected = BufferSlab.allocate(TestLog.PAGE);
        for (long position : places) {
            log.device.memory.read(log.area.deviceOffset(position), expected, 0, TestLog.PAGE);
            assertEquals(places, places());
            log.device.wrongOnceOffset = log.area.deviceOffset(position) + 17;
            log.scanner.readPage(position, page, 0);
            assertEquals(-1, log.device.wrongOnceOffset);
            assertEquals(expected, page, "position=" + position);
        }
        assertEquals(places, places());
        corrupt(places.get(3), 17);
        assertThrows(DeviceException.class, () -> log.scanner.readPage(places.get(3), page, 0));
        log.scanner.readPage(places.get(2), page, 0);
    }

    /** Payload kinds and places only, so that no page is read again. */
    private List<String> scanOnly() {
        return appended.subList(0, places().size());
    }

    /** Where the pages lie, one for each payload. */
    private List<Long> places() {
        List<Long> places = new ArrayList<>();
        JournalVisitor visitor = new JournalVisitor() {
            @Override
            public void onData(long arraySector, long pagePosition) {
                places.add(pagePosition);
            }

            @Override
            public void onParity(long memberSector, long pPagePosition, long qPagePosition) {
                places.add(pPagePosition);
            }

            @Override
            public void onFlush(long memberSector) {
                places.add(-1L);
            }
        };
        log.scanner.scan(log.tail, visitor);
        return places;
    }

    // ---- devices of large blocks ----

    @Test
    void shouldWorkOnADeviceOf4096ByteBlocks() {
        MemoryBlockDevice device = new MemoryBlockDevice("4kn", 1 << 20, 4096);
        JournalArea area = new JournalArea(device, 8, 1024, TestLog.UUID);
        JournalAppender large = new JournalAppender(area, 1016, 5);
        large.appendEmptyBlock();
        JournalTransaction transaction = new JournalTransaction(4);
        List<String> expected = pages.fill(transaction, 0, 1, 3, false);
        large.append(List.of(transaction));
        assertEquals(40, large.position(), "wrapped");
        assertEquals(expected, new Replay(new JournalScanner(area), 1016).payloads);
        assertThrows(IllegalArgumentException.class, () -> new JournalArea(device, 7, 1024, TestLog.UUID));
        device.close();
    }

    @Test
    void shouldRefuseAnAreaThatIsNotOnTheDevice() {
        MemoryBlockDevice device = new MemoryBlockDevice("small", 1 << 16);
        long[][] impossible = {
            {-8, 64}, {0, 63}, {0, 136}, {72, 64}, {0, -64}, {Long.MAX_VALUE, 64}, {0, Long.MAX_VALUE}
        };
        for (long[] area : impossible) {
            assertThrows(IllegalArgumentException.class, () -> new JournalArea(device, area[0], area[1], TestLog.UUID));
        }
        assertThrows(IllegalArgumentException.class, () -> new JournalArea(device, 0, 64, new byte[8]));
        assertEquals(120, new JournalArea(device, 0, 127, TestLog.UUID).lengthSectors());
        device.close();
    }
}
