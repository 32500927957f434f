package io.holdfast.journal;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.journal.LogBlock.Kind;
import io.holdfast.journal.LogBlock.Page;
import io.holdfast.journal.LogBlock.PageVerdict;
import io.holdfast.journal.LogBlock.Payload;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.agrona.DirectBuffer;

/**
 * Shows a log as it is, for people who want to know what is in it: each block with its payloads, the one it breaks off at,
 * and, if asked for, the blocks that a replay would not get to see.
 *
 * <p>What is a block of the log and where it ends is decided by the same code as for a replay. A damaged block or an
 * unreadable page is reported, never an exception. Memory is a few megabytes whatever the log holds; time is bounded by the
 * length of the area. Writes nothing. Blocking; single-threaded.
 */
public final class JournalDump {
    private static final int SECTORS = MetaBlockDescriptor.LENGTH_SECTORS;

    private final JournalArea area;
    private final JournalScanner scanner;
    private final LogReader reader;
    private final JournalChecksum checksum;

    /**
     * A dump.
     *
     * @param area of the log.
     */
    public JournalDump(JournalArea area) {
        this.area = area;
        scanner = new JournalScanner(area);
        reader = new LogReader(area);
        checksum = new JournalChecksum(area.uuid());
    }

    /**
     * Walk the log.
     *
     * @param recordedTail where it begins, as the superblock has it; an impossible value counts as 0.
     * @param showsStrays  whether to go through the rest of the area too.
     * @param visitor      told of what is there.
     */
    public void walk(long recordedTail, boolean showsStrays, LogBlockVisitor visitor) {
        scanner.forget();
        reader.forget();
        long start = area.isPosition(recordedTail) ? recordedTail : 0;
        long position = start;
        long sequence = -1;
        long blocks = 0;
        long pages = 0;
        long used = 0;
        BlockVerdict verdict;
        try {
            verdict = scanner.verdictOf(position, sequence, true, used);
            while (verdict == BlockVerdict.REPLAY) {
                LogBlock block = block(position, verdict);
                visitor.onBlock(block);
                sequence = block.sequence() + 1;
                blocks++;
                pages += block.pageCount();
                used += block.sectors();
                position = area.advance(position, block.sectors());
                verdict = scanner.verdictOf(position, sequence, false, used);
            }
        } catch (DeviceException e) {
            boolean isShown = showUnreadable(position, sequence, blocks == 0, visitor);
            visitor.onEnd(unreadable(start, position, sequence, blocks, pages, e));
            strays(showsStrays, position, used, isShown, visitor);
            return;
        }
        boolean isNew = blocks == 0 && !verdict.isBlock();
        boolean isBroken = verdict.isTrace();
        if (isBroken) {
            visitor.onBrokenBlock(block(position, verdict));
        }
        if (blocks == 0 && !isNew) {
            sequence = scanner.blockSequence();
        }
        long later = scanner.laterBlock(position, sequence, isNew, used);
        visitor.onEnd(new LogEnd(
                isNew,
                true,
                start,
                position,
                sequence,
                blocks,
                pages,
                word(verdict),
                later,
                scanner.sentence(position, sequence, isNew, blocks, pages, verdict)));
        strays(showsStrays, position, used, isBroken, visitor);
    }

    /** A block whose header can be read although one of its pages cannot. */
    private boolean showUnreadable(long position, long expected, boolean isFirst, LogBlockVisitor visitor) {
        try {
            BlockVerdict verdict = scanner.headerVerdictOf(position, expected, isFirst);
            if (!verdict.isBlock()) {
                return false;
            }
            LogBlock found = block(position, verdict);
            visitor.onBrokenBlock(new LogBlock(
                    found.position(),
                    found.sequence(),
                    found.writer(),
                    false,
                    "unreadable page",
                    "a page of the block cannot be read",
                    found.payloads(),
                    found.pageCount()));
            return true;
        } catch (DeviceException e) {
            // The header itself: there is nothing to show.
            return false;
        }
    }

    private static LogEnd unreadable(
            long start, long position, long sequence, long blocks, long pages, DeviceException e) {
        return new LogEnd(
                blocks == 0,
                false,
                start,
                position,
                sequence,
                blocks,
                pages,
                "unreadable",
                -1,
                blocks + (blocks == 1 ? " block with " : " blocks with ") + pages + (pages == 1 ? " page" : " pages")
                        + "; at position " + position + " the log cannot be read (" + e.getMessage()
                        + "), and nobody knows whether it goes on: such a log is not replayed.");
    }

    private void strays(boolean isWanted, long end, long used, boolean isEndShown, LogBlockVisitor visitor) {
        if (!isWanted) {
            return;
        }
        long rest = area.lengthSectors() - used;
        for (long ahead = isEndShown ? SECTORS : 0; ahead < rest; ) {
            long position = area.advance(end, ahead);
            LogBlock block = strayAt(position);
            if (block != null) {
                visitor.onStrayBlock(block);
            }
            // The pages of a block that is whole hold no blocks; those of another may have been written over by some.
            ahead += block != null && block.isValid() ? Math.min(block.sectors(), rest - ahead) : SECTORS;
        }
    }

    private LogBlock strayAt(long position) {
        try {
            BlockVerdict verdict = scanner.verdictOnce(position);
            return verdict == BlockVerdict.REPLAY || verdict.isBlock() || verdict == BlockVerdict.TORN
                    ? block(position, verdict)
                    : null;
        } catch (DeviceException e) {
            return null;
        }
    }

    // ---- one block ----

    /** The block that the scanner has just judged. */
    private LogBlock block(long position, BlockVerdict verdict) {
        DirectBuffer meta = scanner.meta();
        List<Payload> payloads = new ArrayList<>();
        int used = Math.min(MetaBlockDescriptor.used(meta, 0), MetaBlockDescriptor.LENGTH);
        int pageCount = 0;
        // Of a block that belongs elsewhere nothing else can be meant.
        boolean isHere = verdict != BlockVerdict.FOREIGN && verdict != BlockVerdict.STALE;
        for (int at = MetaBlockDescriptor.HEADER_LENGTH; isHere && at < used; ) {
            int length = JournalScanner.payloadLength(meta, at, used);
            boolean fits = length >= 0
                    && (1L + pageCount + JournalScanner.pageCount(meta, at)) * SECTORS <= area.lengthSectors();
            if (!fits) {
                break;
            }
            Payload payload = payload(meta, at, area.advance(position, (1L + pageCount) * SECTORS), verdict);
            payloads.add(payload);
            pageCount += payload.pages().size();
            at += length;
        }
        return new LogBlock(
                position,
                MetaBlockDescriptor.sequence(meta, 0),
                writer(meta),
                verdict == BlockVerdict.REPLAY,
                word(verdict),
                verdict.clause(),
                payloads,
                pageCount);
    }

    private Payload payload(DirectBuffer meta, int at, long firstPage, BlockVerdict verdict) {
        int kind = PayloadDescriptor.kind(meta, at);
        List<Page> pages = new ArrayList<>();
        List<Long> flushed = new ArrayList<>();
        if (kind == PayloadDescriptor.FLUSH) {
            int count = (int) PayloadDescriptor.size(meta, at) / Long.BYTES;
            for (int i = 0; i < count; i++) {
                flushed.add(PayloadDescriptor.flushedStripe(meta, at, i));
            }
            return new Payload(Kind.FLUSH, 0, pages, flushed);
        }
        int count = JournalScanner.pageCount(meta, at);
        for (int i = 0; i < count; i++) {
            long position = area.advance(firstPage, (long) i * SECTORS);
            int stored = PayloadDescriptor.checksum(meta, at, i);
            // What the scanner has found whole need not be read again.
            boolean isChecked = verdict == BlockVerdict.REPLAY;
            pages.add(new Page(position, stored, isChecked ? PageVerdict.INTACT : verdictOf(position, stored)));
        }
        return new Payload(
                kind == PayloadDescriptor.DATA ? Kind.DATA : Kind.PARITY,
                PayloadDescriptor.location(meta, at),
                pages,
                flushed);
    }

    private PageVerdict verdictOf(long position, int stored) {
        try {
            int index = reader.page(position);
            return checksum.of(reader.buffer(), index) == stored ? PageVerdict.INTACT : PageVerdict.DAMAGED;
        } catch (DeviceException e) {
            return PageVerdict.UNREADABLE;
        }
    }

    private static LogBlock.Writer writer(DirectBuffer meta) {
        if (MetaBlockDescriptor.isOwn(meta, 0)) {
            return LogBlock.Writer.HOLDFAST;
        }
        return MetaBlockDescriptor.isUnsigned(meta, 0) ? LogBlock.Writer.LINUX : LogBlock.Writer.UNKNOWN;
    }

    private static String word(BlockVerdict verdict) {
        return verdict == BlockVerdict.REPLAY
                ? "valid"
                : verdict.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
