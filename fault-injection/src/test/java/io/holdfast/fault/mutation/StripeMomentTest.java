package io.holdfast.fault.mutation;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.ScriptedArray;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice;
import io.holdfast.raid.ScriptedDevice.Kind;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Moments in the life of one stripe in which a single step keeps data and parity, or data and promise, together. */
class StripeMomentTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;
    private static final long AGES_NS = 10_000_000_000L;
    private static final long MEMBER = 1536 * 1024;

    @Test
    void shouldNotCallTheArrayCleanWhileAWriteIsUnderWay() {
        ScriptedArray test = shape().memberLength(MEMBER).make().assemble();
        test.fill(1);
        test.flush();
        // The data is written, its parity not yet: the last member holds it.
        test.members.get(3).hold(op -> op.changes() && test.isData(op));
        Answer answer = test.submitWrite(0, randomBytes(2, BLOCK), false);
        for (int i = 0; i < 4; i++) {
            // Short of the time limit of a device.
            test.pass(AGES_NS / 2);
        }
        assertNull(answer.status);
        test.losePower();

        test.assemble();
        byte[] seen = test.readAll();
        test.stop();
        test.assemble(0);
        assertArrayEquals(seen, test.readAll(), "parity does not fit");
    }

    @Test
    void shouldNotCallParityGoodThatNobodySaw() {
        ScriptedArray test = shape().memberLength(MEMBER).dirty().make();
        for (ScriptedDevice device : test.members) {
            device.poke(test.deviceOffset(0), randomBytes(3 + test.members.indexOf(device), 512 * 1024));
        }
        long middle = test.deviceOffset(256 * 1024);
        test.members.get(3).hold(op -> op.kind() == Kind.READ && op.offset() >= middle);
        test.assemble();
        assertEquals(List.of("started RESYNC"), test.events);
        // Level 5 has nothing left to compare.
        test.members.get(1).vanish();
        test.read(0, 3 * CHUNK);
        test.members.get(3).hold(op -> false);
        test.run();
        assertEquals(Condition.DEGRADED, test.array.state().condition());
        test.stop();
        assertThrows(ArrayException.class, () -> test.assemble(1));
    }

    @Test
    void shouldGiveASpareTheSlotThatAResyncLost() {
        ScriptedArray test = shape().memberLength(MEMBER).spares(1).dirty().make();
        long middle = test.deviceOffset(256 * 1024);
        test.members.get(3).hold(op -> op.kind() == Kind.READ && op.offset() >= middle);
        test.assemble();
        assertEquals(List.of("started RESYNC"), test.events);
        test.members.get(1).vanish();
        test.read(0, 3 * CHUNK);
        test.members.get(3).hold(op -> false);
        test.run();
        assertEquals(Condition.HEALTHY, test.array.state().condition(), test.events::toString);
    }

    @Test
    void shouldAnswerAFlushOnlyWhenTheMemberThatFailedItIsOnRecord() {
        ScriptedArray test = shape().memberLength(MEMBER).make().assemble();
        test.fill(8);
        boolean[] written = {false};
        test.members.get(2).hold(op -> {
            written[0] |= test.isSuperblock(op);
            return op.kind() == Kind.FLUSH && written[0];
        });
        test.members.get(0).fate(op -> op.kind() == Kind.FLUSH ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        Answer answer = test.submitFlush();
        test.run();
        assertTrue(written[0]);
        assertNull(answer.status, "answered, and no survivor says for certain that a member has lost what it held");
        test.members.get(2).hold(op -> false);
        test.run();
        assertEquals(IoStatus.OK, answer.status);
    }

    @Test
    void shouldAnswerAWriteWhoseJournalHasFailedOnlyWhenTheMembersAreFlushed() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        test.assemble(test.context().onJournalLoss(JournalLossPolicy.READ_ONLY));
        test.members.forEach(device -> device.hold(op -> op.changes() && test.isData(op)));
        Answer answer = test.submitWrite(0, randomBytes(9, BLOCK), false);
        test.run();
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertEquals(IoStatus.READ_ONLY, test.write(50 * BLOCK, randomBytes(10, BLOCK)));
        // The record is durable, but nobody will replay it.
        test.members.forEach(device -> device.hold(op -> op.kind() == Kind.FLUSH));
        test.run();
        assertNull(answer.status);
        test.members.forEach(device -> device.hold(op -> false));
        test.run();
        assertEquals(IoStatus.OK, answer.status);
    }

    @Test
    void shouldFlushTheMembersForACallerWhoseJournalHasFailed() {
        ScriptedArray test = shape().memberLength(MEMBER).journal(4 << 20).make();
        test.assemble(test.context().onJournalLoss(JournalLossPolicy.READ_ONLY));
        test.fill(11);
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        test.members.forEach(device -> device.hold(op -> op.kind() == Kind.FLUSH));
        assertEquals(IoStatus.READ_ONLY, test.write(0, randomBytes(12, BLOCK)));
        Answer answer = test.submitFlush();
        test.run();
        assertNull(answer.status);
        test.members.forEach(device -> device.hold(op -> false));
        test.run();
        assertEquals(IoStatus.OK, answer.status);
    }

    @Test
    void shouldNotBuildUponParityThatNobodyHasResyncedYet() {
        ScriptedArray test = shape().members(5).dirty().make();
        for (ScriptedDevice device : test.members) {
            device.poke(test.deviceOffset(0), randomBytes(13 + test.members.indexOf(device), 1 << 20));
        }
        // The resync comes no further than to its first windows.
        long held = test.deviceOffset(32 * CHUNK);
        test.members.get(4).hold(op -> op.kind() == Kind.READ && op.offset() < held);
        test.assemble();
        byte[] block = randomBytes(20, BLOCK);
        long offset = test.array.length() - BLOCK;
        assertEquals(IoStatus.OK, test.write(offset, block));
        ScriptedDevice holder = null;
        long last = test.deviceOffset((1 << 20) - BLOCK);
        for (ScriptedDevice device : test.members) {
            holder = Arrays.equals(device.peek(last, BLOCK), block) ? device : holder;
        }
        assertNotNull(holder);
        holder.vanish();
        Answer answer = test.read(offset, BLOCK);
        assertArrayEquals(block, answer.bytes);
    }

    @Test
    void shouldLogTrueParityEvenForASlotThatNobodyServes() {
        ScriptedArray test =
                shape().memberLength(MEMBER).spares(1).journal(4 << 20).make().assemble();
        byte[] expected = test.fill(21);
        test.stop();
        test.assemble();
        // Level 5 has row 0's parity, and row 4's, on the last member. It fails while the shard has a second write
        // before it.
        ScriptedDevice failing = test.members.get(3);
        failing.fate(op -> op.changes() ? IoStatus.GONE : IoStatus.OK);
        failing.hold(op -> op.changes() && test.isData(op));
        byte[] rows = randomBytes(22, 3 * CHUNK);
        Answer first = test.submitWrite(4L * rows.length, rows, false);
        test.run();
        assertNull(first.status);
        Answer second = test.submitWrite(0, rows, false);
        failing.hold(op -> false);
        ScriptedDevice spare = test.members.get(4);
        spare.hold(op -> op.changes() && op.offset() >= test.deviceOffset(256 * 1024));
        test.run();
        assertEquals(IoStatus.OK, first.status);
        assertEquals(IoStatus.OK, second.status);
        System.arraycopy(rows, 0, expected, 0, rows.length);
        System.arraycopy(rows, 0, expected, 4 * rows.length, rows.length);
        // The mark of the rebuild is on record, and so is the second write in the log.
        test.pass(AGES_NS).pass(AGES_NS);
        assertTrue(ScriptedArray.superblock(spare).recoveryOffsetSectors() > 0);
        test.losePower();

        test.assemble(3);
        test.stop();
        test.assemble(0, 3);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldAnswerWritesOfADegradedArrayOnlyWhenItIsOnRecordThatItIs() {
        ScriptedArray test = shape().memberLength(MEMBER).make().assemble();
        byte[] expected = test.fill(4);
        boolean[] written = {false};
        test.members.get(2).hold(op -> {
            written[0] |= test.isSuperblock(op);
            return op.kind() == Kind.FLUSH && written[0];
        });
        test.members.get(0).vanish();
        test.submitRead(0, BLOCK);
        test.run();
        assertTrue(written[0]);
        // The shard knows by now that the member is gone, and this write does not miss it.
        byte[] block = randomBytes(5, BLOCK);
        Answer answer = test.submitWrite(0, block, true);
        test.run();
        assertNull(answer.status, "answered, and no survivor says for certain that a member has missed it");
        test.members.get(2).hold(op -> false);
        test.run();
        assertEquals(IoStatus.OK, answer.status);
        System.arraycopy(block, 0, expected, 0, BLOCK);
        test.losePower();

        test.assemble(test.context().force(true));
        assertFalse(test.array.state().slots().get(0).inSync());
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldWriteNothingToTheMembersOfAnArrayThatFailedWhileItLogged() {
        ScriptedArray test =
                shape().memberLength(MEMBER).journal(4 << 20).make().assemble();
        byte[] expected = test.fill(6);
        test.stop();
        test.assemble();
        byte[] row = randomBytes(7, 3 * CHUNK);
        test.journal.hold(op -> op.kind() == Kind.FLUSH);
        Answer answer = test.submitWrite(0, row, false);
        test.run();
        test.members.get(1).vanish();
        test.members.get(2).vanish();
        test.submitRead(0, 6 * CHUNK);
        test.run();
        assertEquals(Condition.FAILED, test.array.state().condition());
        boolean[] scribbled = {false};
        test.members.forEach(device -> device.trace(op -> scribbled[0] |= op.changes()));
        test.journal.hold(op -> false);
        test.run();
        assertEquals(IoStatus.GONE, answer.status);
        assertFalse(scribbled[0]);
        test.losePower();

        // They were only unplugged, and the record is still there.
        test.assemble();
        System.arraycopy(row, 0, expected, 0, row.length);
        assertArrayEquals(expected, test.readAll());
    }
}
