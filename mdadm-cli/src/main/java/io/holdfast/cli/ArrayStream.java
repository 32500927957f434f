package io.holdfast.cli;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.raid.ArrayException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/** Moves a long run of bytes into or out of an array, a few pieces in flight at a time, in order. */
final class ArrayStream {
    /** Bytes of a piece: enough to hold whole stripes of every usual shape. */
    static final int PIECE_LENGTH = 1 << 20;

    private static final int PIECE_COUNT = 16;

    /** Where bytes come from. */
    interface Source {
        /**
         * Fill a buffer as far as there are bytes.
         *
         * @param target empty; left full except at the end.
         */
        void fill(ByteBuffer target) throws IOException;
    }

    /** Where bytes go to. */
    interface Sink {
        /**
         * Take all bytes of a buffer.
         *
         * @param source of the bytes.
         * @param offset of the first in the run.
         */
        void take(ByteBuffer source, long offset) throws IOException;
    }

    private final ByteStore array;
    private final ByteBuffer[] buffers = new ByteBuffer[PIECE_COUNT];
    private final CompletableFuture<?>[] answers = new CompletableFuture<?>[PIECE_COUNT];
    private final BooleanSupplier isStopRequested;
    private final LongConsumer progress;

    /**
     * Prepare.
     *
     * @param array           running.
     * @param isStopRequested asked before each piece.
     * @param progress        told how many bytes, from the first on, have been dealt with.
     */
    ArrayStream(ByteStore array, BooleanSupplier isStopRequested, LongConsumer progress) {
        this.array = array;
        this.isStopRequested = isStopRequested;
        this.progress = progress;
        BufferSlab slab = new BufferSlab(PIECE_COUNT * PIECE_LENGTH);
        for (int i = 0; i < PIECE_COUNT; i++) {
            var part = slab.carve(PIECE_LENGTH);
            int start = part.wrapAdjustment();
            buffers[i] = part.byteBuffer()
                    .duplicate()
                    .limit(start + PIECE_LENGTH)
                    .position(start)
                    .slice();
        }
    }

    /**
     * Write from the start offset on, until the source ends, the limit is reached or a stop is requested. Every byte counted
     * has been answered by the array.
     *
     * @param source of the bytes.
     * @param start  in the array, in bytes.
     * @param limit  in the array, in bytes: nothing is written from there on.
     * @return bytes answered.
     * @throws IOException    when the source fails.
     * @throws ArrayException when the array does.
     */
    long write(Source source, long start, long limit) throws IOException {
        long offset = start;
        long answered = start;
        int first = 0;
        int inFlight = 0;
        boolean isAtEnd = false;
        try {
            while (!isAtEnd || inFlight > 0) {
                if (isAtEnd || inFlight == PIECE_COUNT) {
                    answered += await(first);
                    progress.accept(answered - start);
                    first = (first + 1) % PIECE_COUNT;
                    inFlight--;
                    continue;
                }
                int index = (first + inFlight) % PIECE_COUNT;
                ByteBuffer buffer = buffers[index];
                buffer.clear().limit((int) Math.min(PIECE_LENGTH, limit - offset));
                if (buffer.hasRemaining() && !isStopRequested.getAsBoolean()) {
                    source.fill(buffer);
                    isAtEnd = buffer.hasRemaining();
                    buffer.flip();
                } else {
                    isAtEnd = true;
                    buffer.limit(0);
                }
                if (buffer.hasRemaining()) {
                    answers[index] = array.writeAsync(buffer, offset);
                    offset += buffer.remaining();
                    inFlight++;
                }
            }
        } finally {
            drain();
        }
        return answered - start;
    }

    /**
     * Read from the start of the array, until the length is reached or a stop is requested.
     *
     * @param sink   for the bytes, in order.
     * @param length in bytes.
     * @return bytes delivered.
     * @throws IOException    when the sink fails.
     * @throws ArrayException when the array does.
     */
    long read(Sink sink, long length) throws IOException {
        long offset = 0;
        long delivered = 0;
        int first = 0;
        int inFlight = 0;
        try {
            while (delivered < length) {
                while (inFlight < PIECE_COUNT && offset < length && !isStopRequested.getAsBoolean()) {
                    int index = (first + inFlight) % PIECE_COUNT;
                    buffers[index].clear().limit((int) Math.min(PIECE_LENGTH, length - offset));
                    answers[index] = array.readAsync(buffers[index], offset);
                    offset += buffers[index].remaining();
                    inFlight++;
                }
                if (inFlight == 0) {
                    break;
                }
                int count = await(first);
                sink.take(buffers[first].duplicate(), delivered);
                delivered += count;
                progress.accept(delivered);
                first = (first + 1) % PIECE_COUNT;
                inFlight--;
            }
        } finally {
            drain();
        }
        return delivered;
    }

    /** Wait for a piece; returns its length. */
    private int await(int index) {
        CompletableFuture<?> answer = answers[index];
        answers[index] = null;
        try {
            answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ArrayException cause) {
                throw cause;
            }
            if (e.getCause() instanceof DeviceException cause) {
                throw cause;
            }
            throw e;
        }
        return buffers[index].remaining();
    }

    /** The buffers are the array's until everything is answered, whatever has happened. */
    private void drain() {
        for (int i = 0; i < PIECE_COUNT; i++) {
            if (answers[i] != null) {
                answers[i].handle((nothing, error) -> null).join();
                answers[i] = null;
            }
        }
    }
}
