package io.holdfast.raid.engine;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.layout.ArrayLayout;
import java.util.ArrayDeque;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads that need no stripe: the member can be trusted, so bytes go from it straight to the caller's buffer, or through a
 * bounce buffer when the caller's is on the heap or not aligned.
 *
 * <p>They take no window, so they never wait for writers; a block that is being written meanwhile reads as old or new. A
 * read that fails is handed to the window machine, which tries again and reconstructs.
 */
final class DirectReads {
    private static final int MAX_BOUNCE_LENGTH = 64 * 1024;

    /** One read in flight. */
    private static final class Read {
        final int index;
        UnsafeBuffer bounce;
        ArrayRequest request;
        long arrayOffset;
        int length;
        int skip;
        boolean bounced;

        Read(int index, UnsafeBuffer bounce) {
            this.index = index;
            this.bounce = bounce;
        }
    }

    private final WindowGeometry geometry;
    private final ArrayLayout layout;
    private final MemberChannels channels;
    private final MemberView view;
    private final WindowMachine machine;
    private final int bounceLength;
    private final Read[] reads;
    private final ArrayDeque<Read> freePlain;
    private final ArrayDeque<Read> freeBouncing;
    private final ArrayDeque<Read> failed;

    DirectReads(
            ArrayLayout layout,
            WindowGeometry geometry,
            MemberChannels channels,
            MemberView view,
            WindowMachine machine,
            int plainCount,
            int bouncingCount) {
        this.layout = layout;
        this.geometry = geometry;
        this.channels = channels;
        this.view = view;
        this.machine = machine;
        reads = new Read[plainCount + bouncingCount];
        freePlain = new ArrayDeque<>(plainCount);
        freeBouncing = new ArrayDeque<>(bouncingCount);
        failed = new ArrayDeque<>(plainCount + bouncingCount);
        // No read is longer than a chunk.
        bounceLength = Math.min(MAX_BOUNCE_LENGTH, geometry.chunkLength());
        BufferSlab slab = new BufferSlab(bouncingCount * bounceLength);
        for (int i = 0; i < reads.length; i++) {
            boolean bouncing = i >= plainCount;
            reads[i] = new Read(i, bouncing ? slab.carve(bounceLength) : null);
            (bouncing ? freeBouncing : freePlain).add(reads[i]);
        }
    }

    /**
     * Start reading, from an array offset, as much as one transfer can take within one chunk.
     *
     * @param request     that wants it; gives one share if anything is started.
     * @param arrayOffset of the first byte.
     * @param limit       bytes wanted from there.
     * @return how many bytes were taken on; 0 when nothing can be started now.
     */
    int start(ArrayRequest request, long arrayOffset, long limit) {
        long window = geometry.windowOfMember(geometry.memberOffsetOfArray(arrayOffset));
        int chunk = geometry.chunkLength();
        int length = (int) Math.min(limit, chunk - (arrayOffset & (chunk - 1)));
        int slot = layout.stripe(geometry.row(window)).dataSlot(geometry.dataIndexOfArray(arrayOffset));
        int device = view.membership().device(slot);
        boolean whole = view.isWhole() && !machine.isAnyNewer();
        if (!whole) {
            length = Math.min(length, geometry.length() - (int) (arrayOffset & (geometry.length() - 1)));
            if (machine.isNewer(window) || !canTrust(slot, window, arrayOffset, length)) {
                return startWindowRead(request, window, arrayOffset, length);
            }
        }
        return startDirect(request, arrayOffset, length, slot, device);
    }

    private boolean canTrust(int slot, long window, long arrayOffset, int length) {
        if (!view.isPresent(slot)) {
            return false;
        }
        int inWindow = (int) (arrayOffset & (geometry.length() - 1));
        int first = inWindow >> BlockMask.BLOCK_SHIFT;
        int last = (inWindow + length - 1) >> BlockMask.BLOCK_SHIFT;
        int blocks = BlockMask.of(first, last - first + 1);
        return view.membership().untrusted(slot, window, geometry.memberOffset(window), blocks) == 0;
    }

    private int startWindowRead(ArrayRequest request, long window, long arrayOffset, int length) {
        if (!machine.canSubmit(window)) {
            return 0;
        }
        request.addShare();
        machine.submit(window, Piece.Work.READ, request, arrayOffset, arrayOffset + length);
        return length;
    }

    private int startDirect(ArrayRequest request, long arrayOffset, int length, int slot, int device) {
        DeviceGeometry deviceGeometry = channels.geometry(device);
        int mask = deviceGeometry.logicalBlockLength() - 1;
        long memberOffset = geometry.memberOffsetOfArray(arrayOffset);
        int index = (int) (arrayOffset - request.offset());
        boolean aligned = ((memberOffset | length) & mask) == 0
                && request.isDirect()
                && ((request.buffer().addressOffset() + index) & (deviceGeometry.bufferAlignment() - 1)) == 0;
        Read read = aligned ? freePlain.pollFirst() : freeBouncing.pollFirst();
        if (read == null) {
            return 0;
        }
        read.request = request;
        read.arrayOffset = arrayOffset;
        read.bounced = !aligned;
        read.skip = aligned ? 0 : (int) memberOffset & mask;
        read.length = aligned ? length : Math.min(length, bounceLength - read.skip);
        request.addShare();
        long token = IoToken.of(IoToken.DIRECT_READ, read.index, device, slot, 0, 0);
        if (aligned) {
            channels.read(device, memberOffset, request.buffer(), index, length, token);
        } else {
            int covered = (read.skip + read.length + mask) & ~mask;
            channels.read(device, memberOffset - read.skip, read.bounce, 0, covered, token);
        }
        return read.length;
    }

    void onRead(int index, int device, IoStatus status) {
        Read read = reads[index];
        if (status == IoStatus.OK) {
            ArrayRequest request = read.request;
            if (read.bounced) {
                request.buffer()
                        .putBytes((int) (read.arrayOffset - request.offset()), read.bounce, read.skip, read.length);
            }
            free(read);
            request.release(IoStatus.OK);
            return;
        }
        if (status == IoStatus.GONE || status == IoStatus.TIMED_OUT) {
            view.lose(device, status, "read");
        }
        if (status == IoStatus.TIMED_OUT) {
            if (read.bounce == null) {
                // The device may write to the caller's own memory whenever it wakes up. Were the caller answered
                // before,
                // it would find bytes change that it has long used for something else; so it waits for that device.
                return;
            }
            read.bounce = BufferSlab.allocate(bounceLength);
        }
        failed.add(read);
    }

    /** A device that was given up has let go of a read's memory. */
    void onLate(int index, int device, IoStatus status) {
        if (reads[index].bounce == null) {
            onRead(index, device, status);
        }
    }

    /** Hand reads that failed to the window machine, as far as it has room. */
    int retryFailed() {
        int handed = 0;
        while (!failed.isEmpty()) {
            Read read = failed.peekFirst();
            long start = read.arrayOffset;
            long end = start + read.length;
            // A read longer than a window leaves one window at a time, its share going along with the last.
            long window = geometry.windowOfMember(geometry.memberOffsetOfArray(start));
            if (!machine.canSubmit(window)) {
                return handed;
            }
            int inWindow = (int) (start & (geometry.length() - 1));
            int part = (int) Math.min(end - start, geometry.length() - inWindow);
            ArrayRequest request = read.request;
            if (part == read.length) {
                failed.pollFirst();
                free(read);
            } else {
                request.addShare();
                read.arrayOffset += part;
                read.length -= part;
                read.bounced = false;
            }
            machine.submit(window, Piece.Work.READ, request, start, start + part);
            handed++;
        }
        return handed;
    }

    private void free(Read read) {
        read.request = null;
        (read.bounce == null ? freePlain : freeBouncing).addFirst(read);
    }
}
