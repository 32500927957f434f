package io.holdfast.fault.mutation;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.ScriptedArray;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice;
import io.holdfast.raid.ScriptedDevice.Kind;
import io.holdfast.raid.ScriptedDevice.Operation;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * Moments in which what the superblocks say, or when they say it, is all that stands between an array and damage: the power
 * fails, and of all that was not flushed the superblocks alone have reached the disks.
 */
class SuperblockMomentTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;
    private static final long AGES_NS = 10_000_000_000L;
    private static final long MEMBER = 1536 * 1024;

    @Test
    void shouldKeepAnArrayThatHasBeenMade() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        test.devices().forEach(device -> device.losePower(op -> false));
        test.assemble();
        assertEquals(Condition.HEALTHY, test.array.state().condition());
    }

    @Test
    void shouldFlushMembersBeforeTheArrayIsCalledClean() {
        ScriptedArray test = shape().memberLength(MEMBER).make().assemble();
        test.fill(1);
        test.flush();
        byte[] block = randomBytes(2, BLOCK);
        // Data reaches a disk of its own accord, parity does not.
        assertEquals(IoStatus.OK, test.write(0, block));
        ScriptedDevice data = holderOf(test, block);
        holdFlushesAfterSuperblocks(test, () -> true);
        test.pass(AGES_NS).pass(AGES_NS);
        test.losePower(op -> test.isSuperblock(op) || op.device() == data);

        // Either it is dirty still, and resynced now, or parity fits.
        test.assemble();
        test.run();
        byte[] seen = test.readAll();
        test.stop();
        test.assemble(test.members.indexOf(data));
        assertArrayEquals(seen, test.readAll());
    }

    @Test
    void shouldFlushMembersBeforeTheTailMovesOverWhatTheyHold() {
        ScriptedArray test =
                shape().memberLength(MEMBER).journal(2 << 20).make().assemble();
        byte[] expected = new byte[(int) test.array.length()];
        boolean[] tailMoved = {false};
        for (ScriptedDevice device : test.devices()) {
            device.trace(op -> tailMoved[0] |= test.isSuperblock(op));
            device.hold(op -> op.kind() == Kind.FLUSH && tailMoved[0]);
        }
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 200 && !tailMoved[0]; i++) {
            byte[] bytes = randomBytes(i, 3 * CHUNK);
            int offset = i % 8 * bytes.length;
            answers.add(test.submitWrite(offset, bytes, false));
            test.run();
            if (answers.get(i).status == IoStatus.OK) {
                System.arraycopy(bytes, 0, expected, offset, bytes.length);
            }
        }
        assertTrue(tailMoved[0], "the log was to become full");
        test.losePowerButForSuperblocks();

        test.assemble();
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldFlushMembersBeforeARebuildsMarkIsRecordedWithTheFailureOfAnother() {
        ScriptedArray test =
                shape().level(6).members(5).spares(1).journal(4 << 20).make().assemble();
        byte[] expected = test.fill(3);
        // The log is to hold nothing that could make good what is lost.
        test.stop();
        test.assemble();
        ScriptedDevice spare = test.members.get(5);
        long middle = test.deviceOffset(512 * 1024);
        test.members.get(1).vanish();
        spare.hold(op -> op.changes() && op.offset() >= middle);
        test.read(0, 5 * CHUNK);
        assertTrue(test.events.contains("started RECOVERY"), test.events::toString);

        // Superblocks are written because of another member; nothing of that one has to be durable.
        holdFlushesAfterSuperblocks(test, () -> true);
        spare.hold(
                op -> (op.changes() && op.offset() >= middle) || (op.kind() == Kind.FLUSH && !test.events.isEmpty()));
        test.members.get(2).vanish();
        test.read(0, 5 * CHUNK);
        test.losePowerButForSuperblocks();

        test.assemble(1, 2);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldFlushMembersBeforeAResyncsMarkIsRecorded() {
        ScriptedArray test =
                shape().memberLength(MEMBER).journal(4 << 20).dirty().make();
        for (ScriptedDevice device : test.members) {
            device.poke(test.deviceOffset(0), randomBytes(30 + test.members.indexOf(device), 512 * 1024));
        }
        long middle = test.deviceOffset(256 * 1024);
        test.members.get(0).hold(op -> op.kind() == Kind.READ && op.offset() >= middle);
        test.assemble();
        assertEquals(List.of("started RESYNC"), test.events);
        boolean[] written = {false};
        for (ScriptedDevice device : test.devices()) {
            device.hold(op -> {
                written[0] |= isSuperblockWrite(test, op);
                return (op.kind() == Kind.FLUSH && written[0]) || (op.kind() == Kind.READ && op.offset() >= middle);
            });
        }
        test.pass(AGES_NS);
        assertTrue(written[0]);
        test.losePowerButForSuperblocks();

        test.assemble();
        assertTrue(test.events.contains("ended RESYNC COMPLETE"), test.events::toString);
        assertEquals(0, check(test, false).mismatchedSectors());
    }

    @Test
    void shouldFlushARebuiltMemberBeforeItIsCalledInSync() {
        ScriptedArray test =
                shape().memberLength(MEMBER).spares(1).journal(4 << 20).make().assemble();
        byte[] expected = test.fill(4);
        ScriptedDevice spare = test.members.get(4);
        long[] rebuilt = {0};
        spare.trace(op -> rebuilt[0] += test.isData(op) && op.changes() ? op.length() : 0);
        long all = expected.length / 3;
        holdFlushesAfterSuperblocks(test, () -> rebuilt[0] >= all);
        test.members.get(1).vanish();
        test.read(0, 4 * CHUNK);
        assertTrue(rebuilt[0] >= all, () -> "rebuilt=" + rebuilt[0]);
        test.losePowerButForSuperblocks();

        test.assemble(1);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldNotUndoARepairThatHasEnded() {
        ScriptedArray test = shape().members(5).memberLength(MEMBER).make().assemble();
        byte[] expected = test.fill(20);
        test.flush();
        test.pass(AGES_NS).pass(AGES_NS);
        test.members.get(4).poke(test.deviceOffset(0), randomBytes(21, BLOCK));
        assertEquals(8, check(test, true).mismatchedSectors());
        test.losePower();

        test.assemble();
        assertEquals(0, check(test, false).mismatchedSectors());
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldTellOfTheEndOfARebuildWhenItIsOnRecord() {
        ScriptedArray test = shape().memberLength(MEMBER).spares(1).make().assemble();
        test.fill(22);
        ScriptedDevice spare = test.members.get(4);
        test.members.get(1).vanish();
        long last = test.deviceOffset(512 * 1024 - CHUNK);
        boolean[] rebuilt = {false};
        spare.trace(op -> rebuilt[0] |= op.changes() && op.offset() >= last);
        test.members.get(2).hold(op -> op.kind() == Kind.FLUSH && rebuilt[0]);
        test.read(0, 4 * CHUNK);
        assertTrue(rebuilt[0]);
        assertFalse(test.events.contains("ended RECOVERY COMPLETE"), test.events::toString);
        test.members.get(2).hold(op -> false);
        test.run();
        assertTrue(test.events.contains("ended RECOVERY COMPLETE"), test.events::toString);
    }

    @Test
    void shouldNotTakeAGenerationThatOneDeviceMissedForWritten() {
        ScriptedArray test =
                shape().level(6).members(5).memberLength(MEMBER).make().assemble();
        boolean[] scribbled = {false};
        for (ScriptedDevice device : test.members) {
            device.trace(op -> scribbled[0] |= op.changes() && test.isData(op));
            device.hold(op -> op.kind() == Kind.FLUSH);
        }
        // The array is to be called dirty first, and one member cannot.
        test.members.get(1).fate(op -> test.isSuperblock(op) && op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        Answer answer = test.submitWrite(0, randomBytes(5, BLOCK), false);
        test.run();
        assertEquals(List.of("failed d1 superblock"), test.events);
        assertNull(answer.status);
        assertFalse(scribbled[0], "written before any superblock said so for certain");
        test.members.forEach(device -> device.hold(op -> false));
        test.run();
        assertEquals(IoStatus.OK, answer.status);
    }

    @Test
    void shouldBringALaggardLevelForGoodBeforeTheNextUpdate() {
        ScriptedArray test = shape().make().assemble();
        byte[] expected = test.fill(6);
        test.stop();
        ScriptedDevice laggard = test.members.get(1);
        byte[] row = randomBytes(7, 3 * CHUNK);
        for (int crash = 0; crash < 2; crash++) {
            boolean[] written = {false};
            for (ScriptedDevice device : test.members) {
                device.hold(op -> {
                    written[0] |= isSuperblockWrite(test, op);
                    // A resync that made headway would have something to flush for.
                    return (op.kind() == Kind.READ && test.isData(op)) || (op.kind() == Kind.FLUSH && written[0]);
                });
            }
            // Superblocks are to say that the array is dirty; on one disk they never arrive.
            test.assemble();
            test.submitWrite(expected.length - row.length, row, false);
            test.run();
            assertTrue(written[0]);
            test.losePower(op -> op.device() != laggard && test.isSuperblock(op));
        }
        test.assemble();
        assertEquals(Condition.HEALTHY, test.array.state().condition());
        assertArrayEquals(expected, test.readAll());
    }

    /** The update that ends a start is durable on every member before there is another. */
    @Test
    void shouldRecordAStartForGoodBeforeTheNextUpdate() {
        ScriptedArray test =
                shape().level(6).members(5).memberLength(MEMBER).make().assemble();
        byte[] expected = test.fill(27);
        test.stop();
        // That one is missing is on record when this has started.
        test.assemble(4);
        boolean[] written = {false};
        for (ScriptedDevice device : test.members) {
            device.hold(op -> {
                written[0] |= isSuperblockWrite(test, op);
                return op.kind() == Kind.FLUSH && written[0];
            });
        }
        test.submitWrite(0, Arrays.copyOf(expected, BLOCK), false);
        test.run();
        assertTrue(written[0]);
        ScriptedDevice laggard = test.members.get(1);
        test.losePower(op -> op.device() != laggard && test.isSuperblock(op));

        test.assemble(test.context(4).force(true));
        assertTrue(test.array.state().slots().get(1).inSync());
        assertArrayEquals(expected, test.readAll());
    }

    /**
     * A start by force calls an array clean of which a stripe has been written by halves. What has been rebuilt of a member
     * does not fit that stripe, so it must be rebuilt from the beginning.
     */
    @Test
    void shouldRebuildFromTheBeginningAfterAStartByForce() {
        ScriptedArray test = shape().memberLength(MEMBER).spares(1).make().assemble();
        test.fill(28);
        test.flush();
        ScriptedDevice spare = test.members.get(4);
        long middle = test.deviceOffset(256 * 1024);
        spare.hold(op -> op.changes() && op.offset() >= middle);
        test.members.get(1).vanish();
        test.read(0, 4 * CHUNK);
        test.pass(AGES_NS).pass(AGES_NS);
        assertTrue(ScriptedArray.superblock(spare).recoveryOffsetSectors() > 0);
        // Data gets to the first row, parity does not.
        test.members.get(3).hold(op -> op.changes() && test.isData(op));
        test.submitWrite(0, randomBytes(29, BLOCK), false);
        test.run();
        test.losePower(op -> op.device() == test.members.get(0));

        assertThrows(ArrayException.class, () -> test.assemble(1));
        spare.hold(op -> op.changes() && test.isData(op));
        test.assemble(test.context(1).force(true));
        test.losePower();
        test.assemble(1);
        assertEquals(Condition.HEALTHY, test.array.state().condition(), test.events::toString);
        assertEquals(0, check(test, false).mismatchedSectors());
    }

    @Test
    void shouldNotGiveUpAJournalWhileItsStripesAreOnTheirWay() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        test.assemble(test.context().onJournalLoss(JournalLossPolicy.READ_ONLY));
        byte[] expected = test.fill(8);
        test.flush();
        // Half of a stripe is on the members when the journal fails at something else.
        byte[] block = randomBytes(9, BLOCK);
        boolean[] recordDurable = {false};
        test.journal.trace(op -> recordDurable[0] |= op.kind() == Kind.FLUSH);
        test.members.get(3).hold(op -> op.changes() && test.isData(op));
        test.members.get(0).hold(op -> op.changes() && test.isData(op));
        Answer half = test.submitWrite(0, block, false);
        test.run();
        assertTrue(recordDurable[0]);
        assertNull(half.status);
        boolean[] recorded = {false};
        for (ScriptedDevice device : test.members) {
            device.trace(op -> recorded[0] |= test.isSuperblock(op));
        }
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertEquals(IoStatus.READ_ONLY, test.write(200 * BLOCK, block));
        test.run();
        assertFalse(recorded[0], "the journal is called failed, and a stripe is half written");
        test.members.forEach(device -> device.hold(op -> false));
        test.run();
        assertTrue(recorded[0]);
        assertEquals(IoStatus.OK, half.status);
        System.arraycopy(block, 0, expected, 0, block.length);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldNotLetAnOldRecordUndoARepair() {
        ScriptedArray test =
                shape().members(5).memberLength(MEMBER).journal(4 << 20).make().assemble();
        byte[] expected = test.fill(10);
        // Parity rots, and a small write builds upon it.
        ScriptedDevice parity = test.members.get(4);
        parity.poke(test.deviceOffset(0), randomBytes(11, BLOCK));
        byte[] block = randomBytes(12, BLOCK);
        assertEquals(IoStatus.OK, test.write(0, block));
        System.arraycopy(block, 0, expected, 0, BLOCK);
        assertEquals(IoStatus.OK, test.write(40L * CHUNK, block));
        System.arraycopy(block, 0, expected, 40 * CHUNK, BLOCK);
        assertTrue(check(test, true).mismatchedSectors() > 0, "what was built upon it is wrong, too");
        test.losePower();

        test.assemble();
        assertEquals(0, check(test, false).mismatchedSectors());
        assertArrayEquals(expected, test.readAll());
    }

    /**
     * A repair has come as far as the first rows when a small write goes to a stripe further on, whose parity has rotted. Its
     * record must not hold parity that was made of that: behind the record of something that is cached still, it stays in the
     * log when the repair has ended.
     */
    @Test
    void shouldNotUndoARepairWithARecordThatWasMadeMeanwhile() {
        ScriptedArray test =
                shape().members(5).memberLength(4 << 20).journal(8 << 20).make();
        test.assemble();
        byte[] expected = test.fill(23);
        test.stop();
        test.assemble(test.context().journalMode(JournalMode.WRITE_BACK));
        int row = 100;
        test.members.get(4 - row % 5).poke(test.deviceOffset((long) row * CHUNK), randomBytes(24, BLOCK));
        for (ScriptedDevice device : test.members) {
            device.hold(op -> op.kind() == Kind.READ
                    && op.overlaps(test.deviceOffset(20 * CHUNK), test.deviceOffset(60 * CHUNK)));
        }
        CompletableFuture<SyncTask> repair = test.array.checkAsync(true);
        test.run();
        write(test, expected, 0, randomBytes(25, BLOCK));
        // Part of a block goes through.
        write(test, expected, row * 4 * CHUNK + 5, randomBytes(26, 100));
        test.members.forEach(device -> device.hold(op -> false));
        test.run();
        assertTrue(repair.join().completion().isDone());
        test.losePower();

        test.assemble();
        assertEquals(0, check(test, false).mismatchedSectors());
        assertArrayEquals(expected, test.readAll());
    }

    private static void write(ScriptedArray test, byte[] expected, int offset, byte[] bytes) {
        assertEquals(IoStatus.OK, test.write(offset, bytes));
        System.arraycopy(bytes, 0, expected, offset, bytes.length);
    }

    @Test
    void shouldLeaveTheNextStartNothingToReplay() {
        ScriptedArray test =
                shape().memberLength(MEMBER).journal(4 << 20).make().assemble();
        test.fill(13);
        test.stop();
        test.assemble();
        assertTrue(test.array.description().summary().contains("nothing to replay"), test.array.description()::summary);
    }

    @Test
    void shouldNotTakeBackAMemberThatWasMissingWhenAWriteWasAnswered() {
        ScriptedArray test =
                shape().memberLength(MEMBER).journal(4 << 20).make().assemble();
        byte[] expected = test.fill(14);
        test.stop();
        test.assemble(2);
        byte[] block = randomBytes(15, BLOCK);
        for (int chunk = 0; chunk < 3; chunk++) {
            assertEquals(IoStatus.OK, test.write((long) chunk * CHUNK, block));
            System.arraycopy(block, 0, expected, chunk * CHUNK, BLOCK);
        }
        test.losePower();
        test.assemble();
        assertFalse(test.array.state().slots().get(2).inSync());
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldSeeThatAMemberWasPutBackFromAnOldCopy() {
        ScriptedArray test = shape().memberLength(MEMBER).make().assemble();
        test.fill(16);
        test.stop();
        ScriptedDevice member = test.members.get(1);
        int length = (int) member.geometry().length();
        byte[] copy = member.peek(0, length);
        for (int i = 0; i < 3; i++) {
            test.assemble();
            test.fill(17 + i);
            test.stop();
        }
        test.assemble();
        byte[] expected = test.readAll();
        test.stop();
        member.poke(0, copy);
        test.assemble();
        assertEquals(Condition.DEGRADED, test.array.state().condition());
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldSetASuperblockAsideOfWhichAByteHasRotten() {
        ScriptedArray test = shape().memberLength(MEMBER).make().assemble();
        byte[] expected = test.fill(18);
        test.stop();
        List<byte[]> before = new ArrayList<>();
        for (ScriptedDevice device : test.members) {
            before.add(device.peek(0, 2 * BLOCK));
        }
        for (int at = 0; at < 256 + 2 * 4; at += 3) {
            byte[] rotten = before.get(1).clone();
            rotten[BLOCK + at] ^= 1;
            for (int i = 0; i < before.size(); i++) {
                test.members.get(i).poke(0, i == 1 ? rotten : before.get(i));
            }
            int where = at;
            try {
                test.assemble();
            } catch (ArrayException e) {
                throw new AssertionError("byte " + where, e);
            }
            assertEquals(Condition.DEGRADED, test.array.state().condition(), () -> "byte " + where);
            assertArrayEquals(expected, test.readAll(), () -> "byte " + where);
            test.array.abandon();
        }
    }

    /** Walk over the whole array: a check is asked for by a thread of its own, since it waits for its start. */
    private static SyncProgress check(ScriptedArray test, boolean repair) {
        CompletableFuture<SyncTask> started = CompletableFuture.supplyAsync(() -> test.array.check(repair));
        while (!started.isDone()) {
            test.run();
        }
        test.run();
        return started.join().completion().join();
    }

    /** From the first superblock on, once something has come about, no flush is carried out any more. */
    private static void holdFlushesAfterSuperblocks(ScriptedArray test, BooleanSupplier armed) {
        boolean[] written = {false};
        for (ScriptedDevice device : test.devices()) {
            device.hold(op -> {
                written[0] |= armed.getAsBoolean() && isSuperblockWrite(test, op);
                return op.kind() == Kind.FLUSH && written[0];
            });
        }
    }

    private static boolean isSuperblockWrite(ScriptedArray test, Operation operation) {
        return operation.changes() && test.isSuperblock(operation);
    }

    private static ScriptedDevice holderOf(ScriptedArray test, byte[] block) {
        for (ScriptedDevice device : test.members) {
            if (Arrays.equals(device.peek(test.deviceOffset(0), block.length), block)) {
                return device;
            }
        }
        throw new AssertionError("nobody holds the block");
    }
}
