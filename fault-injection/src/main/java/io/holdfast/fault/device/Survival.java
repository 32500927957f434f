package io.holdfast.fault.device;

import java.util.List;

/**
 * Decides what of the writes that power loss may undo is there afterwards.
 *
 * <p>Every answer is legal: a device may have written any logical block of any of them. Where writes overlap, the surviving
 * blocks take effect in the order of the list.
 */
@FunctionalInterface
public interface Survival {
    /** Nothing that was not flushed survives. */
    Survival NONE = (device, writes, blockLength) -> (write, block) -> false;

    /** Everything survives, even what was in flight. */
    Survival ALL = (device, writes, blockLength) -> (write, block) -> true;

    /**
     * Decide for one device.
     *
     * @param deviceName  how people know it.
     * @param writes      in the order in which they took effect, those in flight last.
     * @param blockLength bytes of the logical block, which is never torn.
     * @return the decision.
     */
    Choice choose(String deviceName, List<UnflushedWrite> writes, int blockLength);

    /** What became of each block of each write. */
    @FunctionalInterface
    interface Choice {
        /**
         * Whether one logical block of one write is there.
         *
         * @param write index of the write in the list.
         * @param block index of the block in the write.
         * @return true when it is.
         */
        boolean survives(int write, int block);
    }
}
