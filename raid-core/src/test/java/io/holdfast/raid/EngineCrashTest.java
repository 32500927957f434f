package io.holdfast.raid;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The power fails at the worst moment there is, and only the superblocks that were being written have reached the disks. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class EngineCrashTest {
    private static final int BLOCK = 4096;
    private static final long AGES_NS = 10_000_000_000L;

    @Test
    void shouldNotRecordHowFarARebuildCameBeforeItIsFlushed() {
        ScriptedArray test = shape().spares(1).make().assemble();
        byte[] expected = test.fill(1);
        test.flush();
        test.pass(AGES_NS).pass(AGES_NS);
        ScriptedDevice spare = test.members.get(4);
        long middle = test.deviceOffset(512 * 1024);
        spare.hold(op -> op.changes() && op.offset() >= middle);
        test.members.get(1).vanish();
        test.read(0, 256 * 1024);
        assertTrue(test.events.contains("started RECOVERY"), test.events::toString);

        // A write makes the array dirty: a generation of superblocks that vouches for nothing new, it seems.
        boolean[] written = new boolean[1];
        for (ScriptedDevice device : test.devices()) {
            device.trace(op -> written[0] |= test.isSuperblock(op));
            device.hold(op -> (op.kind() == Kind.FLUSH && written[0])
                    || (op.device() == spare && op.changes() && op.offset() >= middle));
        }
        Answer answer = test.submitWrite(0, new byte[BLOCK], false);
        test.run();
        assertNull(answer.status);
        assertTrue(written[0]);
        test.losePowerButForSuperblocks();

        test.assemble(test.context(1).force(true));
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldNotLetMembersFallTwoUpdatesBehindWhenOneFailsToFlush() {
        ScriptedArray test = shape().make().assemble();
        byte[] expected = test.fill(2);
        // To mark the array clean, members are flushed first. One fails at that, and is to be recorded as failed.
        test.members.get(1).fate(op -> op.kind() == Kind.FLUSH ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        boolean[] failed = new boolean[1];
        test.members.get(1).trace(op -> failed[0] |= op.kind() == Kind.FLUSH);
        for (int i : new int[] {2, 3}) {
            test.members.get(i).hold(op -> failed[0] && test.isSuperblock(op));
        }
        test.pass(AGES_NS).pass(AGES_NS);
        assertTrue(failed[0]);
        test.losePowerButForSuperblocks();

        test.assemble();
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldNotLetMembersFallTwoUpdatesBehindHoweverOftenAStartIsCut() {
        ScriptedArray test = shape().make().assemble();
        byte[] expected = test.fill(3);
        test.stop();
        // Started without member 3, which the others still call good: that is put right first, one member after the
        // other.
        for (int attempt = 0; attempt < 3; attempt++) {
            test.members.get(1).fate(op -> test.isSuperblock(op) ? IoStatus.MEDIA_ERROR : IoStatus.OK);
            assertThrows(ArrayException.class, () -> test.assemble(3));
        }
        test.members.get(1).behave();
        test.assemble(3);
        assertArrayEquals(expected, test.readAll());
        assertEquals(ArrayState.Condition.DEGRADED, test.array.state().condition());
    }

    @Test
    void shouldReplayTheJournalHoweverOftenAStartIsCut() {
        ScriptedArray test = shape().journal(4 << 20).make().assemble();
        byte[] expected = test.fill(4);
        test.write(0, Arrays.copyOf(expected, BLOCK));
        for (int attempt = 0; attempt < 3; attempt++) {
            test.losePower();
            // The new tail never reaches the journal.
            test.journal.hold(test::isSuperblock);
            test.assemble();
            test.journal.hold(op -> false);
        }
        test.losePower();
        test.assemble();
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldReplayTheJournalAlthoughAMemberFailsDuringThatAndPowerFailsThen() {
        ScriptedArray test = shape().journal(4 << 20).make().assemble();
        byte[] expected = test.fill(9);
        test.write(0, Arrays.copyOf(expected, BLOCK));
        test.losePower();
        test.members.get(1).fate(op -> op.changes() && test.isData(op) ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        test.journal.hold(test::isSuperblock);
        test.assemble();
        assertEquals(List.of("failed d1 write"), test.events);
        test.losePowerButForSuperblocks();
        test.devices().forEach(ScriptedDevice::behave);
        test.assemble();
        assertEquals(ArrayState.Condition.DEGRADED, test.array.state().condition());
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldFlushMembersBeforeTheJournalIsCalledFailed() {
        ScriptedArray test = shape().journal(4 << 20).make();
        test.assemble(test.context().onJournalLoss(JournalLossPolicy.READ_ONLY));
        byte[] answered = randomBytes(5, 3 * BLOCK);
        assertEquals(IoStatus.OK, test.write(0, answered));

        boolean[] written = new boolean[1];
        for (ScriptedDevice device : test.members) {
            device.trace(op -> written[0] |= test.isSuperblock(op));
            device.hold(op -> op.kind() == Kind.FLUSH && written[0]);
        }
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertEquals(IoStatus.READ_ONLY, test.write(100 * BLOCK, answered));
        assertTrue(written[0]);
        test.losePowerButForSuperblocks();

        test.assemble(test.context().force(true));
        assertArrayEquals(answered, test.read(0, answered.length).bytes);
    }

    @Test
    void shouldFlushWhatWasLoggedBeforeTheJournalFailed() {
        ScriptedArray test = shape().journal(4 << 20).make();
        test.assemble(test.context().onJournalLoss(JournalLossPolicy.READ_ONLY));
        test.members.forEach(device -> device.hold(op -> op.changes() && test.isData(op)));
        byte[] logged = randomBytes(6, BLOCK);
        Answer answer = test.submitWrite(0, logged, false);
        test.run();
        assertNull(answer.status);
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertEquals(IoStatus.READ_ONLY, test.write(100 * BLOCK, logged));
        test.members.forEach(device -> device.hold(op -> false));
        test.run();
        assertEquals(IoStatus.OK, answer.status);
        test.losePower();

        test.assemble(test.context().force(true));
        assertArrayEquals(logged, test.read(0, BLOCK).bytes);
    }

    @Test
    void shouldRebuildEveryWindowThoughAShardHearsOfTheSpareLate() {
        ScriptedArray test = shape().spares(1).make();
        test.assemble(test.context().shardCount(2));
        byte[] expected = test.fill(7);
        // The second shard is busy with a completion when, on the other thread, a member fails a flush, so that what it
        // holds is in doubt, and a spare takes over.
        ScriptedDevice failing = test.members.get(1);
        failing.fate(op -> op.kind() == Kind.FLUSH ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        Answer read = test.submitRead(secondRow(), BLOCK);
        boolean[] meanwhile = new boolean[1];
        test.members.forEach(device -> device.trace(op -> {
            if (!meanwhile[0] && op.kind() == Kind.READ && test.isData(op)) {
                meanwhile[0] = true;
                test.submitFlush();
                for (int i = 0; i < 100; i++) {
                    test.loops().get(0).doWork();
                }
                failing.poke(test.deviceOffset(0), randomBytes(8, 1 << 20));
            }
        }));
        while (!meanwhile[0]) {
            test.loops().get(1).doWork();
        }
        assertEquals(List.of("failed d1 flush", "started RECOVERY"), test.events);
        test.run();
        assertEquals(IoStatus.OK, read.status);
        assertTrue(test.events.contains("ended RECOVERY COMPLETE"), test.events::toString);
        assertArrayEquals(expected, test.readAll());
    }

    /** Where the second shard's first row begins. */
    private static long secondRow() {
        return 3 * 16 * 1024;
    }
}
