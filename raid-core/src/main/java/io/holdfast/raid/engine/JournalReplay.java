package io.holdfast.raid.engine;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalAppender;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalScanner;
import io.holdfast.journal.JournalTransaction;
import io.holdfast.journal.LogStart;
import io.holdfast.journal.ScanReport;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.engine.Membership.SlotState;
import io.holdfast.raid.engine.ReplayIndex.Stripe;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.parity.ParityCodec;
import io.holdfast.raid.parity.StripeParity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Brings members and journal back into agreement after a stop of any kind: all of it before anything else happens, or only
 * what has to be done before, leaving the rest to a {@link BackgroundReplay}.
 *
 * <p>All of it:
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
 *
 * <p>Only what has to be done before, if the log is our own, so that it is known how far behind its end something may lie that
 * was in flight when its writer died:
 *
 * <ol>
 *   <li>Read the log, as above.
 *   <li>Make unusable, durably, what lies behind its end: the log goes on there, with the very next number, and must not be
 *       continued by leftovers. A crash meanwhile finds the same log.
 *   <li>Stripes that have data but no parity get it, as above, in the log, but are not written; they are as complete as the
 *       others then. There are no more of them than fit into the memory of the array that left them.
 * </ol>
 *
 * The tail stays where it is until all that was read is on the members. A crash before finds the same log and whatever has been
 * appended to it since, in order, and replays both: pages of a later record replace those of an earlier one.
 */
final class JournalReplay {
    private static final int PAGE = BlockMask.BLOCK_LENGTH;

    /** How far, at least, a replay jumps ahead in sequence numbers, as Linux does: blocks behind the end can never fit. */
    private static final long SEQUENCE_JUMP = 10_000;

    /** Of stripes that are made whole in memory, 32 MiB at a time. */
    private static final int STRIPE_BATCH_PAGES = 8192;

    /** Of pages that are copied from the log, 128 MiB at a time: the more, the fewer passes a scattered log takes. */
    private static final int COPY_BATCH_PAGES = 32_768;

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
            BadBlockTable badBlocks,
            ParityCodec codec,
            LongSupplier random) {
        this.layout = layout;
        this.area = area;
        this.random = random;
        members = new ReplayMembers(devices, deviceOfSlot, stateOfSlot, layout.parityCount(), badBlocks);
        parity = new StripeParity(codec, layout);
        scanner = new JournalScanner(area);
    }

    /**
     * What a replay leaves behind.
     *
     * @param area        of the log.
     * @param tailChanged whether the superblock of the journal has to be written.
     * @param start       where the log goes on.
     * @param left        stripes that have yet to be written as they are in the log, in member order; none if the log is not
     *                    live.
     * @param scanner     that knows their pages.
     * @param sentence    for the operator.
     */
    record Result(
            JournalArea area,
            boolean tailChanged,
            LogStart start,
            List<Stripe> left,
            JournalScanner scanner,
            String sentence) {}

    /**
     * Replay.
     *
     * @param recordedTail position that the journal's superblock gives.
     * @param mayLeave     whether the rest may be left to the engine.
     */
    Result run(long recordedTail, boolean mayLeave) {
        ReplayIndex index = new ReplayIndex(layout);
        ScanReport report = scanner.scan(recordedTail, index);
        if (report.isNew()) {
            return startNewLog(report);
        }
        boolean tailChanged = recordedTail != report.startPosition();
        if (report.isEmpty()) {
            return finished(
                    tailChanged, report.startPosition(), report.startSequence(), "The journal has nothing to replay.");
        }
        String odd = index.ignoredPayloads() == 0
                ? ""
                : " " + index.ignoredPayloads() + " payloads that make no sense for this array were ignored.";
        List<Stripe> pending = index.pending();
        if (mayLeave && report.isOwn() && hasRoomForParity(pending, report)) {
            return leave(tailChanged, report, index, odd);
        }
        List<Stripe> complete = index.complete();
        apply(complete);
        members.flush();
        String sentence = "Replayed " + complete.size() + " stripes (" + members.writtenBlocks()
                + " blocks) from the journal; " + report.sentence() + odd;
        long position = report.endPosition();
        long sequence = report.nextSequence();
        if (!pending.isEmpty()) {
            JournalAppender appender = new JournalAppender(area, position, sequence);
            finishPending(pending, report, index, appender);
            position = appender.position();
            sequence = appender.nextSequence();
            sentence += " Finished " + pending.size() + " stripes that had data but no parity in the log.";
        }
        // And a little chance: were this start shown an old superblock, it must not write what the last one wrote.
        long newSequence = sequence + SEQUENCE_JUMP + (random.getAsLong() & 0xfff);
        JournalAppender appender = new JournalAppender(area, position, newSequence);
        appender.appendEmptyBlock();
        appender.flush();
        return finished(true, position, newSequence, sentence);
    }

    private Result finished(boolean tailChanged, long tailPosition, long tailSequence, String sentence) {
        return new Result(
                area,
                tailChanged,
                LogStart.behindEmptyBlock(area, tailPosition, tailSequence),
                List.of(),
                scanner,
                sentence);
    }

    /** Do what has to be done before the log goes on, and no more. */
    private Result leave(boolean tailChanged, ScanReport found, ReplayIndex index, String odd) {
        ScanReport report = found;
        JournalAppender appender = new JournalAppender(area, report.endPosition(), report.nextSequence());
        if (report.isCut()) {
            appender.clearAhead(
                    Math.min(JournalScanner.LOOK_AHEAD_SECTORS, area.lengthSectors() - report.scannedSectors()));
        }
        List<Stripe> pending = index.pending();
        if (!pending.isEmpty()) {
            // Their other blocks are taken from the members, which must have what the log holds of them.
            apply(pending.stream().filter(stripe -> stripe.hasCompleteData).toList());
            members.flush();
            logParity(pending, appender);
            report = readOn(index, report.startPosition(), appender.position());
        }
        List<Stripe> left = index.complete();
        return new Result(
                area,
                tailChanged,
                LogStart.behind(report),
                left,
                scanner,
                "Reads and writes are served while " + left.size() + " stripes are replayed from the journal; "
                        + found.sentence() + odd);
    }

    /** No valid block at the tail: whatever the log contains belongs to some past or other array, and is ignored. */
    private Result startNewLog(ScanReport report) {
        long sequence = random.getAsLong() & 0xffff_ffffL;
        JournalAppender appender = new JournalAppender(area, 0, sequence);
        appender.appendEmptyBlock();
        appender.flush();
        return finished(true, 0, sequence, report.sentence());
    }

    // ---- complete stripes ----

    /** Write stripes as they are: pages are gathered from the log in log order, and go out in member order. */
    private void apply(List<Stripe> stripes) {
        int slotCount = layout.memberCount();
        int pageCount = 0;
        for (Stripe stripe : stripes) {
            pageCount += stripe.completeCount();
        }
        int capacity = Math.min(pageCount, Math.max(COPY_BATCH_PAGES, slotCount));
        UnsafeBuffer pages = BufferSlab.allocate(capacity * PAGE + PAGE);
        long[] wanted = new long[capacity];
        for (int first = 0; first < stripes.size(); ) {
            int end = first;
            int count = 0;
            while (end < stripes.size() && count + stripes.get(end).completeCount() <= capacity) {
                Stripe stripe = stripes.get(end++);
                for (int slot = 0; slot < slotCount; slot++) {
                    if (stripe.complete[slot] != ReplayIndex.NONE) {
                        wanted[count] = stripe.complete[slot] << JournalScanner.INDEX_BITS | count;
                        count++;
                    }
                }
            }
            Arrays.sort(wanted, 0, count);
            scanner.readPages(wanted, count, pages);
            for (int slot = 0; slot < slotCount; slot++) {
                int index = 0;
                for (int i = first; i < end; i++) {
                    Stripe stripe = stripes.get(i);
                    if (stripe.complete[slot] != ReplayIndex.NONE) {
                        members.write(slot, stripe.memberOffset(), pages, (index + stripe.completeBelow(slot)) * PAGE);
                    }
                    index += stripe.completeCount();
                }
            }
            first = end;
        }
        members.finishRun();
    }

    private int pageIndex(int stripe, int slot) {
        return (stripe * layout.memberCount() + slot) * PAGE;
    }

    // ---- stripes without parity ----

    /** Whether the log has room for the parity of stripes that lack it, and an empty block behind that. */
    private boolean hasRoomForParity(List<Stripe> pending, ScanReport report) {
        // Sixteen stripes at least share a meta block, or are all there are.
        long pages = (long) pending.size() * layout.parityCount() + (pending.size() + 15) / 16 + 1;
        return 8 * pages + report.scannedSectors() < area.lengthSectors();
    }

    private void finishPending(List<Stripe> pending, ScanReport report, ReplayIndex index, JournalAppender appender) {
        if (!hasRoomForParity(pending, report)) {
            finishWithoutLog(pending);
            return;
        }
        logParity(pending, appender);
        readOn(index, report.startPosition(), appender.position());
        // With their parity in the log, every one of them is complete.
        apply(pending);
        members.flush();
    }

    private void logParity(List<Stripe> pending, JournalAppender appender) {
        inBatches(pending, (batch, content) -> {
            List<JournalTransaction> transactions = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                transactions.add(parityOf(batch.get(i), content.addressOffset() + pageIndex(i, 0)));
            }
            appender.append(transactions);
        });
        appender.flush();
    }

    /** Read what has just been appended, and insist that it is there. */
    private ScanReport readOn(ReplayIndex index, long tailPosition, long endPosition) {
        ScanReport report = scanner.resume(index);
        if (!index.pending().isEmpty() || report.scannedSectors() < area.distance(tailPosition, endPosition)) {
            throw new ArrayException(
                    IoStatus.MEDIA_ERROR,
                    "the journal does not hold what has just been written to it: read up to position "
                            + report.endPosition() + " of " + endPosition + "; " + report.sentence());
        }
        return report;
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
        int perBatch = Math.max(1, STRIPE_BATCH_PAGES / layout.memberCount());
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
        if (!isWholeWithoutParity(stripe, buffer, start)) {
            readAndRecover(stripe, buffer, start, address);
        }
        for (int slot = 0; slot < slotCount; slot++) {
            if (stripe.pending[slot] != ReplayIndex.NONE) {
                scanner.readPage(stripe.pending[slot], buffer, start + slot * PAGE);
            }
            address[slot] = buffer.addressOffset() + start + (long) slot * PAGE;
        }
        parity.compute(stripe.map, address, PAGE);
    }

    /** Read the data blocks that the log does not have; false when one cannot be read, and has to be recovered. */
    private boolean isWholeWithoutParity(Stripe stripe, UnsafeBuffer buffer, int start) {
        for (int d = 0; d < stripe.map.dataCount(); d++) {
            int slot = stripe.map.dataSlot(d);
            if (stripe.pending[slot] == ReplayIndex.NONE
                    && !members.tryRead(slot, stripe.memberOffset(), buffer, start + slot * PAGE)) {
                return false;
            }
        }
        return true;
    }

    private void readAndRecover(Stripe stripe, UnsafeBuffer buffer, int start, long[] address) {
        int slotCount = layout.memberCount();
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
