package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.nbd.TestConnection.Reply;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransmissionTest {
    private static final int LENGTH = 100_000;
    private static final int EPERM = 1;
    private static final int EIO = 5;
    private static final int ENOMEM = 12;
    private static final int EINVAL = 22;
    private static final int ENOSPC = 28;
    private static final int ENOTSUP = 95;
    private static final int ESHUTDOWN = 108;

    private final ScriptedExport export = new ScriptedExport("e", LENGTH);
    private final TestConnection test = TestConnection.transmitting(4, export);

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 99999", "4095, 4098", "0, 100000", "99999, 1"})
    void shouldRead(int offset, int length) {
        test.send(Wire.request(Wire.READ, 0, 0xfedc_ba98_7654_3210L, offset, length));
        assertEquals(new Reply(0, 0xfedc_ba98_7654_3210L), test.reply());
        assertArrayEquals(Arrays.copyOfRange(export.content, offset, offset + length), test.payload(length));
        test.expectOpen();
        test.hangUp();
    }

    @Test
    void shouldWrite() {
        byte[] payload = {1, 2, 3, 4, 5};
        test.send(Wire.write(0, 9, 777, payload));
        assertEquals(new Reply(0, 9), test.reply());
        assertArrayEquals(payload, Arrays.copyOfRange(export.content, 777, 782));
        assertEquals(List.of("write 777 5"), export.log);
        test.hangUp();
    }

    @Test
    void shouldPassForceUnitAccessOn() {
        test.send(Wire.write(Wire.FUA, 9, 0, new byte[5]));
        assertEquals(new Reply(0, 9), test.reply());
        assertEquals(List.of("write 0 5 fua"), export.log);
        test.hangUp();
    }

    @Test
    void shouldFlush() {
        test.send(Wire.request(Wire.FLUSH, 0, 1, 0, 0));
        assertEquals(new Reply(0, 1), test.reply());
        assertEquals(List.of("flush"), export.log);
        test.hangUp();
    }

    @Test
    void shouldTrimAndWriteZeroes() {
        test.send(
                Wire.request(Wire.TRIM, 0, 1, 5, 6),
                Wire.request(Wire.WRITE_ZEROES, 0, 2, 7, 8),
                Wire.request(Wire.WRITE_ZEROES, 2, 3, 9, 10));
        for (int cookie = 1; cookie <= 3; cookie++) {
            assertEquals(new Reply(0, cookie), test.reply());
        }
        assertEquals(List.of("trim 5 6", "zero 7 8", "zero 9 10"), export.log);
        assertArrayEquals(new byte[12], Arrays.copyOfRange(export.content, 7, 19));
        test.hangUp();
    }

    @ParameterizedTest
    @ValueSource(ints = {Wire.TRIM, Wire.WRITE_ZEROES})
    void shouldMakeRangeDurableBeforeAnsweringWhereTheClientWantsIt(int command) {
        export.holds(true);
        test.send(Wire.request(command, Wire.FUA, 1, 0, 6));
        export.answerOne();
        test.expectNothing();
        assertEquals("flush", export.log.get(1));
        export.answerOne();
        test.run();
        assertEquals(new Reply(0, 1), test.reply());
        assertEquals(2, export.log.size());
        test.hangUp();
    }

    @Test
    void shouldReportThatRangeCouldNotBeMadeDurable() {
        export.holds(true);
        test.send(Wire.request(Wire.WRITE_ZEROES, Wire.FUA, 1, 0, 6));
        export.status(IoStatus.GONE);
        export.answerAll();
        test.run();
        export.answerAll();
        test.run();
        assertEquals(new Reply(EIO, 1), test.reply());
        test.hangUp();
    }

    @Test
    void shouldNotFlushAfterRangeThatFailed() {
        export.status(IoStatus.NO_SPACE);
        test.send(Wire.request(Wire.WRITE_ZEROES, Wire.FUA, 1, 0, 6));
        assertEquals(new Reply(ENOSPC, 1), test.reply());
        assertEquals(List.of("zero 0 6"), export.log);
        test.hangUp();
    }

    @Test
    void shouldAnswerInTheOrderThatRequestsAreDone() {
        export.holds(true);
        test.send(Wire.request(Wire.READ, 0, 1, 0, 10), Wire.write(0, 2, 50, new byte[10]));
        export.held.addFirst(export.held.pollLast());
        export.answerAll();
        test.run();
        assertEquals(new Reply(0, 2), test.reply());
        assertEquals(new Reply(0, 1), test.reply());
        assertArrayEquals(Arrays.copyOf(export.content, 10), test.payload(10));
        test.expectOpen();
        test.hangUp();
    }

    @ParameterizedTest
    @EnumSource(IoStatus.class)
    void shouldMapEveryOutcome(IoStatus status) {
        int expected =
                switch (status) {
                    case OK -> 0;
                    case MEDIA_ERROR, GONE, TIMED_OUT -> EIO;
                    case NO_SPACE -> ENOSPC;
                    case READ_ONLY -> EPERM;
                    case UNSUPPORTED -> ENOTSUP;
                };
        export.status(status);
        test.send(Wire.write(0, 1, 0, new byte[512]), Wire.request(Wire.READ, 0, 2, 0, 4));
        assertEquals(new Reply(expected, 1), test.reply());
        assertEquals(new Reply(expected, 2), test.reply());
        test.payload(expected == 0 ? 4 : 0);
        test.expectOpen();
        test.hangUp();
    }

    /** Command, flags, offset, length, error. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 100000, 1, 22",
        "0, 0, 99999, 2, 22",
        "0, 0, 0, 33554433, 22",
        "0, 0, 0, 4294967295, 22",
        "0, 0, -1, 1, 22",
        "0, 0, 9223372036854775807, 1, 22",
        "0, 0, -9223372036854775808, 1, 22",
        "4, 0, 99999, 2, 22",
        "4, 0, -1, 2, 22",
        "6, 0, 99999, 2, 28",
        "6, 0, 0, 4294967295, 28",
        "3, 0, 1, 0, 22",
        "3, 0, 0, 1, 22",
        "3, 2, 0, 0, 22",
        "0, 2, 0, 1, 22",
        "0, 4, 0, 1, 22",
        "6, 16, 0, 1, 22",
        "6, 32768, 0, 1, 22",
        "5, 0, 0, 1, 22",
        "7, 0, 0, 1, 22",
        "8, 0, 0, 1, 22",
        "65535, 0, 0, 1, 22",
    })
    void shouldRefuseWhatMakesNoSense(int command, int flags, long offset, long length, int error) {
        test.send(Wire.request(command, flags, 1, offset, length));
        assertEquals(new Reply(error, 1), test.reply());
        test.expectOpen();
        assertEquals(List.of(), export.log);
        test.hangUp();
    }

    /** Flags, offset, length, error. */
    @ParameterizedTest
    @CsvSource({"0, 99999, 2, 28", "0, -1, 7, 28", "2, 0, 5, 22", "0, 0, 33554433, 22"})
    void shouldSkipThePayloadOfWriteThatMakesNoSense(int flags, long offset, int length, int error) {
        test.send(Wire.request(Wire.WRITE, flags, 1, offset, length));
        test.expectNothing();
        byte[] part = new byte[100_000];
        for (int sent = 0; sent < length; sent += part.length) {
            test.send(Unpooled.wrappedBuffer(part, 0, Math.min(part.length, length - sent)));
        }
        assertEquals(new Reply(error, 1), test.reply());
        test.send(Wire.request(Wire.READ, 0, 2, 0, 1));
        assertEquals(new Reply(0, 2), test.reply());
        assertEquals(List.of("read 0 1"), export.log);
        assertTrue(test.allocator.peak() < 100_000, "nothing is held of what is skipped");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "4, 0", "6, 0", "0, 100000", "1, 100000"})
    void shouldDoNothingWhereNothingIsAskedFor(int command, long offset) {
        test.send(Wire.request(command, 0, 1, offset, 0));
        assertEquals(new Reply(0, 1), test.reply());
        assertEquals(List.of(), export.log);
        test.expectOpen();
        test.hangUp();
    }

    @Test
    void shouldRefuseWritesToReadOnlyExport() {
        ScriptedExport frozen = new ScriptedExport("f", LENGTH).readOnly(true);
        TestConnection reader = TestConnection.transmitting(4, frozen);
        reader.send(
                Wire.write(0, 1, 0, new byte[10]),
                Wire.request(Wire.TRIM, 0, 2, 0, 1),
                Wire.request(Wire.WRITE_ZEROES, 0, 3, 0, 1),
                Wire.request(Wire.READ, 0, 4, 0, 1),
                Wire.request(Wire.FLUSH, 0, 5, 0, 0));
        assertEquals(new Reply(EPERM, 1), reader.reply());
        assertEquals(new Reply(EPERM, 2), reader.reply());
        assertEquals(new Reply(EPERM, 3), reader.reply());
        // Answered from the export's own thread, as it were: after what needs no export.
        assertEquals(new Reply(0, 4), reader.reply());
        reader.payload(1);
        assertEquals(new Reply(0, 5), reader.reply());
        assertEquals(List.of("read 0 1", "flush"), frozen.log);
        reader.hangUp();
    }

    @Test
    void shouldHoldClientToTheMinimumBlock() {
        ScriptedExport sectors = new ScriptedExport("s", 8192).minimumBlockLength(512);
        TestConnection client = new TestConnection(4, sectors);
        client.send(Wire.clientFlags(3), Wire.choose(Wire.GO, "s", 3));
        client.received.clear();
        client.send(
                Wire.request(Wire.READ, 0, 1, 1, 512),
                Wire.request(Wire.READ, 0, 2, 512, 511),
                Wire.request(Wire.READ, 0, 3, 512, 512));
        assertEquals(new Reply(EINVAL, 1), client.reply());
        assertEquals(new Reply(EINVAL, 2), client.reply());
        assertEquals(new Reply(0, 3), client.reply());
        client.hangUp();
    }

    @Test
    void shouldDropRequestWithoutMagic() {
        export.holds(true);
        test.send(Wire.request(Wire.READ, 0, 1, 0, 10), Unpooled.wrappedBuffer(new byte[28]));
        test.expectClosed();
        assertFalse(test.connection.rest().isDone(), "the export still fills the memory of the read");
        export.answerAll();
        test.run();
        test.expectRest();
    }

    @Test
    void shouldSayThatStoppedExportIsShuttingDown() {
        export.stop();
        test.send(Wire.write(0, 1, 0, new byte[10]), Wire.request(Wire.READ, 0, 2, 0, 10));
        assertEquals(new Reply(ESHUTDOWN, 1), test.reply());
        assertEquals(new Reply(ESHUTDOWN, 2), test.reply());
        test.expectOpen();
        test.hangUp();
    }

    @Test
    void shouldGoOnServingWhenAnExportThrows() {
        RuntimeException bug = new IllegalStateException("a bug");
        export.throwBug(bug);
        test.send(Wire.request(Wire.READ, 0, 1, 0, 10));
        assertEquals(new Reply(EIO, 1), test.reply());
        test.expectOpen();
        assertEquals(List.of(bug), test.bugs);
    }

    @Test
    void shouldDropClientWhenAnExportAnswersTwice() {
        export.holds(true);
        test.send(Wire.request(Wire.FLUSH, 0, 1, 0, 0));
        Runnable answer = export.held.peekFirst();
        answer.run();
        test.run();
        assertEquals(new Reply(0, 1), test.reply());
        answer.run();
        test.expectClosed();
        assertEquals(1, test.bugs.size());
    }

    @Test
    void shouldSayThatThereIsNoMemory() {
        test.allocator.limit(50_000);
        test.send(
                Wire.request(Wire.READ, 0, 1, 0, 60_000),
                Wire.write(0, 2, 0, new byte[60_000]),
                Wire.request(Wire.READ, 0, 3, 0, 10));
        assertEquals(new Reply(ENOMEM, 1), test.reply());
        assertEquals(new Reply(ENOMEM, 2), test.reply());
        assertEquals(new Reply(0, 3), test.reply());
        assertEquals(List.of("read 0 10"), export.log);
        test.hangUp();
    }

    @Test
    void shouldAnswerWhatIsUnderWayBeforeLettingTheClientGo() {
        export.holds(true);
        test.send(Wire.request(Wire.FLUSH, 0, 1, 0, 0), Wire.request(Wire.DISCONNECT, 0, 2, 0, 0));
        test.expectOpen();
        export.answerAll();
        test.run();
        assertEquals(new Reply(0, 1), test.reply());
        test.expectNothing();
        test.expectClosed();
        test.expectRest();
    }

    @Test
    void shouldHangUpAtOnceOnClientThatLeavesWithNothingUnderWay() {
        test.send(Wire.request(Wire.DISCONNECT, 0, 2, 0, 0));
        test.expectClosed();
        test.expectRest();
    }

    @Test
    void shouldNeverBeginWriteOfClientThatVanishes() {
        byte[] before = export.content.clone();
        test.send(Wire.request(Wire.WRITE, 0, 1, 0, 4096), Unpooled.wrappedBuffer(new byte[4095]));
        test.hangUp();
        assertArrayEquals(before, export.content);
        assertEquals(List.of(), export.log);
    }

    @Test
    void shouldFinishWritesOfClientThatVanishes() {
        export.holds(true);
        test.send(Wire.write(0, 1, 0, new byte[4096]), Wire.request(Wire.WRITE_ZEROES, Wire.FUA, 2, 0, 1));
        test.vanish();
        assertFalse(test.connection.rest().isDone());
        export.answerAll();
        test.run();
        test.expectRest();
        assertArrayEquals(new byte[4096], Arrays.copyOf(export.content, 4096));
    }

    @Test
    void shouldAnswerWhatIsUnderWayWhenServerCloses() {
        export.holds(true);
        test.send(Wire.request(Wire.READ, 0, 1, 0, 10), Wire.request(Wire.WRITE, 0, 2, 0, 4096));
        test.connection.shutDown();
        test.expectOpen();
        test.send(Wire.request(Wire.FLUSH, 0, 3, 0, 0));
        export.answerAll();
        test.run();
        assertEquals(new Reply(0, 1), test.reply());
        test.payload(10);
        test.expectNothing();
        test.expectClosed();
        test.expectRest();
        assertEquals(List.of("read 0 10"), export.log);
    }
}
