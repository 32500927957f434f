package io.holdfast.journal;

import io.holdfast.blockdev.BufferSlab;
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

    /** The most bytes that a transaction can add. */
    static int mostBytes(JournalTransaction transaction) {
        int room = DESCRIPTOR_ROOM - transaction.longestGroup() + 1;
        int blocks = transaction.descriptorsLength() <= DESCRIPTOR_ROOM
                ? 1
                : Math.min(transaction.groupCount(), transaction.descriptorsLength() / room + 2);
        return (blocks + transaction.pageCount()) * PAGE;
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
            int needed = transaction.groupDescriptorsLength(group);
            if (needed > DESCRIPTOR_ROOM) {
                throw new IllegalArgumentException("a group that no meta block can hold: length=" + needed);
            }
            if (used + needed > PAGE) {
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
        long position = area.advance(startPosition, length / 512);
        MetaBlockDescriptor.begin(buffer, meta, sequence++, position);
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
