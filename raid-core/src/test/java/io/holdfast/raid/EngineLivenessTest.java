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
import io.holdfast.blockdev.ThreadLoop;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever fails, every request is answered, and every array can be closed. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EngineLivenessTest {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;

    @Test
    void shouldAdmitFromInsideACallbackHoweverFullItIs() {
        ScriptedArray test = shape().journal(4 << 20).make();
        test.assemble(test.context().requestCount(2));
        int[] left = {100};
        IoCallback again = new IoCallback() {
            @Override
            public void onComplete(long token, IoStatus status) {
                if (left[0]-- > 0) {
                    assertTrue(test.array.flush(this, 0));
                }
            }
        };
        assertTrue(test.array.flush(again, 0));
        assertTrue(test.array.flush(again, 0));
        test.run();
        assertEquals(-2, left[0]);
    }

    @Test
    void shouldGoOnWhenACallbackThrows() {
        ScriptedArray test = shape().make().assemble();
        test.array.flush(
                (token, status) -> {
                    throw new IllegalStateException("a caller's bug");
                },
                0);
        test.run();
        assertEquals(1, test.errors.size());
        assertEquals(IoStatus.OK, test.write(0, new byte[BLOCK]));
        test.stop();
    }

    @Test
    void shouldGoOnWhenAListenerThrows() {
        ScriptedArray test = shape().make();
        test.assemble(test.context().listener(new ArrayListener() {
            @Override
            public void onMemberFailed(String deviceName, int slot, IoStatus status, String operation) {
                throw new IllegalStateException("a listener's bug");
            }
        }));
        test.members.get(1).vanish();
        assertEquals(IoStatus.OK, test.write(0, randomBytes(1, 3 * CHUNK)));
        assertEquals(1, test.errors.size());
        test.stop();
    }

    @Test
    void shouldAnswerWhatWaitedForSpaceInTheJournalWhenTheArrayFails() {
        ScriptedArray test = shape().journal(2 << 20).make().assemble();
        test.members.forEach(device -> device.hold(op -> op.changes() && test.isData(op)));
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            answers.add(test.submitWrite(i * 3L * CHUNK, randomBytes(i, 3 * CHUNK), false));
        }
        test.run();
        test.members.get(1).vanish();
        test.members.get(2).vanish();
        test.members.forEach(device -> device.hold(op -> false));
        test.run();
        assertEquals(ArrayState.Condition.FAILED, test.array.state().condition());
        for (Answer answer : answers) {
            assertEquals(IoStatus.GONE, answer.status);
        }
        assertFalse(test.events.contains("journal failed"), test.events::toString);
        test.stop();
    }

    @Test
    void shouldAnswerAWriteThatWaitedBehindAReadWhenTheArrayFails() {
        ScriptedArray test = shape().make().assemble(1);
        test.members.forEach(device -> device.hold(op -> op.kind() == Kind.READ && test.isData(op)));
        Answer read = test.submitRead(CHUNK, BLOCK);
        test.run();
        Answer write = test.submitWrite(CHUNK, new byte[BLOCK], false);
        test.run();
        assertNull(write.status);
        test.members.get(2).hold(op -> false);
        test.members.get(2).vanish();
        test.submitRead(30 * CHUNK, 6 * CHUNK);
        test.run();
        assertEquals(ArrayState.Condition.FAILED, test.array.state().condition());
        test.members.forEach(device -> device.hold(op -> false));
        test.run();
        assertTrue(read.status == IoStatus.MEDIA_ERROR || read.status == IoStatus.GONE);
        assertEquals(IoStatus.GONE, write.status);
        test.stop();
    }

    @Test
    void shouldEndASessionWhoseEndWasBeingRecordedWhenTheArrayFailed() {
        ScriptedArray test = shape().make().assemble();
        test.members.forEach(device -> device.hold(test::isSuperblock));
        SyncTask repair = startCheck(test, true);
        test.run();
        assertFalse(repair.completion().isDone());
        test.members.forEach(ScriptedDevice::vanish);
        test.members.forEach(device -> device.hold(op -> false));
        test.run();
        assertEquals(ArrayState.Condition.FAILED, test.array.state().condition());
        assertTrue(repair.completion().isDone());
        test.stop();
    }

    /** Both once waited for superblocks to name the lost member, which an array opened for reading never writes. */
    @Test
    void shouldEndAFlushAndACheckOfAnArrayOpenedForReadingThatLosesAMember() {
        ScriptedArray test = shape().make().assemble();
        byte[] expected = test.fill(1);
        test.stop();
        test.assemble(test.context().readOnly(true));
        SyncTask check = startCheck(test, false);
        test.members.get(1).vanish();
        test.run();
        assertTrue(check.completion().isDone());
        assertArrayEquals(expected, test.readAll());
        Answer flush = test.submitFlush();
        test.run();
        assertEquals(IoStatus.OK, flush.status);
        test.stop();
    }

    @Test
    void shouldUseASpareThoughACheckWasUnderWayAndIsStopped() {
        ScriptedArray test = shape().spares(1).make().assemble();
        byte[] expected = test.fill(1);
        test.members.get(3).hold(op -> op.kind() == Kind.READ);
        SyncTask check = startCheck(test, false);
        test.run();
        test.members.get(1).vanish();
        test.submitWrite(0, java.util.Arrays.copyOf(expected, 3 * CHUNK), false);
        test.run();
        check.stop();
        test.members.get(3).hold(op -> false);
        test.run();
        assertEquals(SyncProgress.Outcome.STOPPED, check.progress().outcome());
        assertTrue(test.events.contains("ended RECOVERY COMPLETE"), test.events::toString);
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldNotBeginARebuildAgainThatSomebodyStopped() {
        ScriptedArray test = shape().spares(1).make().assemble();
        test.members.get(4).hold(op -> op.changes() && test.isData(op));
        test.members.get(1).vanish();
        test.submitRead(0, 6 * CHUNK);
        test.run();
        CompletableFuture<SyncTask> current = CompletableFuture.supplyAsync(test.array::currentSync);
        runUntil(test, current);
        current.join().stop();
        test.members.get(4).hold(op -> false);
        test.run();
        assertEquals(1, test.events.stream().filter("started RECOVERY"::equals).count());
        assertEquals(ArrayState.Condition.DEGRADED, test.array.state().condition());
    }

    @Test
    void shouldAnswerEverythingWhenAbandoned() {
        ScriptedArray test = shape().make().assemble();
        test.members.forEach(device -> device.hold(op -> true));
        Answer write = test.submitWrite(0, new byte[BLOCK], false);
        Answer read = test.submitRead(0, BLOCK);
        test.run();
        Answer queued = test.submitRead(BLOCK, BLOCK);
        test.array.abandon();
        assertEquals(IoStatus.GONE, write.status);
        assertEquals(IoStatus.GONE, read.status);
        assertEquals(IoStatus.GONE, queued.status);
    }

    @Test
    void shouldRefuseWorkOnceStopped() {
        ScriptedArray test = shape().make().assemble();
        test.stop();
        assertThrows(ArrayException.class, () -> test.array.read(ByteBuffer.allocate(1), 0));
        assertThrows(ArrayException.class, () -> test.array.check(false));
        assertNull(test.array.currentSync());
        assertTrue(test.array.stop().isDone());
        test.array.close();
    }

    @Test
    void shouldStopWhenAnEngineThreadHasDied() throws InterruptedException {
        TestArray made = new TestArray(5, 2, 4, 64 * 1024, 4 << 20, false);
        List<Throwable> errors = new ArrayList<>();
        ScriptedDevice broken = new ScriptedDevice("broken", 4 << 20);
        broken.poke(0, readAll(made));
        made.members.set(0, broken);
        RaidArray array = RaidArray.assemble(made.context().errorHandler(errors::add));
        // Stands for a bug of ours: nothing that a device may do throws.
        broken.fate(op -> {
            throw new IllegalStateException("a bug");
        });
        ArrayException e = assertThrows(ArrayException.class, () -> array.read(ByteBuffer.allocate(BLOCK), 0));
        assertEquals(IoStatus.GONE, e.status());
        assertThrows(ArrayException.class, () -> array.read(ByteBuffer.allocate(BLOCK), 0));
        broken.behave();
        assertThrows(ArrayException.class, array::close);
        assertEquals(1, errors.size());
    }

    @Test
    void shouldNotLeaveThreadsBehindWhenAStartFails() {
        ScriptedArray test = shape().make();
        List<ThreadLoop> made = new ArrayList<>();
        ArrayContext context = test.context().shardCount(2).loops(name -> {
            if (!made.isEmpty()) {
                throw new OutOfMemoryError("no more threads");
            }
            made.add(new ThreadLoop(name, test.errors::add));
            return made.get(0);
        });
        assertThrows(OutOfMemoryError.class, () -> RaidArray.assemble(context));
        assertThrows(IllegalStateException.class, () -> made.get(0).start(null));
    }

    @Test
    void shouldRefuseToReadIntoAReadOnlyBuffer() {
        ScriptedArray test = shape().make().assemble();
        ByteBuffer buffer = ByteBuffer.allocate(BLOCK).asReadOnlyBuffer();
        assertThrows(IllegalArgumentException.class, () -> test.array.read(buffer, 0, (token, status) -> {}, 0));
        test.stop();
    }

    @Test
    void shouldRefuseToWaitInsideACallback() {
        ScriptedArray test = shape().make().assemble();
        List<Throwable> thrown = new ArrayList<>();
        test.array.flush(
                (token, status) -> {
                    thrown.add(assertThrows(IllegalStateException.class, test.array::flush));
                    thrown.add(assertThrows(IllegalStateException.class, test.array::currentSync));
                    thrown.add(assertThrows(IllegalStateException.class, () -> test.array.check(false)));
                    thrown.add(assertThrows(IllegalStateException.class, test.array::close));
                },
                0);
        test.run();
        assertEquals(4, thrown.size());
        test.stop();
    }

    private static byte[] readAll(TestArray made) {
        ScriptedDevice copy = new ScriptedDevice("copy", 4 << 20);
        org.agrona.concurrent.UnsafeBuffer buffer = io.holdfast.blockdev.BufferSlab.allocate(4 << 20);
        made.members.get(0).read(0, buffer, 0, 4 << 20);
        copy.write(0, buffer, 0, 4 << 20);
        return copy.peek(0, 4 << 20);
    }

    /** What waits for the conductor has to be asked on another thread than the one that runs the conductor. */
    private static SyncTask startCheck(ScriptedArray test, boolean repair) {
        CompletableFuture<SyncTask> started = CompletableFuture.supplyAsync(() -> test.array.check(repair));
        runUntil(test, started);
        return started.join();
    }

    private static void runUntil(ScriptedArray test, CompletableFuture<?> done) {
        while (!done.isDone()) {
            test.run();
            Thread.onSpinWait();
        }
    }
}
