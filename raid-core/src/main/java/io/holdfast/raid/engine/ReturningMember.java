package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.metadata.BadBlockList;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockReader;

/**
 * A member that was away from a running array, and is to be brought up to date by what the bitmap says it has missed.
 *
 * @param device   not in use by the array.
 * @param own      its superblock, as found.
 * @param badBlocks its list, as found.
 */
record ReturningMember(BlockDevice device, Superblock own, BadBlockList badBlocks) {
    /**
     * Look at a device that was a member. Blocking; writes nothing.
     *
     * @param device not in use by the array.
     * @param member a superblock of the array.
     * @return what was found.
     * @throws ArrayException when it does not belong to the array.
     */
    static ReturningMember find(BlockDevice device, Superblock member) {
        ExaminedDevice examined = SuperblockReader.examine(device);
        if (!examined.isValid()) {
            throw new ArrayException(
                    IoStatus.UNSUPPORTED, device.name() + " was no member of this array: " + examined.reason());
        }
        Superblock own = examined.superblock();
        if (!own.setUuidText().equals(member.setUuidText())) {
            throw new ArrayException(
                    IoStatus.UNSUPPORTED, device.name() + " belongs to another array, " + own.setUuidText());
        }
        return new ReturningMember(device, own, BadBlockList.read(device, own));
    }
}
