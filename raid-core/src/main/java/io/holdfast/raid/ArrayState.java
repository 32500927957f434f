package io.holdfast.raid;

import io.holdfast.raid.metadata.MemberCondition;
import java.util.List;

/**
 * How an array stands, at one moment.
 *
 * @param condition in one word.
 * @param reason    when writes are refused, why; else empty.
 * @param slots     in slot order.
 * @param devices   all that the array has or had and that nobody removed, as the superblocks say.
 * @param journaled whether a working journal protects writes.
 */
public record ArrayState(
        Condition condition, String reason, List<Slot> slots, List<Device> devices, boolean journaled) {
    /** An array in one word. */
    public enum Condition {
        /** Every slot has a complete member. */
        HEALTHY,
        /** Some slot has none, but nothing is lost. */
        DEGRADED,
        /** More members are lost than the level tolerates. */
        FAILED,
        /** Reads only. */
        READ_ONLY
    }

    /**
     * One slot.
     *
     * @param deviceName      of the member, or empty.
     * @param inSync          whether the member is complete.
     * @param recoveredLength bytes of the member's data that can be relied on.
     */
    public record Slot(String deviceName, boolean inSync, long recoveredLength) {}

    /**
     * One device: a member, a spare, a journal.
     *
     * @param name      how people know it.
     * @param number    of its entry in the superblocks' table of roles.
     * @param condition what it is.
     * @param slot      that it serves, or served when it failed; -1 for none.
     */
    public record Device(String name, int number, MemberCondition condition, int slot) {}

    /** Takes copies of the lists. */
    public ArrayState {
        slots = List.copyOf(slots);
        devices = List.copyOf(devices);
    }
}
