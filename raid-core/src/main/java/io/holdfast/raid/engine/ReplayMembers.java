package io.holdfast.raid.engine;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.engine.Membership.SlotState;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The members as a replay sees them: written in runs of neighbouring blocks, and dropped one by one if they fail, down to
 * what the level tolerates. Blocking.
 */
final class ReplayMembers {
    private static final int RUN_LENGTH = 1 << 20;

    private final List<MemberDevice> members;
    private final int[] deviceOfSlot;
    private final SlotState[] stateOfSlot;
    private final int parityCount;
    private final BadBlockTable badBlocks;
    private final UnsafeBuffer run = BufferSlab.allocate(RUN_LENGTH);
    private int runSlot = -1;
    private long runOffset;
    private int runLength;
    private long writtenBlocks;

    ReplayMembers(
            List<MemberDevice> members,
            int[] deviceOfSlot,
            SlotState[] stateOfSlot,
            int parityCount,
            BadBlockTable badBlocks) {
        this.badBlocks = badBlocks;
        this.members = members;
        this.deviceOfSlot = deviceOfSlot;
        this.stateOfSlot = stateOfSlot;
        this.parityCount = parityCount;
    }

    boolean isPresent(int slot) {
        return deviceOfSlot[slot] >= 0;
    }

    /** Whether the whole content of a slot can be relied on. */
    boolean isInSync(int slot) {
        return stateOfSlot[slot] == SlotState.IN_SYNC;
    }

    long writtenBlocks() {
        return writtenBlocks;
    }

    /** Write a block; it may wait in the run until {@link #finishRun}. Nothing happens where no member serves the slot. */
    void write(int slot, long memberOffset, UnsafeBuffer source, int index) {
        if (!isPresent(slot)) {
            return;
        }
        if (slot != runSlot || memberOffset != runOffset + runLength || runLength == RUN_LENGTH) {
            finishRun();
            runSlot = slot;
            runOffset = memberOffset;
        }
        run.putBytes(runLength, source, index, BlockMask.BLOCK_LENGTH);
        runLength += BlockMask.BLOCK_LENGTH;
    }

    void finishRun() {
        if (runLength > 0 && isPresent(runSlot)) {
            MemberDevice member = members.get(deviceOfSlot[runSlot]);
            try {
                member.device().write(member.dataOffset() + runOffset, run, 0, runLength);
                writtenBlocks += runLength / BlockMask.BLOCK_LENGTH;
                takeOffList(deviceOfSlot[runSlot]);
            } catch (DeviceException e) {
                drop(runSlot, e);
            }
        }
        runLength = 0;
    }

    /** What has just been written is good; the list is recorded when the replay has been flushed, with the tail. */
    private void takeOffList(int device) {
        for (long at = runOffset; at < runOffset + runLength; at += BlockMask.BLOCK_LENGTH) {
            if (badBlocks.of(device).blocks(at, 1) != 0 && !badBlocks.remove(device, at, BlockMask.BLOCK_LENGTH)) {
                drop(
                        runSlot,
                        new DeviceException(
                                members.get(device).device().name(),
                                IoStatus.NO_SPACE,
                                members.get(device).device().name() + ": no room in its bad block log"));
                return;
            }
        }
    }

    /** Read a block; false when no in-sync member serves the slot, or it cannot be read, or is listed as bad. */
    boolean tryRead(int slot, long memberOffset, UnsafeBuffer target, int index) {
        if (!isPresent(slot)
                || !isInSync(slot)
                || badBlocks.of(deviceOfSlot[slot]).blocks(memberOffset, 1) != 0) {
            return false;
        }
        MemberDevice member = members.get(deviceOfSlot[slot]);
        try {
            member.device().read(member.dataOffset() + memberOffset, target, index, BlockMask.BLOCK_LENGTH);
            return true;
        } catch (DeviceException e) {
            if (e.status() == IoStatus.GONE) {
                drop(slot, e);
            }
            return false;
        }
    }

    void flush() {
        finishRun();
        for (int slot = 0; slot < deviceOfSlot.length; slot++) {
            if (isPresent(slot)) {
                try {
                    members.get(deviceOfSlot[slot]).device().flush();
                } catch (DeviceException e) {
                    drop(slot, e);
                }
            }
        }
    }

    /**
     * Go on without a member that failed. The superblocks that the replay ends with name it, and until they are durable the
     * log keeps everything, so a crash in between only means to do it all again.
     */
    private void drop(int slot, DeviceException cause) {
        deviceOfSlot[slot] = -1;
        stateOfSlot[slot] = SlotState.MISSING;
        int missing = 0;
        for (SlotState state : stateOfSlot) {
            missing += state == SlotState.IN_SYNC ? 0 : 1;
        }
        if (missing > parityCount) {
            throw new ArrayException(
                    cause.status(),
                    "replay of the journal stopped: " + cause.getMessage() + "; " + missing
                            + " slots have no complete member now. The journal is untouched: bring the member back and"
                            + " assemble again.");
        }
    }
}
