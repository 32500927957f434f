package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.metadata.BadBlockList;
import io.holdfast.raid.metadata.BadBlockLog;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.agrona.MutableDirectBuffer;

/**
 * The bad block lists of all members, spares included: each belongs to its device and goes where that goes, never with the
 * slot. Confined to the conductor's thread, or to the one that starts the array.
 */
final class BadBlockTable {
    /** By device; null for one that is no member. */
    private final List<Entry> entries = new ArrayList<>();
    /** Lists that the disks do not have yet. */
    private final BitSet changed = new BitSet();
    /** Of these, those that are being written. */
    private final BitSet taken = new BitSet();
    /** Lists that ran out of room: what they name stays so, nothing more is listed. */
    private final BitSet full = new BitSet();

    /** What is kept of one member. */
    private static final class Entry {
        final MemberDevice member;
        final BadBlockList list;
        BadBlocks published;

        Entry(MemberDevice member, BadBlockList list) {
            this.member = member;
            this.list = list;
        }
    }

    /**
     * A member comes, with an index higher than all before it.
     *
     * @param member that it is.
     * @param list   as its log has it.
     */
    void join(MemberDevice member, BadBlockList list) {
        while (entries.size() < member.index()) {
            entries.add(null);
        }
        entries.add(new Entry(member, list));
        publish(member.index());
    }

    /** What is listed of a device, which may be none of the members; or of no device, with -1. */
    BadBlocks of(int device) {
        return isMember(device) ? entries.get(device).published : BadBlocks.NONE;
    }

    private void publish(int device) {
        Entry entry = entries.get(device);
        entry.published =
                BadBlocks.of(entry.list.ranges(), entry.member.dataOffset(), entry.list.isKept() && !full.get(device));
    }

    private BadBlockList list(int device) {
        return entries.get(device).list;
    }

    /** List blocks of a member's data; false when there is no room. */
    boolean add(int device, long memberOffset, long length) {
        return change(device, list(device).add(sector(device, memberOffset), sectors(length)));
    }

    /** Blocks of a member's data are good; false when what is left of a range has no room. */
    boolean remove(int device, long memberOffset, long length) {
        return change(device, list(device).remove(sector(device, memberOffset), sectors(length)));
    }

    private boolean change(int device, boolean isDone) {
        if (isDone) {
            changed.set(device);
            publish(device);
        }
        return isDone;
    }

    /** Nothing more is listed of a device. */
    void runOut(int device) {
        full.set(device);
        publish(device);
    }

    private long sector(int device, long memberOffset) {
        return (entries.get(device).member.dataOffset() + memberOffset) / DeviceGeometry.SECTOR_LENGTH;
    }

    private static long sectors(long length) {
        return length / DeviceGeometry.SECTOR_LENGTH;
    }

    // ---- for those who write them ----

    /** Whether a device that is a member lists anything. */
    boolean isAnythingListed(int device) {
        return isMember(device) && !list(device).isEmpty();
    }

    boolean isMember(int device) {
        return device >= 0 && device < entries.size() && entries.get(device) != null;
    }

    /** Bytes from the start of the device to its log. */
    long logOffset(int device) {
        return list(device).logOffset();
    }

    /**
     * Take a list that has changed, to write it.
     *
     * @param device that it is of.
     * @param target for the bytes of its log.
     * @return how many; 0 when the disk has the list already.
     */
    int take(int device, MutableDirectBuffer target) {
        if (!changed.get(device)) {
            return 0;
        }
        changed.clear(device);
        taken.set(device);
        list(device).writeTo(target);
        return list(device).logLength();
    }

    /** What was taken is durable; or it may not be, and has to be taken again. */
    void ended(boolean isDurable) {
        if (!isDurable) {
            changed.or(taken);
        }
        taken.clear();
    }

    /** Write a list that has changed, and wait until it is durable. */
    void write(int device, BlockDevice target) {
        MutableDirectBuffer log = BufferSlab.allocate(BadBlockLog.MAX_LENGTH);
        int length = take(device, log);
        if (length > 0) {
            target.write(logOffset(device), log, 0, length);
            target.flush();
        }
    }
}
