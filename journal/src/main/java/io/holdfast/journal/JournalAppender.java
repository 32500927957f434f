package io.holdfast.journal;

import io.holdfast.blockdev.DeviceGeometry;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

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

    /**
     * A block that heads nothing, in memory.
     *
     * @param area     of the log.
     * @param position of the block.
     * @param sequence its number.
     * @return its 4096 bytes.
     */
    public static UnsafeBuffer emptyBlock(JournalArea area, long position, long sequence) {
        JournalChecksum checksum = new JournalChecksum(area.uuid());
        JournalBatch batch = newBatch(area, checksum, position, sequence, MetaBlockDescriptor.LENGTH);
        batch.addEmptyBlock();
        batch.closeBlock();
        return batch.buffer();
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
     * Append transactions, in order. Nothing is known to be durable before {@link #flush}.
     *
     * <p>No more than one batch is in flight at a time: behind the end of a log that was cut short there is never anything
     * that a look ahead as long as {@link JournalScanner#LOOK_AHEAD_SECTORS} does not find.
     *
     * @param transactions need no listener.
     */
    public void append(List<JournalTransaction> transactions) {
        JournalBatch batch = newBatch();
        for (JournalTransaction transaction : transactions) {
            JournalBatch.check(transaction);
            if (!batch.fits(transaction)) {
                write(batch);
                flush();
                batch = newBatch();
            }
            batch.add(transaction);
        }
        write(batch);
    }

    /**
     * Make unusable, durably, what a writer that died left in flight behind the end of the log, so that the log can go on
     * there with the very next number.
     *
     * <p>Consider a batch of the blocks 8, 9 and 10 of which 8 was torn by a power failure:
     * 1. The log ends before 8. Something else is appended there, as block 8, and is as long as the first 8 was.
     * 2. The power fails again. The new block 8 is found valid, and behind it, at the right place and with the right
     *    number, lie the old 9 and 10: records of writes that nobody was ever answered, made before what 8 says.
     * Replayed after 8, they would undo it.
     *
     * @param sectors from the position on; a multiple of 8 that does not reach the tail.
     */
    public void clearAhead(long sectors) {
        long first = Math.min(sectors, area.lengthSectors() - position);
        area.device().writeZeroes(area.deviceOffset(position), first * DeviceGeometry.SECTOR_LENGTH);
        if (first < sectors) {
            area.device().writeZeroes(area.deviceOffset(0), (sectors - first) * DeviceGeometry.SECTOR_LENGTH);
        }
        flush();
    }

    /** Make durable what was appended. */
    public void flush() {
        area.device().flush();
    }

    private JournalBatch newBatch() {
        return newBatch(area, checksum, position, sequence, BATCH_LENGTH);
    }

    private static JournalBatch newBatch(
            JournalArea area, JournalChecksum checksum, long position, long sequence, int capacity) {
        // Nobody retires what is appended here; the ledger only numbers the blocks of one batch.
        BlockLedger ledger = new BlockLedger(2L * capacity / DeviceGeometry.SECTOR_LENGTH, 0);
        JournalBatch batch = new JournalBatch(area, checksum, ledger, capacity);
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
