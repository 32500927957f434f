package io.holdfast.nbd;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.agrona.ErrorHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client: the last handler of its channel, which feeds what the socket delivers to the phase the connection is in.
 *
 * <p>When the phase cannot take more, reading from the socket stops and what is left of the last delivery waits; that is
 * all that is ever buffered of a client's bytes besides headers and the one payload being received. Runs on the channel's
 * event loop, but where a method says otherwise.
 */
// A write or close that fails ends the channel, and that is where it is handled.
@SuppressWarnings("FutureReturnValueIgnored")
final class NbdConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(NbdConnection.class);
    private static final long RETRY_DELAY_NS = 1_000_000;

    private final ExportTable exports;
    private final int requestLimit;
    private final long windowLength;
    private final long handshakeTimeoutNs;
    private final ErrorHandler errorHandler;
    private final ArrayDeque<ByteBuf> input = new ArrayDeque<>();
    private final CompletableFuture<Void> rest = new CompletableFuture<>();

    private ChannelHandlerContext context;
    private Phase phase;
    private ScheduledFuture<?> handshakeTimeout;
    private boolean isStalled;
    private boolean isProcessing;
    private boolean isResumed;
    private boolean isEnded;

    /**
     * Prepare for a client.
     *
     * @param exports            to choose from.
     * @param requestLimit       requests that may be under way at once.
     * @param windowLength       bytes of payload that may be held at once.
     * @param handshakeTimeoutNs for a client to choose an export.
     * @param errorHandler       told of what can only be a bug.
     */
    NbdConnection(
            ExportTable exports,
            int requestLimit,
            long windowLength,
            long handshakeTimeoutNs,
            ErrorHandler errorHandler) {
        this.exports = exports;
        this.requestLimit = requestLimit;
        this.windowLength = windowLength;
        this.handshakeTimeoutNs = handshakeTimeoutNs;
        this.errorHandler = errorHandler;
    }

    /** Completed when the client is gone and no export uses memory of this connection any more. From any thread. */
    CompletableFuture<Void> rest() {
        return rest;
    }

    // ---- the channel ----

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        phase = new Negotiation(this, exports);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ByteBuf greeting = newBuffer(HandshakeDescriptor.GREETING_LENGTH);
        Negotiation.greet(greeting);
        ctx.writeAndFlush(greeting);
        handshakeTimeout = ctx.executor()
                .schedule(() -> drop("no export was chosen in time"), handshakeTimeoutNs, TimeUnit.NANOSECONDS);
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        input.add((ByteBuf) message);
        process();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        resume();
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        isEnded = true;
        cancelHandshakeTimeout();
        releaseInput();
        phase.abandon();
        completeIfAtRest();
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            LOGGER.debug("client lost: {}: {}", ctx.channel().remoteAddress(), cause.getMessage());
        } else {
            report(cause);
        }
        ctx.close();
    }

    // ---- feeding the phase ----

    /** Something that the phase was waiting for may have happened. */
    void resume() {
        process();
    }

    private void process() {
        if (isProcessing) {
            isResumed = true;
            return;
        }
        isProcessing = true;
        try {
            do {
                isResumed = false;
                feed();
                // May free places, through the listeners of answers that left at once: hence the loop.
                context.flush();
            } while (isResumed);
        } catch (RuntimeException bug) {
            report(bug);
            isEnded = true;
            context.close();
        } finally {
            isProcessing = false;
        }
    }

    private void feed() {
        while (!isEnded) {
            ByteBuf next = input.peekFirst();
            if (next == null && !isStalled) {
                break;
            }
            // A stalled phase has its header already: it may need room alone, and no more bytes.
            isStalled = !phase.read(next == null ? Unpooled.EMPTY_BUFFER : next);
            if (isStalled) {
                context.channel().config().setAutoRead(false);
                return;
            }
            if (next != null && !isEnded && !next.isReadable()) {
                input.pollFirst().release();
            }
        }
        if (isEnded) {
            releaseInput();
        } else {
            context.channel().config().setAutoRead(true);
        }
    }

    private void releaseInput() {
        while (!input.isEmpty()) {
            input.pollFirst().release();
        }
    }

    // ---- for the phases ----

    /** Go on to transmission. */
    void transmit(NbdExport export) {
        cancelHandshakeTimeout();
        phase = new Transmission(this, export, requestLimit, windowLength);
        LOGGER.debug(
                "client chose export {}: {}", export.name(), context.channel().remoteAddress());
    }

    ByteBufAllocator allocator() {
        return context.alloc();
    }

    /** A buffer for an answer, of exactly this length. */
    ByteBuf newBuffer(int length) {
        return context.alloc().directBuffer(length, length);
    }

    /** Whether the socket takes what is written about as fast as it comes. */
    boolean isWritable() {
        return context.channel().isWritable();
    }

    /** Send; leaves the process with the next flush, which follows every pass over the input. */
    void write(ByteBuf buffer) {
        context.write(buffer);
    }

    /** Send, and be told when it has left or never will. */
    void write(ByteBuf buffer, ChannelFutureListener listener) {
        context.write(buffer).addListener(listener);
    }

    /** Hang up on a client that breaks the rules. */
    void drop(String reason) {
        LOGGER.debug("client dropped: {}: {}", context.channel().remoteAddress(), reason);
        isEnded = true;
        context.close();
    }

    /** Hang up when everything written has left. */
    void closeWhenWritten() {
        if (context.channel().isActive()) {
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        } else {
            completeIfAtRest();
        }
    }

    /** Run a task on the event loop. From any thread. */
    void execute(Runnable task) {
        try {
            context.executor().execute(() -> guard(task));
        } catch (RejectedExecutionException gone) {
            // The server was closed and did not wait for this any longer. Nobody is left to be answered.
            LOGGER.debug("an answer came after the server was gone", gone);
        }
    }

    /** Run a task on the event loop in a moment. */
    void executeSoon(Runnable task) {
        try {
            context.executor().schedule(() -> guard(task), RETRY_DELAY_NS, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException gone) {
            LOGGER.debug("a request was waiting when the server went", gone);
        }
    }

    private void guard(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException bug) {
            report(bug);
            isEnded = true;
            context.close();
        }
    }

    /** Tell of what can only be a bug. */
    void report(Throwable bug) {
        errorHandler.onError(bug);
    }

    // ---- the end ----

    /** Take no more from the client, answer what is under way, then hang up. From any thread. */
    void shutDown() {
        execute(() -> {
            phase.shutDown();
            resume();
        });
    }

    /** Hang up now. From any thread. */
    void close() {
        execute(context::close);
    }

    private void cancelHandshakeTimeout() {
        if (handshakeTimeout != null) {
            handshakeTimeout.cancel(false);
            handshakeTimeout = null;
        }
    }

    private void completeIfAtRest() {
        if (!context.channel().isActive() && phase.isAtRest()) {
            rest.complete(null);
        }
    }
}
