package io.holdfast.raid.engine;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which device serves which slot, at one moment. Immutable, but for the watermarks of devices being rebuilt; replaced as a
 * whole by the {@link Conductor}, the only one who decides it.
 */
public final class Membership {
    /** How far a slot's device can be relied on. */
    public enum SlotState {
        /** Nothing serves the slot. */
        MISSING,
        /** Written like any other, but read only below its watermark. */
        RECOVERING,
        /** Complete. */
        IN_SYNC
    }

    private final long version;
    private final int[] device;
    private final SlotState[] state;
    private final AtomicLong[] recoveredWindows;
    private final int[] replacement;
    private final BadBlocks[] badBlocks;
    private final boolean anyBad;
    private final int missingCount;
    private final boolean whole;

    /**
     * Take the arrays as they are.
     *
     * @param version          counts memberships, from 0.
     * @param device           by slot: index of the device, -1 where there is none.
     * @param state            by slot.
     * @param recoveredWindows by slot: windows below this number are rebuilt; looked at only while recovering.
     * @param badBlocks        by slot: what must not be read of the member; null for one that has no list.
     */
    Membership(long version, int[] device, SlotState[] state, AtomicLong[] recoveredWindows, BadBlocks[] badBlocks) {
        this(version, device, none(device.length), state, recoveredWindows, badBlocks);
    }

    /**
     * Take the arrays as they are.
     *
     * @param version          counts memberships, from 0.
     * @param device           by slot: index of the device, -1 where there is none.
     * @param replacement      by slot: index of the device that is being filled to take it, -1 where there is none.
     * @param state            by slot.
     * @param recoveredWindows by slot: windows below this number are rebuilt; looked at only while recovering.
     * @param badBlocks        by slot: what must not be read of the member; null for one that has no list.
     */
    Membership(
            long version,
            int[] device,
            int[] replacement,
            SlotState[] state,
            AtomicLong[] recoveredWindows,
            BadBlocks[] badBlocks) {
        this.version = version;
        this.device = device.clone();
        this.replacement = replacement.clone();
        this.state = state.clone();
        this.recoveredWindows = recoveredWindows.clone();
        this.badBlocks = badBlocks.clone();
        int missing = 0;
        boolean any = false;
        boolean all = true;
        for (int slot = 0; slot < state.length; slot++) {
            if (this.badBlocks[slot] == null) {
                this.badBlocks[slot] = BadBlocks.NONE;
            }
            missing += state[slot] == SlotState.IN_SYNC ? 0 : 1;
            any |= !this.badBlocks[slot].isEmpty();
            all &= state[slot] == SlotState.IN_SYNC;
        }
        anyBad = any;
        missingCount = missing;
        whole = all && !any;
    }

    private static int[] none(int slotCount) {
        int[] none = new int[slotCount];
        Arrays.fill(none, -1);
        return none;
    }

    /**
     * Index of the device that is being filled to take a slot, -1 when none is. It is written whatever the slot's device is
     * written, and nothing is read from it.
     */
    int replacement(int slot) {
        return replacement[slot];
    }

    /** Whether a device serves a slot or is being filled to. */
    boolean names(int deviceIndex) {
        for (int slot = 0; slot < device.length; slot++) {
            if (device[slot] == deviceIndex || replacement[slot] == deviceIndex) {
                return true;
            }
        }
        return false;
    }

    /** Counts memberships. */
    public long version() {
        return version;
    }

    /** Slots in the array. */
    public int slotCount() {
        return device.length;
    }

    /** Index of the device that serves a slot, -1 when none does. */
    public int device(int slot) {
        return device[slot];
    }

    /** How far the slot's device can be relied on. */
    public SlotState state(int slot) {
        return state[slot];
    }

    /** Slots without a complete device. */
    public int missingCount() {
        return missingCount;
    }

    /** Whether every slot's device is complete and has no bad ranges: nothing ever needs reconstructing. */
    boolean isWhole() {
        return whole;
    }

    /** Windows below this are rebuilt on a recovering slot. */
    long recoveredWindows(int slot) {
        return recoveredWindows[slot].get();
    }

    /** The slot served by a device, or -1. */
    int slotOf(int deviceIndex) {
        for (int slot = 0; slot < device.length; slot++) {
            if (device[slot] == deviceIndex) {
                return slot;
            }
        }
        return -1;
    }

    /** The blocks of a window of a slot that its device cannot be trusted for, of those in {@code all}. */
    int untrusted(int slot, long window, long memberOffset, int all) {
        switch (state[slot]) {
            case MISSING:
                return all;
            case RECOVERING:
                return window >= recoveredWindows(slot) ? all : listed(slot, memberOffset, all);
            case IN_SYNC:
            default:
                return listed(slot, memberOffset, all);
        }
    }

    /** The blocks of a window of a slot that are listed as bad on its device, of those in {@code all}. */
    int listed(int slot, long memberOffset, int all) {
        return anyBad ? badBlocks[slot].blocks(memberOffset, all) : 0;
    }

    /** Whether anything is listed as bad on any member. */
    boolean isAnyListed() {
        return anyBad;
    }

    /** Whether what is found bad on a slot's device is listed. */
    boolean isListKept(int slot) {
        return badBlocks[slot].isKept();
    }
}
