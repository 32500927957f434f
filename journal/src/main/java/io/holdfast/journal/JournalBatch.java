package io.holdfast.journal;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One device write in the making: meta blocks, each followed by its pages, laid out as they will lie in the log. Several
 * transactions share a meta block until it is full.
 */
final class JournalBatch {
    private static final int PAGE = MetaBlockDescriptor.LENGTH;
    private static final int DESCRIPTOR_ROOM = PAGE - MetaBlockDescriptor.HEADER_LENGTH;

    private final JournalArea area;
    private final JournalChecksum checksum;
    private final BlockLedger ledger;
    private final UnsafeBuffer buffer;

    private long startPosition;
    private long sequence;
    private int length;
    private int meta;
    private int used;
    private long ordinal;

    JournalBatch(JournalArea area, JournalChecksum checksum, BlockLedger ledger, int capacity) {
        this.area = area;
        this.checksum = checksum;
        this.ledger = ledger;
        buffer = new BufferSlab(capacity).carve(capacity);
    }

    void begin(long position, long nextSequence) {
        startPosition = position;
        sequence = nextSequence;
        length = 0;
        meta = -1;
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** Bytes so far. */
    int length() {
        return length;
    }

    long nextSequence() {
        return sequence;
    }

    /**
     * The most meta blocks that a transaction can add. One that fits into one block is never split; of a longer one, every
     * block but the last lacks room for another group.
     */
    static int mostBlocks(JournalTransaction transaction) {
        if (transaction.descriptorsLength() <= DESCRIPTOR_ROOM) {
            return 1;
        }
        int leastUsed = DESCRIPTOR_ROOM - transaction.longestGroup() + 1;
        return Math.min(transaction.groupCount(), transaction.descriptorsLength() / leastUsed + 1);
    }

    /** The most bytes that a transaction can add. */
    static long mostBytes(JournalTransaction transaction) {
        return ((long) mostBlocks(transaction) + transaction.pageCount()) * PAGE;
    }

    /** Insist on a transaction that could be appended to some log. */
    static void check(JournalTransaction transaction) {
        if (transaction.pageCount() == 0 || transaction.isGroupOpen() || transaction.longestGroup() > DESCRIPTOR_ROOM) {
            throw new IllegalArgumentException("not a transaction: token=" + transaction.token() + " pageCount="
                    + transaction.pageCount() + " isGroupOpen=" + transaction.isGroupOpen() + " longestGroup="
                    + transaction.longestGroup());
        }
    }

    boolean fits(JournalTransaction transaction) {
        return length + mostBytes(transaction) <= buffer.capacity();
    }

    void add(JournalTransaction transaction) {
        int whole = transaction.descriptorsLength();
        if (meta < 0 || (used + whole > PAGE && used > MetaBlockDescriptor.HEADER_LENGTH)) {
            openBlock();
        }
        transaction.firstBlock = ordinal;
        ledger.hold(ordinal);
        for (int group = 0; group < transaction.groupCount(); group++) {
            if (used + transaction.groupDescriptorsLength(group) > PAGE) {
                openBlock();
                ledger.hold(ordinal);
            }
            addGroup(transaction, group);
        }
        transaction.lastBlock = ordinal;
    }

    /** A block that heads nothing: a place for the tail to point at. */
    void addEmptyBlock() {
        openBlock();
    }

    private void addGroup(JournalTransaction transaction, int group) {
        int end = transaction.end(group);
        int firstParity = end - transaction.parityPages(group);
        for (int entry = transaction.start(group); entry < firstParity; entry++) {
            PayloadDescriptor.write(buffer, meta + used, PayloadDescriptor.DATA, 1, transaction.location(entry));
            addPage(0, transaction.page(entry));
            used += PayloadDescriptor.length(1);
        }
        int parityPages = end - firstParity;
        if (parityPages == 0) {
            return;
        }
        PayloadDescriptor.write(
                buffer, meta + used, PayloadDescriptor.PARITY, parityPages, transaction.location(firstParity));
        for (int i = 0; i < parityPages; i++) {
            addPage(i, transaction.page(firstParity + i));
        }
        used += PayloadDescriptor.length(parityPages);
    }

    private void addPage(int index, long address) {
        UnsafeApi.copyMemory(null, address, null, buffer.addressOffset() + length, PAGE);
        PayloadDescriptor.checksum(buffer, meta + used, index, checksum.of(buffer, length));
        length += PAGE;
    }

    private void openBlock() {
        closeBlock();
        meta = length;
        used = MetaBlockDescriptor.HEADER_LENGTH;
        long position = area.advance(startPosition, length / DeviceGeometry.SECTOR_LENGTH);
        MetaBlockDescriptor.begin(buffer, meta, sequence++, position);
        MetaBlockDescriptor.sign(buffer, meta);
        ordinal = ledger.add(position);
        length += PAGE;
    }

    /** Seal the last block; nothing can be added to it any more. */
    void closeBlock() {
        if (meta >= 0) {
            MetaBlockDescriptor.used(buffer, meta, used);
            MetaBlockDescriptor.checksum(buffer, meta, 0);
            MetaBlockDescriptor.checksum(buffer, meta, checksum.of(buffer, meta));
            meta = -1;
        }
    }
}
