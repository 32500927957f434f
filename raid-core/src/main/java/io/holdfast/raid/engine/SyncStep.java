package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.Mismatch;
import java.util.ArrayList;
import java.util.List;

/**
 * One window's share of a resync, rebuild, check or repair, handed to the shard that owns the window and back.
 *
 * <p>Filled in by the session that owns it, then by the shard, then read by the session: never by two at once.
 */
public final class SyncStep {
    /** What is done to a window. */
    public enum Action {
        /** Compute what recovering members should hold, and write it. */
        RECOVER,
        /** Verify parity, and make it again from data where it differs: whatever was being written when it all stopped. */
        RESYNC,
        /** Verify parity, and say where it differs and who is wrong. */
        CHECK,
        /** As check, and correct whoever is proven wrong. */
        CORRECT,
        /** As that, and where nobody is, make parity again from data. */
        CORRECT_OR_REWRITE;

        /** Whether it may change what a stripe holds. */
        boolean mayCorrect() {
            return this == CORRECT || this == CORRECT_OR_REWRITE;
        }

        /** Whether it is one of those that ask who is wrong. */
        boolean isScrub() {
            return this != RECOVER && this != RESYNC;
        }
    }

    /**
     * A run of sectors that do not fit, in one window.
     *
     * @param firstSector of the window's sectors of 512 bytes.
     * @param sectorCount in the run.
     * @param slot        proven wrong; -1 when nobody can tell.
     * @param remedy      what is done.
     */
    public record Finding(int firstSector, int sectorCount, int slot, Mismatch.Remedy remedy) {}

    /**
     * A run of blocks that could be neither read nor recovered.
     *
     * @param firstBlock of the window's blocks of 4 KiB.
     * @param blockCount in the run.
     * @param slots      whose blocks are missing.
     */
    public record Lost(int firstBlock, int blockCount, List<Integer> slots) {}

    private final SyncStepListener listener;
    private Action action;
    private long window;
    private IoStatus status = IoStatus.OK;
    private int wrongPBlocks;
    private int wrongQBlocks;
    private final List<Finding> findings = new ArrayList<>();
    private final List<Lost> lost = new ArrayList<>();
    private int unreadableSlot = -1;
    private boolean memberMissing;

    /**
     * A step.
     *
     * @param listener told, on the shard's thread, when the shard is done with it.
     */
    public SyncStep(SyncStepListener listener) {
        this.listener = listener;
    }

    /**
     * Say what to do next.
     *
     * @param nextAction to take.
     * @param nextWindow to take it on.
     * @return this.
     */
    public SyncStep prepare(Action nextAction, long nextWindow) {
        action = nextAction;
        window = nextWindow;
        status = IoStatus.OK;
        wrongPBlocks = 0;
        wrongQBlocks = 0;
        findings.clear();
        lost.clear();
        unreadableSlot = -1;
        memberMissing = false;
        return this;
    }

    /** What is done. */
    public Action action() {
        return action;
    }

    /** The window it is done to. */
    public long window() {
        return window;
    }

    /** How it ended: {@link IoStatus#OK}, or why the window could not be read or written. */
    public IoStatus status() {
        return status;
    }

    /** Which of the window's blocks had a P that did not fit the data, as a bit set. */
    public int wrongPBlocks() {
        return wrongPBlocks;
    }

    /** Which of the window's blocks had a Q that did not fit the data, as a bit set. */
    public int wrongQBlocks() {
        return wrongQBlocks;
    }

    /** Where exactly, and who is wrong, ascending; empty unless that was asked. Valid until the step is used again. */
    public List<Finding> findings() {
        return findings;
    }

    /** What could be neither read nor recovered, ascending. Valid until the step is used again. */
    public List<Lost> lost() {
        return lost;
    }

    /** The slot whose read error could not be made good, or -1. */
    public int unreadableSlot() {
        return unreadableSlot;
    }

    /** Whether some slot had no member, so that not all of the window could be compared. */
    public boolean isMemberMissing() {
        return memberMissing;
    }

    void memberMissing() {
        memberMissing = true;
    }

    void wrong(int pBlocks, int qBlocks) {
        wrongPBlocks = pBlocks;
        wrongQBlocks = qBlocks;
    }

    /** The window is gone through, perhaps once more. */
    void forgetFindings() {
        findings.clear();
    }

    void found(Finding finding) {
        findings.add(finding);
    }

    /** Rows of blocks are lost, for want of the blocks that are untrusted, by slot. */
    void lost(int[] untrusted, int rows) {
        lost.clear();
        for (int rest = rows; rest != 0; ) {
            int first = BlockMask.first(rest);
            List<Integer> slots = missing(untrusted, first);
            int count = 1;
            while (count < BlockMask.runLength(rest)
                    && missing(untrusted, first + count).equals(slots)) {
                count++;
            }
            lost.add(new Lost(first, count, slots));
            rest &= ~BlockMask.of(first, count);
        }
    }

    private static List<Integer> missing(int[] untrusted, int block) {
        List<Integer> slots = new ArrayList<>();
        for (int slot = 0; slot < untrusted.length; slot++) {
            if ((untrusted[slot] >>> block & 1) != 0) {
                slots.add(slot);
            }
        }
        return slots;
    }

    void unreadable(int slot) {
        unreadableSlot = slot;
    }

    void complete(IoStatus ended) {
        status = ended;
        listener.onStepComplete(this);
    }
}
