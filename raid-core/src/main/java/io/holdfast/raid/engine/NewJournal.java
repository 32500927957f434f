package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.LogMirror;
import io.holdfast.raid.metadata.AddedDevice;
import io.holdfast.raid.metadata.ConfigurationException;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A journal that an array is about to take into use, or another copy of the one it has. Nothing on its devices says that
 * they belong to the array before the conductor has that written.
 *
 * @param devices       that hold it, one copy each.
 * @param superblocks   of the devices, but for their numbers.
 * @param lengthSectors of the log.
 * @param sequence      number of the block that the log begins with; of no meaning for a copy.
 * @param isCopy        whether it is another copy of the journal there is.
 */
record NewJournal(
        List<BlockDevice> devices, List<Superblock> superblocks, long lengthSectors, long sequence, boolean isCopy) {
    /**
     * Prepare devices to hold a new journal. Blocking; whatever they held is lost.
     *
     * @param devices not in use by the array.
     * @param member  a superblock of the array.
     * @param needed  bytes of log without which the array's writes could not turn it over.
     * @param random  for the sequence number and the devices' uuids.
     * @return the journal.
     * @throws ConfigurationException when a device is too small; nothing was written then.
     */
    static NewJournal prepare(
            List<? extends BlockDevice> devices, Superblock member, long needed, RandomGenerator random) {
        if (devices.isEmpty() || devices.size() > LogMirror.MAX_COPIES) {
            throw new ConfigurationException(
                    "write-journal",
                    "a journal has 1 to " + LogMirror.MAX_COPIES + " copies, and not " + devices.size());
        }
        long least = Math.max(needed, JournalArea.MIN_LENGTH_SECTORS * DeviceGeometry.SECTOR_LENGTH);
        List<Superblock> superblocks = describe(devices, member, least, random);
        long sectors = superblocks.stream()
                .mapToLong(superblock -> superblock.dataSizeSectors() & -8L)
                .min()
                .orElseThrow();
        return make(devices, superblocks, sectors, Integer.toUnsignedLong(random.nextInt()), false);
    }

    /**
     * Prepare a device to hold another copy of the journal. Blocking; whatever it held is lost.
     *
     * @param device        not in use by the array.
     * @param member        a superblock of the array.
     * @param lengthSectors of the log.
     * @param random        for the device's uuid.
     * @return the copy.
     * @throws ConfigurationException when the device is too small; nothing was written then.
     */
    static NewJournal prepareCopy(BlockDevice device, Superblock member, long lengthSectors, RandomGenerator random) {
        List<BlockDevice> devices = List.of(device);
        List<Superblock> superblocks = describe(devices, member, lengthSectors * DeviceGeometry.SECTOR_LENGTH, random);
        return make(devices, superblocks, lengthSectors, 0, true);
    }

    private static List<Superblock> describe(
            List<? extends BlockDevice> devices, Superblock member, long needed, RandomGenerator random) {
        List<Superblock> superblocks = new ArrayList<>();
        for (BlockDevice device : devices) {
            Superblock superblock =
                    AddedDevice.journal(member, List.of(member), device.name(), device.geometry(), null, random);
            long room = (superblock.dataSizeSectors() & -8L) * DeviceGeometry.SECTOR_LENGTH;
            if (room < needed) {
                throw new ConfigurationException(
                        "write-journal",
                        device.name() + ": too small to be the journal of this array while it runs: it leaves " + room
                                + " bytes for the log, and at least " + needed + " are needed. Use a larger device.");
            }
            superblocks.add(superblock);
        }
        return superblocks;
    }

    private static NewJournal make(
            List<? extends BlockDevice> devices,
            List<Superblock> superblocks,
            long sectors,
            long sequence,
            boolean isCopy) {
        devices.forEach(SuperblockWriter::zero);
        // Linux takes the whole of the data area for the log, so all copies say the same.
        superblocks.forEach(superblock -> superblock.dataSizeSectors(sectors).updateChecksum());
        return new NewJournal(List.copyOf(devices), superblocks, sectors, sequence, isCopy);
    }

    /** Byte offset of the log on a device. */
    long logOffset(int copy) {
        return superblocks.get(copy).dataOffsetSectors() * DeviceGeometry.SECTOR_LENGTH;
    }

    LogMirror.Copy copy(int index) {
        return new LogMirror.Copy(devices.get(index), logOffset(index));
    }
}
