package io.holdfast.fault.mutation;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.MetaBlockDescriptor;
import io.holdfast.raid.ScriptedArray;
import io.holdfast.raid.ScriptedDevice;
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
        for (int at = 8; at < 104; at++) {
            restore(test, before);
            byte[] rotten = test.journal.peek(record, BLOCK);
            // A bit that moves a page by a block, where it is a place; or another.
            rotten[at] ^= (byte) (at % 2 == 0 ? 1 : 8);
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
