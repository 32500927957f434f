package io.holdfast.fault.mutation;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.ScriptedArray;
import io.holdfast.raid.ScriptedDevice;
import io.holdfast.raid.ScriptedDevice.Kind;
import io.holdfast.raid.ScriptedDevice.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Moments in which what a caller was promised is in the log and in memory, and on no member yet, or only half. */
class WriteBackMomentTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;
    private static final long AGES_NS = 10_000_000_000L;
    private static final long MEMBER = 1536 * 1024;

    private static ArrayContext context(ScriptedArray test, Integer... missing) {
        return test.context(missing).journalMode(JournalMode.WRITE_BACK);
    }

    /** A full array whose log is empty, in write-back. */
    private static byte[] fill(ScriptedArray test, long seed) {
        test.assemble();
        byte[] bytes = test.fill(seed);
        test.stop();
        test.assemble(context(test));
        return bytes;
    }

    private static void write(ScriptedArray test, byte[] expected, long offset, byte[] bytes) {
        assertEquals(IoStatus.OK, test.write(offset, bytes));
        System.arraycopy(bytes, 0, expected, (int) offset, bytes.length);
    }

    /** The member that has some bytes at the beginning of its data. */
    private static int slotOf(ScriptedArray test, byte[] bytes) {
        for (int slot = 0; slot < test.members.size(); slot++) {
            if (Arrays.equals(test.members.get(slot).peek(test.deviceOffset(0), bytes.length), bytes)) {
                return slot;
            }
        }
        throw new AssertionError("nobody holds the bytes");
    }

    private static boolean isDataWrite(ScriptedArray test, Operation operation) {
        return operation.changes() && test.isData(operation);
    }

    @Test
    void shouldLogTheParityOfWhatIsCachedBeforeAMemberIsTouched() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        byte[] expected = fill(test, 1);
        int holder = slotOf(test, Arrays.copyOf(expected, BLOCK));
        int other = slotOf(test, Arrays.copyOfRange(expected, CHUNK, CHUNK + BLOCK));
        write(test, expected, 0, randomBytes(2, BLOCK));
        // It leaves; its data reaches a disk, its parity does not.
        for (ScriptedDevice device : test.members) {
            boolean isHolder = device == test.members.get(holder);
            device.hold(op -> isDataWrite(test, op) && !isHolder);
        }
        test.pass(AGES_NS);
        test.losePower(op -> op.device() == test.members.get(holder));

        test.assemble(other);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldKeepWhatIsCachedInTheLogWhileTheLogTurns() {
        ScriptedArray test =
                shape().memberLength(MEMBER).journal((1 << 20) + 512 * 1024).make();
        byte[] expected = fill(test, 3);
        // A window that is written to again and again is never the one parked longest.
        write(test, expected, 0, randomBytes(4, BLOCK));
        boolean[] tailMoved = {false};
        test.journal.trace(op -> tailMoved[0] |= test.isSuperblock(op));
        int row = 3 * CHUNK;
        for (int i = 0; i < 100 && !tailMoved[0]; i++) {
            write(test, expected, (1L + i % 10) * row, randomBytes(5 + i, row));
        }
        assertTrue(tailMoved[0], "the log was to become full");
        test.losePower();

        test.assemble();
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldFinishAStripeThatLacksParityHoweverOftenTheStartIsCut() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        byte[] expected = fill(test, 6);
        int holder = slotOf(test, Arrays.copyOf(expected, BLOCK));
        int missing = slotOf(test, Arrays.copyOfRange(expected, CHUNK, CHUNK + BLOCK));
        write(test, expected, 0, randomBytes(7, BLOCK));
        test.losePower();

        // What the missing member holds is in the old parity only. The new data arrives, and nothing else; whether the
        // start
        // or the array that it has started meets that makes no difference.
        for (ScriptedDevice device : test.members) {
            boolean isHolder = device == test.members.get(holder);
            device.fate(op -> isDataWrite(test, op) && !isHolder ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        }
        try {
            test.assemble(context(test, missing));
            assertEquals(Condition.FAILED, test.array.state().condition());
            test.array.abandon();
        } catch (ArrayException e) {
            assertEquals(IoStatus.MEDIA_ERROR, e.status());
        }
        for (ScriptedDevice device : test.devices()) {
            device.losePower(op -> op.device() == test.members.get(holder));
        }

        test.assemble(missing);
        assertArrayEquals(expected, test.readAll());
    }

    /** As above, but the member is lost only when the start that finishes the stripe has been cut. */
    @Test
    void shouldFinishAStripeThatLacksParityThoughAMemberIsLostMeanwhile() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        byte[] expected = fill(test, 15);
        int holder = slotOf(test, Arrays.copyOf(expected, BLOCK));
        int missing = slotOf(test, Arrays.copyOfRange(expected, CHUNK, CHUNK + BLOCK));
        write(test, expected, 0, randomBytes(16, BLOCK));
        test.losePower();
        for (ScriptedDevice device : test.members) {
            boolean isHolder = device == test.members.get(holder);
            device.hold(op -> isDataWrite(test, op) && !isHolder);
        }
        test.assemble();
        test.losePower(op -> op.device() == test.members.get(holder));

        test.assemble(missing);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldNotMakeUpWhatAStripeThatLacksParityHeld() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        byte[] expected = fill(test, 8);
        int missing = slotOf(test, Arrays.copyOfRange(expected, CHUNK, CHUNK + BLOCK));
        int unreadable = slotOf(test, Arrays.copyOfRange(expected, 2 * CHUNK, 2 * CHUNK + BLOCK));
        write(test, expected, 0, randomBytes(9, BLOCK));
        test.losePower();

        test.members
                .get(unreadable)
                .fate(op -> op.kind() == Kind.READ && op.overlaps(test.deviceOffset(0), test.deviceOffset(BLOCK))
                        ? IoStatus.MEDIA_ERROR
                        : IoStatus.OK);
        assertThrows(ArrayException.class, () -> test.assemble(context(test, missing)));
        test.members.get(unreadable).behave();
        test.assemble();
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldServeWhatCannotLeaveAnArrayThatFailed() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        byte[] expected = fill(test, 10);
        int holder = slotOf(test, Arrays.copyOf(expected, BLOCK));
        byte[] block = randomBytes(11, BLOCK);
        write(test, expected, 0, block);
        // It is about to leave, and its parity about to be durable, when too many members are lost.
        test.journal.hold(op -> op.kind() == Kind.FLUSH);
        test.pass(AGES_NS);
        for (int slot = 0; slot < 4; slot++) {
            if (slot != holder) {
                test.members.get(slot).vanish();
            }
        }
        test.submitRead(3 * CHUNK, 9 * CHUNK);
        test.run();
        test.journal.hold(op -> false);
        test.run();
        assertEquals(Condition.FAILED, test.array.state().condition());
        assertArrayEquals(block, test.read(0, BLOCK).bytes);
    }

    @ParameterizedTest
    @EnumSource(
            value = JournalLossPolicy.class,
            names = {"CONTINUE", "READ_ONLY"})
    void shouldNotCallAJournalFailedThatHoldsWhatIsCachedElsewhere(JournalLossPolicy policy) {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        test.assemble(context(test).shardCount(2).onJournalLoss(policy));
        // A row of the second shard, which then has other things to do.
        byte[] block = randomBytes(12, BLOCK);
        int offset = 3 * CHUNK;
        assertEquals(IoStatus.OK, test.write(offset, block));
        boolean[] recorded = {false};
        test.members.forEach(device -> device.trace(op -> recorded[0] |= op.changes() && test.isSuperblock(op)));
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        test.submitWrite(0, block, false);
        for (int i = 0; i < 100; i++) {
            test.loops().get(0).doWork();
        }
        assertTrue(test.events.contains("journal failed"), test.events::toString);
        assertFalse(recorded[0], "the journal is called failed, and what it holds is nowhere else on disk");
        test.run();
        assertTrue(recorded[0]);
        assertArrayEquals(block, test.read(offset, BLOCK).bytes);
    }

    @Test
    void shouldBringWhatIsCachedToTheMembersInAStop() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        byte[] expected = fill(test, 13);
        write(test, expected, 0, randomBytes(14, BLOCK));
        test.members.forEach(device -> device.hold(op -> isDataWrite(test, op)));
        CompletableFuture<Void> stopped = test.array.stop();
        test.run();
        assertFalse(stopped.isDone());
        test.members.forEach(device -> device.hold(op -> false));
        test.run();
        assertTrue(stopped.isDone());
        test.losePower();

        List<Operation> changes = new ArrayList<>();
        test.members.forEach(device -> device.trace(op -> {
            if (isDataWrite(test, op)) {
                changes.add(op);
            }
        }));
        test.assemble();
        assertEquals(List.of(), changes, "replayed");
        assertArrayEquals(expected, test.readAll());
    }
}
