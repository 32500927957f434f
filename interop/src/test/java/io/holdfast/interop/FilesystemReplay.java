package io.holdfast.interop;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.ArrayBench;
import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.Simulation;
import io.holdfast.interop.FilesystemTrace.Entry;
import io.holdfast.raid.IoCallback;
import io.holdfast.raid.RaidArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * A recorded filesystem living on a simulated array, and every moment at which a crash would be interesting.
 *
 * <p>Requests go to the array as the filesystem's went to its disk: several at a time, in the order of the trace, where
 * overlapping ones wait for each other, and a flush waits for the answers of all before it. The array is never stopped for a
 * crash; what devices hold is copied at the moment, and the array runs on.
 */
final class FilesystemReplay {
    private static final long STEP_LIMIT = 5_000_000;
    private static final long JOURNAL_LENGTH = 4 << 20;
    private static final int MAX_IN_FLIGHT = 8;
    private static final int LONGEST_WAIT_STEPS = 300;

    /** Where in the life of a request a crash comes. */
    enum Moment {
        /** Everything before a flush has been answered; the flush has not been asked for. */
        BEFORE_FLUSH,
        /** A flush is under way. */
        IN_FLUSH,
        /** A flush has been answered. */
        AFTER_FLUSH,
        /** A write is under way, forced or not. */
        IN_WRITE,
        /** A forced write has been answered. */
        AFTER_FORCED_WRITE
    }

    /** Is told of every moment. */
    interface Witness {
        /**
         * Look at a moment.
         *
         * @param moment its kind.
         * @param crash  makes the crash; cheap, and to be called at once or not at all.
         */
        void at(Moment moment, Crash crash) throws IOException;
    }

    /** Makes the crash of the present moment. */
    interface Crash {
        FilesystemCrash make();
    }

    private final FilesystemTrace trace;
    private final Simulation simulation;
    private final ArrayBench bench;
    private final RaidArray array;
    private final SplittableRandom random;
    private final boolean liesAboutFlushes;
    private final Deque<Request> free = new ArrayDeque<>();
    private final List<Request> inFlight = new ArrayList<>();
    private Witness witness;
    private int begunCount;

    private static final class Request implements IoCallback {
        private ByteBuffer buffer = ByteBuffer.allocateDirect(0);
        private long offset;
        private long length;
        private IoStatus status;

        @Override
        public void onComplete(long token, IoStatus outcome) {
            status = outcome;
        }

        boolean isDone() {
            return status != null;
        }
    }

    /**
     * Make an array for a trace.
     *
     * @param seed             of the simulation.
     * @param shape            of the array, as long as the trace's disk.
     * @param trace            to live through.
     * @param liesAboutFlushes whether flushes are answered and not passed on, which is how the judges are judged.
     */
    FilesystemReplay(long seed, ArrayShape shape, FilesystemTrace trace, boolean liesAboutFlushes) {
        this.trace = trace;
        this.liesAboutFlushes = liesAboutFlushes;
        simulation = new Simulation(seed);
        random = simulation.random().split();
        bench = new ArrayBench(simulation, shape, JOURNAL_LENGTH);
        if (bench.layout().arrayLength() != trace.length()) {
            throw new IllegalArgumentException(
                    "the array's length=" + bench.layout().arrayLength() + ", the trace's length=" + trace.length());
        }
        array = RaidArray.assemble(
                bench.context(new boolean[shape.memberCount()], UnaryOperator.<BlockDevice>identity()));
        for (int i = 0; i < MAX_IN_FLIGHT; i++) {
            free.add(new Request());
        }
    }

    /**
     * Live through the trace.
     *
     * @param watching told of every moment from when the filesystem is there.
     */
    void run(Witness watching) throws IOException {
        int first = trace.firstEntry();
        for (Entry entry : trace.entries()) {
            if (begunCount == first) {
                witness = watching;
            }
            begunCount++;
            if (entry.isFlush()) {
                drain();
                flush();
            }
            if (entry.isWrite()) {
                write(entry);
            }
        }
        drain();
        array.abandon();
        simulation.close();
    }

    private void flush() throws IOException {
        // Whoever asks for a flush has not begun what comes with it.
        begunCount--;
        look(Moment.BEFORE_FLUSH);
        if (!liesAboutFlushes) {
            Request request = free.remove();
            request.status = null;
            request.length = 0;
            inFlight.add(request);
            if (!array.flush(request, 0)) {
                throw new IllegalStateException("the array admits no flush");
            }
            letPass();
            look(Moment.IN_FLUSH);
            drain();
        }
        look(Moment.AFTER_FLUSH);
        begunCount++;
    }

    private void write(Entry entry) throws IOException {
        long end = entry.offset() + entry.bytes().length;
        await(() -> !free.isEmpty() && inFlight.stream().noneMatch(other -> overlaps(other, entry.offset(), end)));
        Request request = free.remove();
        if (request.buffer.capacity() < entry.bytes().length) {
            request.buffer = ByteBuffer.allocateDirect(entry.bytes().length);
        }
        request.buffer.clear().limit(entry.bytes().length);
        request.buffer.put(0, entry.bytes());
        request.offset = entry.offset();
        request.length = entry.bytes().length;
        request.status = null;
        inFlight.add(request);
        boolean isForced = entry.forceUnitAccess() && !liesAboutFlushes;
        if (!array.write(request.buffer, entry.offset(), isForced, request, 0)) {
            throw new IllegalStateException("the array admits no write");
        }
        letPass();
        look(Moment.IN_WRITE);
        if (entry.forceUnitAccess()) {
            await(request::isDone);
            look(Moment.AFTER_FORCED_WRITE);
        }
    }

    private static boolean overlaps(Request request, long offset, long end) {
        return request.offset < end && offset < request.offset + request.length;
    }

    private void look(Moment moment) throws IOException {
        if (witness != null) {
            witness.at(moment, () -> FilesystemCrash.of(begunCount, bench));
        }
    }

    private void letPass() {
        if (witness != null) {
            for (int i = random.nextInt(LONGEST_WAIT_STEPS); i > 0; i--) {
                simulation.step();
            }
        }
        reap();
    }

    private void drain() {
        await(inFlight::isEmpty);
    }

    private void await(BooleanSupplier isDone) {
        boolean came = simulation.runUntil(
                () -> {
                    reap();
                    return isDone.getAsBoolean();
                },
                STEP_LIMIT);
        if (!came) {
            throw new IllegalStateException("the power went off by itself");
        }
    }

    private void reap() {
        for (int i = inFlight.size() - 1; i >= 0; i--) {
            Request request = inFlight.get(i);
            if (request.isDone()) {
                if (request.status != IoStatus.OK) {
                    throw new AssertionError("a request ended with " + request.status);
                }
                inFlight.remove(i);
                free.add(request);
            }
        }
    }
}
