package io.holdfast.fault.mutation;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.ScriptedArray;
import io.holdfast.raid.ScriptedDevice;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Moments in which an array is used already, and the log of its last run is not on the members yet. */
class InstantMomentTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;
    private static final long MEMBER = 1536 * 1024;

    /** An array that has been filled and lost its power, so that the log holds what members lack. */
    private static byte[] fillAndCrash(ScriptedArray test) {
        test.assemble();
        test.fill(1);
        test.stop();
        test.assemble();
        byte[] expected = test.readAll();
        for (int row = 0; row < 8; row++) {
            byte[] bytes = randomBytes(2 + row, 3 * CHUNK);
            assertEquals(IoStatus.OK, test.write(row * 3L * CHUNK, bytes));
            System.arraycopy(bytes, 0, expected, row * 3 * CHUNK, bytes.length);
        }
        test.losePower();
        return expected;
    }

    /** The last rows do not get to the members. */
    private static void holdTheLastRows(ScriptedArray test) {
        long from = test.deviceOffset(4 * CHUNK);
        test.members.forEach(device -> device.hold(op -> op.changes() && op.offset() >= from));
    }

    @Test
    void shouldNotTakeTheJournalAwayBeforeItIsReplayed() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        byte[] expected = fillAndCrash(test);
        holdTheLastRows(test);
        test.assemble();
        CompletableFuture<Void> removed = test.array.removeJournalAsync();
        test.run();
        assertFalse(removed.isDone());
        test.losePower();

        test.assemble();
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldNotCallAJournalFailedThatHasYetToBeReplayed() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        byte[] expected = fillAndCrash(test);
        holdTheLastRows(test);
        test.assemble(test.context().onJournalLoss(JournalLossPolicy.READ_ONLY));
        boolean[] recorded = {false};
        test.members.forEach(device -> device.trace(op -> recorded[0] |= test.isSuperblock(op) && op.changes()));
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertEquals(IoStatus.READ_ONLY, test.write(20L * 3 * CHUNK, randomBytes(30, BLOCK)));
        assertFalse(recorded[0], "the journal is called failed, and members lack what it holds");
        test.members.forEach(device -> device.hold(op -> false));
        test.run();
        assertTrue(recorded[0]);
        assertArrayEquals(expected, test.readAll());
    }

    /** Of a window that has yet to be replayed, a reader sees what the log has, and a writer builds upon that. */
    @Test
    void shouldUseNoWindowAsItIsOnTheMembers() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        byte[] expected = fillAndCrash(test);
        ScriptedDevice journal = test.journal;
        journal.hold(op -> op.kind() == ScriptedDevice.Kind.READ);
        test.assemble();
        byte[] part = randomBytes(31, 100);
        ScriptedArray.Answer write = test.submitWrite(7L * 3 * CHUNK + 50, part, false);
        ScriptedArray.Answer read = test.submitRead(6L * 3 * CHUNK, BLOCK);
        test.run();
        journal.hold(op -> false);
        test.run();
        assertEquals(IoStatus.OK, write.status);
        System.arraycopy(part, 0, expected, 7 * 3 * CHUNK + 50, part.length);
        byte[] block = new byte[BLOCK];
        System.arraycopy(expected, 6 * 3 * CHUNK, block, 0, BLOCK);
        assertArrayEquals(block, read.bytes);
        test.losePower();
        test.assemble(1);
        assertArrayEquals(expected, test.readAll());
    }
}
