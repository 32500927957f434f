package io.holdfast.raid.metadata;

import io.holdfast.blockdev.DeviceGeometry;
import java.util.Collection;
import java.util.random.RandomGenerator;

/** A device added to an array that exists: a spare, to be rebuilt into a slot, or a journal in the place of a lost one. */
public final class AddedDevice {
    private static final int UNIT_SECTORS = 8;

    private AddedDevice() {}

    /**
     * Superblock of a new spare. The next {@link SuperblockUpdate} makes it current.
     *
     * @param member   a fresh superblock of the array, to take the array's description from.
     * @param present  superblocks of all devices of the array, spares included: the table of roles does not tell a spare from
     *                 a number that is free.
     * @param name     how people know the new device.
     * @param geometry of the new device.
     * @param previous the superblock the device carried until now, whose device uuid is kept; null when there is none.
     * @param random   where a device uuid comes from.
     * @return with role spare, the lowest free device number that is not below the number of slots, and checksum up to date.
     * @throws ConfigurationException when the device is too small, or no number is free.
     */
    public static Superblock spare(
            Superblock member,
            Collection<Superblock> present,
            String name,
            DeviceGeometry geometry,
            Superblock previous,
            RandomGenerator random) {
        Superblock superblock = create(member, present, name, geometry, previous, random, Role.SPARE);
        if (superblock.dataSizeSectors() < superblock.sizeSectors()) {
            throw new ConfigurationException(
                    "devices",
                    name + " not large enough to join array: it has room for " + superblock.dataSizeSectors()
                            + " sectors of data, members need " + superblock.sizeSectors());
        }
        return superblock.updateChecksum();
    }

    /**
     * Superblock of a new journal device, with its tail at 0. The next {@link SuperblockUpdate} makes it current.
     *
     * @param member   a fresh superblock of the array, to take the array's description from.
     * @param present  superblocks of all devices of the array, spares included: the table of roles does not tell a spare from
     *                 a number that is free.
     * @param name     how people know the new device.
     * @param geometry of the new device.
     * @param previous the superblock the device carried until now, whose device uuid is kept; null when there is none.
     * @param random   where a device uuid comes from.
     * @return with role journal, the lowest free device number that is not below the number of slots, and checksum up to date.
     * @throws ConfigurationException when the device is too small, or no number is free.
     */
    public static Superblock journal(
            Superblock member,
            Collection<Superblock> present,
            String name,
            DeviceGeometry geometry,
            Superblock previous,
            RandomGenerator random) {
        Superblock superblock = create(member, present, name, geometry, previous, random, Role.JOURNAL);
        return superblock.feature(SuperblockFeature.JOURNAL, true).updateChecksum();
    }

    /**
     * Superblock of a member that was away and comes back with what it has. The next {@link SuperblockUpdate} makes it current.
     *
     * @param reference a fresh superblock of the array, to take the array's description from.
     * @param own       as found on the device.
     * @return with the device's number, uuid, places and bad block log.
     */
    public static Superblock returning(Superblock reference, Superblock own) {
        Superblock superblock = own.copy();
        superblock
                .buffer()
                .putBytes(
                        superblock.offset(),
                        reference.buffer(),
                        reference.offset(),
                        SuperblockDescriptor.DATA_OFFSET_OFFSET);
        return superblock
                .featureMap((reference.featureMap() & ~AssemblyPlan.DEVICE_FEATURES)
                        | (own.featureMap() & SuperblockFeature.BAD_BLOCKS))
                .maxDev(Math.max(reference.roleCount(), own.deviceNumber() + 1))
                .updateChecksum();
    }

    private static Superblock create(
            Superblock member,
            Collection<Superblock> present,
            String name,
            DeviceGeometry geometry,
            Superblock previous,
            RandomGenerator random,
            int role) {
        SuperblockLocation location = member.location();
        long dataOffset = member.dataOffsetSectors();
        long sectors = geometry.sectors();
        if (sectors < SuperblockLocation.MIN_DEVICE_SECTORS
                || MemberSpace.usable(location, sectors, dataOffset, 0, UNIT_SECTORS) == 0) {
            throw new ConfigurationException(
                    "devices",
                    name + " not large enough to join array: data begins at sector " + dataOffset
                            + " of members, it has " + sectors);
        }
        int number = freeNumber(member, present);
        if (number >= SuperblockDescriptor.MAX_DEVICE_COUNT) {
            throw new ConfigurationException("devices", "no device number is left for " + name);
        }
        Superblock superblock = member.copy();
        superblock
                .feature(AssemblyPlan.DEVICE_FEATURES, false)
                .recoveryOffsetSectors(0)
                .correctedReadSectors(0)
                .deviceFlags(0)
                .deviceNumber(number)
                .events(0)
                .maxDev(Math.max(member.roleCount(), number + 1))
                .role(number, role);
        DeviceSpace.fill(
                superblock, location, geometry, dataOffset, MemberSpace.bitmapReserve(superblock.sizeSectors()));
        byte[] uuid = new byte[SuperblockDescriptor.UUID_LENGTH];
        random.nextBytes(uuid);
        return superblock.deviceUuid(previous == null ? uuid : previous.deviceUuid());
    }

    /**
     * The number that another device of an array gets.
     *
     * @param member  a fresh superblock of the array.
     * @param present superblocks of all devices of the array, spares included: the table of roles does not tell a spare from
     *                a number that is free.
     * @return the lowest free number that is not below the number of slots; it may be more than a table can hold.
     */
    public static int freeNumber(Superblock member, Collection<Superblock> present) {
        int number = member.raidDisks();
        while (isTaken(number, member, present)) {
            number++;
        }
        return number;
    }

    private static boolean isTaken(int number, Superblock member, Collection<Superblock> present) {
        return member.role(number) != Role.SPARE
                || member.deviceNumber() == number
                || present.stream().anyMatch(superblock -> superblock.deviceNumber() == number);
    }
}
