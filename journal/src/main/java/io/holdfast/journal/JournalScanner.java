package io.holdfast.journal;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.BlockVerdict.Finding;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads a log back after a crash: from the recorded tail, block by block, each checked whole before anything of it is
 * reported, up to the first that is not valid.
 *
 * <p>Everything read is hostile until its checksum says otherwise, and its numbers are bounded even then; a page that is read
 * again to be used is checked again, for a disk may be right the first time and wrong the second. Memory is 16 bytes or so for
 * each page of the log that was reported; time is bounded by one turn of the log. Blocking; single-threaded.
 */
public final class JournalScanner {
    /**
     * How far beyond the end to look for blocks that a damaged one makes unreachable: 8 MiB, twice the longest batch of a
     * {@link JournalWriter}.
     */
    public static final long LOOK_AHEAD_SECTORS = 16_384;

    /** A later block is one of this log only if its number is not much higher than expected. */
    private static final long LOOK_AHEAD_SEQUENCES = 10_000;

    private static final long UNKNOWN = -1;

    /** Bits of a page's number in {@link #readPages}. */
    public static final int INDEX_BITS = 20;

    private static final long INDEX_MASK = (1 << INDEX_BITS) - 1;

    /** What lies between two pages is read along with them, up to 64 KiB: that costs less than another read. */
    private static final long BRIDGED_SECTORS = 128;

    private final JournalArea area;
    private final JournalChecksum checksum;
    private final LogReader reader;
    private final LogReader pageReader;
    private final Long2LongHashMap checksumByPage = new Long2LongHashMap(UNKNOWN);
    private final UnsafeBuffer meta = BufferSlab.allocate(MetaBlockDescriptor.LENGTH);

    private long start;
    private long startSequence;
    private long lastPosition;
    private long position;
    private long sequence;
    private long blocks;
    private long pages;
    private long scanned;
    private boolean isNew;
    private boolean isOwn;
    private BlockVerdict verdict;

    private long blockPages;
    private boolean aheadIsTraced;
    private long aheadPosition;

    /**
     * A scanner.
     *
     * @param area of the log.
     */
    public JournalScanner(JournalArea area) {
        this.area = area;
        checksum = new JournalChecksum(area.uuid());
        reader = new LogReader(area);
        pageReader = new LogReader(area);
    }

    /**
     * Scan. Changes nothing, and can be done again with the same result.
     *
     * @param recordedTail where the log begins, as the superblock has it; an impossible value counts as 0.
     * @param visitor      told what is there.
     * @return what was found.
     * @throws io.holdfast.blockdev.DeviceException when a part of the log that matters cannot be read. Nothing is known
     *                                              then of how far the log goes, so nothing may be applied.
     */
    public ScanReport scan(long recordedTail, JournalVisitor visitor) {
        forget();
        checksumByPage.clear();
        start = area.isPosition(recordedTail) ? recordedTail : 0;
        startSequence = -1;
        lastPosition = start;
        position = start;
        sequence = -1;
        blocks = 0;
        pages = 0;
        scanned = 0;
        isOwn = true;
        verdict = judgeTwice(position, sequence, true, scanned);
        isNew = !verdict.isBlock();
        if (!isNew) {
            startSequence = MetaBlockDescriptor.sequence(meta, 0);
            sequence = startSequence;
        }
        return scanOn(visitor);
    }

    /**
     * Go on where the last scan ended: something has been appended there since.
     *
     * @param visitor told what has come.
     * @return what was found since the scan began.
     * @throws io.holdfast.blockdev.DeviceException as {@link #scan}.
     */
    public ScanReport resume(JournalVisitor visitor) {
        forget();
        verdict = judgeTwice(position, sequence, false, scanned);
        return scanOn(visitor);
    }

    // ---- block by block, for a dump and for the repair of a mirror ----

    /**
     * What a scan would make of the next block. Of one that is whole {@link #blockSectors} and {@link #blockSequence} tell;
     * {@link #meta} is what was found, whatever it is.
     *
     * @param at       position of the block.
     * @param expected its number; any will do for the first.
     * @param isFirst  whether it is the first.
     * @param before   sectors of the log before it.
     */
    BlockVerdict verdictOf(long at, long expected, boolean isFirst, long before) {
        return judgeTwice(at, expected, isFirst, before);
    }

    long blockSectors() {
        return (1 + blockPages) * MetaBlockDescriptor.LENGTH_SECTORS;
    }

    long blockSequence() {
        return MetaBlockDescriptor.sequence(meta, 0);
    }

    /** Whether a block, or a part of one, lies at the end of the log or behind it that could continue it one day. */
    boolean isAnythingBehind(long end, long expected, long before) {
        try {
            lookAhead(end, expected, false, before);
            return aheadIsTraced || judgeTwice(end, expected, false, before).isTrace();
        } catch (DeviceException e) {
            return true;
        }
    }

    /** As {@link #verdictOf}, for a block of any number, wherever in the log it lies, asking the device once. */
    BlockVerdict verdictOnce(long at) {
        return judge(at, 0, true, 0);
    }

    /** As {@link #verdictOf}, but of the block alone and not of its pages, one of which cannot be read. */
    BlockVerdict headerVerdictOf(long at, long expected, boolean isFirst) {
        reader.forget();
        meta.putBytes(0, reader.buffer(), reader.page(at), MetaBlockDescriptor.LENGTH);
        boolean isBlock = MetaBlockDescriptor.magic(meta, 0) == MetaBlockDescriptor.MAGIC
                && (isFirst || MetaBlockDescriptor.sequence(meta, 0) == expected)
                && isIdentified(at)
                && isChecksumRight();
        return isBlock ? BlockVerdict.TORN_PAGE : BlockVerdict.END_OF_LOG;
    }

    /** The block judged last. */
    DirectBuffer meta() {
        return meta;
    }

    /** Where beyond the end of the log an intact block lies that a replay would drop, or -1; see {@link ScanReport}. */
    long laterBlock(long end, long expected, boolean isNew, long before) {
        lookAhead(end, expected, isNew, before);
        return aheadPosition;
    }

    void forget() {
        reader.forget();
        pageReader.forget();
    }

    private ScanReport scanOn(JournalVisitor visitor) {
        while (verdict == BlockVerdict.REPLAY) {
            isOwn &= MetaBlockDescriptor.isOwn(meta, 0);
            lastPosition = position;
            visit(position, visitor);
            long sectors = blockSectors();
            blocks++;
            pages += blockPages;
            scanned += sectors;
            position = area.advance(position, sectors);
            sequence++;
            verdict = judgeTwice(position, sequence, false, scanned);
        }
        lookAhead(position, sequence, isNew, scanned);
        return new ScanReport(
                isNew,
                start,
                startSequence,
                lastPosition,
                position,
                sequence,
                blocks,
                pages,
                scanned,
                isOwn,
                verdict.isTrace() || aheadIsTraced,
                aheadPosition,
                sentence(position, sequence, isNew, blocks, pages, verdict));
    }

    /**
     * The checksum that the log gives of a page, for someone who reads it himself.
     *
     * @param pagePosition that the visitor was given.
     */
    public int checksumOf(long pagePosition) {
        long found = checksumByPage.get(pagePosition);
        if (found == UNKNOWN) {
            throw new IllegalArgumentException("no page was found there: position=" + pagePosition);
        }
        return (int) found;
    }

    /**
     * Read a page of the log.
     *
     * @param position that the visitor was given.
     * @param target   for its 4096 bytes.
     * @param index    of the first in the target.
     * @throws io.holdfast.blockdev.DeviceException when it cannot be read, or is not what the scan found valid there, also
     *                                              when asked again.
     */
    public void readPage(long position, MutableDirectBuffer target, int index) {
        int at = pageReader.page(position);
        if (!isAsScanned(position, at)) {
            pageReader.forget();
            at = pageReader.page(position);
            if (!isAsScanned(position, at)) {
                throw new DeviceException(
                        area.device().name(),
                        IoStatus.MEDIA_ERROR,
                        area.device().name() + ": the page at position " + position
                                + " of the journal was intact a moment ago and now is not; nothing of it was used. Assemble"
                                + " again; if it happens again, the device cannot be trusted.");
            }
        }
        target.putBytes(index, pageReader.buffer(), at, MetaBlockDescriptor.LENGTH);
    }

    /**
     * Read many pages of the log, neighbours together. See {@link #readPage}.
     *
     * @param wanted  pages, in ascending order of position: the position shifted left by {@value #INDEX_BITS}, and in the bits
     *                below it the number of the page in the target, counted in pages from its start.
     * @param count   how many of them.
     * @param target  for their bytes.
     */
    public void readPages(long[] wanted, int count, MutableDirectBuffer target) {
        for (int i = 0; i < count; i++) {
            long at = wanted[i] >>> INDEX_BITS;
            int index = (int) (wanted[i] & INDEX_MASK) * MetaBlockDescriptor.LENGTH;
            if (!pageReader.holds(at)) {
                long sectors = MetaBlockDescriptor.LENGTH_SECTORS;
                for (int next = i + 1; next < count; next++) {
                    long end = (wanted[next] >>> INDEX_BITS) - at + MetaBlockDescriptor.LENGTH_SECTORS;
                    if (end - sectors > BRIDGED_SECTORS || end > LogReader.CHUNK_SECTORS) {
                        break;
                    }
                    sectors = end;
                }
                pageReader.preload(at, sectors);
            }
            readPage(at, target, index);
        }
    }

    private boolean isAsScanned(long position, int index) {
        long expected = checksumByPage.get(position);
        return expected == UNKNOWN || expected == Integer.toUnsignedLong(checksum.of(pageReader.buffer(), index));
    }

    String sentence(long end, long sequence, boolean isNew, long blocks, long pages, BlockVerdict verdict) {
        StringBuilder sentence = new StringBuilder();
        if (isNew) {
            sentence.append("The journal is new: there is no valid block at its tail, position ")
                    .append(end);
            sentence.append(" (").append(verdict.clause()).append("), so whatever it contains is ignored");
            if (aheadPosition >= 0) {
                sentence.append(", although a block of this array lies at position ")
                        .append(aheadPosition);
                sentence.append(": the journal or its tail is damaged, and writes may be lost");
            }
            return sentence.append('.').toString();
        }
        sentence.append(blocks).append(blocks == 1 ? " block with " : " blocks with ");
        sentence.append(pages).append(pages == 1 ? " page" : " pages");
        sentence.append(", ended at position ")
                .append(end)
                .append(" before sequence number ")
                .append(sequence);
        sentence.append(": ").append(verdict.clause());
        if (aheadPosition >= 0) {
            sentence.append("; an intact later block at position ").append(aheadPosition);
            sentence.append(" was dropped: the last write was cut short by a crash, or the journal is damaged");
        }
        return sentence.append('.').toString();
    }

    // ---- one block ----

    /** A disk may return wrong bytes once and the right ones the next time; before the log ends here it is asked again. */
    private BlockVerdict judgeTwice(long position, long expected, boolean isFirst, long scanned) {
        BlockVerdict verdict = judge(position, expected, isFirst, scanned);
        if (verdict != BlockVerdict.REPLAY) {
            reader.forget();
            verdict = judge(position, expected, isFirst, scanned);
        }
        return verdict;
    }

    private BlockVerdict judge(long position, long expected, boolean isFirst, long scanned) {
        return BlockVerdict.of(findings(position, expected, isFirst, scanned));
    }

    private int findings(long position, long expected, boolean isFirst, long scanned) {
        meta.putBytes(0, reader.buffer(), reader.page(position), MetaBlockDescriptor.LENGTH);
        blockPages = 0;
        int findings = 0;
        if (MetaBlockDescriptor.magic(meta, 0) != MetaBlockDescriptor.MAGIC) {
            return findings;
        }
        findings |= Finding.MAGIC.bit();
        if (!isFirst && MetaBlockDescriptor.sequence(meta, 0) != expected) {
            return findings;
        }
        findings |= Finding.SEQUENCE.bit();
        if (!isIdentified(position)) {
            return findings;
        }
        findings |= Finding.IDENTITY.bit();
        if (!isChecksumRight()) {
            return findings;
        }
        findings |= Finding.CHECKSUM.bit();
        if (!arePayloadsPossible()) {
            return findings;
        }
        findings |= Finding.PAYLOADS.bit();
        if (scanned + (1 + blockPages) * MetaBlockDescriptor.LENGTH_SECTORS > area.lengthSectors()) {
            return findings;
        }
        findings |= Finding.ROOM.bit();
        return arePagesIntact(position) ? findings | Finding.PAGES.bit() : findings;
    }

    private boolean isIdentified(long position) {
        return MetaBlockDescriptor.version(meta, 0) == MetaBlockDescriptor.VERSION
                && MetaBlockDescriptor.position(meta, 0) == position;
    }

    private boolean isChecksumRight() {
        int stored = MetaBlockDescriptor.checksum(meta, 0);
        MetaBlockDescriptor.checksum(meta, 0, 0);
        boolean right = checksum.of(meta, 0) == stored;
        MetaBlockDescriptor.checksum(meta, 0, stored);
        return right;
    }

    /** Walk the descriptors without touching a page; counts the pages. */
    private boolean arePayloadsPossible() {
        int used = MetaBlockDescriptor.used(meta, 0);
        if (used < MetaBlockDescriptor.HEADER_LENGTH || used > MetaBlockDescriptor.LENGTH) {
            return false;
        }
        int at = MetaBlockDescriptor.HEADER_LENGTH;
        while (at < used) {
            int length = payloadLength(meta, at, used);
            if (length < 0) {
                return false;
            }
            blockPages += pageCount(meta, at);
            at += length;
        }
        return true;
    }

    static int pageCount(DirectBuffer buffer, int at) {
        return PayloadDescriptor.kind(buffer, at) == PayloadDescriptor.FLUSH
                ? 0
                : (int) PayloadDescriptor.size(buffer, at) / MetaBlockDescriptor.LENGTH_SECTORS;
    }

    /** Bytes of the descriptor, or -1 when it is not one. */
    static int payloadLength(DirectBuffer buffer, int at, int used) {
        if (used - at < PayloadDescriptor.FLUSH_LIST_OFFSET) {
            return -1;
        }
        long size = PayloadDescriptor.size(buffer, at);
        int kind = PayloadDescriptor.kind(buffer, at);
        long length;
        if (PayloadDescriptor.flags(buffer, at) != 0) {
            length = -1;
        } else if (kind == PayloadDescriptor.FLUSH) {
            length = size % Long.BYTES == 0 ? PayloadDescriptor.FLUSH_LIST_OFFSET + size : -1;
        } else if (kind == PayloadDescriptor.DATA && size == MetaBlockDescriptor.LENGTH_SECTORS) {
            length = PayloadDescriptor.length(1);
        } else if (kind == PayloadDescriptor.PARITY
                && (size == MetaBlockDescriptor.LENGTH_SECTORS || size == 2 * MetaBlockDescriptor.LENGTH_SECTORS)) {
            length = PayloadDescriptor.length((int) size / MetaBlockDescriptor.LENGTH_SECTORS);
        } else {
            length = -1;
        }
        return length < 0 || length > used - at ? -1 : (int) length;
    }

    private boolean arePagesIntact(long position) {
        int used = MetaBlockDescriptor.used(meta, 0);
        long pagePosition = area.advance(position, MetaBlockDescriptor.LENGTH_SECTORS);
        for (int at = MetaBlockDescriptor.HEADER_LENGTH; at < used; at += payloadLength(meta, at, used)) {
            int pages = pageCount(meta, at);
            for (int i = 0; i < pages; i++) {
                int index = reader.page(pagePosition);
                if (checksum.of(reader.buffer(), index) != PayloadDescriptor.checksum(meta, at, i)) {
                    return false;
                }
                pagePosition = area.advance(pagePosition, MetaBlockDescriptor.LENGTH_SECTORS);
            }
        }
        return true;
    }

    private void visit(long position, JournalVisitor visitor) {
        int used = MetaBlockDescriptor.used(meta, 0);
        long pagePosition = area.advance(position, MetaBlockDescriptor.LENGTH_SECTORS);
        for (int at = MetaBlockDescriptor.HEADER_LENGTH; at < used; at += payloadLength(meta, at, used)) {
            int pages = pageCount(meta, at);
            long location = PayloadDescriptor.location(meta, at);
            for (int i = 0; i < pages; i++) {
                checksumByPage.put(
                        area.advance(pagePosition, (long) i * MetaBlockDescriptor.LENGTH_SECTORS),
                        Integer.toUnsignedLong(PayloadDescriptor.checksum(meta, at, i)));
            }
            switch (PayloadDescriptor.kind(meta, at)) {
                case PayloadDescriptor.DATA:
                    visitor.onData(location, pagePosition);
                    break;
                case PayloadDescriptor.PARITY:
                    visitor.onParity(
                            location,
                            pagePosition,
                            pages == 2 ? area.advance(pagePosition, MetaBlockDescriptor.LENGTH_SECTORS) : -1);
                    break;
                case PayloadDescriptor.FLUSH:
                default:
                    int count = (int) PayloadDescriptor.size(meta, at) / Long.BYTES;
                    for (int i = 0; i < count; i++) {
                        visitor.onFlush(PayloadDescriptor.flushedStripe(meta, at, i));
                    }
                    break;
            }
            pagePosition = area.advance(pagePosition, (long) pages * MetaBlockDescriptor.LENGTH_SECTORS);
        }
    }

    // ---- beyond the end ----

    /**
     * Look for blocks that a damaged one makes unreachable: an operator should hear of them, and the log must not continue
     * with their numbers.
     */
    private void lookAhead(long end, long expected, boolean isNew, long scanned) {
        aheadIsTraced = false;
        aheadPosition = -1;
        long limit = Math.min(LOOK_AHEAD_SECTORS, area.lengthSectors() - scanned);
        long ahead = MetaBlockDescriptor.LENGTH_SECTORS;
        try {
            for (; ahead < limit && aheadPosition < 0; ahead += MetaBlockDescriptor.LENGTH_SECTORS) {
                lookAt(area.advance(end, ahead), expected, isNew);
            }
        } catch (DeviceException e) {
            // Nothing of the log depends on what is there, but neither is it known to be nothing.
            aheadIsTraced = true;
        }
    }

    private void lookAt(long position, long expected, boolean isNew) {
        int index = reader.page(position);
        if (MetaBlockDescriptor.magic(reader.buffer(), index) != MetaBlockDescriptor.MAGIC) {
            return;
        }
        long distance = MetaBlockDescriptor.sequence(reader.buffer(), index) - expected;
        if (!isNew && (distance <= 0 || distance > LOOK_AHEAD_SEQUENCES)) {
            return;
        }
        meta.putBytes(0, reader.buffer(), index, MetaBlockDescriptor.LENGTH);
        if (isIdentified(position)) {
            aheadIsTraced = true;
            aheadPosition = isChecksumRight() ? position : -1;
        }
    }
}
