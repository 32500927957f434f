package io.holdfast.raid;

import java.util.List;

/**
 * How an array stands, at one moment.
 *
 * @param condition in one word.
 * @param reason    when writes are refused, why; else empty.
 * @param slots     in slot order.
 * @param journaled whether a working journal protects writes.
 */
public record ArrayState(Condition condition, String reason, List<Slot> slots, boolean journaled) {
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

    /** Takes the list as it is. */
    public ArrayState {
        slots = List.copyOf(slots);
    }
}
