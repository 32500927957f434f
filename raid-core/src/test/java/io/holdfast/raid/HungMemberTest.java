package io.holdfast.raid;

import static io.holdfast.raid.ScriptedArray.randomBytes;
import static io.holdfast.raid.ScriptedArray.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ScriptedArray.Answer;
import io.holdfast.raid.ScriptedDevice.Kind;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device that does not answer is given up when its time is over, and may do with its memory what it likes ever after. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HungMemberTest {
    private static final int CHUNK = 16 * 1024;
    private static final long LIMIT_NS = 1_000_000_000L;

    private static ScriptedArray start(long journalLength) {
        ScriptedArray test = shape().journal(journalLength).make();
        return test.assemble(test.context().deviceTimeLimitNs(LIMIT_NS));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 4 << 20})
    void shouldReconstructWhatAHungMemberDoesNotRead(long journalLength) {
        ScriptedArray test = start(journalLength);
        byte[] expected = test.fill(1);
        test.members.get(1).hold(op -> true);
        // One chunk at a time, through bounce buffers, which the hung device holds on to.
        Answer[] answers = new Answer[6];
        for (int i = 0; i < answers.length; i++) {
            answers[i] = test.submitRead((long) i * CHUNK, CHUNK);
        }
        test.run();
        assertTrue(Arrays.stream(answers).anyMatch(answer -> answer.status == null), "nobody asked the hung member");
        test.pass(LIMIT_NS / 2);
        assertTrue(Arrays.stream(answers).anyMatch(answer -> answer.status == null));
        test.pass(LIMIT_NS).pass(LIMIT_NS / 4);
        for (int i = 0; i < answers.length; i++) {
            assertEquals(IoStatus.OK, answers[i].status);
            assertArrayEquals(Arrays.copyOfRange(expected, i * CHUNK, (i + 1) * CHUNK), answers[i].bytes);
        }
        assertEquals(ArrayState.Condition.DEGRADED, test.array.state().condition());
        byte[] fresh = randomBytes(2, expected.length);
        assertEquals(IoStatus.OK, test.write(0, fresh));
        test.members.get(1).behave();
        test.pass(LIMIT_NS);
        assertArrayEquals(fresh, test.readAll());
        test.stop();
    }

    @Test
    void shouldNotLetALateReadScribbleOnWhatTheSpareIsToHold() {
        ScriptedArray test = shape().spares(1).make();
        test.assemble(test.context().deviceTimeLimitNs(LIMIT_NS));
        byte[] expected = test.fill(3);
        // Small writes in as many stripes as there are buffers; many of them want a block of the hung member.
        ScriptedDevice hung = test.members.get(2);
        hung.hold(op -> op.kind() == Kind.READ);
        Answer[] answers = new Answer[40];
        for (int i = 0; i < answers.length; i++) {
            byte[] bytes = randomBytes(100 + i, 1000);
            System.arraycopy(bytes, 0, expected, i * 3 * CHUNK + 100, bytes.length);
            answers[i] = test.submitWrite((long) i * 3 * CHUNK + 100, bytes, false);
        }
        test.run();
        assertTrue(Arrays.stream(answers).anyMatch(answer -> answer.status == null));
        ScriptedDevice spare = test.members.get(4);
        spare.hold(op -> op.changes() && test.isData(op));
        test.pass(LIMIT_NS).pass(LIMIT_NS / 8);
        assertTrue(test.events.contains("started RECOVERY"), test.events::toString);
        // What was reconstructed waits in the same memory for the spare, while the hung member wakes up and delivers.
        hung.behave();
        test.run();
        spare.behave();
        test.run();
        for (Answer answer : answers) {
            assertEquals(IoStatus.OK, answer.status);
        }
        test.pass(LIMIT_NS);
        assertEquals(ArrayState.Condition.HEALTHY, test.array.state().condition());
        assertArrayEquals(expected, test.readAll());
        test.stop();
    }

    @Test
    void shouldNotLetALateReadScribbleOnAnother() {
        ScriptedArray test = start(0);
        byte[] expected = test.fill(14);
        // Through bounce buffers; the hung member has the first chunk, and the first of every fourth row.
        ScriptedDevice hung = test.members.get(0);
        hung.hold(op -> op.kind() == Kind.READ);
        Answer[] answers = new Answer[4];
        for (int i = 0; i < answers.length; i++) {
            answers[i] = test.submitRead(12L * i * CHUNK, CHUNK);
        }
        test.run();
        assertTrue(Arrays.stream(answers).allMatch(answer -> answer.status == null), "somebody else was asked");
        test.pass(LIMIT_NS).pass(LIMIT_NS / 4);
        // Others have put what they were asked for into memory when the hung member wakes up and delivers.
        for (ScriptedDevice member : test.members) {
            if (member != hung) {
                member.fetchEarly(op -> true);
                member.hold(op -> op.kind() == Kind.READ);
            }
        }
        Answer[] others = new Answer[8];
        for (int i = 0; i < others.length; i++) {
            others[i] = test.submitRead((12L * (i / 2) + 1 + i % 2) * CHUNK, CHUNK);
        }
        test.run();
        hung.behave();
        test.run();
        test.members.forEach(ScriptedDevice::behave);
        test.run();
        for (int i = 0; i < others.length; i++) {
            int from = (12 * (i / 2) + 1 + i % 2) * CHUNK;
            assertArrayEquals(Arrays.copyOfRange(expected, from, from + CHUNK), others[i].bytes);
        }
        for (int i = 0; i < answers.length; i++) {
            assertArrayEquals(Arrays.copyOfRange(expected, 12 * i * CHUNK, (12 * i + 1) * CHUNK), answers[i].bytes);
        }
        test.stop();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 4 << 20})
    void shouldRecordAHungMemberBeforeAWriteIsAnswered(long journalLength) {
        ScriptedArray test = start(journalLength);
        byte[] expected = test.fill(4);
        test.members.get(0).hold(op -> op.changes() && test.isData(op));
        byte[] fresh = randomBytes(5, expected.length);
        Answer answer = test.submitWrite(0, fresh, false);
        test.run();
        assertNull(answer.status);
        test.pass(2 * LIMIT_NS);
        assertEquals(IoStatus.OK, answer.status);
        assertTrue(test.events.stream().anyMatch(event -> event.contains("d0")), test.events::toString);
        test.flush();
        // With its old bytes and its old superblock, all of which the others must outvote.
        test.losePower();
        test.assemble(test.context().force(true));
        assertArrayEquals(fresh, test.readAll());
    }

    @Test
    void shouldGiveUpAMemberThatDoesNotFlush() {
        ScriptedArray test = start(0);
        byte[] expected = test.fill(6);
        test.members.get(3).hold(op -> op.kind() == Kind.FLUSH);
        Answer flush = test.submitFlush();
        test.run();
        assertNull(flush.status);
        test.pass(2 * LIMIT_NS);
        assertEquals(IoStatus.OK, flush.status);
        test.losePower();
        test.assemble(test.context().force(true));
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldGiveUpAMemberThatDoesNotTakeItsSuperblock() {
        ScriptedArray test = start(0);
        byte[] expected = test.fill(7);
        test.pass(LIMIT_NS).pass(LIMIT_NS);
        test.members.get(1).hold(test::isSuperblock);
        byte[] fresh = randomBytes(8, 5000);
        System.arraycopy(fresh, 0, expected, 0, fresh.length);
        Answer answer = test.submitWrite(0, fresh, false);
        test.run();
        assertNull(answer.status, "the array must be marked dirty first");
        test.pass(2 * LIMIT_NS).pass(2 * LIMIT_NS);
        assertEquals(IoStatus.OK, answer.status);
        test.members.get(1).behave();
        test.run();
        assertArrayEquals(expected, test.readAll());
        test.stop();
    }

    @Test
    void shouldCallAHungJournalFailed() {
        ScriptedArray test = start(4 << 20);
        byte[] expected = test.fill(9);
        test.journal.hold(op -> true);
        Answer answer = test.submitWrite(0, randomBytes(10, CHUNK), false);
        test.run();
        assertNull(answer.status);
        test.pass(2 * LIMIT_NS);
        assertEquals(IoStatus.OK, answer.status, "the array goes on without it");
        assertFalse(test.array.state().journaled());
        System.arraycopy(randomBytes(10, CHUNK), 0, expected, 0, CHUNK);
        test.journal.behave();
        test.run();
        assertArrayEquals(expected, test.readAll());
    }

    @Test
    void shouldNotAnswerWhileTheCallersOwnMemoryIsTheHungMembers() {
        ScriptedArray test = start(0);
        byte[] expected = test.fill(11);
        ScriptedDevice[] reader = new ScriptedDevice[1];
        test.members.forEach(member -> member.trace(op -> reader[0] = op.device()));
        test.read(0, CHUNK);
        ScriptedDevice asked = reader[0];
        ByteBuffer own = BufferSlab.allocate(CHUNK).byteBuffer();
        own.limit(CHUNK);
        IoStatus[] status = new IoStatus[1];
        asked.hold(op -> op.kind() == Kind.READ);
        test.array.read(own, 0, (token, ended) -> status[0] = ended, 0);
        test.run();
        test.pass(2 * LIMIT_NS);
        assertNull(status[0], "the device could still write to the caller's buffer");
        assertEquals(ArrayState.Condition.DEGRADED, test.array.state().condition());
        assertEquals(IoStatus.OK, test.write(CHUNK, Arrays.copyOfRange(expected, CHUNK, 2 * CHUNK)));
        asked.behave();
        test.run();
        assertEquals(IoStatus.OK, status[0]);
        byte[] bytes = new byte[CHUNK];
        own.duplicate().get(bytes);
        assertArrayEquals(Arrays.copyOf(expected, CHUNK), bytes);
        test.stop();
    }

    @Test
    void shouldFailTheArrayWhenMoreHangThanTheLevelTolerates() {
        ScriptedArray test = start(0);
        test.fill(12);
        for (int slot : new int[] {0, 2}) {
            test.members.get(slot).hold(op -> true);
        }
        Answer read = test.submitRead(0, 12 * CHUNK);
        Answer write = test.submitWrite(0, randomBytes(13, 12 * CHUNK), false);
        test.run();
        test.pass(2 * LIMIT_NS).pass(2 * LIMIT_NS).pass(2 * LIMIT_NS);
        assertFalse(read.status == null || read.status == IoStatus.OK, () -> "read " + read.status);
        assertFalse(write.status == null || write.status == IoStatus.OK, () -> "write " + write.status);
        assertEquals(ArrayState.Condition.FAILED, test.array.state().condition());
    }
}
