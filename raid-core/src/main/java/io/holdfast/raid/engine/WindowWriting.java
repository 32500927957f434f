package io.holdfast.raid.engine;

import static io.holdfast.raid.engine.BlockMask.BLOCK_SHIFT;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.engine.WindowOperation.Phase;
import java.util.ArrayDeque;

/**
 * The second half of a window operation: writes what is dirty to the members, reads back what it healed, flushes where an
 * answer asks for that, and waits until the failure of every member that missed something is on record. Confined to its
 * shard's thread.
 */
final class WindowWriting {
    private final MemberView view;
    private final MemberChannels channels;
    private final ConductorLink conductor;
    private final ShardLog log;
    private final WindowFlow flow;
    private final int slotCount;
    private final ArrayDeque<WindowOperation> unrecorded;

    /**
     * The writing half.
     *
     * @param view           of the members.
     * @param channels       to them.
     * @param conductor      told of blocks that were healed.
     * @param log            that may hold records of what is written.
     * @param flow           goes on from here.
     * @param slotCount      of the array.
     * @param operationCount the most operations under way.
     */
    WindowWriting(
            MemberView view,
            MemberChannels channels,
            ConductorLink conductor,
            ShardLog log,
            WindowFlow flow,
            int slotCount,
            int operationCount) {
        this.view = view;
        this.channels = channels;
        this.conductor = conductor;
        this.log = log;
        this.flow = flow;
        this.slotCount = slotCount;
        unrecorded = new ArrayDeque<>(operationCount);
    }

    /** Write every dirty block of a slot that has a member. */
    void start(WindowOperation operation) {
        operation.phase = Phase.WRITING;
        operation.membershipVersion = view.membership().version();
        if (view.arrayFailed() || view.tooManyAreLost()) {
            // Nothing is scribbled on the members that are left: with them, and the log, more may come back one day.
            operation.status = operation.work == Piece.Work.READ ? IoStatus.OK : IoStatus.GONE;
            flow.finish(operation);
            return;
        }
        for (int slot = 0; slot < slotCount; slot++) {
            writeReplacement(operation, slot, operation.dirty[slot] | operation.copied[slot]);
            int blocks = operation.dirty[slot];
            if (blocks == 0) {
                continue;
            }
            if (!view.isPresent(slot)) {
                missed(operation, slot, view.membership().device(slot));
                operation.healed[slot] = 0;
                continue;
            }
            writeTo(operation, slot, view.membership().device(slot), blocks);
        }
        if (operation.pending == 0) {
            membersWritten(operation);
        }
    }

    /** Who is being filled to take a slot gets all that the slot gets: what its mark has passed is not copied again. */
    private void writeReplacement(WindowOperation operation, int slot, int blocks) {
        int replacement = view.replacement(slot);
        if (blocks == 0 || replacement < 0) {
            return;
        }
        if (view.isWell(replacement)) {
            writeTo(operation, slot, replacement, blocks);
        } else {
            missed(operation, slot, replacement);
        }
    }

    /** A device, if it is one, has missed what was to be written. */
    private static void missed(WindowOperation operation, int slot, int device) {
        if (device < 0) {
            return;
        }
        operation.writeFailed = true;
        if (operation.failedDevice[slot] < 0 || operation.failedDevice[slot] == device) {
            operation.failedDevice[slot] = device;
        } else {
            operation.failedReplacement[slot] = device;
        }
    }

    private void writeTo(WindowOperation operation, int slot, int device, int blocks) {
        for (int rest = blocks; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
            submitWrite(operation, slot, device, BlockMask.first(rest), BlockMask.runLength(rest));
        }
    }

    private void submitWrite(WindowOperation operation, int slot, int device, int first, int count) {
        operation.pending++;
        long offset = operation.memberOffset + ((long) first << BLOCK_SHIFT);
        long token = IoToken.of(IoToken.WINDOW_WRITE, operation.index, device, slot, first, count);
        if (operation.zeroes) {
            channels.writeZeroes(device, offset, (long) count << BLOCK_SHIFT, token);
        } else {
            channels.write(
                    device, offset, operation.buffer, operation.bufferIndex(slot, first), count << BLOCK_SHIFT, token);
        }
    }

    void onWritten(WindowOperation operation, int slot, int writtenDevice, IoStatus status) {
        operation.pending--;
        operation.bufferHeld |= status == IoStatus.TIMED_OUT;
        if (status != IoStatus.OK) {
            missed(operation, slot, writtenDevice);
            if (view.replacement(slot) != writtenDevice) {
                operation.healed[slot] = 0;
            }
            view.lose(writtenDevice, status, "write");
        }
        if (operation.pending == 0) {
            membersWritten(operation);
        }
    }

    private void membersWritten(WindowOperation operation) {
        operation.phase = Phase.VERIFYING;
        for (int slot = 0; slot < slotCount; slot++) {
            int blocks = operation.healed[slot];
            if (blocks == 0 || !view.isPresent(slot)) {
                continue;
            }
            for (int rest = blocks; rest != 0; rest = BlockMask.withoutFirstRun(rest)) {
                submitReadBack(operation, slot, BlockMask.first(rest), BlockMask.runLength(rest));
            }
        }
        if (operation.pending == 0) {
            written(operation);
        }
    }

    private void submitReadBack(WindowOperation operation, int slot, int first, int count) {
        operation.pending++;
        int device = view.membership().device(slot);
        channels.read(
                device,
                operation.memberOffset + ((long) first << BLOCK_SHIFT),
                operation.buffer,
                operation.bufferIndex(slot, first),
                count << BLOCK_SHIFT,
                IoToken.of(IoToken.WINDOW_READ_BACK, operation.index, device, slot, first, count));
    }

    void onReadBack(WindowOperation operation, int slot, int readDevice, IoStatus status) {
        operation.pending--;
        operation.bufferHeld |= status == IoStatus.TIMED_OUT;
        if (status != IoStatus.OK) {
            // Rewritten, and still not readable: the member cannot hold this block.
            missed(operation, slot, readDevice);
            view.lose(readDevice, status, "read after rewrite");
        }
        if (operation.pending == 0) {
            written(operation);
        }
    }

    private void written(WindowOperation operation) {
        for (int slot = 0; slot < slotCount; slot++) {
            if (operation.healed[slot] != 0 && operation.failedDevice[slot] < 0 && view.isPresent(slot)) {
                conductor.readErrorCorrected(
                        view.membership().device(slot),
                        operation.memberOffset,
                        Integer.bitCount(operation.healed[slot]));
            }
        }
        view.wantCleared(operation);
        // A record in the journal is as good as a flush, unless the journal has failed since: then nobody will replay
        // it.
        if (operation.logged ? log.isFailed() : operation.forceUnitAccess) {
            operation.phase = Phase.FLUSHING;
            // A member that has taken the write and was lost before this flush may have taken it into a cache only: it
            // has missed the write as far as the promise goes, and that has to be recorded before the answer.
            operation.membershipVersion = view.membership().version();
            for (int slot = 0; slot < slotCount; slot++) {
                if (operation.dirty[slot] == 0) {
                    continue;
                }
                flush(operation, slot, view.membership().device(slot));
                flush(operation, slot, view.replacement(slot));
            }
        }
        if (operation.pending == 0) {
            record(operation);
        }
    }

    private void flush(WindowOperation operation, int slot, int device) {
        if (device >= 0 && view.isWell(device)) {
            operation.pending++;
            channels.flush(device, IoToken.of(IoToken.WINDOW_FLUSH, operation.index, device, slot, 0, 0));
        } else {
            missed(operation, slot, device);
        }
    }

    void onFlushed(WindowOperation operation, int slot, int flushedDevice, IoStatus status) {
        operation.pending--;
        if (status != IoStatus.OK) {
            missed(operation, slot, flushedDevice);
            view.lose(flushedDevice, status, "flush");
        }
        if (operation.pending == 0) {
            record(operation);
        }
    }

    /**
     * A member that missed this write must be named failed by every survivor before the caller hears of success.
     *
     * <p>Otherwise: the write is answered, power fails, and at the next start the member is back with an unchanged
     * superblock. Nothing tells it from the others, and its old block is served as current.
     */
    private void record(WindowOperation operation) {
        operation.leaveHeldBuffer();
        finishWhenRecorded(operation);
    }

    /** Finish, now or when superblocks and bad block lists say what they have to. */
    void finishWhenRecorded(WindowOperation operation) {
        operation.phase = Phase.RECORDING;
        if (isSettled(operation)) {
            flow.finish(operation);
        } else {
            unrecorded.add(operation);
        }
    }

    private boolean isSettled(WindowOperation operation) {
        if (!view.arrayFailed() && !view.isListSettled(operation)) {
            return false;
        }
        if (operation.work == Piece.Work.READ) {
            return true;
        }
        if (view.arrayFailed()) {
            operation.status = IoStatus.GONE;
            return true;
        }
        if (view.recordedVersion() < operation.membershipVersion) {
            return false;
        }
        if (operation.writeFailed) {
            if (view.recordedVersion() < view.membership().version()) {
                return false;
            }
            for (int slot = 0; slot < slotCount; slot++) {
                if (isNamed(operation.failedDevice[slot]) || isNamed(operation.failedReplacement[slot])) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean isNamed(int device) {
        return device >= 0 && view.membership().names(device);
    }

    /** Look again at who waits for a record: something of what they wait for has changed. */
    void settle() {
        for (int count = unrecorded.size(); count > 0; count--) {
            WindowOperation operation = unrecorded.pollFirst();
            if (isSettled(operation)) {
                flow.finish(operation);
            } else {
                unrecorded.addLast(operation);
            }
        }
    }
}
