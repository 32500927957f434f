package io.holdfast.nbd;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.IoCallback;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * The second phase: requests in, answers out, in whatever order they are ready.
 *
 * <p><b>The window.</b> A request holds one of a fixed number of places from its header until its answer has left the
 * process, and a read or write holds its payload's length of a fixed number of bytes as well. When either runs out the
 * socket is not read: so a client that sends without end, or never takes its answers, costs no more than its window. One
 * write at most is being received.
 *
 * <p><b>Threads.</b> Everything runs on the connection's event loop but {@link #onComplete}, which the export calls on
 * threads of its own. It leaves the request in a queue and wakes the event loop if nobody has yet, so that a burst of
 * completions is answered with one pass and one flush of the socket.
 *
 * <p><b>A refusing export.</b> A request that the export has no room for is kept, nothing more is read, and it is offered
 * again when another request of this connection is done; where none is under way, others have taken all the room, and
 * it is offered again a moment later.
 */
final class Transmission implements Phase, IoCallback {
    private enum State {
        HEADER,
        ADMISSION,
        PAYLOAD,
        SKIPPING,
        OVER
    }

    private final NbdConnection connection;
    private final NbdExport export;
    private final RequestCheck check;
    private final NbdRequest[] requests;
    private final ArrayDeque<NbdRequest> free;
    private final ArrayDeque<NbdRequest> refused;
    private final ManyToOneConcurrentArrayQueue<NbdRequest> completed;
    private final AtomicBoolean isCollecting = new AtomicBoolean();
    private final Runnable collecting = this::collect;
    private final Gather header = new Gather(RequestDescriptor.HEADER_LENGTH);

    private State state = State.HEADER;
    private NbdRequest receiving;
    private int skippedError;
    private long skipLength;
    private long windowLeft;
    private int inFlightCount;
    private boolean isRetryDue;
    private boolean isClientGone;

    /**
     * Begin.
     *
     * @param connection   answered on.
     * @param export       that was chosen.
     * @param requestLimit places for requests.
     * @param windowLength bytes of payload; at least {@link RequestDescriptor#PAYLOAD_LENGTH_LIMIT}.
     */
    Transmission(NbdConnection connection, NbdExport export, int requestLimit, long windowLength) {
        this.connection = connection;
        this.export = export;
        check = new RequestCheck(export);
        requests = new NbdRequest[requestLimit];
        free = new ArrayDeque<>(requestLimit);
        refused = new ArrayDeque<>(requestLimit);
        completed = new ManyToOneConcurrentArrayQueue<>(Math.max(2, requestLimit));
        for (int i = 0; i < requestLimit; i++) {
            requests[i] = new NbdRequest(this, i);
            free.add(requests[i]);
        }
        windowLeft = windowLength;
        header.expect(RequestDescriptor.HEADER_LENGTH);
    }

    /** What a client is told of an export. */
    static int flags(NbdExport export) {
        int flags = RequestDescriptor.EXPORT_HAS_FLAGS
                | RequestDescriptor.EXPORT_FLUSH
                | RequestDescriptor.EXPORT_FUA
                | RequestDescriptor.EXPORT_MULTI_CONNECTION;
        return export.readOnly()
                ? flags | RequestDescriptor.EXPORT_READ_ONLY
                : flags | RequestDescriptor.EXPORT_TRIM | RequestDescriptor.EXPORT_WRITE_ZEROES;
    }

    // ---- from the client ----

    @Override
    public boolean read(ByteBuf in) {
        switch (state) {
            case HEADER -> {
                return !header.fill(in) || onHeader();
            }
            case ADMISSION -> {
                return admit();
            }
            case PAYLOAD -> {
                if (receiving.receive(in)) {
                    NbdRequest request = receiving;
                    receiving = null;
                    expectHeader();
                    start(request);
                }
            }
            case SKIPPING -> {
                int part = (int) Math.min(skipLength, in.readableBytes());
                in.skipBytes(part);
                skipLength -= part;
                if (skipLength == 0) {
                    NbdRequest request = receiving;
                    receiving = null;
                    expectHeader();
                    answer(request, skippedError);
                }
            }
            case OVER -> in.skipBytes(in.readableBytes());
        }
        return true;
    }

    private void expectHeader() {
        state = State.HEADER;
        header.expect(RequestDescriptor.HEADER_LENGTH);
    }

    private boolean onHeader() {
        if (!RequestDescriptor.isMagic(header.bytes())) {
            state = State.OVER;
            connection.drop("a request that does not begin as one");
            return true;
        }
        if (RequestDescriptor.command(header.bytes()) == RequestDescriptor.DISCONNECT) {
            state = State.OVER;
            closeIfIdle();
            return true;
        }
        state = State.ADMISSION;
        return admit();
    }

    /** Give the request whose header is here its place. Returns false when there is none now. */
    private boolean admit() {
        if (free.isEmpty() || !refused.isEmpty()) {
            return false;
        }
        NbdRequest request = free.peekLast();
        request.prepare(header.bytes());
        int error = check.error(request);
        long payload = error == ReplyDescriptor.OK && request.hasPayload() ? request.length() : 0;
        if (payload > windowLeft) {
            return false;
        }
        free.pollLast();
        if (payload > 0) {
            error = allocate(request);
        }
        request.stage(NbdRequest.Stage.RECEIVING);
        if (request.command() == RequestDescriptor.WRITE && request.length() > 0) {
            receiving = request;
            skippedError = error;
            skipLength = request.length();
            state = error == ReplyDescriptor.OK ? State.PAYLOAD : State.SKIPPING;
            return true;
        }
        expectHeader();
        if (error != ReplyDescriptor.OK) {
            answer(request, error);
        } else if (request.length() == 0 && request.command() != RequestDescriptor.FLUSH) {
            answer(request, ReplyDescriptor.OK);
        } else {
            start(request);
        }
        return true;
    }

    private int allocate(NbdRequest request) {
        try {
            request.allocate(connection.allocator());
            windowLeft -= request.held();
            return ReplyDescriptor.OK;
        } catch (OutOfMemoryError full) {
            return ReplyDescriptor.ENOMEM;
        }
    }

    // ---- to the export ----

    private void start(NbdRequest request) {
        try {
            if (submit(request)) {
                request.stage(NbdRequest.Stage.IN_FLIGHT);
                inFlightCount++;
            } else {
                request.stage(NbdRequest.Stage.REFUSED);
                refused.add(request);
                retryLaterIfAlone();
            }
        } catch (ExportStoppedException stopped) {
            answer(request, ReplyDescriptor.ESHUTDOWN);
        } catch (RuntimeException bug) {
            connection.report(bug);
            answer(request, ReplyDescriptor.EIO);
        }
    }

    private boolean submit(NbdRequest request) {
        long token = request.index();
        if (request.isFlushing()) {
            return export.flush(this, token);
        }
        return switch (request.command()) {
            case RequestDescriptor.READ -> export.read(request.data(), request.offset(), this, token);
            case RequestDescriptor.WRITE ->
                export.write(request.data(), request.offset(), request.forceUnitAccess(), this, token);
            case RequestDescriptor.FLUSH -> export.flush(this, token);
            case RequestDescriptor.TRIM -> export.trim(request.offset(), request.length(), this, token);
            case RequestDescriptor.WRITE_ZEROES -> export.writeZeroes(request.offset(), request.length(), this, token);
            default -> throw new IllegalStateException("a command got past its check: command=" + request.command());
        };
    }

    private void retryLaterIfAlone() {
        if (inFlightCount == 0 && !isRetryDue) {
            isRetryDue = true;
            connection.executeSoon(() -> {
                isRetryDue = false;
                retryRefused();
                connection.resume();
            });
        }
    }

    private void retryRefused() {
        for (int count = refused.size(); count > 0; count--) {
            start(refused.pollFirst());
        }
    }

    // ---- from the export ----

    @Override
    public void onComplete(long token, IoStatus status) {
        NbdRequest request = requests[(int) token];
        request.status(status);
        if (!completed.offer(request)) {
            throw new IllegalStateException("export answered more than it was asked: name=" + export.name());
        }
        if (isCollecting.compareAndSet(false, true)) {
            connection.execute(collecting);
        }
    }

    private void collect() {
        // Reset before the queue is looked at: what is added after the look brings its own wake-up.
        isCollecting.set(false);
        NbdRequest request;
        while ((request = completed.poll()) != null) {
            if (request.stage() != NbdRequest.Stage.IN_FLIGHT) {
                throw new IllegalStateException("export answered a request twice: name=" + export.name());
            }
            inFlightCount--;
            onOutcome(request);
        }
        retryRefused();
        connection.resume();
    }

    private void onOutcome(NbdRequest request) {
        if (isClientGone) {
            free(request);
        } else if (request.status() == IoStatus.OK && mustFlush(request)) {
            request.startFlushing();
            start(request);
        } else {
            answer(request, ReplyDescriptor.error(request.status()));
        }
    }

    private static boolean mustFlush(NbdRequest request) {
        return request.forceUnitAccess()
                && !request.isFlushing()
                && (request.command() == RequestDescriptor.TRIM || request.command() == RequestDescriptor.WRITE_ZEROES);
    }

    // ---- to the client ----

    private void answer(NbdRequest request, int error) {
        request.stage(NbdRequest.Stage.ANSWERED);
        ByteBuf answer;
        if (error == ReplyDescriptor.OK && request.command() == RequestDescriptor.READ && request.data() != null) {
            answer = request.takeAnswer();
        } else {
            request.releaseMemory();
            answer = connection.newBuffer(ReplyDescriptor.HEADER_LENGTH);
            ReplyDescriptor.put(answer, error, request.cookie());
        }
        connection.write(answer, request);
    }

    /** An answer has left, or the client has: its place is free. */
    void onAnswerGone(NbdRequest request) {
        free(request);
        connection.resume();
    }

    private void free(NbdRequest request) {
        windowLeft += request.held();
        request.releaseMemory();
        request.stage(NbdRequest.Stage.FREE);
        free.addLast(request);
        closeIfIdle();
    }

    // ---- the end ----

    private void closeIfIdle() {
        if (state == State.OVER && isAtRest()) {
            connection.closeWhenWritten();
        }
    }

    @Override
    public void shutDown() {
        state = State.OVER;
        dropReceiving();
        while (!refused.isEmpty()) {
            answer(refused.pollFirst(), ReplyDescriptor.ESHUTDOWN);
        }
        closeIfIdle();
    }

    @Override
    public void abandon() {
        state = State.OVER;
        isClientGone = true;
        dropReceiving();
        while (!refused.isEmpty()) {
            free(refused.pollFirst());
        }
    }

    /** A write whose payload never came in full was never begun. */
    private void dropReceiving() {
        if (receiving != null) {
            NbdRequest request = receiving;
            receiving = null;
            free(request);
        }
    }

    @Override
    public boolean isAtRest() {
        return free.size() == requests.length;
    }
}
