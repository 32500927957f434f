package io.holdfast.raid;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice.Kind;
import io.holdfast.raid.ScriptedDevice.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Writes that are answered when their data is in the journal, and what becomes of it then. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class WriteBackTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;
    private static final long AGES_NS = 10_000_000_000L;

    private final List<Operation> performed = new ArrayList<>();

    private ScriptedArray start(int level, int members, long journalLength) {
        ScriptedArray test =
                shape().level(level).members(members).journal(journalLength).make();
        start(test);
        return test;
    }

    private void start(ScriptedArray test, Integer... missing) {
        start(test, test.context(missing));
    }

    private void start(ScriptedArray test, ArrayContext context) {
        test.assemble(context.run(true).journalMode(JournalMode.WRITE_BACK));
        for (ScriptedDevice member : test.members) {
            member.trace(op -> {
                if (test.isData(op)) {
                    performed.add(op);
                }
            });
        }
    }

    private long count(Kind kind) {
        return performed.stream().filter(op -> op.kind() == kind).count();
    }

    private static void write(ScriptedArray test, byte[] model, long offset, byte[] bytes) {
        assertEquals(IoStatus.OK, test.write(offset, bytes));
        System.arraycopy(bytes, 0, model, (int) offset, bytes.length);
    }

    @Test
    void shouldAnswerWhenTheJournalHasTheDataAndServeItFromMemory() {
        ScriptedArray test = start(5, 4, 8 << 20);
        byte[] model = test.readAll();
        performed.clear();
        write(test, model, 5 * BLOCK, randomBytes(1, BLOCK));
        write(test, model, 100 * BLOCK, randomBytes(2, 3 * BLOCK));
        // Part of a block that is cached.
        write(test, model, 5 * BLOCK + 17, randomBytes(3, 100));
        assertEquals(List.of(), performed, "no member was asked for anything");
        assertArrayEquals(model, test.readAll());
        test.losePower();
        test.assemble(test.context(2));
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldGatherSmallWritesIntoWholeStripes() {
        ScriptedArray test = start(5, 5, 8 << 20);
        byte[] model = new byte[(int) test.array.length()];
        int rows = 16;
        for (int offset = 0; offset < rows * 4 * CHUNK; offset += BLOCK) {
            write(test, model, offset, randomBytes(offset, BLOCK));
        }
        test.run();
        assertEquals(0, count(Kind.READ));
        assertEquals(rows * 5L, count(Kind.WRITE), "a chunk at a time");
        performed.clear();
        test.stop();
        assertEquals(List.of(), performed, "nothing was left");
        test.assemble();
        assertArrayEquals(model, test.readAll());
    }

    /** As many records of data as a window can have, and that of its parity. */
    @Test
    void shouldWriteOutAWindowOfAsManyRecordsAsThereCanBe() {
        int chunk = 64 * 1024;
        ScriptedArray test = shape().level(5)
                .members(5)
                .chunk(chunk)
                .memberLength(4 << 20)
                .journal(16 << 20)
                .make();
        start(test);
        byte[] model = test.readAll();
        for (int offset = 0; offset < 2 * 4 * chunk; offset += BLOCK) {
            write(test, model, offset, randomBytes(offset, BLOCK));
        }
        // One block more often than a window can note.
        for (int i = 0; i < 70; i++) {
            write(test, model, 3L * 4 * chunk, randomBytes(i, BLOCK));
        }
        assertArrayEquals(model, test.readAll());
        test.stop();
        test.assemble();
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldReadOldBlockAndParityForALoneBlock() {
        ScriptedArray test = start(5, 5, 8 << 20);
        byte[] model = test.fill(4);
        test.array.journalMode(JournalMode.WRITE_THROUGH);
        test.run();
        test.array.journalMode(JournalMode.WRITE_BACK);
        test.run();
        performed.clear();
        write(test, model, 8 * BLOCK, randomBytes(5, BLOCK));
        assertEquals(List.of(), performed);
        test.array.journalMode(JournalMode.WRITE_THROUGH);
        test.run();
        assertEquals(2, count(Kind.READ));
        assertEquals(2, count(Kind.WRITE));
        assertArrayEquals(model, test.readAll());
        test.losePower();
        test.assemble(test.context(0));
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldLeaveByItselfAfterAWhile() {
        ScriptedArray test = start(6, 6, 8 << 20);
        byte[] model = test.readAll();
        write(test, model, 0, randomBytes(6, BLOCK));
        performed.clear();
        test.pass(AGES_NS);
        assertEquals(3, count(Kind.WRITE), performed::toString);
        assertArrayEquals(model, test.readAll());
    }

    /** Every set of lost members that the level tolerates, under every kind of row. */
    @ParameterizedTest
    @CsvSource({"5,3", "5,5", "6,4", "6,6", "4,4"})
    void shouldFinishWhatIsCachedWhenMembersAreLost(int level, int memberCount) {
        int lostMost = level == 6 ? 2 : 1;
        for (int lost = 1; lost < 1 << memberCount; lost++) {
            if (Integer.bitCount(lost) > lostMost) {
                continue;
            }
            ScriptedArray test = start(level, memberCount, 4 << 20);
            byte[] model = test.fill(lost);
            test.array.journalMode(JournalMode.WRITE_THROUGH);
            test.run();
            test.array.journalMode(JournalMode.WRITE_BACK);
            test.run();
            Random random = new Random(lost);
            for (int i = 0; i < 40; i++) {
                int blocks = 1 + random.nextInt(3);
                long offset = (long) random.nextInt(model.length / BLOCK - 3) * BLOCK;
                write(test, model, offset, randomBytes(1000 + i, blocks * BLOCK));
            }
            Integer[] missing = new Integer[Integer.bitCount(lost)];
            int count = 0;
            for (int slot = 0; slot < memberCount; slot++) {
                if ((lost >>> slot & 1) != 0) {
                    test.members.get(slot).vanish();
                    missing[count++] = slot;
                }
            }
            assertArrayEquals(model, test.readAll(), () -> "read " + Arrays.toString(missing));
            write(test, model, 3 * BLOCK + 5, randomBytes(7, 50_000));
            test.pass(AGES_NS);
            assertArrayEquals(model, test.readAll(), () -> "left " + Arrays.toString(missing));
            test.stop();
            test.devices().forEach(ScriptedDevice::behave);
            test.assemble(test.context(missing));
            assertArrayEquals(model, test.readAll(), () -> "started again " + Arrays.toString(missing));
        }
    }

    @Test
    void shouldNotTakeWhatIsCachedForWhatParityWasMadeOf() {
        ScriptedArray test = start(5, 4, 8 << 20);
        byte[] model = test.fill(8);
        test.array.journalMode(JournalMode.WRITE_THROUGH);
        test.run();
        test.array.journalMode(JournalMode.WRITE_BACK);
        test.run();
        write(test, model, 0, randomBytes(9, BLOCK));
        // A block of the same row cannot be read: it has to be recovered from what the members hold, not from the new
        // block.
        ScriptedDevice[] owner = new ScriptedDevice[1];
        test.members.forEach(member -> member.trace(op -> owner[0] = op.device()));
        test.read(CHUNK, BLOCK);
        owner[0].fate(op -> op.kind() == Kind.READ && op.overlaps(test.deviceOffset(0), test.deviceOffset(BLOCK))
                ? IoStatus.MEDIA_ERROR
                : IoStatus.OK);
        Answer answer = test.read(CHUNK, BLOCK);
        assertEquals(IoStatus.OK, answer.status);
        assertArrayEquals(Arrays.copyOfRange(model, CHUNK, CHUNK + BLOCK), answer.bytes);
        owner[0].behave();
        assertArrayEquals(model, test.readAll());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void shouldNeverGetStuckInALogThatIsAlwaysFull(int seed) {
        ScriptedArray test = start(seed % 2 == 0 ? 5 : 6, 5, (1 << 20) + 512 * 1024);
        byte[] model = new byte[(int) test.array.length()];
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            List<Answer> answers = new ArrayList<>();
            // Places that do not overlap, so that the model is right whatever the order.
            int step = model.length / 48 / BLOCK * BLOCK;
            for (int i = 0; i < 48; i++) {
                int length = random.nextInt(4) == 0 ? 1 + random.nextInt(step) : BLOCK * (1 + random.nextInt(8));
                int start = random.nextInt(2) == 0 ? 0 : random.nextInt(Math.max(1, step - length));
                int offset = i * step + (random.nextInt(3) == 0 ? start : start / BLOCK * BLOCK);
                byte[] bytes = randomBytes(random.nextLong(), Math.min(length, i * step + step - offset));
                System.arraycopy(bytes, 0, model, offset, bytes.length);
                answers.add(test.submitWrite(offset, bytes, false));
            }
            test.run();
            for (Answer answer : answers) {
                assertEquals(IoStatus.OK, answer.status);
            }
        }
        assertArrayEquals(model, test.readAll());
        test.losePower();
        test.assemble(test.context(1));
        assertArrayEquals(model, test.readAll());
    }

    @Test
    void shouldBringWhatIsCachedToTheMembersWhenTheJournalFails() {
        ScriptedArray test = shape().level(5).members(4).journal(8 << 20).make();
        start(test, test.context().onJournalLoss(JournalLossPolicy.READ_ONLY));
        byte[] model = test.readAll();
        for (int i = 0; i < 20; i++) {
            write(test, model, i * 7L * BLOCK, randomBytes(i, BLOCK));
        }
        test.members.forEach(member -> member.hold(op -> op.changes() && test.isData(op)));
        test.journal.fate(op -> op.changes() ? IoStatus.MEDIA_ERROR : IoStatus.OK);
        Answer failed = test.submitWrite(0, randomBytes(99, BLOCK), false);
        test.run();
        Answer flush = test.submitFlush();
        test.run();
        assertNull(flush.status, "what was answered is nowhere yet but in memory");
        test.members.forEach(ScriptedDevice::behave);
        test.run();
        assertEquals(IoStatus.READ_ONLY, failed.status);
        assertArrayEquals(Arrays.copyOfRange(model, BLOCK, model.length), test.read(BLOCK, model.length - BLOCK).bytes);
        assertEquals(IoStatus.OK, flush.status);
        test.losePower();
        test.journal.vanish();
        List<io.holdfast.blockdev.BlockDevice> members = new ArrayList<>(test.members);
        test.assemble(test.context().devices(members).force(true).readOnly(true));
        byte[] all = test.readAll();
        // The write that failed may have gone either way.
        assertArrayEquals(Arrays.copyOfRange(model, BLOCK, model.length), Arrays.copyOfRange(all, BLOCK, model.length));
    }

    @Test
    void shouldLetNothingBeCheckedBeforeItHasLeft() {
        ScriptedArray test = start(5, 4, 8 << 20);
        byte[] model = test.readAll();
        for (int i = 0; i < 20; i++) {
            write(test, model, i * 7L * BLOCK, randomBytes(i, BLOCK));
        }
        var started = test.array.checkAsync(false);
        test.run();
        SyncTask check = started.join();
        assertTrue(check.completion().isDone());
        assertEquals(0, check.completion().join().mismatchedSectors());
        assertArrayEquals(model, test.readAll());
        assertFalse(performed.isEmpty());
    }

    @Test
    void shouldWriteThroughWhileDegraded() {
        ScriptedArray test = start(5, 4, 8 << 20);
        test.fill(10);
        test.members.get(0).vanish();
        test.readAll();
        performed.clear();
        assertEquals(IoStatus.OK, test.write(0, randomBytes(11, BLOCK)));
        assertTrue(count(Kind.WRITE) > 0);
    }

    @Test
    void shouldHandOutZeroesWhereACachedRangeIsDiscarded() {
        ScriptedArray test = start(5, 4, 8 << 20);
        byte[] model = test.readAll();
        write(test, model, 0, randomBytes(12, 6 * CHUNK));
        write(test, model, 20 * CHUNK, randomBytes(13, BLOCK));
        Answer zeroes = new Answer();
        assertTrue(test.array.writeZeroes(BLOCK, 2 * CHUNK, zeroes, 0));
        Answer discard = new Answer();
        assertTrue(test.array.discard(3 * CHUNK, 3 * CHUNK, discard, 0));
        test.run();
        assertEquals(IoStatus.OK, zeroes.status);
        assertEquals(IoStatus.OK, discard.status);
        Arrays.fill(model, BLOCK, BLOCK + 2 * CHUNK, (byte) 0);
        Arrays.fill(model, 3 * CHUNK, 6 * CHUNK, (byte) 0);
        assertArrayEquals(model, test.readAll());
        test.stop();
        test.assemble(test.context(3));
        assertArrayEquals(model, test.readAll());
    }
}
