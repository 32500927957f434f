package io.holdfast.journal;

import io.holdfast.blockdev.DeviceGeometry;
import java.util.List;

/**
 * Appends to a log while nothing else runs: when a log is made, and at the end of a replay. Blocking; single-threaded.
 *
 * <p>The caller vouches for the room: what is appended must not reach the tail.
 */
public final class JournalAppender {
    private static final int BATCH_LENGTH = 1 << 20;

    private final JournalArea area;
    private final JournalChecksum checksum;
    private long position;
    private long sequence;

    /**
     * An appender.
     *
     * @param area     of the log.
     * @param position where the next meta block goes.
     * @param sequence number of the next meta block.
     */
    public JournalAppender(JournalArea area, long position, long sequence) {
        if (!area.isPosition(position)) {
            throw new IllegalArgumentException("no position of this log: position=" + position);
        }
        this.area = area;
        this.position = position;
        this.sequence = sequence;
        checksum = new JournalChecksum(area.uuid());
    }

    /** Where the next meta block goes. */
    public long position() {
        return position;
    }

    /** Number of the next meta block. */
    public long nextSequence() {
        return sequence;
    }

    /** Append a block that heads nothing. */
    public void appendEmptyBlock() {
        JournalBatch batch = newBatch();
        batch.addEmptyBlock();
        write(batch);
    }

    /**
     * Append transactions, in order. Nothing is durable before {@link #flush}.
     *
     * @param transactions need no listener.
     */
    public void append(List<JournalTransaction> transactions) {
        JournalBatch batch = newBatch();
        for (JournalTransaction transaction : transactions) {
            if (!batch.fits(transaction)) {
                write(batch);
                batch = newBatch();
            }
            batch.add(transaction);
        }
        write(batch);
    }

    /** Make durable what was appended. */
    public void flush() {
        area.device().flush();
    }

    private JournalBatch newBatch() {
        JournalBatch batch = new JournalBatch(area, checksum, new BlockLedger(area.lengthSectors(), 0), BATCH_LENGTH);
        batch.begin(position, sequence);
        return batch;
    }

    private void write(JournalBatch batch) {
        if (batch.isEmpty()) {
            return;
        }
        batch.closeBlock();
        int sectors = batch.length() / DeviceGeometry.SECTOR_LENGTH;
        int first = (int) Math.min(sectors, area.lengthSectors() - position);
        int firstLength = first * DeviceGeometry.SECTOR_LENGTH;
        area.device().write(area.deviceOffset(position), batch.buffer(), 0, firstLength);
        if (first < sectors) {
            area.device().write(area.deviceOffset(0), batch.buffer(), firstLength, batch.length() - firstLength);
        }
        position = area.advance(position, sectors);
        sequence = batch.nextSequence();
    }
}
