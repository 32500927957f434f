package io.holdfast.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A connection without a socket: a test says what the client sends, and sees what the client would get. */
@SuppressWarnings("FutureReturnValueIgnored") // A test sees what comes of them.
final class TestConnection {
    static final int WINDOW_LENGTH = 32 << 20;

    /** What a client got to an option. */
    record OptionReply(int option, int type, ByteBuf data) {}

    /** What a client got to a request; the payload is empty but for reads. */
    record Reply(int error, long cookie) {}

    final CountingAllocator allocator = new CountingAllocator();
    final List<Throwable> bugs = new ArrayList<>();
    final MockTicker ticker = Ticker.newMockTicker();
    final EmbeddedChannel channel =
            EmbeddedChannel.builder().register(false).ticker(ticker).build();
    final NbdConnection connection;
    final ByteBuf received = Unpooled.buffer();
    private final SlowClient slowClient = new SlowClient();

    TestConnection(int requestLimit, NbdExport... exports) {
        connection = new NbdConnection(
                new ExportTable(List.of(exports)),
                requestLimit,
                WINDOW_LENGTH,
                TimeUnit.SECONDS.toNanos(30),
                bugs::add);
        channel.config().setAllocator(allocator);
        channel.pipeline().addLast(slowClient, connection);
        try {
            channel.register();
        } catch (Exception impossible) {
            throw new AssertionError(impossible);
        }
        collect();
    }

    /** Past negotiation, with the first export chosen. */
    static TestConnection transmitting(int requestLimit, NbdExport... exports) {
        TestConnection test = new TestConnection(requestLimit, exports);
        test.send(Wire.clientFlags(3), Wire.choose(Wire.GO, ""));
        test.received.clear();
        assertTrue(test.channel.isActive());
        return test;
    }

    void send(ByteBuf... messages) {
        ByteBuf all = Unpooled.wrappedBuffer(messages);
        if (channel.isOpen()) {
            channel.writeInbound(all);
        } else {
            all.release();
        }
        run();
    }

    /** Let the event loop do what is due. */
    void run() {
        channel.runPendingTasks();
        collect();
    }

    /** Let time pass. */
    void advance(long milliseconds) {
        ticker.advance(milliseconds, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        run();
    }

    private void collect() {
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            received.writeBytes(part);
            part.release();
        }
    }

    /** From now on the client takes no answer until {@link #take()}. */
    void takeNothing() {
        slowClient.isHolding = true;
    }

    /** The client takes what has waited for it, and goes on taking. */
    void take() {
        slowClient.forward();
        slowClient.isHolding = false;
        run();
    }

    OptionReply optionReply() {
        assertEquals(0x0003e889045565a9L, received.readLong());
        int option = received.readInt();
        int type = received.readInt();
        ByteBuf data = Unpooled.copiedBuffer(received.readSlice(received.readInt()));
        return new OptionReply(option, type, data);
    }

    void expectError(int option, int type) {
        OptionReply reply = optionReply();
        assertEquals(option, reply.option());
        assertEquals(Integer.toHexString(type), Integer.toHexString(reply.type()));
        assertFalse(reply.data().toString(StandardCharsets.UTF_8).isBlank(), "an error says why");
    }

    Reply reply() {
        assertEquals(0x67446698, received.readInt());
        return new Reply(received.readInt(), received.readLong());
    }

    byte[] payload(int length) {
        byte[] bytes = new byte[length];
        received.readBytes(bytes);
        return bytes;
    }

    void expectNothing() {
        run();
        assertEquals(0, received.readableBytes());
    }

    void expectOpen() {
        assertTrue(channel.isActive());
        expectNothing();
    }

    void expectClosed() {
        run();
        assertFalse(channel.isOpen());
    }

    /** The client goes. Nothing may be left behind, and nothing may have gone wrong. */
    void hangUp() {
        vanish();
        slowClient.forward();
        run();
        expectRest();
    }

    /** The client goes, with requests under way. */
    void vanish() {
        channel.close();
        run();
    }

    void expectRest() {
        channel.checkException();
        assertEquals(List.of(), bugs);
        assertTrue(connection.rest().isDone(), "the connection is at rest");
        assertEquals(0, allocator.used(), "bytes of memory not given back");
    }

    /** Holds answers back, as a socket does whose other side does not read. */
    private static final class SlowClient extends ChannelOutboundHandlerAdapter {
        private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
        private final ArrayDeque<ChannelPromise> promises = new ArrayDeque<>();
        private ChannelHandlerContext context;
        private boolean isHolding;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (isHolding) {
                waiting.add((ByteBuf) message);
                promises.add(promise);
            } else {
                ctx.write(message, promise);
            }
        }

        void forward() {
            while (!waiting.isEmpty()) {
                context.writeAndFlush(waiting.pollFirst(), promises.pollFirst());
            }
        }
    }
}
