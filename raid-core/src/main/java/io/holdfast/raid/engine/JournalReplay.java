package io.holdfast.raid.engine;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalAppender;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalScanner;
import io.holdfast.journal.JournalTransaction;
import io.holdfast.journal.ScanReport;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.engine.Membership.SlotState;
import io.holdfast.raid.engine.ReplayIndex.Stripe;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.parity.ParityCodec;
import io.holdfast.raid.parity.StripeParity;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.agrona.collections.LongHashSet;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Brings members and journal back into agreement after a stop of any kind.
 *
 * <ol>
 *   <li>Read the log from its tail; nothing of a block is used unless all of it is valid.
 *   <li>Write the pages of complete stripes to the members, as they are, and flush the members.
 *   <li>Give stripes that have data but no parity their parity, and log that behind the log's end, going on with its
 *       sequence; flush the journal. Now they are complete too, for this replay and for any that has to begin again. Write
 *       them, and flush the members.
 *   <li>Log an empty block behind it all, under a sequence number that cannot continue the old log, and flush. The caller now
 *       records the new tail. Until that is durable the old log is valid and the same replay can be done again from the
 *       start, with the same result.
 * </ol>
 *
 * <p>Why step 3 logs before it writes: the parity of such a stripe may have to be computed from what a missing member
 * <em>held</em>, which is known only as long as the stripe on the members is still the old one. A crash halfway through
 * writing it would leave neither. There is room for it, because whoever logs data without parity keeps that much free.
 *
 * <p>What step 3 goes over is the end of a batch that never became durable as a whole. If a block of that batch happens to
 * continue what is put in front of it, a later replay finds a record that was never answered: new instead of old, which is
 * right as well.
 */
final class JournalReplay {
    private static final int PAGE = BlockMask.BLOCK_LENGTH;

    /** How far a replay jumps ahead in sequence numbers, as Linux does: stale blocks behind the end can never fit. */
    private static final long SEQUENCE_JUMP = 10_000;

    private static final int BATCH_PAGES = 8192;

    private final ArrayLayout layout;
    private final JournalArea area;
    private final ReplayMembers members;
    private final StripeParity parity;
    private final LongSupplier random;
    private final JournalScanner scanner;

    JournalReplay(
            ArrayLayout layout,
            JournalArea area,
            List<MemberDevice> devices,
            int[] deviceOfSlot,
            SlotState[] stateOfSlot,
            ParityCodec codec,
            LongSupplier random) {
        this.layout = layout;
        this.area = area;
        this.random = random;
        members = new ReplayMembers(devices, deviceOfSlot, stateOfSlot, layout.parityCount());
        parity = new StripeParity(codec, layout);
        scanner = new JournalScanner(area);
    }

    /**
     * What a replay leaves behind.
     *
     * @param area         of the log.
     * @param tailChanged  whether the superblock of the journal has to be written.
     * @param tailPosition of an empty meta block.
     * @param tailSequence its sequence number.
     * @param sentence     for the operator.
     */
    record Result(JournalArea area, boolean tailChanged, long tailPosition, long tailSequence, String sentence) {}

    /**
     * Replay.
     *
     * @param recordedTail position that the journal's superblock gives.
     */
    Result run(long recordedTail) {
        ReplayIndex index = new ReplayIndex(layout);
        ScanReport report = scanner.scan(recordedTail, index);
        if (report.isNew()) {
            return startNewLog(report);
        }
        List<Stripe> complete = index.complete();
        List<Stripe> pending = index.pending();
        if (report.isEmpty()) {
            return new Result(
                    area,
                    recordedTail != report.startPosition(),
                    report.startPosition(),
                    report.startSequence(),
                    "The journal has nothing to replay.");
        }
        apply(complete);
        members.flush();
        String odd = index.ignoredPayloads() == 0
                ? ""
                : " " + index.ignoredPayloads() + " payloads that make no sense for this array were ignored.";
        String sentence = "Replayed " + complete.size() + " stripes (" + members.writtenBlocks()
                + " blocks) from the journal; " + report.sentence() + odd;
        long position = report.endPosition();
        long sequence = report.nextSequence();
        if (!pending.isEmpty()) {
            JournalAppender appender = new JournalAppender(area, position, sequence);
            finishPending(pending, report, appender);
            position = appender.position();
            sequence = appender.nextSequence();
            sentence += " Finished " + pending.size() + " stripes that had data but no parity in the log.";
        }
        JournalAppender appender = new JournalAppender(area, position, sequence + SEQUENCE_JUMP);
        appender.appendEmptyBlock();
        appender.flush();
        return new Result(area, true, position, sequence + SEQUENCE_JUMP, sentence);
    }

    /** No valid block at the tail: whatever the log contains belongs to some past or other array, and is ignored. */
    private Result startNewLog(ScanReport report) {
        long sequence = random.getAsLong() & 0xffff_ffffL;
        JournalAppender appender = new JournalAppender(area, 0, sequence);
        appender.appendEmptyBlock();
        appender.flush();
        return new Result(area, true, 0, sequence, report.sentence());
    }

    // ---- complete stripes ----

    /** Write stripes as they are: pages are gathered from the log in log order, and go out in member order. */
    private void apply(List<Stripe> stripes) {
        int perBatch = Math.max(1, BATCH_PAGES / layout.memberCount());
        UnsafeBuffer pages =
                BufferSlab.allocate(Math.min(stripes.size(), perBatch) * layout.memberCount() * PAGE + PAGE);
        for (int first = 0; first < stripes.size(); first += perBatch) {
            List<Stripe> batch = stripes.subList(first, Math.min(stripes.size(), first + perBatch));
            readPages(batch, pages);
            for (int slot = 0; slot < layout.memberCount(); slot++) {
                for (int i = 0; i < batch.size(); i++) {
                    Stripe stripe = batch.get(i);
                    if (stripe.complete[slot] != ReplayIndex.NONE) {
                        members.write(slot, stripe.memberOffset(), pages, pageIndex(i, slot));
                    }
                }
            }
        }
        members.finishRun();
    }

    private int pageIndex(int stripe, int slot) {
        return (stripe * layout.memberCount() + slot) * PAGE;
    }

    private void readPages(List<Stripe> batch, UnsafeBuffer pages) {
        List<long[]> wanted = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            for (int slot = 0; slot < layout.memberCount(); slot++) {
                if (batch.get(i).complete[slot] != ReplayIndex.NONE) {
                    wanted.add(new long[] {batch.get(i).complete[slot], pageIndex(i, slot)});
                }
            }
        }
        wanted.sort((a, b) -> Long.compare(a[0], b[0]));
        for (long[] page : wanted) {
            scanner.readPage(page[0], pages, (int) page[1]);
        }
    }

    // ---- stripes without parity ----

    private void finishPending(List<Stripe> pending, ScanReport report, JournalAppender appender) {
        // Sixteen stripes at least share a meta block, or are all there are; and then there is the empty block.
        long pages = (long) pending.size() * layout.parityCount() + (pending.size() + 15) / 16 + 1;
        if (8 * pages + report.scannedSectors() >= area.lengthSectors()) {
            finishWithoutLog(pending);
            return;
        }
        inBatches(pending, (batch, content) -> {
            List<JournalTransaction> transactions = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                transactions.add(parityOf(batch.get(i), content.addressOffset() + pageIndex(i, 0)));
            }
            appender.append(transactions);
        });
        appender.flush();
        applyFinished(pending, report.startPosition(), appender.position());
    }

    /** The log is read again: with their parity in it, every stripe is complete. */
    private void applyFinished(List<Stripe> finished, long tailPosition, long endPosition) {
        ReplayIndex index = new ReplayIndex(layout);
        ScanReport report = scanner.scan(tailPosition, index);
        if (report.isNew() || !index.pending().isEmpty() || !reaches(report, tailPosition, endPosition)) {
            throw new ArrayException(
                    IoStatus.MEDIA_ERROR,
                    "the journal does not hold what has just been written to it: read up to position "
                            + report.endPosition() + " of " + endPosition + "; " + report.sentence());
        }
        LongHashSet wanted = new LongHashSet();
        finished.forEach(stripe -> wanted.add(stripe.memberSector));
        apply(index.complete().stream()
                .filter(stripe -> wanted.contains(stripe.memberSector))
                .toList());
        members.flush();
    }

    private boolean reaches(ScanReport report, long tailPosition, long endPosition) {
        return report.scannedSectors() >= area.distance(tailPosition, endPosition);
    }

    /**
     * The log has no room for parity: whoever wrote it did not see to that. With every member complete the parity can be
     * computed from data alone, as often as it takes, so it may go to the members directly; with one missing, nothing safe is
     * left to do.
     */
    private void finishWithoutLog(List<Stripe> pending) {
        for (int slot = 0; slot < layout.memberCount(); slot++) {
            if (!members.isInSync(slot)) {
                throw new ArrayException(
                        IoStatus.NO_SPACE,
                        "the journal holds " + pending.size() + " stripes without parity and is too full to add it, and"
                                + " slot " + slot
                                + " has no complete member: bring that member back and assemble again.");
            }
        }
        inBatches(pending, this::write);
        members.flush();
    }

    /** Does something with some stripes, whose pages lie where {@link #pageIndex} says. */
    private interface BatchWork {
        void run(List<Stripe> batch, UnsafeBuffer pages);
    }

    /** Complete stripes, as many at a time as there is memory for, however many the log holds. */
    private void inBatches(List<Stripe> stripes, BatchWork work) {
        int perBatch = Math.max(1, BATCH_PAGES / layout.memberCount());
        UnsafeBuffer pages =
                BufferSlab.allocate(Math.min(stripes.size(), perBatch) * layout.memberCount() * PAGE + PAGE);
        for (int first = 0; first < stripes.size(); first += perBatch) {
            List<Stripe> batch = stripes.subList(first, Math.min(stripes.size(), first + perBatch));
            for (int i = 0; i < batch.size(); i++) {
                complete(batch.get(i), pages, pageIndex(i, 0));
            }
            work.run(batch, pages);
        }
    }

    /** The whole stripe as it is to be, one page for each slot, from {@code start} on in the buffer. */
    private void complete(Stripe stripe, UnsafeBuffer buffer, int start) {
        int slotCount = layout.memberCount();
        long[] address = new long[slotCount];
        int missingA = -1;
        int missingB = -1;
        int missingCount = 0;
        for (int slot = 0; slot < slotCount; slot++) {
            address[slot] = buffer.addressOffset() + start + (long) slot * PAGE;
            if (!members.tryRead(slot, stripe.memberOffset(), buffer, start + slot * PAGE)) {
                boolean needed = stripe.map.dataIndex(slot) >= 0 && stripe.pending[slot] == ReplayIndex.NONE;
                missingCount++;
                if (!needed) {
                    continue;
                }
                missingB = missingA < 0 ? -1 : slot;
                missingA = missingA < 0 ? slot : missingA;
            }
        }
        if (missingA >= 0) {
            recover(stripe, buffer, start, address, missingA, missingB, missingCount);
        }
        for (int slot = 0; slot < slotCount; slot++) {
            if (stripe.pending[slot] != ReplayIndex.NONE) {
                scanner.readPage(stripe.pending[slot], buffer, start + slot * PAGE);
            }
            address[slot] = buffer.addressOffset() + start + (long) slot * PAGE;
        }
        parity.compute(stripe.map, address, PAGE);
    }

    private void recover(
            Stripe stripe,
            UnsafeBuffer buffer,
            int start,
            long[] address,
            int missingA,
            int missingB,
            int missingCount) {
        if (missingCount > layout.parityCount()) {
            throw new ArrayException(
                    IoStatus.MEDIA_ERROR,
                    "the journal holds data without parity for member sector " + stripe.memberSector
                            + ", and the rest of that stripe cannot be read: bring the missing members back and assemble"
                            + " again.");
        }
        int a = missingA;
        int b = missingB;
        for (int slot = 0; slot < address.length; slot++) {
            boolean unread = slot != a
                    && slot != b
                    && !members.tryRead(slot, stripe.memberOffset(), buffer, start + slot * PAGE);
            if (!unread) {
                continue;
            }
            if (stripe.map.dataIndex(slot) < 0) {
                address[slot] = 0;
            } else {
                // Its own content is replaced by the log's, but recovering another slot takes the old one.
                b = slot;
            }
        }
        parity.recover(stripe.map, address, a, b, PAGE);
    }

    private JournalTransaction parityOf(Stripe stripe, long address) {
        JournalTransaction transaction = new JournalTransaction(2);
        int q = stripe.map.qSlot();
        transaction.addParity(
                stripe.memberSector, address + (long) stripe.map.pSlot() * PAGE, q < 0 ? 0 : address + (long) q * PAGE);
        return transaction;
    }

    private void write(List<Stripe> batch, UnsafeBuffer pages) {
        for (int slot = 0; slot < layout.memberCount(); slot++) {
            for (int i = 0; i < batch.size(); i++) {
                Stripe stripe = batch.get(i);
                if (stripe.pending[slot] != ReplayIndex.NONE || stripe.map.dataIndex(slot) < 0) {
                    members.write(slot, stripe.memberOffset(), pages, pageIndex(i, slot));
                }
            }
        }
    }
}
