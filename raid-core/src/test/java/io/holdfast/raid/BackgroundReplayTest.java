package io.holdfast.raid;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalChecksum;
import io.holdfast.journal.JournalScanner;
import io.holdfast.journal.JournalVisitor;
import io.holdfast.journal.MetaBlockDescriptor;
import io.holdfast.journal.ScanReport;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice.Kind;
import io.holdfast.raid.ScriptedDevice.Operation;
import io.holdfast.raid.metadata.Superblock;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits for what while the log of the last run is replayed, device operation by device operation. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BackgroundReplayTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;

    /** An array that has lost its power with everything in the log, and what it should hold. */
    private final ScriptedArray test = shape().journal(64 << 20).make().assemble();

    private final byte[] expected = test.fill(1);

    private boolean isLogRead(Operation operation) {
        return operation.kind() == Kind.READ && operation.offset() >= 1 << 20;
    }

    private boolean isMiddleOfLogRead(Operation operation) {
        return isLogRead(operation) && operation.offset() > 2 << 20 && operation.offset() < 4 << 20;
    }

    /** Start, with the log's pages on their way for as long as the test wants. */
    private ScriptedArray startHeld() {
        test.losePower();
        // After the start, which reads the log too, but asks for it in another way.
        test.journal.hold(this::isLogRead);
        return test.assemble();
    }

    @Test
    void shouldReplayWhatIsAskedForBeforeItIsServed() {
        startHeld();
        ReplayProgress before = test.array.replayProgress();
        assertEquals(64, before.windowCount());
        assertEquals(0, before.windowsDone());
        Answer read = test.submitRead(100, 5000);
        byte[] changed = randomBytes(2, 3000);
        Answer write = test.submitWrite(expected.length - 3000, changed, false);
        test.run();
        assertNull(read.status);
        assertNull(write.status);
        assertEquals(IoStatus.OK, test.flush(), "an answered write is in the log, so nothing is to be waited for");

        test.journal.hold(op -> false);
        test.run();
        assertEquals(IoStatus.OK, read.status);
        assertEquals(IoStatus.OK, write.status);
        byte[] part = new byte[5000];
        System.arraycopy(expected, 100, part, 0, 5000);
        assertArrayEquals(part, read.bytes);
        System.arraycopy(changed, 0, expected, expected.length - 3000, 3000);
        assertArrayEquals(expected, test.readAll());
        assertTrue(test.array.replayProgress().isOver());
        assertEquals(64, test.array.replayProgress().windowsDone());
    }

    @Test
    void shouldWriteMembersInOrderAndWholeWindowsAtOnce() {
        test.losePower();
        List<Operation> writes = new ArrayList<>();
        test.members.get(0).trace(op -> {
            if (op.changes() && test.isData(op)) {
                writes.add(op);
            }
        });
        test.assemble();
        assertEquals(64, writes.size());
        for (int i = 0; i < writes.size(); i++) {
            assertEquals(test.deviceOffset((long) i * CHUNK), writes.get(i).offset());
            assertEquals(CHUNK, writes.get(i).length());
        }
    }

    @Test
    void shouldMoveTheTailOnlyWhenMembersAreFlushedAfterTheReplay() {
        test.losePower();
        long tail = ScriptedArray.superblock(test.journal).journalTailSectors();
        List<String> order = new ArrayList<>();
        for (ScriptedDevice member : test.members) {
            member.trace(op -> {
                if (op.kind() == Kind.FLUSH || (op.changes() && test.isData(op))) {
                    order.add(op.kind() == Kind.FLUSH ? "flush" : "write");
                }
            });
        }
        test.journal.trace(op -> {
            if (test.isSuperblock(op)) {
                order.add("tail");
            }
        });
        test.assemble();
        assertTrue(ScriptedArray.superblock(test.journal).journalTailSectors() != tail);
        int moved = order.indexOf("tail");
        assertTrue(moved > 0);
        assertTrue(order.lastIndexOf("write") < order.subList(0, moved).lastIndexOf("flush"));
        assertEquals(
                4,
                order.subList(order.lastIndexOf("write"), moved).stream()
                        .filter("flush"::equals)
                        .count());
    }

    @Test
    void shouldLogNewWritesBehindTheOldLogMeanwhile() {
        startHeld();
        test.journal.hold(this::isMiddleOfLogRead);
        byte[] changed = randomBytes(3, BLOCK);
        Answer write = test.submitWrite(0, changed, false);
        test.run();
        assertEquals(IoStatus.OK, write.status);
        assertFalse(test.array.replayProgress().isOver());
        System.arraycopy(changed, 0, expected, 0, BLOCK);
        for (int crash = 0; crash < 3; crash++) {
            test.losePower(op -> false);
            test.journal.hold(this::isMiddleOfLogRead);
            test.assemble();
            assertArrayEquals(changed, test.read(0, BLOCK).bytes);
        }
        test.losePower();
        test.journal.hold(op -> false);
        test.assemble();
        assertArrayEquals(expected, test.readAll());
    }

    /** Two records of a batch that nobody was answered, of which the first is torn: what comes next must not be continued by the second. */
    @Test
    void shouldNotLetTheRestOfADeadBatchUndoWhatIsAnsweredLater() {
        int here = 40 * BLOCK;
        int there = 400 * BLOCK;
        long end = ScriptedArray.superblock(test.journal).dataOffsetSectors()
                + scan(test.journal).endPosition();
        assertEquals(IoStatus.OK, test.write(here, randomBytes(7, BLOCK)));
        assertEquals(IoStatus.OK, test.write(there, randomBytes(8, BLOCK)));
        test.losePower();
        test.journal.poke(end * 512, new byte[BLOCK]);
        test.assemble();
        assertArrayEquals(expected, test.readAll());

        // As long as the torn one, where the other record wants to go.
        byte[] answered = randomBytes(9, BLOCK);
        assertEquals(IoStatus.OK, test.write(there, answered));
        test.losePower();
        test.assemble();
        System.arraycopy(answered, 0, expected, there, BLOCK);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldReplayBeforeTheStartWhatAnotherWriterLeft() {
        test.losePower();
        disownTail();
        test.assemble();
        assertEquals(0, test.array.replayProgress().windowCount());
        assertTrue(test.array.replayProgress().isOver());
        assertTrue(
                test.array.description().summary().contains("Replayed 256 stripes"), test.array.description()::summary);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldNotServeAWindowWhosePageHasRotted() {
        startHeld();
        // The first page of the log belongs to the first window.
        Superblock superblock = ScriptedArray.superblock(test.journal);
        long page = (superblock.dataOffsetSectors() + superblock.journalTailSectors()) * 512 + 2 * BLOCK;
        byte[] rotten = test.journal.peek(page, BLOCK);
        rotten[17] ^= 4;
        test.journal.poke(page, rotten);
        test.journal.hold(op -> false);
        test.run();
        ReplayProgress progress = test.array.replayProgress();
        assertTrue(progress.isOver());
        assertEquals(1, progress.windowsDamaged());
        assertEquals(progress.windowCount() - 1, progress.windowsDone());
        assertEquals(List.of("journal failed"), test.events.subList(0, 1));
        int damaged = 0;
        for (int offset = 0; offset < expected.length; offset += BLOCK) {
            Answer answer = test.read(offset, BLOCK);
            if (answer.status == IoStatus.OK) {
                byte[] block = new byte[BLOCK];
                System.arraycopy(expected, offset, block, 0, BLOCK);
                assertArrayEquals(block, answer.bytes, "offset=" + offset);
            } else {
                assertEquals(IoStatus.MEDIA_ERROR, answer.status);
                assertEquals(IoStatus.MEDIA_ERROR, test.write(offset, new byte[512]));
                damaged++;
            }
        }
        assertEquals(3 * 4, damaged);
        test.stop();
    }

    @Test
    void shouldAskTheOtherCopyForAPageThatHasRotted() {
        ScriptedDevice second = new ScriptedDevice("second", 65 << 20);
        var added = test.array.addJournalCopyAsync(second);
        test.run();
        added.join();
        byte[] newest = test.fill(5);
        test.losePower();
        second.losePower(op -> false);
        test.journal.hold(this::isLogRead);
        List<BlockDevice> devices = new ArrayList<>(test.without());
        devices.add(second);
        test.events.clear();
        test.assemble(test.context().devices(devices));
        assertEquals(0, test.array.replayProgress().windowsDone());
        // All of the first copy, as it was scanned a moment ago.
        for (long offset = 1 << 20; offset < 12 << 20; offset += BLOCK) {
            test.journal.poke(offset, randomBytes(offset, 512));
        }
        test.journal.hold(op -> false);
        test.run();
        assertEquals(0, test.array.replayProgress().windowsDamaged());
        assertTrue(test.array.replayProgress().isOver());
        assertEquals(List.of(), test.events);
        assertArrayEquals(newest, test.readAll());
    }

    // ---- a bound ----

    @Test
    void shouldKeepNoMoreOfTheLogLiveThanIsAllowed() {
        long unbounded = longestLog(Duration.ZERO);
        long bounded = longestLog(Duration.ofMillis(1));
        // Twice the longest batch, and three blocks: less is not allowed for.
        long least = 2L * (4 << 20) + 3 * BLOCK;
        assertTrue(unbounded > 12 << 20, "unbounded=" + unbounded);
        assertTrue(bounded <= least, "bounded=" + bounded);
        assertTrue(bounded > 1 << 20, "bounded=" + bounded);
    }

    /** Write a good deal, and look at what a start would have to replay whenever something has been answered. */
    private static long longestLog(Duration maxReplay) {
        ScriptedArray array = shape().journal(64 << 20).make();
        array.assemble(array.context().maxReplay(maxReplay));
        long longest = 0;
        for (int i = 0; i < 40; i++) {
            assertEquals(IoStatus.OK, array.write(i % 3 * (1L << 20), randomBytes(i, 1 << 20)));
            longest = Math.max(longest, liveLength(array.journal));
        }
        array.stop();
        return longest;
    }

    private static long liveLength(ScriptedDevice journal) {
        return scan(journal).scannedSectors() * 512;
    }

    private static ScanReport scan(ScriptedDevice journal) {
        Superblock superblock = ScriptedArray.superblock(journal);
        JournalArea area = new JournalArea(
                journal, superblock.dataOffsetSectors(), superblock.dataSizeSectors() & -8L, superblock.setUuid());
        return new JournalScanner(area).scan(superblock.journalTailSectors(), new Ignoring());
    }

    /** Only the length is of interest. */
    private static final class Ignoring implements JournalVisitor {
        @Override
        public void onData(long arraySector, long pagePosition) {}

        @Override
        public void onParity(long memberSector, long pPagePosition, long qPagePosition) {}

        @Override
        public void onFlush(long memberSector) {}
    }

    /** Take our mark off the block that the tail designates, as if Linux had written it. */
    private void disownTail() {
        Superblock superblock = ScriptedArray.superblock(test.journal);
        long offset = (superblock.dataOffsetSectors() + superblock.journalTailSectors()) * 512;
        UnsafeBuffer block = BufferSlab.allocate(MetaBlockDescriptor.LENGTH);
        block.putBytes(0, test.journal.peek(offset, BLOCK));
        block.putShort(10, (short) 0);
        block.putInt(4, 0);
        block.putInt(4, new JournalChecksum(superblock.setUuid()).of(block, 0), ByteOrder.LITTLE_ENDIAN);
        byte[] bytes = new byte[BLOCK];
        block.getBytes(0, bytes);
        test.journal.poke(offset, bytes);
    }
}
