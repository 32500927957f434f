package io.holdfast.fault.torture;

/**
 * One thing that happens in a history. Everything about it is fixed when the history is drawn, and its own chance comes from
 * its own seed, so that a history with some of its steps left out is still the same history otherwise.
 *
 * @param index  in the history as it was drawn, from 0.
 * @param action what is done.
 * @param fault  what is injected; null for the other actions.
 * @param device slot of the member it is done to, or {@link #JOURNAL}; meaningless for some actions.
 * @param offset of the first byte: in the array for requests, in the data area of the device for faults.
 * @param length in bytes.
 * @param amount what the action has to count: boundaries until a cut, operations, milliseconds; 1 for write-back, 0 for write-through.
 * @param pause  turns that agents get afterwards.
 * @param seed   of the schedule until the next step, and of what is left open here.
 */
public record Step(
        int index,
        Action action,
        FaultKind fault,
        int device,
        long offset,
        int length,
        long amount,
        int pause,
        long seed) {
    /** In place of a slot: the journal's device. */
    public static final int JOURNAL = -1;

    /** What a step does. */
    public enum Action {
        /** Writes. */
        WRITE,
        /** Writes, to be durable when answered. */
        FUA,
        /** Turns to zeroes. */
        ZERO,
        /** Discards. */
        DISCARD,
        /** Reads, and judges what came. */
        READ,
        /** Flushes. */
        FLUSH,
        /** Lets the array come to rest. */
        SETTLE,
        /** Lets time pass. */
        CLOCK,
        /** Compares parity with data. */
        CHECK,
        /** Makes parity fit data. */
        REPAIR,
        /** Stops in good order and starts again. */
        RESTART,
        /** Takes the faults of a device back. */
        HEAL,
        /** Changes what writes wait for. */
        MODE,
        /** Gives an empty slot a new device. */
        REPLACE,
        /** Comes to rest and reads everything. */
        VERIFY,
        /** Injects a fault. */
        FAULT
    }

    /** What could be smaller: bytes of a request, boundaries until a cut; 0 where there is nothing of the kind. */
    int size() {
        return isRequest() ? length : isCut() ? (int) amount : 0;
    }

    /** The same with another {@link #size()}. */
    Step withSize(int size) {
        int newLength = isRequest() ? size : length;
        long newAmount = isCut() ? size : amount;
        return new Step(index, action, fault, device, offset, newLength, newAmount, pause, seed);
    }

    private boolean isCut() {
        return fault == FaultKind.POWER || fault == FaultKind.KILL;
    }

    /** Whether this is something that a caller asks for, of some length. */
    boolean isRequest() {
        return switch (action) {
            case WRITE, FUA, ZERO, DISCARD, READ -> true;
            default -> false;
        };
    }

    /** In a few words, for a table. */
    public String describe() {
        return switch (action) {
            case WRITE, ZERO, DISCARD, READ -> name() + " " + range();
            case FUA -> "write " + range() + ", to be durable";
            case CLOCK -> "let " + amount + " ms pass";
            case RESTART -> "stop and start again";
            case HEAL -> "take back the faults of " + where();
            case REPLACE -> "put a new device into slot " + device;
            case MODE -> amount == 0 ? "write through" : "write back";
            case SETTLE -> "come to rest";
            case VERIFY -> "come to rest and read everything";
            case FAULT -> describeFault();
            default -> name();
        };
    }

    private String describeFault() {
        return switch (fault) {
            case POWER, KILL -> fault.title() + " after " + amount + " boundaries";
            case EIO -> where() + ": " + fault.title() + " " + range();
            case BITROT -> where() + ": " + fault.title() + " at " + offset;
            case SLOW -> where() + ": " + amount + " operations take " + length + " ms";
            case STUCK -> where() + ": stuck for " + amount + " ms";
            case VANISH -> where() + ": vanishes";
            case LYING_FLUSH, FLUSH_ERROR -> where() + ": " + fault.title();
            case ENOSPC -> where() + ": space for " + amount + " more extents";
            default -> where() + ": " + fault.title() + " after " + amount + " operations";
        };
    }

    private String name() {
        return action.name().toLowerCase(java.util.Locale.ROOT);
    }

    private String where() {
        return deviceName(device);
    }

    private String range() {
        return offset + "+" + length;
    }

    /** The name of the device in a slot. */
    static String deviceName(int device) {
        return device == JOURNAL ? "journal" : "d" + device;
    }
}
