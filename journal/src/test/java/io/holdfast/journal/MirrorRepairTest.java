package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.MemoryBlockDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class MirrorRepairTest {
    private static final int PAGE = MetaBlockDescriptor.LENGTH;
    private static final long SECTORS = 8 * 64;
    private static final long FIRST = 1000;

    private final List<MemoryBlockDevice> devices = new ArrayList<>();
    private LogMirror mirror;
    private JournalArea area;

    /** A log of some blocks on every copy, beginning late in the area so that it wraps. */
    private long make(int copies, long tail, int transactions) {
        devices.clear();
        List<LogMirror.Copy> all = new ArrayList<>();
        for (int i = 0; i < copies; i++) {
            devices.add(new MemoryBlockDevice("copy" + i, (SECTORS + 16) * DeviceGeometry.SECTOR_LENGTH));
            all.add(new LogMirror.Copy(devices.get(i), 16L * DeviceGeometry.SECTOR_LENGTH));
        }
        mirror = new LogMirror(all, SECTORS * DeviceGeometry.SECTOR_LENGTH, () -> 0, 1);
        area = new JournalArea(mirror, 0, SECTORS, TestLog.UUID);
        JournalAppender appender = new JournalAppender(area, tail, FIRST);
        appender.appendEmptyBlock();
        for (int i = 0; i < transactions; i++) {
            appender.append(List.of(transaction(i)));
        }
        appender.flush();
        return appender.position();
    }

    private static JournalTransaction transaction(int seed) {
        UnsafeBuffer pages = BufferSlab.allocate(3 * PAGE);
        for (int i = 0; i < 3 * PAGE; i += Long.BYTES) {
            pages.putLong(i, seed * 7919L + i);
        }
        JournalTransaction transaction = new JournalTransaction(3);
        transaction.addData(seed * 16L, pages.addressOffset());
        transaction.addData(seed * 16L + 8, pages.addressOffset() + PAGE);
        transaction.addParity(seed * 8L, pages.addressOffset() + 2 * PAGE, 0);
        return transaction;
    }

    private JournalArea alone(int copy) {
        return new JournalArea(devices.get(copy), 16, SECTORS, TestLog.UUID);
    }

    private List<String> read(int copy, long tail) {
        TestLog.Replay replay = new TestLog.Replay(new JournalScanner(alone(copy)), tail);
        return replay.payloads;
    }

    private void flip(int copy, long position, int at) {
        UnsafeBuffer page = BufferSlab.allocate(PAGE);
        long offset = (16 + position) * DeviceGeometry.SECTOR_LENGTH;
        devices.get(copy).read(offset, page, 0, PAGE);
        page.putByte(at, (byte) (page.getByte(at) ^ 1));
        devices.get(copy).write(offset, page, 0, PAGE);
    }

    @Test
    void shouldFindNothingToDoWhereCopiesAgree() {
        make(2, 480, 9);
        assertEquals(0, new MirrorRepair(mirror, area).run(480));
    }

    /** Any number of pages, as long as one copy is whole. */
    @Test
    void shouldMakeEveryCopyWholeAgain() {
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 200; round++) {
            int copies = 2 + round % 2;
            long tail = 8L * random.nextInt(64);
            long end = make(copies, tail, 1 + random.nextInt(12));
            int spared = random.nextInt(copies);
            List<String> expected = read(spared, tail);
            assertFalse(expected.isEmpty());
            int damages = 0;
            for (long at = tail; at != end; at = (at + 8) % SECTORS) {
                for (int copy = 0; copy < copies; copy++) {
                    if (copy != spared && random.nextInt(4) == 0) {
                        flip(copy, at, random.nextInt(PAGE));
                        damages++;
                    }
                }
            }
            assertEquals(damages > 0, new MirrorRepair(mirror, area).run(tail) > 0, "round=" + round);
            for (int copy = 0; copy < copies; copy++) {
                assertEquals(expected, read(copy, tail), "round=" + round + " copy=" + copy);
            }
        }
    }

    @Test
    void shouldTakeTheLastBatchFromTheCopyThatHasIt() {
        long end = make(2, 0, 5);
        JournalAppender ahead = new JournalAppender(alone(1), end, FIRST + 6);
        ahead.append(List.of(transaction(77)));
        assertEquals(1, new MirrorRepair(mirror, area).run(0));
        assertEquals(read(1, 0), read(0, 0));
        assertTrue(read(0, 0).stream().anyMatch(line -> line.startsWith("data " + 77 * 16)), read(0, 0)::toString);
    }

    /** What one copy holds behind the end must not continue the log one day. */
    @Test
    void shouldClearWhatLiesBehindTheEndOfAnyCopy() {
        long end = make(2, 0, 3);
        JournalAppender torn = new JournalAppender(alone(1), end, FIRST + 4);
        torn.append(List.of(transaction(50)));
        torn.append(List.of(transaction(51)));
        flip(1, end + 8, 5);
        assertEquals(0, new MirrorRepair(mirror, area).run(0));
        JournalAppender next = new JournalAppender(area, end, FIRST + 4);
        next.append(List.of(transaction(60)));
        for (int copy = 0; copy < 2; copy++) {
            assertTrue(read(copy, 0).stream().noneMatch(line -> line.startsWith("data " + 51 * 16)), "copy=" + copy);
        }
    }
}
