package io.holdfast.fault;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.RaidArray;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A caller with a few requests in flight: writes of every size and alignment, zeroes, flushes, and reads that are judged as
 * they return. Everything is told to a {@link ContentModel}.
 */
final class ArrayWorkload {
    private static final int MOST_IN_FLIGHT = 24;
    private static final int MOST_OVERLAP = 3;
    private static final int BLOCK_LENGTH = 4096;

    private final RaidArray array;
    private final ArrayShape shape;
    private final ContentModel model;
    private final SplittableRandom random;
    private final List<String> findings = new ArrayList<>();
    private final long hotOffset;
    private int inFlightCount;
    private long answerCount;

    ArrayWorkload(RaidArray array, ArrayShape shape, ContentModel model, SplittableRandom random) {
        this.array = array;
        this.shape = shape;
        this.model = model;
        this.random = random;
        // Half of the requests meet in one place, so that windows are fought over and parity is updated again and
        // again.
        this.hotOffset = random.nextLong(array.length());
    }

    int inFlightCount() {
        return inFlightCount;
    }

    long answerCount() {
        return answerCount;
    }

    /** What went wrong while it ran. */
    List<String> findings() {
        return findings;
    }

    /** Submit one request, if there is room for it. */
    void submitOne() {
        if (inFlightCount >= MOST_IN_FLIGHT) {
            return;
        }
        switch (random.nextInt(12)) {
            case 0 -> flush();
            case 1, 2, 3 -> read();
            case 4 -> zero();
            default -> write();
        }
    }

    /** Submit a flush. */
    void flush() {
        long flush = model.beginFlush();
        admitted(array.flush(
                (token, status) -> {
                    if (answered("flush", status)) {
                        model.endFlush(flush);
                    }
                },
                0));
    }

    private void write() {
        int length = drawLength();
        long offset = drawOffset(length);
        if (model.openOverlap(offset, length) >= MOST_OVERLAP) {
            return;
        }
        boolean forceUnitAccess = random.nextInt(5) == 0;
        ByteBuffer bytes = memory(length);
        long id = model.beginWrite(offset, new UnsafeBuffer(bytes), 0, length);
        admitted(array.write(
                bytes,
                offset,
                forceUnitAccess,
                (token, status) -> {
                    if (answered("write " + id, status)) {
                        model.endWrite(id, forceUnitAccess || shape.isJournaled());
                    }
                },
                0));
    }

    private void zero() {
        int length = drawLength();
        long offset = drawOffset(length);
        if (model.openOverlap(offset, length) >= MOST_OVERLAP) {
            return;
        }
        long id = model.beginZeroes(offset, length);
        admitted(array.writeZeroes(
                offset,
                length,
                (token, status) -> {
                    if (answered("write of zeroes " + id, status)) {
                        model.endWrite(id, shape.isJournaled());
                    }
                },
                0));
    }

    private void read() {
        int unit = model.unitLength();
        int length = unit * (1 + random.nextInt(random.nextInt(4) == 0 ? 3 * shape.chunkLength() / unit : 4));
        length = (int) Math.min(length, array.length());
        long offset = drawOffset(length) / unit * unit;
        int count = length;
        ByteBuffer bytes = memory(count);
        long read = model.beginRead();
        admitted(array.read(
                bytes,
                offset,
                (token, status) -> {
                    if (answered("read", status)) {
                        for (Finding finding : model.checkRead(read, offset, new UnsafeBuffer(bytes), 0, count)) {
                            findings.add("while it ran: " + finding);
                        }
                    } else {
                        model.abandonRead(read);
                    }
                },
                0));
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
        if (status != IoStatus.OK) {
            findings.add("failed with no fault to blame: " + what + " status=" + status);
        }
        return status == IoStatus.OK;
    }

    private int drawLength() {
        int rowLength = shape.chunkLength() * shape.layout().dataCount();
        int length =
                switch (random.nextInt(6)) {
                    case 0 -> 1 + random.nextInt(BLOCK_LENGTH);
                    case 1 -> 512 * (1 + random.nextInt(16));
                    case 2 -> BLOCK_LENGTH;
                    case 3 -> BLOCK_LENGTH * (1 + random.nextInt(16));
                    case 4 -> rowLength;
                    default -> 1 + random.nextInt(2 * rowLength);
                };
        return (int) Math.min(Math.min(length, array.length()), 1 << 20);
    }

    private long drawOffset(int length) {
        long last = array.length() - length;
        long offset = random.nextBoolean()
                ? Math.min(last, Math.max(0, hotOffset - random.nextInt(4 * BLOCK_LENGTH)))
                : random.nextLong(last + 1);
        return switch (random.nextInt(4)) {
            case 0 -> offset;
            case 1 -> offset / 512 * 512;
            case 2 -> offset / shape.chunkLength() * shape.chunkLength();
            default -> offset / BLOCK_LENGTH * BLOCK_LENGTH;
        };
    }

    private static ByteBuffer memory(int length) {
        // Some callers bring direct, aligned memory, as an NBD server would.
        return BufferSlab.allocate(length).byteBuffer().slice(0, length);
    }
}
