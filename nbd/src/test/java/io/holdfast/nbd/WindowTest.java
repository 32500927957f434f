package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.nbd.TestConnection.Reply;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a client can make the server hold, and what happens when an export has no room. */
class WindowTest {
    private static final int MIB = 1 << 20;

    private final ScriptedExport export = new ScriptedExport("e", 40 * MIB);
    private final TestConnection test = TestConnection.transmitting(4, export);

    private void expectStalled() {
        test.run();
        assertFalse(test.channel.config().isAutoRead(), "nothing is read from the client");
    }

    private void expectReading() {
        test.run();
        assertTrue(test.channel.config().isAutoRead(), "the client is read from");
    }

    @Test
    void shouldTakeNoMoreRequestsThanItHasPlacesFor() {
        export.holds(true);
        for (int i = 0; i < 4; i++) {
            test.send(Wire.request(Wire.READ, 0, i, i, 1));
        }
        expectReading();
        test.send(Wire.request(Wire.READ, 0, 4, 4, 1), Wire.request(Wire.READ, 0, 5, 5, 1));
        expectStalled();
        assertEquals(4, export.log.size());
        export.answerOne();
        expectStalled();
        assertEquals(5, export.log.size());
        export.answerOne();
        expectReading();
        assertEquals(6, export.log.size());
        export.answerAll();
        test.run();
        for (int i = 0; i < 6; i++) {
            assertEquals(new Reply(0, i), test.reply());
            test.payload(1);
        }
        test.hangUp();
    }

    @Test
    void shouldTakeNoMoreBytesThanTheWindowHas() {
        export.holds(true);
        test.send(
                Wire.request(Wire.READ, 0, 1, 0, 31 * MIB),
                Wire.request(Wire.READ, 0, 2, 0, MIB),
                Wire.request(Wire.READ, 0, 3, 0, 1));
        expectStalled();
        assertEquals(2, export.log.size());
        assertTrue(test.allocator.peak() <= 32 * MIB + 2 * 8192);
        export.answerOne();
        expectReading();
        assertEquals(3, export.log.size());
        export.answerAll();
        test.hangUp();
    }

    @Test
    void shouldHoldPlacesUntilTheClientHasTakenItsAnswers() {
        test.takeNothing();
        for (int i = 0; i < 10; i++) {
            test.send(Wire.request(Wire.READ, 0, i, 0, MIB));
        }
        expectStalled();
        assertEquals(4, export.log.size());
        assertTrue(test.allocator.peak() <= 4 * MIB + 4 * 8192);
        test.take();
        expectReading();
        assertEquals(10, export.log.size());
        for (int i = 0; i < 10; i++) {
            assertEquals(new Reply(0, i), test.reply());
            test.payload(MIB);
        }
        test.hangUp();
    }

    @Test
    void shouldHoldPlacesForRefusalsToo() {
        test.takeNothing();
        for (int i = 0; i < 100; i++) {
            test.send(Wire.request(77, 0, i, 0, 0));
        }
        expectStalled();
        assertTrue(test.allocator.used() <= 4 * 16, "answers that wait: no more than there are places");
        test.take();
        for (int i = 0; i < 100; i++) {
            assertEquals(new Reply(22, i), test.reply());
        }
        expectReading();
        test.hangUp();
    }

    @Test
    void shouldGiveEverythingBackWhenClientGoesWithoutTakingItsAnswers() {
        test.takeNothing();
        test.send(Wire.request(Wire.READ, 0, 1, 0, MIB), Wire.write(0, 2, 0, new byte[MIB]));
        test.hangUp();
    }

    @Test
    void shouldServeTheLargestRequests() {
        test.send(Wire.request(Wire.READ, 0, 1, 0, 32 * MIB));
        assertEquals(new Reply(0, 1), test.reply());
        test.payload(32 * MIB);
        test.send(Wire.write(0, 2, 8 * MIB, new byte[32 * MIB]));
        assertEquals(new Reply(0, 2), test.reply());
        assertEquals(0, export.content[8 * MIB + 1]);
        test.hangUp();
    }

    @Test
    void shouldOfferRefusedRequestAgainWhenAnotherIsDone() {
        export.holds(true);
        test.send(Wire.request(Wire.READ, 0, 1, 1, 1));
        export.refuse(1);
        test.send(Wire.request(Wire.READ, 0, 2, 2, 1), Wire.request(Wire.READ, 0, 3, 3, 1));
        expectStalled();
        assertEquals(List.of("read 1 1"), export.log);
        export.answerOne();
        expectReading();
        assertEquals(List.of("read 1 1", "read 2 1", "read 3 1"), export.log);
        export.answerAll();
        test.run();
        test.hangUp();
    }

    @Test
    void shouldOfferRefusedRequestAgainInAMomentWhenNoOtherIsUnderWay() {
        export.refuse(3);
        test.send(Wire.request(Wire.READ, 0, 1, 1, 1), Wire.request(Wire.FLUSH, 0, 2, 0, 0));
        expectStalled();
        test.advance(1);
        test.advance(1);
        expectStalled();
        test.expectNothing();
        test.advance(1);
        expectReading();
        assertEquals(new Reply(0, 1), test.reply());
        test.payload(1);
        assertEquals(new Reply(0, 2), test.reply());
        test.advance(1000);
        test.expectOpen();
        test.hangUp();
    }

    @Test
    void shouldOfferTheFlushOfDurableRangeAgain() {
        export.holds(true);
        test.send(Wire.request(Wire.WRITE_ZEROES, Wire.FUA, 1, 0, 1));
        export.refuse(1);
        export.answerOne();
        expectReading();
        test.advance(1);
        assertEquals(List.of("zero 0 1", "flush"), export.log);
        export.answerOne();
        test.run();
        assertEquals(new Reply(0, 1), test.reply());
        test.hangUp();
    }

    @Test
    void shouldSayThatRefusedRequestCameTooLateWhenServerCloses() {
        export.refuse(1);
        test.send(Wire.request(Wire.READ, 0, 1, 1, 1));
        test.connection.shutDown();
        test.run();
        assertEquals(new Reply(108, 1), test.reply());
        test.expectClosed();
        test.advance(1);
        test.expectRest();
        assertEquals(List.of(), export.log);
    }

    @Test
    void shouldForgetRefusedRequestOfClientThatVanishes() {
        export.refuse(1);
        test.send(Wire.write(0, 1, 1, new byte[100]), Unpooled.wrappedBuffer(new byte[10]));
        test.hangUp();
        test.advance(1);
        assertEquals(List.of(), export.log);
    }
}
