package io.holdfast.journal;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.RingBuffer;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;

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
 *
 * <p>Appending allocates nothing and takes no lock.
 */
public final class JournalWriter implements Agent {
    private static final int MAX_BATCH_LENGTH = 4 * 1024 * 1024;

    /** A log is not left to grow longer than this for want of a tail, so that a replay takes a second or two: 512 MiB. */
    private static final long MAX_RECLAIMABLE_SECTORS = 1 << 20;

    private static final long NONE = -1;

    /** The most of a log that is used at once, so that the ledger never runs out of room before the log does: 8 GiB. */
    private static final long MAX_LIVE_SECTORS = BlockLedger.MAX_CAPACITY * 2L * MetaBlockDescriptor.LENGTH_SECTORS;

    /** The most operations in flight: a batch in two parts. */
    private static final int CHANNEL_CAPACITY = 2;

    /** The slot of the ring. */
    private static final class Append {
        JournalTransaction transaction;

        static void set(Append append, long ringSequence, JournalTransaction transaction) {
            append.transaction = transaction;
        }

        JournalTransaction take() {
            JournalTransaction taken = transaction;
            transaction = null;
            return taken;
        }
    }

    private enum State {
        IDLE,
        WRITING,
        FLUSHING
    }

    private final JournalArea area;
    private final NanoClock clock;
    private final long timeLimitNs;
    private final IoLoop loop;
    private final JournalBatch batch;
    private final BlockLedger ledger;
    private final RingBuffer<Append> ring;
    private final EventPoller<Append> poller;
    /** For those whose room has been promised: they never wait behind one that has to wait for room. */
    private final RingBuffer<Append> promisedRing;

    private final EventPoller<Append> promisedPoller;
    private final EventPoller.Handler<Append> packer = this::onAppend;
    private final EventPoller.Handler<Append> promisedPacker = this::onAppendPromised;
    private final EventPoller.Handler<Append> failer = this::onAppendFailed;
    private final IoCompletionHandler completion = this::onCompletion;
    private final ArrayDeque<JournalTransaction> inBatch;
    private final BatchCounters counters = new BatchCounters();

    private IoChannel channel;
    private State state = State.IDLE;
    private int pending;
    private long stepSinceNs;
    /** What is under way was given up: nobody waits for its completions any more. */
    private boolean abandoned;

    private long head;
    private long sequence;
    private long durableEnd;
    private JournalTransaction carried;
    private JournalTransaction carriedPromised;
    /** Bytes of the log that nobody has and that have been promised to nobody. */
    private final AtomicLong available = new AtomicLong();
    /** Bytes taken from {@link #available} for the batch in the making. */
    private long taken;

    /** Ordinal of the last block that was there before this writer and is not at rest; or {@link #NONE}. */
    private long oldPart;

    private volatile long usable;
    private long mostReclaimableSectors;
    private boolean lastBlockEmpty;
    private long batchDelayNs;
    private long waitingSinceNs;
    private boolean isWaiting;
    private IoStatus failure = IoStatus.OK;
    private volatile boolean failed;
    /** Why nothing more is taken; null while it is. */
    private IoStatus refusal;

    private volatile boolean starved;
    private volatile boolean promiseRefused;

    /**
     * A writer.
     *
     * @param area        of the log.
     * @param loop        that will run it.
     * @param start       where it goes on.
     * @param ringSize    appends that can wait; a power of two.
     * @param clock       of the limit that follows.
     * @param timeLimitNs how long the device may take for a write or flush before the journal is given up as failed.
     */
    public JournalWriter(
            JournalArea area, IoLoop loop, LogStart start, int ringSize, NanoClock clock, long timeLimitNs) {
        this.clock = clock;
        this.timeLimitNs = timeLimitNs;
        this.area = area;
        this.loop = loop;
        ledger = new BlockLedger(area.lengthSectors(), start.tailPosition());
        oldPart = start.isLive() ? ledger.addUnaccounted(start.lastPosition()) : NONE;
        durableEnd = ledger.nextOrdinal();
        batch = new JournalBatch(area, new JournalChecksum(area.uuid()), ledger, maxTransactionLength(area));
        head = start.headPosition();
        sequence = start.nextSequence();
        lastBlockEmpty = !start.isLive();
        ring = RingBuffer.createMultiProducer(Append::new, ringSize);
        poller = ring.newPoller();
        ring.addGatingSequences(poller.getSequence());
        promisedRing = RingBuffer.createMultiProducer(Append::new, ringSize);
        promisedPoller = promisedRing.newPoller();
        promisedRing.addGatingSequences(promisedPoller.getSequence());
        inBatch = new ArrayDeque<>(2 * ringSize + 2);
        // A log filled to the brim would look empty, and one block stays for closeClean.
        // It may be less than nothing, if the old part is longer than what is to be used: then appends wait for its
        // end.
        usable = Math.min(area.lengthSectors(), MAX_LIVE_SECTORS) * DeviceGeometry.SECTOR_LENGTH;
        mostReclaimableSectors = Math.min(usable / DeviceGeometry.SECTOR_LENGTH / 4, MAX_RECLAIMABLE_SECTORS);
        long live = area.distance(start.tailPosition(), head) * DeviceGeometry.SECTOR_LENGTH;
        available.set(usable - 2L * MetaBlockDescriptor.LENGTH - live);
    }

    /**
     * The most bytes that a transaction may take in a log, meta blocks included; and the longest batch.
     *
     * <p>The last block at rest stays, for the tail to designate, and so does room for an empty block; beside them the log
     * must still have room for the longest transaction, else nothing would ever move again.
     *
     * @param area of the log.
     * @return bytes, a multiple of 4096.
     */
    public static int maxTransactionLength(JournalArea area) {
        long pages = area.lengthSectors() / MetaBlockDescriptor.LENGTH_SECTORS;
        return (int) Math.min(MAX_BATCH_LENGTH, (pages - 2) / 2 * MetaBlockDescriptor.LENGTH);
    }

    /**
     * Wait a while for company before a batch is begun, so that fewer and longer ones are written. Before it is started.
     *
     * @param delayNs from the first transaction of a batch on, in nanoseconds; 0, the default, for no wait. The thread is kept
     *                busy meanwhile.
     */
    public void batchDelay(long delayNs) {
        batchDelayNs = delayNs;
    }

    @Override
    public String roleName() {
        return "journal";
    }

    @Override
    public void onStart() {
        channel = area.device().openChannel(loop, CHANNEL_CAPACITY);
    }

    @Override
    public void onClose() {
        channel.close();
    }

    // ---- from any thread ----

    /**
     * Append, if there is room to wait. Neither the transaction nor its pages may change until its listener is told.
     *
     * @param transaction whose listener is told the outcome.
     * @return false when the ring is full: try again later.
     * @throws IllegalArgumentException when the transaction is empty, lacks an owner or the parity of a group, or is longer
     *                                  than {@link #maxTransactionLength}.
     */
    public boolean tryAppend(JournalTransaction transaction) {
        JournalBatch.check(transaction);
        long most = JournalBatch.mostBytes(transaction);
        if (most > maxTransactionLength() || transaction.listener() == null) {
            throw new IllegalArgumentException("a transaction that cannot be appended: token=" + transaction.token()
                    + " listener=" + transaction.listener() + " length=" + most + " maxTransactionLength="
                    + maxTransactionLength());
        }
        RingBuffer<Append> where = transaction.promisedLength > 0 ? promisedRing : ring;
        if (!where.tryPublishEvent(Append::set, transaction)) {
            return false;
        }
        loop.wake();
        return true;
    }

    /**
     * Say that all pages of a durable transaction have been written to the members, or will never be. Once for each time
     * that it was appended; in any order.
     *
     * @param transaction may be used again at once.
     */
    public void retire(JournalTransaction transaction) {
        retire(transaction.firstBlock, transaction.lastBlock);
    }

    /**
     * Take room in the log for later. What has been promised is there when it is needed, whoever else is waiting for room:
     * that is how stripes that have data in the log, and must add their parity before the log can be let go of, never wait
     * for each other.
     *
     * @param length bytes.
     * @return whether there is that much.
     */
    public boolean tryPromise(long length) {
        if (tryTake(length)) {
            return true;
        }
        if (!promiseRefused) {
            promiseRefused = true;
            loop.wake();
        }
        return false;
    }

    /** Give back room that was promised and is not needed. */
    public void breakPromise(long length) {
        available.addAndGet(length);
    }

    /**
     * Append with room that was promised; see {@link #tryAppend}.
     *
     * @param transaction    whose listener is told the outcome.
     * @param promisedLength bytes of a promise that it takes over, no fewer than it may need; what it does not use is free
     *                       again.
     * @return false when the ring is full: try again later.
     */
    public boolean tryAppendPromised(JournalTransaction transaction, long promisedLength) {
        if (JournalBatch.mostBytes(transaction) > promisedLength) {
            throw new IllegalArgumentException("more than was promised: promisedLength=" + promisedLength + " length="
                    + JournalBatch.mostBytes(transaction));
        }
        transaction.promisedLength = promisedLength;
        return tryAppend(transaction);
    }

    /** The most bytes that a transaction can take in the log, meta blocks included. */
    public static long lengthOf(JournalTransaction transaction) {
        return JournalBatch.mostBytes(transaction);
    }

    /** Bytes of the log that are neither used nor promised. From any thread. */
    public long availableLength() {
        return available.get();
    }

    /** Bytes of the log that can be used at all; see {@link #liveLimit}. */
    public long capacity() {
        return usable;
    }

    /** How much of the log is in use, and what has gone through it. From any thread. */
    public JournalUse use() {
        long limit = usable;
        long waiting = ring.getBufferSize() - ring.remainingCapacity();
        waiting += promisedRing.getBufferSize() - promisedRing.remainingCapacity();
        return counters.with(limit, Math.max(0, limit - available.get()), waiting);
    }

    private boolean tryTake(long length) {
        long left = available.get();
        while (left >= length) {
            if (available.compareAndSet(left, left - length)) {
                return true;
            }
            left = available.get();
        }
        return false;
    }

    /**
     * As {@link #retire(JournalTransaction)}, for an owner who has used the transaction for something else since.
     *
     * @param firstBlock that {@link JournalTransaction#firstBlock} gave when it was durable.
     * @param lastBlock  that {@link JournalTransaction#lastBlock} gave.
     */
    public void retire(long firstBlock, long lastBlock) {
        ledger.retire(firstBlock, lastBlock);
        if (starved || promiseRefused) {
            loop.wake();
        }
    }

    /** Whether an I/O error has ended this journal's life. */
    public boolean isFailed() {
        return failed;
    }

    /** The number of the last block that was appended. On the journal's thread. */
    public long lastSequence() {
        return sequence - 1;
    }

    /** The most bytes that a transaction may take in the log, meta blocks included. */
    public long maxTransactionLength() {
        return batch.buffer().capacity();
    }

    // ---- on the journal's thread ----

    /** Where the tail may move to, once the members are flushed, in sectors. A meta block begins there. */
    public long reclaimablePosition() {
        ledger.advance(durableEnd);
        return ledger.finishedPosition();
    }

    /** Sectors that moving the tail would free. */
    public long reclaimableSectors() {
        return area.distance(ledger.tailPosition(), reclaimablePosition());
    }

    /**
     * Whether the tail should be moved: appends wait for space, or a quarter of what may be used could be freed; or 512 MiB, if
     * nobody has set a limit.
     */
    public boolean spaceWanted() {
        long reclaimable = reclaimableSectors();
        return reclaimable > 0 && (starved || promiseRefused || reclaimable > mostReclaimableSectors);
    }

    /**
     * Use no more of the log at once than this, as if it were no longer: what lies between tail and head is what a replay
     * has to go through. Appends wait for the tail where they would exceed it. At least twice the longest transaction is
     * used in any case, and what is used already stays.
     *
     * @param length bytes.
     */
    public void liveLimit(long length) {
        long most = Math.min(area.lengthSectors(), MAX_LIVE_SECTORS) * DeviceGeometry.SECTOR_LENGTH;
        long least = 2 * maxTransactionLength() + 3L * MetaBlockDescriptor.LENGTH;
        long pages = Math.min(most, Math.max(least, length)) / MetaBlockDescriptor.LENGTH;
        long before = usable;
        usable = pages * MetaBlockDescriptor.LENGTH;
        mostReclaimableSectors = usable / DeviceGeometry.SECTOR_LENGTH / 4;
        available.addAndGet(usable - before);
        loop.wake();
    }

    /** Bytes between tail and head: what a replay would go through if everything stopped now. */
    public long liveLength() {
        return area.distance(ledger.tailPosition(), head) * DeviceGeometry.SECTOR_LENGTH;
    }

    /** What was in the log before this writer is on the members: the tail may move over it, once their caches are flushed. */
    public void oldPartAtRest() {
        if (oldPart != NONE) {
            long last = oldPart;
            oldPart = NONE;
            retire(last, last);
        }
    }

    /**
     * End this journal's life from outside, because its device failed at something else. What is under way fails too.
     *
     * @param status of the operation that failed.
     */
    public void fail(IoStatus status) {
        if (!failed) {
            failure = status;
            failed = true;
            refuse(status);
        }
    }

    /**
     * The tail was moved: durably recorded, after the members were flushed.
     *
     * @param position that {@link #reclaimablePosition} gave.
     */
    public void tailMoved(long position) {
        long freed = area.distance(ledger.tailPosition(), position) * (long) DeviceGeometry.SECTOR_LENGTH;
        ledger.moveTail(position);
        available.addAndGet(freed);
        promiseRefused = false;
        loop.wake();
    }

    /**
     * Leave the next start nothing to replay: once everything is at rest, append an empty block for the tail to designate.
     *
     * @return whether that block is durable, or was not needed, or the journal has failed; call again until it is.
     */
    public boolean closeClean() {
        if (failed) {
            return true;
        }
        if (state != State.IDLE || !nothingWaits()) {
            return false;
        }
        ledger.advance(durableEnd);
        if (!ledger.isAtRest()) {
            return false;
        }
        if (lastBlockEmpty) {
            return true;
        }
        batch.begin(head, sequence);
        batch.addEmptyBlock();
        taken = 0;
        lastBlockEmpty = true;
        write();
        return false;
    }

    /**
     * Take no more: what waits for a place in the log fails, and so does what is appended from now on; what is being written
     * goes on. For an array that will never move the tail again, so that nothing waits for ever.
     *
     * @param status what appenders are told.
     */
    public void refuse(IoStatus status) {
        if (refusal == null) {
            refusal = status;
            loop.wake();
        }
    }

    /** Hear what a device answers after it was given up; for a writer that nobody calls any more. */
    public void hearLateAnswers() {
        channel.poll(completion);
    }

    @Override
    public int doWork() throws Exception {
        int work = channel.outstanding() > 0 ? channel.poll(completion) : 0;
        if (state != State.IDLE && clock.nanoTime() - stepSinceNs > timeLimitNs) {
            work++;
            // The batch keeps its memory: nothing is ever put into it again.
            abandoned = true;
            failBatch(IoStatus.TIMED_OUT);
        }
        if (refusal != null) {
            return work + failWaiting();
        }
        if (state == State.IDLE) {
            work += startBatch();
        }
        return work;
    }

    private int startBatch() throws Exception {
        if (nothingWaits()) {
            return 0;
        }
        if (batchDelayNs > 0 && !hasWaited()) {
            // Awake all the while: a loop that parks sleeps longer than anybody would want to wait.
            return 1;
        }
        isWaiting = false;
        batch.begin(head, sequence);
        taken = 0;
        boolean wasStarved = starved;
        packPromised();
        if (carriedPromised == null) {
            packOthers();
        }
        if (batch.isEmpty()) {
            // Another round, so that whoever moves the tail hears that it is wanted.
            return starved && wasStarved ? 0 : 1;
        }
        write();
        return 1;
    }

    private boolean hasWaited() {
        long nowNs = clock.nanoTime();
        if (!isWaiting) {
            isWaiting = true;
            waitingSinceNs = nowNs;
        }
        return nowNs - waitingSinceNs >= batchDelayNs;
    }

    private void packPromised() throws Exception {
        JournalTransaction first = carriedPromised;
        carriedPromised = null;
        if (first == null || packPromised(first)) {
            promisedPoller.poll(promisedPacker);
        }
    }

    private void packOthers() throws Exception {
        JournalTransaction first = carried;
        carried = null;
        if (first == null || pack(first)) {
            starved = false;
            poller.poll(packer);
        }
    }

    private boolean onAppend(Append append, long ringSequence, boolean endOfBatch) {
        return pack(append.take());
    }

    private boolean pack(JournalTransaction transaction) {
        long most = JournalBatch.mostBytes(transaction);
        boolean fits = batch.fits(transaction);
        if (!fits || !tryTake(most)) {
            carried = transaction;
            starved = fits;
            return false;
        }
        add(transaction, most);
        return true;
    }

    private boolean onAppendPromised(Append append, long ringSequence, boolean endOfBatch) {
        return packPromised(append.take());
    }

    private boolean packPromised(JournalTransaction transaction) {
        if (!batch.fits(transaction)) {
            carriedPromised = transaction;
            return false;
        }
        add(transaction, transaction.promisedLength);
        return true;
    }

    private void add(JournalTransaction transaction, long length) {
        taken += length;
        batch.add(transaction);
        inBatch.add(transaction);
    }

    private boolean nothingWaits() {
        return carried == null
                && carriedPromised == null
                && ring.remainingCapacity() == ring.getBufferSize()
                && promisedRing.remainingCapacity() == promisedRing.getBufferSize();
    }

    private long freeSectors() {
        return area.lengthSectors() - area.distance(ledger.tailPosition(), head);
    }

    private void write() {
        batch.closeBlock();
        lastBlockEmpty &= taken == 0;
        available.addAndGet(taken - batch.length());
        int sectors = batch.length() / DeviceGeometry.SECTOR_LENGTH;
        if (sectors >= freeSectors()) {
            throw new IllegalStateException("a batch would overwrite the live log: sectors=" + sectors + " freeSectors="
                    + freeSectors() + " head=" + head);
        }
        state = State.WRITING;
        stepSinceNs = clock.nanoTime();
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
        if (abandoned) {
            return;
        }
        pending--;
        if (status != IoStatus.OK) {
            failure = status;
        }
        if (pending > 0) {
            return;
        }
        if (failure != IoStatus.OK) {
            failBatch(failure);
        } else if (state == State.WRITING) {
            // Answers wait for this flush: a record in the device's cache is no record.
            state = State.FLUSHING;
            stepSinceNs = clock.nanoTime();
            pending = 1;
            channel.flush(0);
        } else {
            state = State.IDLE;
            durableEnd = ledger.nextOrdinal();
            counters.add(inBatch.size(), batch.length());
            for (JournalTransaction t = inBatch.poll(); t != null; t = inBatch.poll()) {
                t.listener().onDurable(t);
            }
        }
    }

    private void failBatch(IoStatus status) {
        failure = status;
        failed = true;
        refuse(status);
        state = State.IDLE;
        for (JournalTransaction t = inBatch.poll(); t != null; t = inBatch.poll()) {
            t.listener().onFailed(t, status);
        }
    }

    private int failWaiting() throws Exception {
        int count = 0;
        if (carried != null) {
            JournalTransaction first = carried;
            carried = null;
            first.listener().onFailed(first, refusal);
            count++;
        }
        if (carriedPromised != null) {
            JournalTransaction first = carriedPromised;
            carriedPromised = null;
            first.listener().onFailed(first, refusal);
            count++;
        }
        if (promisedRing.remainingCapacity() != promisedRing.getBufferSize()) {
            promisedPoller.poll(failer);
            count++;
        }
        if (ring.remainingCapacity() != ring.getBufferSize()) {
            poller.poll(failer);
            count++;
        }
        return count;
    }

    private boolean onAppendFailed(Append append, long ringSequence, boolean endOfBatch) {
        JournalTransaction transaction = append.take();
        transaction.listener().onFailed(transaction, refusal);
        return true;
    }
}
