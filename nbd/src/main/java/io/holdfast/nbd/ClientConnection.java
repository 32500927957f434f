package io.holdfast.nbd;

import io.holdfast.blockdev.IoStatus;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a server, from the first byte to the last: negotiation, then transmission. A device has one at a time;
 * when it breaks, everything under way on it is {@link IoStatus#GONE}. Runs on the channel's event loop.
 */
// A write or close that fails ends the channel, and that is where it is handled.
@SuppressWarnings("FutureReturnValueIgnored")
final class ClientConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClientConnection.class);
    private static final int SILENT_TICK_LIMIT = 2;

    private final String name;
    private final NbdDeviceContext settings;
    private final CompletableFuture<ClientExport> ready = new CompletableFuture<>();

    private ChannelHandlerContext context;
    private ClientNegotiation negotiation;
    private ClientTransmission transmission;
    private ScheduledFuture<?> handshakeTimeout;
    private ScheduledFuture<?> silenceWatch;
    private long readCount;
    private long seenReadCount;
    private int silentTickCount;
    private boolean isOver;

    ClientConnection(String name, NbdDeviceContext settings) {
        this.name = name;
        this.settings = settings;
    }

    /** Completed when the export is chosen; exceptionally, with the end of a sentence about the server, when it cannot be. */
    CompletableFuture<ClientExport> ready() {
        return ready;
    }

    // ---- for the device, on the event loop ----

    void submit(ClientOperation operation) {
        if (transmission == null || isOver) {
            operation.end(IoStatus.GONE);
        } else {
            transmission.submit(operation);
        }
    }

    void pump() {
        if (transmission != null && !isOver) {
            transmission.pump();
        }
    }

    /** Tell the server that this is all, and hang up. Nothing is under way. */
    void leave() {
        if (context == null || isOver) {
            return;
        }
        if (transmission != null) {
            ByteBuf out = context.alloc().directBuffer(RequestDescriptor.HEADER_LENGTH);
            RequestDescriptor.put(out, RequestDescriptor.DISCONNECT, 0, 0, 0, 0);
            context.writeAndFlush(out).addListener(left -> context.close());
        } else {
            context.close();
        }
    }

    // ---- the channel ----

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        negotiation = new ClientNegotiation(settings.uri().exportName(), ctx.alloc(), ctx::writeAndFlush);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        handshakeTimeout = ctx.executor()
                .schedule(
                        () -> fail(IoStatus.TIMED_OUT, "did not come to an end choosing the export in time"),
                        settings.handshakeTimeoutNs(),
                        TimeUnit.NANOSECONDS);
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        readCount++;
        try {
            while (in.isReadable() && !isOver) {
                if (transmission != null) {
                    transmission.read(in);
                } else {
                    negotiation.read(in);
                    if (negotiation.export() != null) {
                        transmit(negotiation.export());
                    }
                }
            }
            pump();
        } catch (NbdProtocolException e) {
            fail(IoStatus.GONE, e.getMessage());
        } finally {
            in.release();
        }
    }

    private void transmit(ClientExport export) {
        handshakeTimeout.cancel(false);
        transmission = new ClientTransmission(context, export, settings.requestLimit());
        long tickNs = Math.max(1, settings.silenceLimitNs() / SILENT_TICK_LIMIT);
        silenceWatch = context.executor().scheduleAtFixedRate(this::watch, tickNs, tickNs, TimeUnit.NANOSECONDS);
        ready.complete(export);
    }

    private void watch() {
        boolean isSilent = transmission.isWaiting() && readCount == seenReadCount;
        seenReadCount = readCount;
        silentTickCount = isSilent ? silentTickCount + 1 : 0;
        if (silentTickCount > SILENT_TICK_LIMIT) {
            fail(IoStatus.TIMED_OUT, "owes answers and has been silent for too long");
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        pump();
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(IoStatus.GONE, "hung up");
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            fail(IoStatus.GONE, "was lost: " + cause.getMessage());
        } else {
            LOGGER.error("a connection failed: {}", name, cause);
            fail(IoStatus.GONE, "was lost to an error of our own: " + cause);
        }
    }

    private void fail(IoStatus status, String reason) {
        if (isOver) {
            return;
        }
        isOver = true;
        if (handshakeTimeout != null) {
            handshakeTimeout.cancel(false);
        }
        if (silenceWatch != null) {
            silenceWatch.cancel(false);
        }
        if (!ready.completeExceptionally(new NbdProtocolException(reason))) {
            LOGGER.debug("{}: the server {}", name, reason);
        }
        if (transmission != null) {
            transmission.fail(status);
        }
        context.close();
    }
}
