package io.holdfast.raid;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedArray.Shape;
import io.holdfast.raid.ScriptedDevice.Kind;
import io.holdfast.raid.ScriptedDevice.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class EngineFailureTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;
    private static final int JOURNAL = 4 << 20;

    // ---- one member fails ----

    @ParameterizedTest
    @CsvSource({"5,0", "5,4194304", "6,0", "6,4194304"})
    void shouldAnswerAWriteOnlyWhenTheMemberThatMissedItIsRecorded(int level, long journal) {
        ScriptedArray test =
                shape().level(level).members(level).journal(journal).make().assemble();
        byte[] expected = test.fill(1);
        ScriptedDevice failing = test.members.get(0);
        failing.fate(op -> op.changes() && test.isData(op) ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        boolean[] recorded = new boolean[1];
        test.members.get(1).trace(op -> recorded[0] |= test.isSuperblock(op));
        test.members.get(1).hold(op -> op.kind() == Kind.FLUSH && recorded[0]);
        byte[] written = randomBytes(2, (int) test.array.length());
        Answer answer = test.submitWrite(0, written, false);
        test.run();
        assertTrue(recorded[0]);
        assertNull(answer.status, "answered before the failure was durable");
        test.members.get(1).hold(op -> false);
        test.run();
        assertEquals(IoStatus.OK, answer.status);
        assertArrayEquals(written, test.readAll());
        assertFalse(Arrays.equals(expected, written));

        // The member comes back, healthy and with an unchanged superblock, and must not be believed.
        assertEquals(IoStatus.OK, test.flush());
        test.losePower().assemble(test.context().force(true));
        assertEquals(ArrayState.Condition.DEGRADED, test.array.state().condition());
        assertArrayEquals(written, test.readAll());
    }

    @ParameterizedTest
    @EnumSource(
            value = IoStatus.class,
            names = {"MEDIA_ERROR", "GONE", "TIMED_OUT"})
    void shouldGoOnWithoutAMemberWhicheverOfItsOperationsFailsFirst(IoStatus status) {
        for (long journal : new long[] {0, JOURNAL}) {
            for (int member = 0; member < 4; member++) {
                for (int first = 0; first < 40; first += 1 + first / 8) {
                    String what = "journal=" + journal + " member=" + member + " first=" + first;
                    ScriptedArray test = shape().journal(journal).make().assemble();
                    int[] countdown = {first};
                    test.members.get(member).fate(op -> countdown[0]-- <= 0 ? status : IoStatus.OK);
                    byte[] expected = script(test, what);
                    assertArrayEquals(expected, Arrays.copyOf(test.readAll(), expected.length), what);
                    assertEquals(List.of(), test.errors, what);
                    assertEquals(IoStatus.OK, test.flush(), what);
                    test.losePower().assemble(test.context());
                    assertArrayEquals(expected, Arrays.copyOf(test.readAll(), expected.length), what);
                    test.stop();
                }
            }
        }
    }

    /** Writes of every kind, one after the other; returns what must be there afterwards. */
    private static byte[] script(ScriptedArray test, String what) {
        byte[] expected = new byte[12 * CHUNK];
        int[][] writes = {
            {0, 3 * CHUNK},
            {100, 1000},
            {CHUNK, BLOCK},
            {2 * CHUNK + BLOCK, 2 * BLOCK},
            {CHUNK - 10, 20},
            {0, 9 * CHUNK}
        };
        for (int i = 0; i < writes.length; i++) {
            byte[] bytes = randomBytes(i, writes[i][1]);
            Answer answer = test.submitWrite(writes[i][0], bytes, i % 2 == 0);
            test.run();
            assertEquals(IoStatus.OK, answer.status, what + " write=" + i);
            System.arraycopy(bytes, 0, expected, writes[i][0], bytes.length);
            Answer read = test.read(writes[i][0], bytes.length);
            assertArrayEquals(bytes, read.bytes, what + " write=" + i);
            test.pass(300_000_000L);
        }
        return expected;
    }

    @Test
    void shouldFailAMemberThatCannotFlush() {
        ScriptedArray test = shape().make().assemble();
        byte[] expected = test.fill(3);
        test.members.get(2).fate(op -> op.kind() == Kind.FLUSH ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertEquals(IoStatus.OK, test.flush());
        assertEquals(List.of("failed d2 flush"), test.events);
        test.losePower().assemble(test.context().force(true));
        assertArrayEquals(expected, test.readAll());
    }

    // ---- read errors ----

    @ParameterizedTest
    @ValueSource(longs = {0, JOURNAL})
    void shouldReconstructAndRewriteWhatCannotBeRead(long journal) {
        ScriptedArray test = shape().journal(journal).make().assemble();
        byte[] expected = test.fill(4);
        long bad = test.deviceOffset(BLOCK);
        boolean[] rewritten = new boolean[1];
        spoil(test.members.get(0), bad, rewritten);
        assertArrayEquals(Arrays.copyOf(expected, 3 * CHUNK), test.read(0, 3 * CHUNK).bytes);
        assertTrue(rewritten[0]);
        assertEquals(List.of("corrected d0 1"), test.events);
        assertArrayEquals(expected, test.readAll());
        test.write(0, expected);
        test.stop();
        assertEquals(8, ScriptedArray.superblock(test.members.get(0)).correctedReadSectors());
    }

    /** Let a block be unreadable until it is written. */
    private static void spoil(ScriptedDevice device, long offset, boolean[] rewritten) {
        device.fate(op -> {
            if (!op.overlaps(offset, offset + BLOCK) || rewritten[0]) {
                return IoStatus.OK;
            }
            rewritten[0] = op.changes();
            return rewritten[0] ? IoStatus.OK : IoStatus.MEDIA_ERROR;
        });
    }

    @Test
    void shouldHealParityThatACheckCannotRead() {
        ScriptedArray test = shape().make().assemble();
        test.fill(5);
        boolean[] rewritten = new boolean[1];
        // Left-symmetric: in the first row the last slot holds parity.
        spoil(test.members.get(3), test.deviceOffset(2 * BLOCK), rewritten);
        SyncProgress progress = check(test, false);
        assertEquals(SyncProgress.Outcome.COMPLETE, progress.outcome());
        assertEquals(0, progress.mismatchedSectors());
        assertTrue(rewritten[0]);
        assertEquals(0, check(test, false).mismatchedSectors());
    }

    @Test
    void shouldRetryAReadBeforeItIsTakenForLost() {
        ScriptedArray test = shape().make().assemble();
        byte[] expected = test.fill(6);
        int[] failures = {1};
        test.members
                .get(0)
                .fate(op -> op.kind() == Kind.READ && failures[0]-- > 0 ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertArrayEquals(expected, test.readAll());
        assertEquals(List.of(), test.events);
    }

    @Test
    void shouldFailAMemberThatCannotHoldWhatWasRewritten() {
        ScriptedArray test = shape().make().assemble();
        byte[] expected = test.fill(7);
        long bad = test.deviceOffset(0);
        test.members
                .get(1)
                .fate(op ->
                        op.kind() == Kind.READ && op.overlaps(bad, bad + BLOCK) ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertArrayEquals(expected, test.readAll());
        assertEquals(List.of("failed d1 read after rewrite"), test.events);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldFailOnlyReadsOfBlocksThatNothingCanGiveBack() {
        ScriptedArray test = shape().make().assemble();
        byte[] expected = test.fill(8);
        test.stop();
        test.assemble(1);
        long bad = test.deviceOffset(0);
        test.members
                .get(0)
                .fate(op ->
                        op.kind() == Kind.READ && op.overlaps(bad, bad + BLOCK) ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertEquals(IoStatus.MEDIA_ERROR, test.read(0, BLOCK).status);
        assertEquals(IoStatus.MEDIA_ERROR, test.read(CHUNK, BLOCK).status);
        assertArrayEquals(Arrays.copyOfRange(expected, BLOCK, CHUNK), test.read(BLOCK, CHUNK - BLOCK).bytes);
        assertArrayEquals(Arrays.copyOfRange(expected, 2 * CHUNK, 3 * CHUNK), test.read(2 * CHUNK, CHUNK).bytes);
        // Overwritten whole, the row is as good as new.
        assertEquals(IoStatus.OK, test.write(0, expected));
    }

    // ---- too many fail ----

    @ParameterizedTest
    @ValueSource(longs = {0, JOURNAL})
    void shouldScribbleNothingOnceTooManyMembersAreLost(long journal) {
        ScriptedArray test = shape().journal(journal).make().assemble();
        test.fill(9);
        test.members.get(0).vanish();
        test.members.get(1).vanish();
        assertEquals(IoStatus.GONE, test.write(0, randomBytes(10, 3 * CHUNK)));
        assertEquals(ArrayState.Condition.FAILED, test.array.state().condition());
        byte[] before = test.members.get(2).peek(0, 2 << 20);
        for (Kind kind : new Kind[] {Kind.WRITE, Kind.READ, Kind.FLUSH}) {
            Answer answer =
                    switch (kind) {
                        case WRITE -> test.submitWrite(CHUNK, new byte[2 * CHUNK], true);
                        case READ -> test.submitRead(0, BLOCK);
                        default -> test.submitFlush();
                    };
            test.run();
            assertTrue(
                    answer.status == IoStatus.GONE || answer.status == IoStatus.MEDIA_ERROR,
                    kind + " " + answer.status);
        }
        assertArrayEquals(before, test.members.get(2).peek(0, 2 << 20));
        test.stop();
        assertArrayEquals(before, test.members.get(2).peek(0, 2 << 20));
    }

    @Test
    void shouldNotWriteAStripeOfWhichTooMuchIsKnownToBeLost() {
        ScriptedArray test = shape().make().assemble();
        test.fill(11);
        List<Operation> written = new ArrayList<>();
        // Both are lost before the conductor, busy elsewhere, has heard of either.
        test.members.get(0).vanish();
        test.members.get(1).vanish();
        for (int i : new int[] {2, 3}) {
            test.members.get(i).trace(op -> {
                if (op.changes()) {
                    written.add(op);
                }
            });
        }
        test.submitRead(0, 2 * CHUNK);
        for (int i = 0; i < 10; i++) {
            test.loops().get(0).doWork(0);
        }
        Answer answer = test.submitWrite(3 * CHUNK, randomBytes(12, 3 * CHUNK), false);
        for (int i = 0; i < 10; i++) {
            test.loops().get(0).doWork(0);
        }
        assertEquals(List.of(), written);
        test.run();
        assertEquals(IoStatus.GONE, answer.status);
        assertEquals(List.of(), written);
    }

    @Test
    void shouldComeBackWhenAllMembersDo() {
        ScriptedArray test = shape().journal(JOURNAL).make().assemble();
        byte[] expected = test.fill(13);
        test.members.get(0).vanish();
        test.members.get(1).vanish();
        byte[] written = randomBytes(14, 3 * CHUNK);
        assertEquals(IoStatus.GONE, test.write(0, written));
        test.losePower().assemble();
        byte[] found = test.readAll();
        for (int i = 0; i < 3 * CHUNK; i += BLOCK) {
            byte[] block = Arrays.copyOfRange(found, i, i + BLOCK);
            assertTrue(
                    Arrays.equals(block, Arrays.copyOfRange(expected, i, i + BLOCK))
                            || Arrays.equals(block, Arrays.copyOfRange(written, i, i + BLOCK)),
                    "neither old nor new: offset=" + i);
        }
        assertArrayEquals(
                Arrays.copyOfRange(expected, 3 * CHUNK, expected.length),
                Arrays.copyOfRange(found, 3 * CHUNK, found.length));
        assertEquals(0, check(test, false).mismatchedSectors());
    }

    // ---- the journal fails ----

    @Test
    void shouldTakeNoWritesOnceTheJournalHasFailedIfToldSo() {
        ScriptedArray test = shape().journal(JOURNAL).make();
        test.assemble(test.context().onJournalLoss(JournalLossPolicy.READ_ONLY));
        byte[] expected = test.fill(15);
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        assertEquals(IoStatus.READ_ONLY, test.write(0, new byte[BLOCK]));
        assertEquals(IoStatus.READ_ONLY, test.write(0, new byte[BLOCK]));
        assertEquals(ArrayState.Condition.READ_ONLY, test.array.state().condition());
        assertFalse(test.array.state().journaled());
        assertEquals(IoStatus.OK, test.flush());
        assertArrayEquals(expected, test.readAll());
        assertEquals(List.of("journal failed"), test.events);
        test.stop();
        test.journal.behave();
        assertThrows(ArrayException.class, test::assemble);
        test.assemble(test.context().force(true));
        assertArrayEquals(expected, test.readAll());
        assertEquals(ArrayState.Condition.READ_ONLY, test.array.state().condition());
    }

    @Test
    void shouldReplayWhatWasAnsweredBeforeACrash() {
        ScriptedArray test = shape().journal(JOURNAL).make().assemble();
        byte[] expected = test.fill(16);
        for (int i = 0; i < 50; i++) {
            byte[] bytes = randomBytes(100 + i, 3000 + 500 * i);
            int offset = i * 7919;
            assertEquals(IoStatus.OK, test.write(offset, bytes));
            System.arraycopy(bytes, 0, expected, offset, bytes.length);
        }
        test.losePower();
        // And a member is lost with the power.
        test.assemble(2);
        assertArrayEquals(expected, test.readAll());
    }

    // ---- long work ----

    @ParameterizedTest
    @CsvSource({"5,1,0", "6,1,0", "6,2,0", "5,1,4194304", "6,2,4194304"})
    void shouldRebuildOntoSparesWhileItIsWrittenTo(int level, int lost, long journal) {
        ScriptedArray test = shape().level(level)
                .members(level)
                .spares(lost)
                .journal(journal)
                .make()
                .assemble();
        byte[] expected = test.fill(17);
        for (int i = 0; i < lost; i++) {
            test.members.get(i).vanish();
        }
        int data = 4 * CHUNK;
        for (int round = 0; round < 20; round++) {
            byte[] bytes = randomBytes(round, CHUNK + 100 * round);
            int offset = round * data + 17 * round;
            Answer answer = test.submitWrite(offset, bytes, false);
            for (int i = 0; i < 5; i++) {
                test.loops().get(0).doWork();
            }
            Answer read = test.submitRead(offset, bytes.length);
            test.run();
            assertEquals(IoStatus.OK, answer.status);
            assertEquals(bytes.length, read.bytes.length);
            System.arraycopy(bytes, 0, expected, offset, bytes.length);
        }
        assertTrue(test.events.contains("ended RECOVERY COMPLETE"), test.events::toString);
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        assertArrayEquals(expected, test.readAll());
        assertEquals(0, check(test, false).mismatchedSectors());
        test.stop();
        test.assemble(0);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldGoOnRebuildingWhereItWasStopped() {
        ScriptedArray test = shape().spares(1).memberLength(4 << 20).make().assemble();
        byte[] expected = test.fill(18);
        ScriptedDevice spare = test.members.get(4);
        long middle = test.deviceOffset(512 * 1024);
        spare.hold(op -> op.changes() && op.offset() >= middle);
        test.members.get(1).vanish();
        test.read(0, 6 * CHUNK);
        var stopped = test.array.stop();
        spare.hold(op -> false);
        test.run();
        assertTrue(stopped.isDone());
        test.array.abandon();
        List<Operation> rebuilt = new ArrayList<>();
        spare.trace(op -> {
            if (op.changes() && test.isData(op)) {
                rebuilt.add(op);
            }
        });
        test.assemble(1);
        assertTrue(rebuilt.stream().allMatch(op -> op.offset() >= middle), rebuilt::toString);
        assertFalse(rebuilt.isEmpty());
        assertArrayEquals(expected, test.readAll());
        assertEquals(0, check(test, false).mismatchedSectors());
    }

    @Test
    void shouldTakeAnotherSpareWhenTheOneBeingFilledFails() {
        ScriptedArray test = shape().spares(2).make().assemble();
        byte[] expected = test.fill(19);
        test.members.get(4).fate(op -> op.changes() && test.isData(op) ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        test.members.get(1).vanish();
        assertArrayEquals(expected, test.readAll());
        test.run();
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        assertArrayEquals(expected, test.readAll());
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6})
    void shouldResyncAfterACrashWithoutAJournal(int level) {
        ScriptedArray test = shape().level(level).members(5).make().assemble();
        byte[] expected = test.fill(20);
        test.flush();
        // The write hole: new data reaches its member, new parity does not.
        Predicate<Operation> lostWrite = op -> op.changes() && test.isData(op);
        int written = level == 5 ? 0 : 1;
        for (int i = 0; i < 5; i++) {
            test.members.get(i).hold(i == written ? op -> false : lostWrite);
        }
        byte[] bytes = randomBytes(21, BLOCK);
        test.submitWrite(0, bytes, false);
        test.run();
        test.members.get(written).flush();
        test.losePower().assemble();
        System.arraycopy(bytes, 0, expected, 0, BLOCK);
        assertTrue(test.events.contains("ended RESYNC COMPLETE"), test.events::toString);
        assertArrayEquals(expected, test.readAll());
        assertEquals(0, check(test, false).mismatchedSectors());
        test.stop();
        test.assemble(0);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldWriteAboveTheMarkOfAResyncAlthoughAMemberHasJustFailed() {
        ScriptedArray test = shape().dirty().make();
        test.members.forEach(device -> device.hold(op -> op.kind() == Kind.READ && test.isData(op)));
        test.assemble();
        assertTrue(test.events.contains("started RESYNC"), test.events::toString);
        // Marked dirty already, so that nothing but reads tells of the failure.
        assertEquals(IoStatus.OK, test.write(60L * 3 * CHUNK, randomBytes(24, 3 * CHUNK)));
        Answer[] answers = new Answer[4];
        test.members.forEach(device -> device.hold(op -> false));
        test.members.get(0).vanish();
        for (int i = 0; i < answers.length; i++) {
            answers[i] = test.submitWrite((40L + i) * 3 * CHUNK + 100, randomBytes(i, 200), false);
        }
        test.run();
        for (Answer answer : answers) {
            assertEquals(IoStatus.OK, answer.status);
        }
    }

    // ---- shapes ----

    @ParameterizedTest
    @CsvSource({
        "5,3,4096,0",
        "5,3,4096,4194304",
        "6,4,4096,0",
        "4,3,1048576,0",
        "5,4,1048576,4194304",
        "6,30,65536,0",
        "6,30,65536,4194304",
        "6,60,4096,2097152"
    })
    void shouldKeepContentsInEveryShapeAndOnEveryNumberOfShards(int level, int members, int chunk, long journal) {
        for (int shards : new int[] {1, 3}) {
            Shape shape = shape().level(level).members(members).chunk(chunk).journal(journal);
            ScriptedArray test =
                    shape.memberLength(chunk > 65536 ? 4 << 20 : 2 << 20).make();
            test.assemble(test.context().shardCount(shards));
            byte[] expected = test.fill(22);
            for (int i = 0; i < 20; i++) {
                byte[] bytes = randomBytes(i, 1 + i * 9001);
                int offset = (int) ((i * 104_729L) % (expected.length - bytes.length));
                assertEquals(IoStatus.OK, test.write(offset, bytes));
                System.arraycopy(bytes, 0, expected, offset, bytes.length);
            }
            assertArrayEquals(expected, test.readAll());
            assertEquals(0, check(test, false).mismatchedSectors());
            test.stop();
            test.assemble(test.context(1).shardCount(shards));
            assertArrayEquals(expected, test.readAll());
            test.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, JOURNAL})
    void shouldZeroAndDiscardWholeAndPartOfStripes(long journal) {
        ScriptedArray test = shape().journal(journal).make().assemble();
        byte[] expected = test.fill(23);
        long[][] ranges = {{0, 3 * CHUNK}, {5 * CHUNK, 100}, {7 * CHUNK + 5, 9 * CHUNK}, {30 * CHUNK, 12 * CHUNK}};
        for (long[] range : ranges) {
            Answer answer = new Answer();
            assertTrue(test.array.writeZeroes(range[0], range[1], answer, 0));
            test.run();
            assertEquals(IoStatus.OK, answer.status);
            Arrays.fill(expected, (int) range[0], (int) (range[0] + range[1]), (byte) 0);
        }
        assertArrayEquals(expected, test.readAll());
        long[][] untouched = {{60 * CHUNK + 1, BLOCK}, {61 * CHUNK, CHUNK}};
        for (long[] range : untouched) {
            Answer answer = new Answer();
            assertTrue(test.array.discard(range[0], range[1], answer, 0));
            test.run();
            assertEquals(IoStatus.OK, answer.status);
        }
        assertArrayEquals(expected, test.readAll(), "discards that cover no whole row change nothing");
        Answer answer = new Answer();
        assertTrue(test.array.discard(90 * CHUNK - 7, 6 * CHUNK + 14, answer, 0));
        test.run();
        assertEquals(IoStatus.OK, answer.status);
        byte[] found = test.readAll();
        assertArrayEquals(Arrays.copyOf(expected, 90 * CHUNK), Arrays.copyOf(found, 90 * CHUNK));
        assertEquals(0, check(test, false).mismatchedSectors());
        test.losePower().assemble();
        assertEquals(0, check(test, false).mismatchedSectors());
    }

    private static SyncProgress check(ScriptedArray test, boolean repair) {
        var started = java.util.concurrent.CompletableFuture.supplyAsync(() -> test.array.check(repair));
        while (!started.isDone()) {
            test.run();
            Thread.onSpinWait();
        }
        SyncTask task = started.join();
        test.run();
        return task.completion().join();
    }
}
