package io.holdfast.journal;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.RingBuffer;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import java.util.ArrayDeque;
import org.agrona.concurrent.Agent;

/**
 * Appends transactions to the log, many in one device write.
 *
 * <p>Producers publish to a ring; this agent takes all that piled up while the last write and flush were under way, lays it
 * out as one run of blocks, writes that run (in two parts where the log wraps), flushes the device once, and then tells
 * every owner. One batch is in flight at a time, so batches become durable in order and the log never has a hole: a later
 * transaction cannot be durable while an earlier one is not.
 *
 * <p>Space is given back in two steps. {@link #retire} says that a transaction's pages are on the members; the tail may
 * move over it only after the members' caches are flushed and the new tail is recorded, which is the owner's part:
 * {@link #reclaimablePosition}, then {@link #tailMoved}. While there is no space, appends wait.
 *
 * <p>After an I/O error the journal is failed for good: nobody knows what of the last batch is in the log, so nothing may
 * be put behind it.
 */
public final class JournalWriter implements Agent {
    private static final int MAX_BATCH_LENGTH = 4 * 1024 * 1024;

    /** The slot of the ring. */
    private static final class Append {
        JournalTransaction transaction;
    }

    private enum State {
        IDLE,
        WRITING,
        FLUSHING
    }

    private final JournalArea area;
    private final IoLoop loop;
    private final JournalBatch batch;
    private final BlockLedger ledger;
    private final RingBuffer<Append> ring;
    private final EventPoller<Append> poller;
    private final EventPoller.Handler<Append> packer = this::onAppend;
    private final IoCompletionHandler completion = this::onCompletion;
    private final ArrayDeque<JournalTransaction> inBatch;

    private IoChannel channel;
    private State state = State.IDLE;
    private int pending;
    private long head;
    private long sequence;
    private long durableEnd;
    private JournalTransaction carried;
    private boolean starved;
    private boolean lastBlockEmpty = true;
    private IoStatus failure = IoStatus.OK;
    private volatile boolean failed;

    /**
     * A writer that goes on behind an empty meta block.
     *
     * @param area         of the log.
     * @param loop         that will run it.
     * @param tailPosition of the empty meta block that the recorded tail designates.
     * @param tailSequence its sequence number.
     * @param ringSize     appends that can wait; a power of two.
     */
    public JournalWriter(JournalArea area, IoLoop loop, long tailPosition, long tailSequence, int ringSize) {
        this.area = area;
        this.loop = loop;
        ledger = new BlockLedger(area.lengthSectors(), tailPosition);
        durableEnd = ledger.nextOrdinal();
        int capacity = (int) Math.min(MAX_BATCH_LENGTH, area.lengthSectors() / 2 * DeviceGeometry.SECTOR_LENGTH);
        capacity -= capacity % MetaBlockDescriptor.LENGTH;
        batch = new JournalBatch(area, new JournalChecksum(area.uuid()), ledger, capacity);
        head = area.advance(tailPosition, MetaBlockDescriptor.LENGTH_SECTORS);
        sequence = tailSequence + 1;
        ring = RingBuffer.createMultiProducer(Append::new, ringSize);
        poller = ring.newPoller();
        ring.addGatingSequences(poller.getSequence());
        inBatch = new ArrayDeque<>(ringSize + 1);
    }

    @Override
    public String roleName() {
        return "journal";
    }

    @Override
    public void onStart() {
        channel = area.device().openChannel(loop, 4);
    }

    @Override
    public void onClose() {
        channel.close();
    }

    // ---- from any thread ----

    /**
     * Append, if there is room to wait.
     *
     * @param transaction whose listener is told the outcome.
     * @return false when the ring is full: try again later.
     */
    public boolean tryAppend(JournalTransaction transaction) {
        long claimed;
        if (!ring.hasAvailableCapacity(1)) {
            return false;
        }
        try {
            claimed = ring.tryNext();
        } catch (com.lmax.disruptor.InsufficientCapacityException e) {
            return false;
        }
        ring.get(claimed).transaction = transaction;
        ring.publish(claimed);
        loop.wake();
        return true;
    }

    /**
     * Say that all pages of a durable transaction have been written to the members, or will never be.
     *
     * @param transaction may be used again at once.
     */
    public void retire(JournalTransaction transaction) {
        ledger.retire(transaction.firstBlock, transaction.lastBlock);
    }

    /** Whether an I/O error has ended this journal's life. */
    public boolean isFailed() {
        return failed;
    }

    /** The most bytes that a transaction may take in the log. */
    public long maxTransactionLength() {
        return batch.buffer().capacity();
    }

    // ---- on the journal's thread ----

    /** Where the tail may move to, once the members are flushed. A meta block begins there. */
    public long reclaimablePosition() {
        ledger.advance(durableEnd);
        return ledger.finishedPosition();
    }

    /** Sectors that moving the tail would free. */
    public long reclaimableSectors() {
        return area.distance(ledger.tailPosition(), reclaimablePosition());
    }

    /** Whether the tail should be moved: appends wait for space, or a quarter of the log could be freed. */
    public boolean spaceWanted() {
        long reclaimable = reclaimableSectors();
        return reclaimable > 0 && (starved || reclaimable > area.lengthSectors() / 4);
    }

    /**
     * The tail was moved: durably recorded, after the members were flushed.
     *
     * @param position that {@link #reclaimablePosition} gave.
     */
    public void tailMoved(long position) {
        ledger.moveTail(position);
        loop.wake();
    }

    /**
     * Leave the next start nothing to replay: once everything is at rest, append an empty block for the tail to designate.
     *
     * @return whether that block is durable, or was not needed; call again until it is.
     */
    public boolean closeClean() {
        if (failed) {
            return true;
        }
        if (state != State.IDLE || carried != null || ring.remainingCapacity() != ring.getBufferSize()) {
            return false;
        }
        ledger.advance(durableEnd);
        if (!ledger.isAtRest()) {
            return false;
        }
        if (lastBlockEmpty) {
            return true;
        }
        if (freeSectors() <= MetaBlockDescriptor.LENGTH_SECTORS) {
            starved = true;
            return false;
        }
        batch.begin(head, sequence);
        batch.addEmptyBlock();
        lastBlockEmpty = true;
        write();
        return false;
    }

    @Override
    public int doWork() throws Exception {
        int work = channel.outstanding() > 0 ? channel.poll(completion) : 0;
        if (failed) {
            return work + failWaiting();
        }
        if (state == State.IDLE) {
            work += startBatch();
        }
        return work;
    }

    private int startBatch() throws Exception {
        if (carried == null && ring.remainingCapacity() == ring.getBufferSize()) {
            return 0;
        }
        batch.begin(head, sequence);
        starved = false;
        if (carried != null) {
            JournalTransaction first = carried;
            carried = null;
            if (!pack(first)) {
                return 0;
            }
        }
        poller.poll(packer);
        if (batch.isEmpty()) {
            return 0;
        }
        lastBlockEmpty = false;
        write();
        return 1;
    }

    private boolean onAppend(Append append, long ringSequence, boolean endOfBatch) {
        JournalTransaction transaction = append.transaction;
        append.transaction = null;
        return pack(transaction);
    }

    private boolean pack(JournalTransaction transaction) {
        long most = JournalBatch.mostBytes(transaction);
        if (most > maxTransactionLength()) {
            throw new IllegalArgumentException(
                    "a transaction that the log can never hold: length=" + most + " largest=" + maxTransactionLength());
        }
        // Strictly less than what is free: a log filled to the brim would look empty. One block stays for closeClean.
        boolean space = (batch.length() + most) / DeviceGeometry.SECTOR_LENGTH
                < freeSectors() - MetaBlockDescriptor.LENGTH_SECTORS;
        if (!space || !batch.fits(transaction) || ledger.isFull()) {
            carried = transaction;
            starved |= batch.isEmpty();
            return false;
        }
        batch.add(transaction);
        inBatch.add(transaction);
        return true;
    }

    private long freeSectors() {
        return area.lengthSectors() - area.distance(ledger.tailPosition(), head);
    }

    private void write() {
        batch.closeBlock();
        state = State.WRITING;
        int sectors = batch.length() / DeviceGeometry.SECTOR_LENGTH;
        int first = (int) Math.min(sectors, area.lengthSectors() - head);
        pending = first < sectors ? 2 : 1;
        int firstLength = first * DeviceGeometry.SECTOR_LENGTH;
        channel.write(area.deviceOffset(head), batch.buffer(), 0, firstLength, 0);
        if (first < sectors) {
            channel.write(area.deviceOffset(0), batch.buffer(), firstLength, batch.length() - firstLength, 0);
        }
        head = area.advance(head, sectors);
        sequence = batch.nextSequence();
    }

    private void onCompletion(long token, IoStatus status) {
        pending--;
        if (status != IoStatus.OK) {
            failure = status;
        }
        if (pending > 0) {
            return;
        }
        if (failure != IoStatus.OK) {
            failed = true;
            state = State.IDLE;
            failAll();
        } else if (state == State.WRITING) {
            // Answers wait for this flush: a record in the device's cache is no record.
            state = State.FLUSHING;
            pending = 1;
            channel.flush(0);
        } else {
            state = State.IDLE;
            durableEnd = ledger.nextOrdinal();
            for (JournalTransaction t = inBatch.poll(); t != null; t = inBatch.poll()) {
                t.listener().onDurable(t);
            }
        }
    }

    private void failAll() {
        for (JournalTransaction t = inBatch.poll(); t != null; t = inBatch.poll()) {
            t.listener().onFailed(t, failure);
        }
    }

    private int failWaiting() throws Exception {
        int count = 0;
        if (carried != null) {
            carried.listener().onFailed(carried, failure);
            carried = null;
            count++;
        }
        if (ring.remainingCapacity() != ring.getBufferSize()) {
            poller.poll((append, ringSequence, endOfBatch) -> {
                append.transaction.listener().onFailed(append.transaction, failure);
                append.transaction = null;
                return true;
            });
            count++;
        }
        return count;
    }
}
