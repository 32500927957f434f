package io.holdfast.fault.mutation;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalChecksum;
import io.holdfast.journal.MetaBlockDescriptor;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ScriptedArray;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice;
import io.holdfast.raid.ScriptedDevice.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What lies in a log and is not, or not any more, a record to be believed. */
class LogMomentTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;
    private static final long MEMBER = 1536 * 1024;
    private static final int WIDE = 64 * 1024;
    private static final int WIDE_ROW = 6 * WIDE;
    private static final int RECORD = (1 + 7 * 16) * BLOCK;
    private static final int CHECKSUM_OFFSET = 4;
    private static final int WRITER_OFFSET = 10;
    private static final int SEQUENCE_OFFSET = 16;

    @Test
    void shouldWriteNothingAnywhereThatARottenRecordSays() {
        ScriptedArray test =
                shape().memberLength(MEMBER).journal(2 << 20).make().assemble();
        byte[] old = test.fill(1);
        test.stop();
        test.assemble();
        byte[] row = randomBytes(2, 3 * BLOCK);
        assertEquals(IoStatus.OK, test.write(4 * CHUNK, row));
        test.losePower();

        List<byte[]> before = copies(test);
        int record = lastBlock(test.journal);
        byte[] written = old.clone();
        System.arraycopy(row, 0, written, 4 * CHUNK, row.length);
        for (int at : new int[] {9, 12, 13, 16, 24, 32, 36, 40, 41, 42, 48, 52, 56, 60, 61, 92, 100}) {
            restore(test, before);
            byte[] rotten = test.journal.peek(record, BLOCK);
            // Where it is the place of a page, that moves it by a block or more.
            rotten[at] ^= 8;
            test.journal.poke(record, rotten);
            test.assemble();
            byte[] seen = test.readAll();
            int where = at;
            for (int block = 0; block < seen.length; block += BLOCK) {
                int from = block;
                assertTrue(
                        same(seen, old, block) || same(seen, written, block),
                        () -> "the byte at " + where + " of a record rotted, and the block at " + from
                                + " is neither as it was nor as it was written");
            }
            test.array.abandon();
        }
    }

    @Test
    void shouldNotTakeABlockOfAnotherPlaceForTheTail() {
        ScriptedArray test =
                shape().memberLength(MEMBER).journal(2 << 20).make().assemble();
        test.fill(3);
        test.stop();
        byte[] elsewhere = test.journal.peek(lastBlock(test.journal), BLOCK);
        test.assemble();
        assertEquals(IoStatus.OK, test.write(0, randomBytes(4, 3 * CHUNK)));
        test.stop();
        int tail = lastBlock(test.journal);
        test.assemble();
        assertEquals(IoStatus.OK, test.write(0, randomBytes(5, 3 * CHUNK)));
        test.losePower();
        // A write to another place went astray, and hit the block that the tail designates.
        test.journal.poke(tail, elsewhere);

        test.assemble();
        assertTrue(
                test.array.description().summary().contains("writes may be lost"), test.array.description()::summary);
    }

    /**
     * The block at the tail has rotted, so a log begins anew, at its first place, where the array's first records lie. Those
     * must not come back when the power fails and the superblock is all that reached the disk.
     */
    @Test
    void shouldNotFindTheFirstRecordsOfAllWhereANewLogBegins() {
        ScriptedArray test =
                shape().memberLength(MEMBER).journal(16 << 20).make().assemble();
        test.fill(6);
        // After a crash the log goes on with numbers that do not follow, so what lies at its first place ends here.
        test.losePower();
        leaveItToAnother(test);
        test.assemble();
        byte[] expected = test.fill(7);
        test.stop();
        test.journal.poke(lastBlock(test.journal), new byte[BLOCK]);

        boolean[] written = {false};
        test.journal.trace(op -> written[0] |= test.isSuperblock(op));
        test.journal.fate(op -> op.kind() == Kind.FLUSH && written[0] ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertThrows(DeviceException.class, test::assemble);
        test.losePowerButForSuperblocks();

        test.assemble();
        assertArrayEquals(expected, test.readAll());
    }

    /**
     * The block that a replay puts behind the old log lies where, a turn ago, a record lay. If the tail designates that place
     * for good and the block is not there, the next start takes the old record for the beginning of the log.
     */
    @Test
    void shouldNotTakeARecordOfTheLastTurnForTheTail() {
        for (int smallWrites = 0; smallWrites < 4; smallWrites++) {
            // 64 pages of log; a row takes four of them, a block three, so that places meet after a turn for one of
            // these.
            ScriptedArray test = shape().members(3)
                    .chunk(BLOCK)
                    .memberLength(MEMBER)
                    .journal((1 << 20) + 64 * BLOCK)
                    .make()
                    .assemble();
            byte[] expected = new byte[(int) test.array.length()];
            for (int row = 0; row < 10; row++) {
                write(test, expected, row * 2 * BLOCK, randomBytes(row, 2 * BLOCK));
            }
            test.losePower();
            leaveItToAnother(test);
            test.assemble();
            for (int i = 0; i < smallWrites; i++) {
                write(test, expected, (20 + i) * 2 * BLOCK, randomBytes(20 + i, BLOCK));
            }
            for (int row = 0; row < 6; row++) {
                write(test, expected, row * 2 * BLOCK, randomBytes(40 + row, 2 * BLOCK));
            }
            test.losePower();
            leaveItToAnother(test);

            // The power fails again when the new tail is on its way to the disk; and it arrives there.
            boolean[] written = {false};
            test.journal.trace(op -> written[0] |= test.isSuperblock(op));
            test.journal.fate(op -> op.kind() == Kind.FLUSH && written[0] ? IoStatus.MEDIA_ERROR : IoStatus.OK);
            assertThrows(DeviceException.class, test::assemble);
            test.losePowerButForSuperblocks();

            test.assemble();
            assertArrayEquals(expected, test.readAll());
        }
    }

    /**
     * A batch of five records loses its first in a crash, and the log goes on over the remnants. Its blocks come to end where
     * the last remnant lies; only the numbers tell that that one does not follow.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotFollowTheLogIntoTheRemnantsOfABatch(boolean isOurs) {
        ScriptedArray test = wide().assemble();
        byte[] expected = new byte[(int) test.array.length()];
        tearABatch(test, expected, test.journal);
        if (!isOurs) {
            leaveItToAnother(test);
        }
        test.assemble();
        assertArrayEquals(expected, test.readAll(), "the whole batch is gone");

        if (isOurs) {
            // The log goes on where the batch began, with a record as long as its first.
            write(test, expected, 5 * WIDE_ROW, randomBytes(12, WIDE_ROW));
            test.losePower();
            test.assemble();
            assertArrayEquals(expected, test.readAll(), "and comes back");
            return;
        }
        // One block was put where the batch began. Now 113, 193 and 145 pages: up to where its last record lies.
        test.journal.hold(op -> op.kind() == Kind.FLUSH);
        List<Answer> answers = new ArrayList<>();
        answers.add(submit(test, expected, 5 * WIDE_ROW, randomBytes(7, WIDE_ROW)));
        test.run();
        answers.add(submit(test, expected, 6 * WIDE_ROW, randomBytes(8, WIDE_ROW)));
        answers.add(submit(test, expected, 7 * WIDE_ROW, randomBytes(9, 4 * WIDE)));
        test.run();
        letOneFlushPass(test);
        answers.add(submit(test, expected, 8 * WIDE_ROW, randomBytes(10, WIDE_ROW)));
        answers.add(submit(test, expected, 9 * WIDE_ROW, randomBytes(11, WIDE)));
        test.run();
        letOneFlushPass(test);
        letOneFlushPass(test);
        answers.forEach(each -> assertEquals(IoStatus.OK, each.status));
        test.losePower();

        test.assemble();
        assertArrayEquals(expected, test.readAll());
    }

    /**
     * Make the log one that another writer has left: the mark is gone by which a start knows that it may serve requests before
     * it has replayed all of it.
     */
    private static void leaveItToAnother(ScriptedArray test) {
        JournalChecksum checksum =
                new JournalChecksum(ScriptedArray.superblock(test.journal).setUuid());
        int length = (int) test.journal.geometry().length();
        for (int at = 2 * BLOCK; at < length; at += BLOCK) {
            ByteBuffer block = ByteBuffer.wrap(test.journal.peek(at, BLOCK)).order(ByteOrder.LITTLE_ENDIAN);
            if (block.getInt(0) == MetaBlockDescriptor.MAGIC) {
                block.putShort(WRITER_OFFSET, (short) 0);
                block.putInt(CHECKSUM_OFFSET, 0);
                UnsafeBuffer page = BufferSlab.allocate(BLOCK);
                page.putBytes(0, block.array());
                block.putInt(CHECKSUM_OFFSET, checksum.of(page, 0));
                test.journal.poke(at, block.array());
            }
        }
    }

    /** What is left of a batch is on one copy of the log, and the other is lost later. */
    @Test
    void shouldNotFollowTheLogIntoTheRemnantsOnAnotherCopy() {
        ScriptedArray test = wide().assemble();
        ScriptedDevice copy = new ScriptedDevice("copy", 10 << 20);
        CompletableFuture<Void> added = test.array.addJournalCopyAsync(copy);
        test.run();
        added.join();
        byte[] expected = new byte[(int) test.array.length()];
        tearABatch(test, expected, copy);
        test.assemble(withJournals(test, test.journal, copy));
        write(test, expected, 5 * WIDE_ROW, randomBytes(17, WIDE_ROW));
        test.losePower();
        copy.losePower(op -> false);

        test.assemble(withJournals(test, copy));
        assertArrayEquals(expected, test.readAll());
    }

    /**
     * The log goes on where a torn batch began, with a record as long as that one's first. When the power fails again that record
     * has reached the disk by chance; what was done to the remnants behind it must have done so for certain.
     */
    @Test
    void shouldHaveClearedTheRemnantsForGoodWhenTheLogGoesOn() {
        ScriptedArray test = wide().assemble();
        byte[] expected = new byte[(int) test.array.length()];
        tearABatch(test, expected, test.journal);
        // No flush of the journal comes about by chance.
        test.members.forEach(device -> device.hold(op -> op.changes() && test.isData(op)));
        test.journal.hold(op -> op.kind() == Kind.FLUSH);
        test.assemble();
        submit(test, expected, 5 * WIDE_ROW, randomBytes(12, WIDE_ROW));
        test.run();
        test.losePower(op -> op.device() == test.journal && op.length() == RECORD);

        test.assemble();
        assertArrayEquals(expected, test.readAll());
    }

    private static ScriptedArray wide() {
        return shape().members(7)
                .chunk(WIDE)
                .memberLength((1 << 20) + 12 * WIDE)
                .journal(9 << 20)
                .make();
    }

    /**
     * While the log is busy with one record, five pile up; each fills more than half of what a meta block can head. The power
     * fails when they have been written and not flushed, and all of them but the first are found on one device of the log.
     */
    private static void tearABatch(ScriptedArray test, byte[] expected, ScriptedDevice survivor) {
        test.journal.hold(op -> op.kind() == Kind.FLUSH);
        Answer answer = submit(test, expected, 11 * WIDE_ROW, randomBytes(1, WIDE_ROW));
        test.run();
        for (int i = 0; i < 5; i++) {
            test.submitWrite((long) i * WIDE_ROW, randomBytes(2 + i, WIDE_ROW), false);
        }
        test.run();
        letOneFlushPass(test);
        assertEquals(IoStatus.OK, answer.status);
        test.losePower(op -> op.device() == survivor);
        survivor.losePower(op -> true);
        survivor.poke(lastBlock(survivor) - 4 * RECORD, new byte[BLOCK]);
    }

    /**
     * A member fails while the start replays the log. Unless the superblocks say so, it comes back as good as the others, for
     * it is but one update behind.
     */
    @Test
    void shouldNotTakeBackAMemberThatFailedTheReplay() {
        ScriptedArray test =
                shape().memberLength(MEMBER).journal(4 << 20).make().assemble();
        byte[] expected = test.fill(18);
        test.losePower();
        leaveItToAnother(test);
        ScriptedDevice failing = test.members.get(2);
        failing.fate(op -> op.changes() && test.isData(op) ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        test.assemble();
        write(test, expected, 0, randomBytes(19, 3 * CHUNK));
        test.losePower();

        test.assemble();
        assertFalse(test.array.state().slots().get(2).inSync());
        assertArrayEquals(expected, test.readAll());
    }

    /**
     * The last record reached one copy of the log only. A start brings it to the other and begins to write it to the members;
     * then the power fails, and the device with the first copy does not come back.
     */
    @Test
    void shouldNotLoseARecordThatOneCopyHadAndAReplayBeganToWrite() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        test.assemble();
        ScriptedDevice copy = new ScriptedDevice("copy", 5 << 20);
        CompletableFuture<Void> added = test.array.addJournalCopyAsync(copy);
        test.run();
        added.join();
        byte[] old = test.fill(8);
        List<ScriptedDevice> members = test.members;
        byte[] row = randomBytes(9, 3 * CHUNK);
        copy.hold(ScriptedDevice.Operation::changes);
        Answer answer = test.submitWrite(0, row, false);
        test.run();
        assertNull(answer.status);
        test.losePower(op -> op.device() == test.journal);
        copy.losePower(op -> false);

        // Of the record, one member gets its part.
        for (ScriptedDevice member : members.subList(1, 4)) {
            member.hold(op -> op.changes() && test.isData(op));
        }
        test.assemble(withJournals(test, test.journal, copy));
        test.losePower(op -> op.device() == members.get(0));
        copy.losePower(op -> false);

        test.assemble(withJournals(test, copy));
        byte[] seen = test.readAll();
        System.arraycopy(row, 0, old, 0, row.length);
        assertArrayEquals(old, seen);
    }

    private static ArrayContext withJournals(ScriptedArray test, ScriptedDevice... journals) {
        List<BlockDevice> devices = new ArrayList<>(test.members);
        devices.addAll(List.of(journals));
        return test.context().devices(devices);
    }

    private static void letOneFlushPass(ScriptedArray test) {
        boolean[] flushed = {false};
        test.journal.trace(op -> flushed[0] |= op.kind() == Kind.FLUSH);
        test.journal.hold(op -> op.kind() == Kind.FLUSH && flushed[0]);
        test.run();
    }

    private static Answer submit(ScriptedArray test, byte[] expected, int offset, byte[] bytes) {
        System.arraycopy(bytes, 0, expected, offset, bytes.length);
        return test.submitWrite(offset, bytes, false);
    }

    private static void write(ScriptedArray test, byte[] expected, int offset, byte[] bytes) {
        Answer answer = submit(test, expected, offset, bytes);
        test.run();
        assertEquals(IoStatus.OK, answer.status);
    }

    private static boolean same(byte[] a, byte[] b, int block) {
        return Arrays.equals(a, block, block + BLOCK, b, block, block + BLOCK);
    }

    private static List<byte[]> copies(ScriptedArray test) {
        List<byte[]> copies = new ArrayList<>();
        for (ScriptedDevice device : test.devices()) {
            copies.add(device.peek(0, (int) device.geometry().length()));
        }
        return copies;
    }

    private static void restore(ScriptedArray test, List<byte[]> copies) {
        for (int i = 0; i < copies.size(); i++) {
            test.devices().get(i).poke(0, copies.get(i));
        }
    }

    /** Where the meta block of the highest number lies on the journal's device. */
    private static int lastBlock(ScriptedDevice device) {
        ByteBuffer log = ByteBuffer.wrap(device.peek(0, (int) device.geometry().length()))
                .order(ByteOrder.LITTLE_ENDIAN);
        int last = -1;
        long highest = -1;
        for (int at = 2 * BLOCK; at < log.capacity(); at += BLOCK) {
            if (log.getInt(at) == MetaBlockDescriptor.MAGIC) {
                long number = log.getLong(at + SEQUENCE_OFFSET);
                if (number > highest) {
                    highest = number;
                    last = at;
                }
            }
        }
        assertTrue(last >= 0, "no log");
        return last;
    }
}
