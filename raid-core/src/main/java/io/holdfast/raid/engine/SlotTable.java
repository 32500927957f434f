package io.holdfast.raid.engine;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.engine.Membership.SlotState;
import io.holdfast.raid.metadata.MemberCondition;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.collections.IntIntConsumer;

/**
 * Who sits where, and how far those that are being rebuilt have come: the conductor's own table, from which it publishes
 * one {@link Membership} after the other. Confined to the conductor's thread, but for the watermarks, which shards read.
 */
final class SlotTable {
    private final int[] device;
    private final SlotState[] state;
    private final AtomicLong[] recoveredWindows;
    /** By slot: who is being filled to take it, and how far; -1 for nobody. */
    private final int[] replacement;

    private final long[] replacedWindows;
    private final long[] vouchedReplaced;
    private final BadBlockTable badBlocks;
    /** Whether a slot's device, above its watermark, lacks nothing but what the bits of a bitmap stand for. */
    private final boolean[] guided;
    /** What the superblocks say, or are about to say, of the watermarks. */
    private final long[] vouchedWindows;

    private volatile Membership membership;

    /**
     * The table as the array starts.
     *
     * @param membership       to begin with.
     * @param recoveredWindows by slot: the watermarks that {@code membership} shares.
     * @param badBlocks        by device: as in {@code membership}.
     */
    SlotTable(Membership membership, AtomicLong[] recoveredWindows, BadBlockTable badBlocks) {
        this.membership = membership;
        this.recoveredWindows = recoveredWindows;
        this.badBlocks = badBlocks;
        device = new int[membership.slotCount()];
        state = new SlotState[membership.slotCount()];
        guided = new boolean[membership.slotCount()];
        for (int slot = 0; slot < device.length; slot++) {
            device[slot] = membership.device(slot);
            state[slot] = membership.state(slot);
        }
        replacement = new int[device.length];
        Arrays.fill(replacement, -1);
        replacedWindows = new long[device.length];
        vouchedReplaced = new long[device.length];
        vouchedWindows = new long[device.length];
        Arrays.setAll(vouchedWindows, slot -> recoveredWindows[slot].get());
    }

    /** As published last; from any thread. */
    Membership membership() {
        return membership;
    }

    /** Publish what has changed since. */
    Membership publish() {
        // By device: a spare that takes a slot brings its own list, and not that of the member before it.
        BadBlocks[] bad = new BadBlocks[device.length];
        Arrays.setAll(bad, slot -> badBlocks.of(device[slot]));
        membership = new Membership(membership.version() + 1, device, replacement, state, recoveredWindows, bad);
        return membership;
    }

    int device(int slot) {
        return device[slot];
    }

    boolean isInSync(int slot) {
        return state[slot] == SlotState.IN_SYNC;
    }

    boolean isEmpty(int slot) {
        return device[slot] < 0;
    }

    /** A slot's device is lost. Who was being filled to take it is rebuilt from the others from now on. */
    void vacate(int slot) {
        if (replacement[slot] >= 0) {
            // Below its mark it has had every write that the device has had.
            recoveredWindows[slot] = new AtomicLong(replacedWindows[slot]);
            vouchedWindows[slot] = -1;
            device[slot] = replacement[slot];
            state[slot] = SlotState.RECOVERING;
            guided[slot] = false;
            replacement[slot] = -1;
            return;
        }
        state[slot] = SlotState.MISSING;
        device[slot] = -1;
    }

    /** Fill a device, to take the slot of one that is in sync. */
    void replace(int slot, int spare) {
        replacement[slot] = spare;
        replacedWindows[slot] = 0;
        vouchedReplaced[slot] = 0;
    }

    /** Whether a device is being filled for a slot. */
    boolean isReplacing(int slot) {
        return replacement[slot] >= 0;
    }

    /** Which slot a device is being filled for, or -1. */
    int replacedBy(int deviceIndex) {
        for (int slot = 0; slot < replacement.length; slot++) {
            if (replacement[slot] == deviceIndex) {
                return slot;
            }
        }
        return -1;
    }

    /** The slot's device stays. */
    void giveUpReplacement(int slot) {
        replacement[slot] = -1;
    }

    /** Give an empty slot to a device that is to be rebuilt from its beginning. */
    void seat(int slot, int spare) {
        // A new mark: memberships published before share the old one, and must not see it go back.
        recoveredWindows[slot] = new AtomicLong();
        device[slot] = spare;
        state[slot] = SlotState.RECOVERING;
        guided[slot] = false;
    }

    /** The slot's device lacks, above its watermark, nothing but what the bits of a bitmap stand for. */
    void guide(int slot) {
        guided[slot] = true;
    }

    /** Whether a recovery need visit no more than what bits are set for. */
    boolean isGuided() {
        for (int slot = 0; slot < state.length; slot++) {
            if ((state[slot] == SlotState.RECOVERING && !guided[slot]) || replacement[slot] >= 0) {
                return false;
            }
        }
        return true;
    }

    boolean anyRecovering() {
        for (int slot = 0; slot < state.length; slot++) {
            if (state[slot] == SlotState.RECOVERING || replacement[slot] >= 0) {
                return true;
            }
        }
        return false;
    }

    /** The first window that some slot still lacks; {@link Long#MAX_VALUE} when none is being rebuilt. */
    long firstUnrecovered() {
        long first = Long.MAX_VALUE;
        for (int slot = 0; slot < state.length; slot++) {
            if (state[slot] == SlotState.RECOVERING) {
                first = Math.min(first, recoveredWindows[slot].get());
            }
            if (replacement[slot] >= 0) {
                first = Math.min(first, replacedWindows[slot]);
            }
        }
        return first;
    }

    /** Every window below is rebuilt, wherever it was missing. */
    void recoveredBelow(long window) {
        for (int slot = 0; slot < state.length; slot++) {
            if (state[slot] == SlotState.RECOVERING && recoveredWindows[slot].get() < window) {
                recoveredWindows[slot].set(window);
            }
            if (replacement[slot] >= 0 && replacedWindows[slot] < window) {
                replacedWindows[slot] = window;
            }
        }
    }

    /** Slots rebuilt to the end are as good as any. */
    void promoteRecovered(long windowCount) {
        for (int slot = 0; slot < state.length; slot++) {
            if (state[slot] == SlotState.RECOVERING && recoveredWindows[slot].get() >= windowCount) {
                state[slot] = SlotState.IN_SYNC;
            }
        }
    }

    /**
     * Devices filled to the end take their slots. Only when their own superblocks say that they are: then one that calls the
     * device before it failed may be found alone, and the slot is not without a device.
     *
     * @param retired told of the slot and the device that served it until now, for each such slot.
     * @return whether there was any.
     */
    boolean takeOver(long windowCount, IntIntConsumer retired) {
        boolean any = false;
        for (int slot = 0; slot < state.length; slot++) {
            if (replacement[slot] >= 0 && vouchedReplaced[slot] >= windowCount) {
                int old = device[slot];
                device[slot] = replacement[slot];
                replacement[slot] = -1;
                retired.accept(slot, old);
                any = true;
            }
        }
        return any;
    }

    /** Put into the superblocks who is what, and how far. */
    void describeTo(SuperblockSet superblocks, WindowGeometry geometry) {
        for (int slot = 0; slot < device.length; slot++) {
            if (replacement[slot] >= 0) {
                superblocks.condition(
                        replacement[slot],
                        MemberCondition.REPLACING,
                        slot,
                        replacedWindows[slot] >= geometry.windowCount()
                                ? Long.MAX_VALUE
                                : geometry.memberOffset(replacedWindows[slot]) / DeviceGeometry.SECTOR_LENGTH);
            }
            if (device[slot] >= 0) {
                superblocks.condition(
                        device[slot],
                        state[slot] == SlotState.RECOVERING ? MemberCondition.RECOVERING : MemberCondition.IN_SYNC,
                        slot,
                        geometry.memberOffset(recoveredWindows[slot].get()) / DeviceGeometry.SECTOR_LENGTH);
            }
        }
    }

    /**
     * Whether a recovery has come further than the last superblocks said, be it to its end; from now on the ones about to be
     * written say it. What lies below the marks must be durable before they are.
     */
    boolean vouch() {
        boolean moved = false;
        for (int slot = 0; slot < state.length; slot++) {
            long recovered = recoveredWindows[slot].get();
            moved |= vouchedWindows[slot] != recovered;
            vouchedWindows[slot] = recovered;
            moved |= replacement[slot] >= 0 && vouchedReplaced[slot] != replacedWindows[slot];
            vouchedReplaced[slot] = replacedWindows[slot];
        }
        return moved;
    }
}
