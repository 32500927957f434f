package io.holdfast.fault.mutation;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.MetaBlockDescriptor;
import io.holdfast.raid.ScriptedArray;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice;
import io.holdfast.raid.ScriptedDevice.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What lies in a log and is not, or not any more, a record to be believed. */
class LogMomentTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;
    private static final long MEMBER = 1536 * 1024;
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
        int record = lastBlock(test);
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
        byte[] elsewhere = test.journal.peek(lastBlock(test), BLOCK);
        test.assemble();
        assertEquals(IoStatus.OK, test.write(0, randomBytes(4, 3 * CHUNK)));
        test.stop();
        int tail = lastBlock(test);
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
        test.assemble();
        byte[] expected = test.fill(7);
        test.stop();
        test.journal.poke(lastBlock(test), new byte[BLOCK]);

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
            test.assemble();
            for (int i = 0; i < smallWrites; i++) {
                write(test, expected, (20 + i) * 2 * BLOCK, randomBytes(20 + i, BLOCK));
            }
            for (int row = 0; row < 6; row++) {
                write(test, expected, row * 2 * BLOCK, randomBytes(40 + row, 2 * BLOCK));
            }
            test.losePower();

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
    @Test
    void shouldNotFollowTheLogIntoTheRemnantsOfABatch() {
        int chunk = 64 * 1024;
        int row = 6 * chunk;
        ScriptedArray test = shape().members(7)
                .chunk(chunk)
                .memberLength((1 << 20) + 12 * chunk)
                .journal(9 << 20)
                .make()
                .assemble();
        byte[] expected = new byte[(int) test.array.length()];
        // While the log is busy with one record, five pile up: with 7 pages for each of 16 rows of blocks, each fills
        // more
        // than half of what a meta block can head.
        test.journal.hold(op -> op.kind() == Kind.FLUSH);
        byte[] first = randomBytes(1, row);
        Answer answer = test.submitWrite(11L * row, first, false);
        test.run();
        for (int i = 0; i < 5; i++) {
            test.submitWrite((long) i * row, randomBytes(2 + i, row), false);
        }
        test.run();
        boolean[] flushed = {false};
        test.journal.hold(op -> op.kind() == Kind.FLUSH && flushed[0]);
        test.journal.trace(op -> flushed[0] |= op.kind() == Kind.FLUSH);
        test.run();
        assertEquals(IoStatus.OK, answer.status);
        System.arraycopy(first, 0, expected, 11 * row, row);
        int last = lastBlock(test);
        int length = (1 + 7 * 16) * BLOCK;
        test.losePower(op -> op.device() == test.journal);
        test.journal.poke(last - 4 * length, new byte[BLOCK]);
        test.assemble();
        assertArrayEquals(expected, test.readAll(), "the whole batch is gone");

        // One block was put where the batch began. Now 113, 193 and 145 pages: up to where its last record lies.
        test.journal.hold(op -> op.kind() == Kind.FLUSH);
        List<Answer> answers = new ArrayList<>();
        answers.add(submit(test, expected, 5 * row, randomBytes(7, row)));
        test.run();
        answers.add(submit(test, expected, 6 * row, randomBytes(8, row)));
        answers.add(submit(test, expected, 7 * row, randomBytes(9, 4 * chunk)));
        test.run();
        letOneFlushPass(test);
        answers.add(submit(test, expected, 8 * row, randomBytes(10, row)));
        answers.add(submit(test, expected, 9 * row, randomBytes(11, chunk)));
        test.run();
        letOneFlushPass(test);
        letOneFlushPass(test);
        answers.forEach(each -> assertEquals(IoStatus.OK, each.status));
        test.losePower();

        test.assemble();
        assertArrayEquals(expected, test.readAll());
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
    private static int lastBlock(ScriptedArray test) {
        ByteBuffer log = ByteBuffer.wrap(
                        test.journal.peek(0, (int) test.journal.geometry().length()))
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
