package io.holdfast.nbd;

import io.holdfast.blockdev.IoStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.nio.ByteBuffer;

/**
 * One request of a client, from its header to the moment when its answer has left. Preallocated and reused; touched on the
 * connection's event loop, except for the status that an export's thread leaves in it.
 */
final class NbdRequest implements ChannelFutureListener {
    /** What happens to the request. */
    enum Stage {
        /** Waiting to be used. */
        FREE,
        /** Its payload is arriving. */
        RECEIVING,
        /** The export has refused it for now. */
        REFUSED,
        /** The export works on it. */
        IN_FLIGHT,
        /** Its answer is on the way to the client. */
        ANSWERED
    }

    private static final int ALIGNMENT = 4096;

    private final Transmission transmission;
    private final int index;

    private Stage stage = Stage.FREE;
    private int command;
    private int flags;
    private long cookie;
    private long offset;
    private long length;
    private boolean isFlushing;
    private ByteBuf memory;
    private ByteBuffer data;
    private int dataIndex;
    private int heldLength;

    /** Left by the export's thread; the queue that brings the request back orders it. */
    private IoStatus status;

    NbdRequest(Transmission transmission, int index) {
        this.transmission = transmission;
        this.index = index;
    }

    /** Take over what a header says. */
    void prepare(ByteBuf header) {
        command = RequestDescriptor.command(header);
        flags = RequestDescriptor.flags(header);
        cookie = RequestDescriptor.cookie(header);
        offset = RequestDescriptor.offset(header);
        length = RequestDescriptor.length(header);
        isFlushing = false;
        heldLength = 0;
        status = null;
    }

    int index() {
        return index;
    }

    Stage stage() {
        return stage;
    }

    void stage(Stage value) {
        stage = value;
    }

    int command() {
        return command;
    }

    long cookie() {
        return cookie;
    }

    long offset() {
        return offset;
    }

    /** In bytes. */
    long length() {
        return length;
    }

    int flags() {
        return flags;
    }

    boolean forceUnitAccess() {
        return (flags & RequestDescriptor.FLAG_FUA) != 0;
    }

    /** Whether the range is done, and is now being made durable. */
    boolean isFlushing() {
        return isFlushing;
    }

    void startFlushing() {
        isFlushing = true;
    }

    IoStatus status() {
        return status;
    }

    void status(IoStatus value) {
        status = value;
    }

    /** Whether the request carries bytes, one way or the other. */
    boolean hasPayload() {
        return command == RequestDescriptor.READ || command == RequestDescriptor.WRITE;
    }

    /**
     * Take memory for the payload, placed so that devices can move bytes to and from it directly, with room for the answer's
     * header in front.
     */
    void allocate(ByteBufAllocator allocator) {
        int capacity = ReplyDescriptor.HEADER_LENGTH + ALIGNMENT - 1 + (int) length;
        memory = allocator.directBuffer(capacity, capacity);
        dataIndex = ReplyDescriptor.HEADER_LENGTH;
        if (memory.hasMemoryAddress()) {
            dataIndex += (int) (-(memory.memoryAddress() + dataIndex) & (ALIGNMENT - 1));
        }
        data = memory.nioBuffer(dataIndex, (int) length);
        heldLength = (int) length;
        memory.setIndex(dataIndex, dataIndex);
    }

    /** Bytes of the window that the request takes up until its place is free again. */
    int held() {
        return heldLength;
    }

    /** The payload, for the export. */
    ByteBuffer data() {
        return data;
    }

    /** Take as much of the payload as there is. Returns whether all of it is here. */
    boolean receive(ByteBuf in) {
        int missing = dataIndex + (int) length - memory.writerIndex();
        memory.writeBytes(in, Math.min(missing, in.readableBytes()));
        return memory.writerIndex() == dataIndex + (int) length;
    }

    /** Turn the payload into an answer that carries it. Its memory is the caller's from now on. */
    ByteBuf takeAnswer() {
        ByteBuf answer = memory;
        memory = null;
        data = null;
        int start = dataIndex - ReplyDescriptor.HEADER_LENGTH;
        answer.setIndex(start, start);
        ReplyDescriptor.put(answer, ReplyDescriptor.OK, cookie);
        answer.writerIndex(dataIndex + (int) length);
        return answer;
    }

    /** Give the payload's memory back, if there is any. */
    void releaseMemory() {
        if (memory != null) {
            memory.release();
            memory = null;
            data = null;
        }
    }

    /** The answer has left, or never will. */
    @Override
    public void operationComplete(ChannelFuture future) {
        transmission.onAnswerGone(this);
    }
}
