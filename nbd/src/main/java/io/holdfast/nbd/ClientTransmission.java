package io.holdfast.nbd;

import io.holdfast.blockdev.IoStatus;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The second phase, from the client's side: requests out, answers in, in any order.
 *
 * <p>Bytes are copied between the caller's memory and the socket's: were they not, a connection that breaks could leave the
 * kernel at work on memory that the caller has been given back. What waits in memory is bounded by the socket's mark and one
 * part. An answer to nothing that was asked ends the connection. Runs on the connection's event loop.
 */
// A write that fails ends the channel, and that is where it is handled.
@SuppressWarnings("FutureReturnValueIgnored")
final class ClientTransmission {
    /** Bytes of one read or write at most, so that a long one does not hold up the others. */
    private static final int PART_LENGTH_LIMIT = 1 << 20;

    /** Bytes of one request that carries none. */
    private static final long RANGE_LENGTH_LIMIT = 1L << 30;

    private final ChannelHandlerContext context;
    private final ClientExport export;
    private final int requestLimit;
    private final int partLengthLimit;
    private final Gather header = new Gather(ReplyDescriptor.HEADER_LENGTH);
    private final ArrayDeque<ClientOperation> waiting = new ArrayDeque<>();
    private final Long2ObjectHashMap<ClientOperation> inFlight = new Long2ObjectHashMap<>();
    private boolean canZero;
    private long nextCookie = 1;
    private ClientOperation receiving;
    private int receivedLength;
    private IoStatus failure;

    ClientTransmission(ChannelHandlerContext context, ClientExport export, int requestLimit) {
        this.context = context;
        this.export = export;
        this.requestLimit = requestLimit;
        int blockLength = export.geometry().logicalBlockLength();
        partLengthLimit = Math.min(PART_LENGTH_LIMIT, export.payloadLengthLimit()) / blockLength * blockLength;
        canZero = export.can(RequestDescriptor.EXPORT_WRITE_ZEROES);
        header.expect(ReplyDescriptor.HEADER_LENGTH);
    }

    /** Whether the server owes an answer. */
    boolean isWaiting() {
        return !inFlight.isEmpty() || receiving != null;
    }

    /** Put an operation in line; {@link #pump} sends it. */
    void submit(ClientOperation operation) {
        if (failure != null) {
            operation.end(failure);
        } else {
            waiting.add(operation);
        }
    }

    /** Send what may be sent. */
    void pump() {
        boolean hasSent = false;
        while (!waiting.isEmpty()
                && inFlight.size() < requestLimit
                && context.channel().isWritable()) {
            send(waiting.poll());
            hasSent = true;
        }
        if (hasSent) {
            context.flush();
        }
    }

    private void send(ClientOperation operation) {
        int command = operation.command();
        boolean isZeroBytes = command == RequestDescriptor.WRITE_ZEROES && !canZero;
        boolean hasPayload = command == RequestDescriptor.READ || command == RequestDescriptor.WRITE || isZeroBytes;
        operation.takePart(hasPayload ? partLengthLimit : RANGE_LENGTH_LIMIT);
        int length = (int) operation.partLength();
        boolean carries = command == RequestDescriptor.WRITE || isZeroBytes;
        int capacity = RequestDescriptor.HEADER_LENGTH + (carries ? length : 0);
        ByteBuf out = context.alloc().directBuffer(capacity, capacity);
        long cookie = nextCookie++;
        RequestDescriptor.put(
                out,
                isZeroBytes ? RequestDescriptor.WRITE : command,
                operation.isDurable() ? RequestDescriptor.FLAG_FUA : 0,
                cookie,
                operation.partOffset(),
                length);
        if (isZeroBytes) {
            out.writeZero(length);
        } else if (carries) {
            ByteBuffer target = out.internalNioBuffer(RequestDescriptor.HEADER_LENGTH, length);
            operation.buffer().getBytes(operation.partIndex(), target, length);
            out.writerIndex(capacity);
        }
        inFlight.put(cookie, operation);
        context.write(out, context.voidPromise());
    }

    /**
     * Take one step, if there are bytes enough.
     *
     * @param in what has arrived.
     * @throws NbdProtocolException when it makes no sense.
     */
    void read(ByteBuf in) {
        if (receiving != null) {
            receive(in);
            return;
        }
        if (!header.fill(in)) {
            return;
        }
        ByteBuf bytes = header.bytes();
        if (!ReplyDescriptor.isMagic(bytes)) {
            throw new NbdProtocolException("sent something that is no answer");
        }
        ClientOperation operation = inFlight.remove(ReplyDescriptor.cookie(bytes));
        if (operation == null) {
            throw new NbdProtocolException("answered a request that was not made");
        }
        IoStatus status = ReplyDescriptor.status(ReplyDescriptor.error(bytes));
        header.expect(ReplyDescriptor.HEADER_LENGTH);
        if (status == IoStatus.OK && operation.command() == RequestDescriptor.READ) {
            receiving = operation;
            receivedLength = 0;
        } else {
            onAnswer(operation, status);
        }
    }

    private void receive(ByteBuf in) {
        int count = (int) Math.min(in.readableBytes(), receiving.partLength() - receivedLength);
        int at = in.readerIndex();
        if (in.nioBufferCount() == 1) {
            ByteBuffer source = in.internalNioBuffer(at, count);
            receiving.buffer().putBytes(receiving.partIndex() + receivedLength, source, count);
        } else {
            for (int i = 0; i < count; i++) {
                receiving.buffer().putByte(receiving.partIndex() + receivedLength + i, in.getByte(at + i));
            }
        }
        in.readerIndex(at + count);
        receivedLength += count;
        if (receivedLength == receiving.partLength()) {
            ClientOperation operation = receiving;
            receiving = null;
            onAnswer(operation, IoStatus.OK);
        }
    }

    private void onAnswer(ClientOperation operation, IoStatus status) {
        if (status == IoStatus.OK) {
            if (operation.endPart()) {
                operation.end(IoStatus.OK);
            } else {
                waiting.addFirst(operation);
            }
        } else if (status == IoStatus.UNSUPPORTED
                && operation.command() == RequestDescriptor.WRITE_ZEROES
                && canZero
                && !export.can(RequestDescriptor.EXPORT_READ_ONLY)) {
            // It said that it could. Zeroes can travel.
            canZero = false;
            waiting.addFirst(operation);
        } else {
            operation.end(status);
        }
    }

    /** The connection is over: everything under way ends like this, and whatever comes later. */
    void fail(IoStatus status) {
        if (failure != null) {
            return;
        }
        failure = status;
        List<ClientOperation> ending = new ArrayList<>(inFlight.values());
        inFlight.clear();
        if (receiving != null) {
            ending.add(receiving);
            receiving = null;
        }
        ending.addAll(waiting);
        waiting.clear();
        ending.forEach(operation -> operation.end(status));
        failure = IoStatus.GONE;
    }
}
