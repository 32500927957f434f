package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.nbd.TestConnection.OptionReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NegotiationTest {
    private static final int ACK = 1;
    private static final int SERVER = 2;
    private static final int INFO = 3;
    private static final int UNSUPPORTED = 0x80000001;
    private static final int INVALID = 0x80000003;
    private static final int UNKNOWN = 0x80000006;
    private static final int BLOCK_SIZE_REQUIRED = 0x80000008;
    private static final int TOO_BIG = 0x80000009;

    /** Flags, flush, FUA, trim, write-zeroes, several connections. */
    private static final int WRITABLE_FLAGS = 0b1_0110_1101;

    private static final int READ_ONLY_FLAGS = 0b1_0000_1111;

    private final ScriptedExport first = new ScriptedExport("first", 10_000).description("a line for people");
    private final ScriptedExport second = new ScriptedExport("zweite Größe", 20_000).readOnly(true);
    private final TestConnection test = new TestConnection(4, first, second);

    private void greet(int clientFlags) {
        test.received.clear();
        test.send(Wire.clientFlags(clientFlags));
    }

    @Test
    void shouldGreetInFixedNewstyle() {
        assertEquals(
                "NBDMAGICIHAVEOPT",
                test.received.readCharSequence(16, StandardCharsets.US_ASCII).toString());
        assertEquals(3, test.received.readUnsignedShort());
        test.expectOpen();
        test.hangUp();
    }

    @Test
    void shouldDropClientWithUnknownFlags() {
        greet(1 | 1 << 7);
        test.expectClosed();
        test.expectRest();
    }

    @Test
    void shouldDropOptionWithoutMagic() {
        greet(3);
        test.send(Unpooled.wrappedBuffer(new byte[16]));
        test.expectClosed();
        test.expectRest();
    }

    @Test
    void shouldDropClientOfTheOldStyleThatUsesOptions() {
        greet(0);
        test.send(Wire.option(3, new byte[0]));
        test.expectClosed();
    }

    @Test
    void shouldAnswerExportNameWithPadding() {
        greet(1);
        test.send(Wire.option(1, "first".getBytes(StandardCharsets.UTF_8)));
        assertEquals(10_000, test.received.readLong());
        assertEquals(WRITABLE_FLAGS, test.received.readUnsignedShort());
        assertArrayEquals(new byte[124], test.payload(124));
        test.expectOpen();
        expectTransmission();
    }

    @Test
    void shouldAnswerExportNameWithoutPaddingWhereBothAgree() {
        greet(3);
        test.send(Wire.option(1, "zweite Größe".getBytes(StandardCharsets.UTF_8)));
        assertEquals(20_000, test.received.readLong());
        assertEquals(READ_ONLY_FLAGS, test.received.readUnsignedShort());
        test.expectOpen();
        expectTransmission();
    }

    @Test
    void shouldServeFirstExportToClientThatNamesNone() {
        greet(0);
        test.send(Wire.option(1, new byte[0]));
        assertEquals(10_000, test.received.readLong());
        test.received.skipBytes(126);
        test.expectOpen();
        expectTransmission();
    }

    @Test
    void shouldHangUpOnUnknownExportName() {
        greet(3);
        test.send(Wire.option(1, "third".getBytes(StandardCharsets.UTF_8)));
        test.expectNothing();
        test.expectClosed();
    }

    @Test
    void shouldHangUpOnExportNameBeyondTheLimit() {
        greet(3);
        test.send(Wire.optionHeader(1, 4097));
        test.expectClosed();
    }

    @Test
    void shouldListEveryExport() {
        greet(3);
        test.send(Wire.option(3, new byte[0]));
        for (String name : new String[] {"first", "zweite Größe"}) {
            OptionReply reply = test.optionReply();
            assertEquals(SERVER, reply.type());
            ByteBuf data = reply.data();
            assertEquals(data.readInt(), data.readableBytes());
            assertEquals(name, data.toString(StandardCharsets.UTF_8));
        }
        assertEquals(ACK, test.optionReply().type());
        test.expectOpen();
    }

    @Test
    void shouldRefuseListWithData() {
        greet(3);
        test.send(Wire.option(3, new byte[] {1}));
        test.expectError(3, INVALID);
        test.expectOpen();
    }

    @Test
    void shouldAcknowledgeAbortAndHangUp() {
        greet(3);
        test.send(Wire.option(2, new byte[0]), Wire.option(3, new byte[0]));
        assertEquals(ACK, test.optionReply().type());
        test.expectNothing();
        test.expectClosed();
        test.expectRest();
    }

    @Test
    void shouldDescribeExportAndGoOnNegotiating() {
        greet(3);
        test.send(Wire.choose(Wire.INFO, "zweite Größe"));
        ByteBuf data = info(Wire.INFO, 0);
        assertEquals(20_000, data.readLong());
        assertEquals(READ_ONLY_FLAGS, data.readUnsignedShort());
        assertEquals(ACK, test.optionReply().type());
        test.send(Wire.option(3, new byte[0]));
        assertEquals(SERVER, test.optionReply().type());
    }

    @Test
    void shouldTellEverythingThatGoAsksFor() {
        greet(3);
        test.send(Wire.choose(Wire.GO, "", 3, 1, 2, 99));
        ByteBuf export = info(Wire.GO, 0);
        assertEquals(10_000, export.readLong());
        assertEquals(WRITABLE_FLAGS, export.readUnsignedShort());
        assertEquals("first", info(Wire.GO, 1).toString(StandardCharsets.UTF_8));
        assertEquals("a line for people", info(Wire.GO, 2).toString(StandardCharsets.UTF_8));
        ByteBuf sizes = info(Wire.GO, 3);
        assertEquals(1, sizes.readInt());
        assertEquals(4096, sizes.readInt());
        assertEquals(32 << 20, sizes.readInt());
        assertEquals(ACK, test.optionReply().type());
        test.expectOpen();
        expectTransmission();
    }

    @ParameterizedTest
    @ValueSource(ints = {Wire.INFO, Wire.GO})
    void shouldRefuseUnknownExport(int option) {
        greet(3);
        test.send(Wire.choose(option, "third"));
        test.expectError(option, UNKNOWN);
        test.expectOpen();
    }

    @Test
    void shouldRefuseNameThatIsNotText() {
        greet(3);
        test.send(Wire.option(Wire.GO, new byte[] {0, 0, 0, 2, (byte) 0xc3, 0x28, 0, 0}));
        test.expectError(Wire.GO, UNKNOWN);
        test.expectOpen();
    }

    @Test
    void shouldRefuseGoWhoseLengthsDisagree() {
        greet(3);
        byte[][] malformed = {
            {},
            {0, 0, 0, 0, 0},
            {0, 0, 0, 1, 0, 0},
            {0, 0, 0, 0, 0, 1},
            {0, 0, 0, 0, 0, 1, 0, 3, 0},
            {0, 0, 0, 0, 0, 0, 0, 3},
            {0, 0, 0x0f, (byte) 0xff, 0, 0},
        };
        for (byte[] data : malformed) {
            test.send(Wire.option(Wire.GO, data));
            test.expectError(Wire.GO, INVALID);
            test.expectOpen();
        }
        test.send(Wire.option(Wire.GO, new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0, 0}));
        test.expectError(Wire.GO, TOO_BIG);
        test.expectOpen();
    }

    @Test
    void shouldInsistThatBlockSizeIsAskedForWhereThereIsOne() {
        TestConnection sectors = new TestConnection(4, new ScriptedExport("s", 8192).minimumBlockLength(512));
        sectors.send(Wire.clientFlags(3));
        sectors.received.clear();
        sectors.send(Wire.choose(Wire.GO, "s"));
        sectors.expectError(Wire.GO, BLOCK_SIZE_REQUIRED);
        sectors.send(Wire.choose(Wire.GO, "s", 3));
        assertEquals(INFO, sectors.optionReply().type());
        assertEquals(512, sectors.optionReply().data().getInt(2));
        assertEquals(ACK, sectors.optionReply().type());
        sectors.hangUp();
    }

    /** STARTTLS, structured replies, meta contexts, extended headers, and one that nobody knows. */
    @ParameterizedTest
    @ValueSource(ints = {0, 4, 5, 8, 9, 10, 11, 12345, -1})
    void shouldSkipUnknownOptionAndSaySo(int option) {
        greet(3);
        test.send(Wire.option(option, new byte[70_000]));
        test.expectError(option, UNSUPPORTED);
        test.send(Wire.option(option, new byte[0]));
        test.expectError(option, UNSUPPORTED);
        test.send(Wire.choose(Wire.GO, ""));
        assertEquals(INFO, test.optionReply().type());
        assertEquals(ACK, test.optionReply().type());
        expectTransmission();
    }

    @Test
    void shouldSkipKnownOptionWithTooMuchData() {
        greet(3);
        test.send(Wire.optionHeader(Wire.GO, 8193));
        test.expectNothing();
        test.send(Unpooled.wrappedBuffer(new byte[8192]));
        test.expectNothing();
        test.send(Unpooled.wrappedBuffer(new byte[1]));
        test.expectError(Wire.GO, TOO_BIG);
        test.expectOpen();
    }

    @Test
    void shouldUnderstandOptionsHoweverTheyAreCut() {
        ByteBuf all = Unpooled.wrappedBuffer(
                Wire.clientFlags(3),
                Wire.option(8, new byte[3]),
                Wire.choose(Wire.GO, "first", 3),
                Wire.request(Wire.READ, 0, 7, 0, 1));
        test.received.clear();
        while (all.isReadable()) {
            test.send(all.readBytes(1));
        }
        test.expectError(8, UNSUPPORTED);
        assertEquals(INFO, test.optionReply().type());
        assertEquals(INFO, test.optionReply().type());
        assertEquals(ACK, test.optionReply().type());
        assertEquals(new TestConnection.Reply(0, 7), test.reply());
        assertEquals(first.content[0], test.payload(1)[0]);
        test.hangUp();
    }

    @Test
    void shouldNotReadFromClientThatDoesNotListen() {
        greet(3);
        test.channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        test.send(Wire.option(3, new byte[0]), Wire.option(3, new byte[0]));
        test.expectNothing();
        assertFalse(test.channel.config().isAutoRead());
        test.channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        test.run();
        assertTrue(test.channel.config().isAutoRead());
        for (int i = 0; i < 2; i++) {
            assertEquals(SERVER, test.optionReply().type());
            assertEquals(SERVER, test.optionReply().type());
            assertEquals(ACK, test.optionReply().type());
        }
        test.hangUp();
    }

    @Test
    void shouldDropClientThatChoosesNothing() {
        greet(3);
        test.advance(29_999);
        test.expectOpen();
        test.advance(1);
        test.expectClosed();
        test.expectRest();
    }

    @Test
    void shouldWaitAsLongAsItTakesOnceAnExportIsChosen() {
        greet(3);
        test.send(Wire.choose(Wire.GO, ""));
        test.received.clear();
        test.advance(1_000_000);
        test.expectOpen();
        test.hangUp();
    }

    @Test
    void shouldHangUpOnNegotiatingClientWhenServerCloses() {
        greet(3);
        test.connection.shutDown();
        test.expectClosed();
        test.expectRest();
    }

    private ByteBuf info(int option, int kind) {
        OptionReply reply = test.optionReply();
        assertEquals(option, reply.option());
        assertEquals(INFO, reply.type());
        ByteBuf data = reply.data();
        assertEquals(kind, data.readUnsignedShort());
        return data;
    }

    private void expectTransmission() {
        test.send(Wire.request(Wire.FLUSH, 0, 42, 0, 0));
        assertEquals(new TestConnection.Reply(0, 42), test.reply());
        test.hangUp();
    }
}
