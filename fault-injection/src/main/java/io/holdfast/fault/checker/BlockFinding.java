package io.holdfast.fault.checker;

/**
 * A block that is not what was promised.
 *
 * @param condition what is wrong with it; never {@link BlockCondition#GOOD}.
 * @param offset    of the block, in bytes from the start of the device.
 * @param length    of the block, in bytes.
 * @param detail    what was expected and what was found, sector by sector where they differ.
 */
public record BlockFinding(BlockCondition condition, long offset, int length, String detail) {
    @Override
    public String toString() {
        return "offset " + offset + ": " + condition.word() + ": " + detail;
    }
}
