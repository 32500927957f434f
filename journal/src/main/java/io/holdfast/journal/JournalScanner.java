package io.holdfast.journal;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.journal.BlockVerdict.Finding;
import java.util.EnumSet;
import java.util.Set;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads a log back after a crash: from the recorded tail, block by block, each checked whole before anything of it is
 * reported, up to the first that is not valid.
 *
 * <p>Everything read is hostile until its checksum says otherwise, and its numbers are bounded even then. Memory is
 * constant; time is bounded by one turn of the log. Blocking; single-threaded.
 */
public final class JournalScanner {
    /** How far beyond the end to look for blocks that a damaged one makes unreachable. */
    private static final long LOOK_AHEAD_SECTORS = 8192;

    /** A later block is one of this log only if its number is not much higher than expected. */
    private static final long LOOK_AHEAD_SEQUENCES = 10_000;

    private final JournalArea area;
    private final JournalChecksum checksum;
    private final LogReader reader;
    private final LogReader pageReader;
    private final UnsafeBuffer meta = BufferSlab.allocate(MetaBlockDescriptor.LENGTH);

    private long blockPages;

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
     * Scan.
     *
     * @param recordedTail where the log begins, as the superblock has it; an impossible value counts as 0.
     * @param visitor      told what is there.
     * @return what was found.
     * @throws io.holdfast.blockdev.DeviceException when the log cannot be read.
     */
    public ScanReport scan(long recordedTail, JournalVisitor visitor) {
        long start = area.isPosition(recordedTail) ? recordedTail : 0;
        long position = start;
        long startSequence = -1;
        long sequence = -1;
        long blocks = 0;
        long pages = 0;
        long scanned = 0;
        while (true) {
            BlockVerdict verdict = judge(position, sequence, blocks == 0, scanned);
            if (verdict != BlockVerdict.REPLAY) {
                return report(start, startSequence, position, sequence, blocks, pages, scanned, verdict);
            }
            if (blocks == 0) {
                startSequence = MetaBlockDescriptor.sequence(meta, 0);
                sequence = startSequence;
            }
            visit(position, visitor);
            long sectors = (1 + blockPages) * MetaBlockDescriptor.LENGTH_SECTORS;
            blocks++;
            pages += blockPages;
            scanned += sectors;
            position = area.advance(position, sectors);
            sequence++;
        }
    }

    /**
     * Read a page of the log.
     *
     * @param position that the visitor was given.
     * @param target   for its 4096 bytes.
     * @param index    of the first in the target.
     */
    public void readPage(long position, MutableDirectBuffer target, int index) {
        int at = pageReader.page(position);
        target.putBytes(index, pageReader.buffer(), at, MetaBlockDescriptor.LENGTH);
    }

    private ScanReport report(
            long start,
            long startSequence,
            long position,
            long sequence,
            long blocks,
            long pages,
            long scanned,
            BlockVerdict verdict) {
        if (blocks == 0) {
            return new ScanReport(
                    true,
                    start,
                    -1,
                    start,
                    -1,
                    0,
                    0,
                    0,
                    "The journal has no valid block at its tail, position " + start
                            + ": it begins anew, and whatever it" + " contained is ignored.",
                    -1);
        }
        long later = laterBlock(position, sequence, scanned);
        String sentence = blocks + " blocks with " + pages + " pages, up to position " + position + ", where "
                + verdict.sentence();
        if (later >= 0) {
            sentence += "; block " + later + " beyond it is intact but cannot be used, because blocks from " + sequence
                    + " on are not: the last batch was cut by the crash, or the journal is damaged";
        }
        return new ScanReport(
                false, start, startSequence, position, sequence, blocks, pages, scanned, sentence + ".", later);
    }

    // ---- one block ----

    private BlockVerdict judge(long position, long expected, boolean isFirst, long scanned) {
        meta.putBytes(0, reader.buffer(), reader.page(position), MetaBlockDescriptor.LENGTH);
        Set<Finding> findings = EnumSet.noneOf(Finding.class);
        blockPages = 0;
        if (MetaBlockDescriptor.magic(meta, 0) != MetaBlockDescriptor.MAGIC) {
            return BlockVerdict.of(findings);
        }
        findings.add(Finding.MAGIC);
        if (!isFirst && MetaBlockDescriptor.sequence(meta, 0) != expected) {
            return BlockVerdict.of(findings);
        }
        findings.add(Finding.SEQUENCE);
        if (!isIdentified(position)) {
            return BlockVerdict.of(findings);
        }
        findings.add(Finding.IDENTITY);
        if (!isChecksumRight()) {
            return BlockVerdict.of(findings);
        }
        findings.add(Finding.CHECKSUM);
        if (!arePayloadsPossible()) {
            return BlockVerdict.of(findings);
        }
        findings.add(Finding.PAYLOADS);
        if (scanned + (1 + blockPages) * MetaBlockDescriptor.LENGTH_SECTORS > area.lengthSectors()) {
            return BlockVerdict.of(findings);
        }
        findings.add(Finding.ROOM);
        if (arePagesIntact(position)) {
            findings.add(Finding.PAGES);
        }
        return BlockVerdict.of(findings);
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

    private static int pageCount(DirectBuffer buffer, int at) {
        return PayloadDescriptor.kind(buffer, at) == PayloadDescriptor.FLUSH
                ? 0
                : (int) PayloadDescriptor.size(buffer, at) / MetaBlockDescriptor.LENGTH_SECTORS;
    }

    /** Bytes of the descriptor, or -1 when it is not one. */
    private static int payloadLength(DirectBuffer buffer, int at, int used) {
        if (used - at < PayloadDescriptor.FLUSH_LIST_OFFSET) {
            return -1;
        }
        long size = PayloadDescriptor.size(buffer, at);
        int kind = PayloadDescriptor.kind(buffer, at);
        long length;
        if (kind == PayloadDescriptor.FLUSH) {
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

    /** Look for a block that a damaged one makes unreachable, so that an operator hears of it. */
    private long laterBlock(long end, long expected, long scanned) {
        long limit = Math.min(LOOK_AHEAD_SECTORS, area.lengthSectors() - scanned);
        for (long ahead = 0; ahead < limit; ahead += MetaBlockDescriptor.LENGTH_SECTORS) {
            long position = area.advance(end, ahead);
            int index = reader.page(position);
            if (MetaBlockDescriptor.magic(reader.buffer(), index) != MetaBlockDescriptor.MAGIC) {
                continue;
            }
            long sequence = MetaBlockDescriptor.sequence(reader.buffer(), index);
            if (sequence <= expected || sequence > expected + LOOK_AHEAD_SEQUENCES) {
                continue;
            }
            meta.putBytes(0, reader.buffer(), index, MetaBlockDescriptor.LENGTH);
            if (isIdentified(position) && isChecksumRight()) {
                return sequence;
            }
        }
        return -1;
    }
}
