package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.ContentModel.AtomicScope;
import io.holdfast.fault.device.PowerLoss;
import io.holdfast.fault.device.PowerSupply.Cut;
import io.holdfast.fault.device.ReadErrorDevice;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.fault.device.Survival;
import io.holdfast.fault.device.VanishingDevice;
import io.holdfast.fault.device.WriteErrorDevice;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.RaidArray;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Misfortunes with a name, each told step by step. */
class ArrayScenarioTest {
    private static final long STEPS = 1_000_000;
    private static final int CHUNK = 16384;
    private static final int BLOCK = 4096;
    private static final long JOURNAL_LENGTH = 1 << 20;

    private ArrayBench bench;
    private ContentModel model;
    private RaidArray array;
    private boolean[] without;

    @Test
    void shouldGoOnWithoutAMemberThatVanishesWhileItsStripesAreInFlight() {
        for (boolean isJournaled : new boolean[] {true, false}) {
            for (int seed = 0; seed < 20; seed++) {
                make(seed, shape(5, 4, isJournaled, true), JOURNAL_LENGTH);
                VanishingDevice vanishing = new VanishingDevice(bench.member(1));
                start(device -> device.name().equals("d1") ? vanishing : device);
                List<IoStatus> answers = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    write(i * 3L * BLOCK, 5 * BLOCK, answers);
                    for (int step = 0; step < seed; step++) {
                        bench.simulation().step();
                    }
                    if (i == 6) {
                        vanishing.vanish();
                    }
                }
                await(() -> answers.size() == 12);
                assertTrue(answers.stream().allMatch(status -> status == IoStatus.OK), answers::toString);
                await(() -> bench.events().count("memberFailed d1") == 1);
                assertTrue(bench.settle(STEPS));
                assertEquals(Condition.DEGRADED, array.state().condition());
                assertAllThere();
                assertTrue(bench.stop(array, STEPS));

                // The cable is back, and the member still says that it is good; the others know better.
                start(UnaryOperator.identity());
                assertFalse(array.state().slots().get(1).inSync(), "a member that missed writes is not to be believed");
                bench.settle(STEPS);
                assertAllThere();
            }
        }
    }

    @Test
    void shouldRecordAFailedMemberOnTheSurvivorsBeforeTheWriteIsAnswered() {
        for (int seed = 0; seed < 20; seed++) {
            make(seed, shape(5, 4, true, true), JOURNAL_LENGTH);
            WriteErrorDevice failing = new WriteErrorDevice(bench.member(2), seed);
            start(device -> device.name().equals("d2") ? failing : device);
            failing.failWrites(ArrayBench.DATA_OFFSET, bench.shape().memberLength());
            long id = model.beginWrite(0, new UnsafeBuffer(scratch), 0, 3 * CHUNK);
            array.write(
                    scratch.slice(0, 3 * CHUNK),
                    0,
                    false,
                    (token, status) -> {
                        assertEquals(IoStatus.OK, status);
                        model.endWrite(id, true);
                        // In the very moment of the answer: nothing that comes later may be needed.
                        bench.simulation().power().cutNow(Cut.POWER);
                    },
                    0);
            bench.simulation().runUntil(() -> false, STEPS);
            assertTrue(model.openWrites().isEmpty(), "answered");
            assertEquals(1, bench.events().count("memberFailed d2"));

            bench.powerOn(Survival.NONE);
            start(UnaryOperator.identity());
            assertFalse(array.state().slots().get(2).inSync(), "seed=" + seed);
            bench.settle(STEPS);
            assertAllThere();
        }
    }

    @Test
    void shouldReconstructWhatCannotBeReadAndRewriteIt() {
        for (int level = 4; level <= 6; level++) {
            make(level, shape(level, 5, false, true), JOURNAL_LENGTH);
            ReadErrorDevice[] bad = new ReadErrorDevice[5];
            start(device -> {
                ReadErrorDevice unreliable = new ReadErrorDevice(device);
                bad[Integer.parseInt(device.name().substring(1))] = unreliable;
                return unreliable;
            });
            List<IoStatus> answers = new ArrayList<>();
            for (long offset = 0; offset < array.length(); offset += CHUNK) {
                write(offset, CHUNK, answers);
                await(() -> answers.size() == 1);
                answers.clear();
            }
            bench.settle(STEPS);
            for (int slot = 0; slot < 5; slot++) {
                bad[slot].failReads(ArrayBench.DATA_OFFSET + slot * (long) CHUNK + 5 * 512, 512);
            }
            assertAllThere();
            bench.settle(STEPS);
            long dataErrors = 0;
            for (int slot = 0; slot < 5; slot++) {
                assertEquals(bad[slot].errorCount() > 0, bad[slot].isHealed(), "slot=" + slot);
                dataErrors += bad[slot].errorCount() > 0 ? 1 : 0;
            }
            assertTrue(dataErrors > 0, "no error was met");
            assertEquals(dataErrors, bench.events().count("corrected"), bench.events()::toString);
            assertEquals(Condition.HEALTHY, array.state().condition());
            assertTrue(bench.stop(array, STEPS));
            assertEquals(List.of(), bench.auditParity());
        }
    }

    @Test
    void shouldRefuseWritesAndScribbleNothingWhenTooManyMembersAreLost() {
        for (int level = 5; level <= 6; level++) {
            make(level, shape(level, 6, true, true), JOURNAL_LENGTH);
            List<VanishingDevice> all = new ArrayList<>();
            start(device -> {
                VanishingDevice vanishing = new VanishingDevice(device);
                all.add(vanishing);
                return vanishing;
            });
            List<IoStatus> answers = new ArrayList<>();
            write(0, 8 * CHUNK, answers);
            await(() -> answers.size() == 1);
            bench.settle(STEPS);
            int lost = bench.shape().parityCount() + 1;
            all.subList(0, lost).forEach(VanishingDevice::vanish);
            // Finds out that they are gone.
            write(0, 8 * CHUNK, answers);
            await(() -> answers.size() == 2);
            assertEquals(IoStatus.GONE, answers.get(1));
            await(() -> bench.events().count("arrayFailed") == 1);
            bench.settle(STEPS);
            List<SparseContents> before = bench.contents();
            write(4 * CHUNK, CHUNK, answers);
            await(() -> answers.size() == 3);
            assertEquals(IoStatus.GONE, answers.get(2));
            bench.settle(STEPS);
            List<SparseContents> after = bench.contents();
            for (int i = 0; i < before.size(); i++) {
                assertTrue(before.get(i).sameAs(after.get(i)), "written after the array had failed: device=" + i);
            }
            assertEquals(Condition.FAILED, array.state().condition());

            // They were only unplugged: nothing is lost.
            bench.simulation().power().cutNow(Cut.PROCESS);
            bench.powerOn(Survival.ALL);
            start(UnaryOperator.identity());
            bench.settle(STEPS);
            assertEquals(Condition.HEALTHY, array.state().condition());
            assertAllThere();
        }
    }

    @Test
    void shouldResumeARebuildFromItsCheckpoint() {
        ArrayShape shape = new ArrayShape(5, 2, 4, CHUNK, 200, false, 512, 1, false);
        make(3, shape, JOURNAL_LENGTH);
        start(UnaryOperator.identity());
        assertEquals(1, bench.events().count("syncStarted RECOVERY"));
        long half = shape.memberLength() / 2;
        await(() -> array.state().slots().get(3).recoveredLength() > half);
        bench.simulation().power().cutNow(Cut.POWER);

        bench.powerOn(Survival.NONE);
        start(UnaryOperator.identity());
        long resumedAt = array.state().slots().get(3).recoveredLength();
        assertTrue(resumedAt > 0 && resumedAt <= half + shape.memberLength() / 4, () -> "resumedAt=" + resumedAt);
        assertTrue(bench.settle(STEPS));
        assertEquals(Condition.HEALTHY, array.state().condition());
        assertAllThere();
        assertTrue(bench.stop(array, STEPS));
        assertEquals(List.of(), bench.auditParity());
    }

    @Test
    void shouldHoldWritesBackWhileTheJournalIsFullAndLoseNone() {
        for (int seed = 0; seed < 5; seed++) {
            make(seed, shape(6, 5, true, true), 512 * 1024);
            start(UnaryOperator.identity());
            List<IoStatus> answers = new ArrayList<>();
            int count = 40;
            for (int i = 0; i < count; i++) {
                // Far more than the log holds, all at once.
                write((i * 7L % 8) * 3 * CHUNK, 3 * CHUNK, answers);
                if (i % 3 == 2) {
                    int expected = i + 1;
                    await(() -> answers.size() == expected);
                }
            }
            await(() -> answers.size() == count);
            assertTrue(answers.stream().allMatch(status -> status == IoStatus.OK));
            bench.simulation().power().cutNow(Cut.POWER);
            bench.powerOn(Survival.NONE);
            start(UnaryOperator.identity());
            bench.settle(STEPS);
            assertAllThere();
        }
    }

    /**
     * A process is killed, its last log record still in the journal's cache; the next start replays it; then power fails.
     * Members must not keep parts of a write whose record is gone.
     */
    @Test
    void shouldNotReplayARecordThatThePowerCanStillTakeAway() {
        Survival membersKeepWhatTheJournalLoses = (device, writes, blockLength) ->
                device.equals("journal") ? (write, block) -> false : (write, block) -> block % 2 == 0;
        int cutCount = 0;
        for (int killedAt = 0; killedAt < 12; killedAt++) {
            boolean wasCut = true;
            for (int cutAt = 16; wasCut; cutAt += 2) {
                make(9, new ArrayShape(5, 2, 3, BLOCK, 2, true, 512, 1, true), 256 * 1024);
                start(UnaryOperator.identity());
                List<IoStatus> answers = new ArrayList<>();
                // In another row: a record of the same one would be replayed again, and hide the damage.
                write(2 * BLOCK, 2 * BLOCK, answers);
                await(() -> answers.size() == 1);
                bench.simulation().power().cutAfter(Cut.PROCESS, killedAt);
                write(0, 2 * BLOCK, answers);
                bench.simulation().runUntil(() -> answers.size() == 2, STEPS);
                bench.simulation().power().cutNow(Cut.PROCESS);

                bench.powerOn(Survival.NONE);
                bench.simulation().power().cutAfter(Cut.POWER, cutAt);
                try {
                    start(UnaryOperator.identity());
                    wasCut = !bench.settle(STEPS);
                    cutCount += wasCut ? 1 : 0;
                } catch (PowerLoss e) {
                    cutCount++;
                }
                bench.simulation().power().cutNow(Cut.POWER);
                bench.powerOn(membersKeepWhatTheJournalLoses);
                start(UnaryOperator.identity());
                bench.settle(STEPS);
                assertAllThere();
            }
        }
        assertTrue(cutCount > 100, "the cuts were meant to fall into the replay: cutCount=" + cutCount);
    }

    private final ByteBuffer scratch = BufferSlab.allocate(64 * CHUNK).byteBuffer();

    private static ArrayShape shape(int level, int memberCount, boolean isJournaled, boolean isAssumedClean) {
        return new ArrayShape(level, level == 4 ? 0 : 2, memberCount, CHUNK, 12, isJournaled, 512, 1, isAssumedClean);
    }

    private void make(long seed, ArrayShape shape, long journalLength) {
        bench = new ArrayBench(new Simulation(seed), shape, journalLength);
        model = new ContentModel(bench.layout().arrayLength(), shape.unitLength(), seed);
        bench.describeTo(model);
        without = new boolean[shape.memberCount()];
    }

    private void start(UnaryOperator<BlockDevice> wrap) {
        array = RaidArray.assemble(bench.context(without, wrap).run(true));
    }

    private void write(long offset, int length, List<IoStatus> answers) {
        ByteBuffer bytes = BufferSlab.allocate(length).byteBuffer().slice(0, length);
        long id = model.beginWrite(offset, new UnsafeBuffer(bytes), 0, length);
        assertTrue(array.write(
                bytes,
                offset,
                true,
                (token, status) -> {
                    answers.add(status);
                    if (status == IoStatus.OK) {
                        model.endWrite(id, true);
                    }
                },
                0));
    }

    private void await(BooleanSupplier isDone) {
        assertTrue(bench.simulation().runUntil(isDone, STEPS), "the power was cut");
    }

    /** Read everything through the array, and judge it. */
    private void assertAllThere() {
        List<Finding> findings = model.checkAfterCrash(
                (offset, buffer, count) -> {
                    ByteBuffer target = BufferSlab.allocate(count).byteBuffer().slice(0, count);
                    IoStatus[] answer = new IoStatus[1];
                    assertTrue(array.read(target, offset, (token, status) -> answer[0] = status, 0));
                    await(() -> answer[0] != null);
                    assertEquals(IoStatus.OK, answer[0]);
                    buffer.putBytes(0, target, 0, count);
                },
                BufferSlab.allocate(8 * CHUNK),
                AtomicScope.NONE,
                offset -> false);
        assertEquals(List.of(), findings);
    }
}
