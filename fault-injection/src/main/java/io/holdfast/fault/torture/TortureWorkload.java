package io.holdfast.fault.torture;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.ArrayShape;
import io.holdfast.fault.ContentModel;
import io.holdfast.fault.Finding;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.layout.ArrayLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A caller of one array, from its start to its end: submits what it is told to, tells a {@link ContentModel} of it, and judges
 * every answer.
 */
final class TortureWorkload {
    private static final int MOST_IN_FLIGHT = 24;
    private static final int MOST_OVERLAP = 3;
    private static final int MOST_UNFLUSHED = 40;
    private static final int BLOCK_LENGTH = 4096;

    private final RaidArray array;
    private final ArrayShape shape;
    private final ContentModel model;
    private final Predicate<Finding> isExcused;
    private final BooleanSupplier mayFail;
    private final BooleanSupplier isLogged;
    private final List<String> findings = new ArrayList<>();
    private int inFlightCount;
    private int unflushedCount;
    private long answerCount;
    private long failureCount;

    /**
     * A caller.
     *
     * @param array     running.
     * @param shape     of it.
     * @param model     of what it holds.
     * @param isExcused tells what a read may show although the model knows nothing of it.
     * @param mayFail   tells whether requests may be answered with errors now.
     * @param isLogged  tells whether what is answered now is durable.
     */
    TortureWorkload(
            RaidArray array,
            ArrayShape shape,
            ContentModel model,
            Predicate<Finding> isExcused,
            BooleanSupplier mayFail,
            BooleanSupplier isLogged) {
        this.array = array;
        this.shape = shape;
        this.model = model;
        this.isExcused = isExcused;
        this.mayFail = mayFail;
        this.isLogged = isLogged;
    }

    int inFlightCount() {
        return inFlightCount;
    }

    long answerCount() {
        return answerCount;
    }

    /** Requests answered with an error that they may be answered with. */
    long failureCount() {
        return failureCount;
    }

    List<String> findings() {
        return findings;
    }

    /**
     * Submit a request, unless there are too many already.
     *
     * @return whether it was submitted.
     */
    boolean submit(Step step) {
        if (inFlightCount >= MOST_IN_FLIGHT) {
            return false;
        }
        switch (step.action()) {
            case FLUSH -> {
                return flush();
            }
            case READ -> {
                return read(step.offset() / model.unitLength() * model.unitLength(), step.length());
            }
            default -> {
                if (unflushedCount >= MOST_UNFLUSHED) {
                    // Whoever never flushes makes the model try every subset of what the crash may have taken.
                    return flush();
                }
                if (model.openOverlap(step.offset(), step.length()) >= MOST_OVERLAP) {
                    return false;
                }
                return change(step);
            }
        }
    }

    private boolean change(Step step) {
        long offset = step.offset();
        int length = step.length();
        boolean isForced = step.action() == Step.Action.FUA;
        List<Long> ids = new ArrayList<>();
        switch (step.action()) {
            case WRITE, FUA -> {
                ByteBuffer bytes = memory(length);
                ids.add(model.beginWrite(offset, new UnsafeBuffer(bytes), 0, length));
                admitted(array.write(
                        bytes, offset, isForced, (token, status) -> endWrites("write", ids, status, isForced), 0));
            }
            case ZERO -> {
                ids.add(model.beginZeroes(offset, length));
                admitted(array.writeZeroes(
                        offset, length, (token, status) -> endWrites("write of zeroes", ids, status, isForced), 0));
            }
            case DISCARD -> {
                beginDiscard(offset, length, ids);
                admitted(array.discard(
                        offset, length, (token, status) -> endWrites("discard", ids, status, isForced), 0));
            }
            default -> throw new IllegalArgumentException("changes nothing: " + step);
        }
        unflushedCount += isForced || isLogged.getAsBoolean() ? 0 : 1;
        return true;
    }

    /** A discard zeroes what it covers in every data slot of a row, in whole blocks, and leaves the rest alone. */
    private void beginDiscard(long offset, int length, List<Long> ids) {
        ArrayLayout layout = shape.layout();
        long end = offset + length;
        int chunk = layout.chunkLength();
        for (long row = layout.row(offset); row <= layout.row(end - 1); row++) {
            long first = 0;
            long last = chunk;
            long rowOffset = row * layout.dataCount() * chunk;
            for (int index = 0; index < layout.dataCount(); index++) {
                long start = rowOffset + (long) index * chunk;
                first = Math.max(first, offset - start);
                last = Math.min(last, end - start);
            }
            first = (first + BLOCK_LENGTH - 1) / BLOCK_LENGTH * BLOCK_LENGTH;
            last = last / BLOCK_LENGTH * BLOCK_LENGTH;
            for (int index = 0; index < layout.dataCount() && first < last; index++) {
                ids.add(model.beginZeroes(rowOffset + (long) index * chunk + first, (int) (last - first)));
            }
        }
    }

    private void endWrites(String what, List<Long> ids, IoStatus status, boolean isForced) {
        if (answered(what, status)) {
            boolean isDurable = isForced || isLogged.getAsBoolean();
            ids.forEach(id -> model.endWrite(id, isDurable));
        }
    }

    private boolean flush() {
        long flush = model.beginFlush();
        int covered = unflushedCount;
        admitted(array.flush(
                (token, status) -> {
                    if (answered("flush", status)) {
                        model.endFlush(flush);
                        unflushedCount = Math.max(0, unflushedCount - covered);
                    }
                },
                0));
        return true;
    }

    private boolean read(long offset, int wanted) {
        int length = (int) Math.min(wanted, array.length() - offset);
        int count = length / model.unitLength() * model.unitLength();
        if (count == 0) {
            return false;
        }
        ByteBuffer bytes = memory(count);
        long read = model.beginRead();
        admitted(array.read(
                bytes,
                offset,
                (token, status) -> {
                    if (!answered("read", status)) {
                        model.abandonRead(read);
                        return;
                    }
                    for (Finding finding : model.checkRead(read, offset, new UnsafeBuffer(bytes), 0, count)) {
                        if (!isExcused.test(finding)) {
                            findings.add("while it ran: " + finding);
                        }
                    }
                },
                0));
        return true;
    }

    private void admitted(boolean admitted) {
        if (!admitted) {
            throw new IllegalStateException("refused although there is room: inFlightCount=" + inFlightCount);
        }
        inFlightCount++;
    }

    private boolean answered(String what, IoStatus status) {
        inFlightCount--;
        answerCount++;
        if (status == IoStatus.OK) {
            return true;
        }
        failureCount++;
        if (!mayFail.getAsBoolean()) {
            findings.add("failed with no fault to blame: " + what + " status=" + status + " state=" + array.state());
        }
        return false;
    }

    private static ByteBuffer memory(int length) {
        // Some callers bring direct, aligned memory, as an NBD server would.
        return BufferSlab.allocate(length).byteBuffer().slice(0, length);
    }
}
