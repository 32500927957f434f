package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.raid.metadata.AddedDevice;
import io.holdfast.raid.metadata.ConfigurationException;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A device that an array is about to take as a spare. Nothing on it says that it belongs to the array before the conductor
 * has that written.
 *
 * @param device   not in use by the array.
 * @param template superblock that tells the device's uuid; the rest is made when the array takes it.
 * @param random   for what is made then.
 */
record NewMember(BlockDevice device, Superblock template, RandomGenerator random) {
    /**
     * Prepare a device to be a spare. Blocking; whatever it held is lost.
     *
     * @param device not in use by the array.
     * @param member a superblock of the array.
     * @param random for the device's uuid.
     * @return the device, ready.
     * @throws ConfigurationException when the device is too small; nothing was written then.
     */
    static NewMember prepare(BlockDevice device, Superblock member, RandomGenerator random) {
        Superblock template =
                AddedDevice.spare(member, List.of(member), device.name(), device.geometry(), null, random);
        // Whatever it was, of this array too, it is not any more: what is written to it from here on would make a
        // superblock
        // that is still there a lie.
        SuperblockWriter.zero(device);
        device.flush();
        return new NewMember(device, template, random);
    }

    /**
     * The superblock to begin with.
     *
     * @param reference the array as it is now.
     * @param present   superblocks of all its devices.
     */
    Superblock superblock(Superblock reference, Collection<Superblock> present) {
        return AddedDevice.spare(reference, present, device.name(), device.geometry(), template, random);
    }
}
