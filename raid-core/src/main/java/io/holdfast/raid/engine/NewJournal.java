package io.holdfast.raid.engine;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.journal.JournalAppender;
import io.holdfast.journal.JournalArea;
import io.holdfast.raid.metadata.AddedDevice;
import io.holdfast.raid.metadata.ConfigurationException;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockWriter;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A journal that an array is about to take into use: a device with an empty log on it, and the superblock that it is to
 * carry but for its number. Nothing on the device says that it belongs to the array before the conductor writes that superblock.
 *
 * @param device       that holds it.
 * @param superblock   of the device.
 * @param area         of the log.
 * @param tailPosition of the empty block that the log begins with, durable already.
 * @param tailSequence of that block.
 */
record NewJournal(BlockDevice device, Superblock superblock, JournalArea area, long tailPosition, long tailSequence) {
    /**
     * Prepare a device. Blocking; whatever the device held is lost.
     *
     * @param device  not in use by the array.
     * @param member  a superblock of the array.
     * @param needed  bytes of log without which the array's writes could not turn it over.
     * @param random  for the sequence number and the device's uuid.
     * @return the journal, durable but for its superblock.
     * @throws ConfigurationException when the device is too small; nothing was written then.
     */
    static NewJournal prepare(BlockDevice device, Superblock member, long needed, RandomGenerator random) {
        Superblock superblock =
                AddedDevice.journal(member, List.of(member), device.name(), device.geometry(), null, random);
        long sectors = superblock.dataSizeSectors() & -8L;
        long room = sectors * DeviceGeometry.SECTOR_LENGTH;
        if (sectors < JournalArea.MIN_LENGTH_SECTORS || room < needed) {
            throw new ConfigurationException(
                    "write-journal",
                    device.name() + ": too small to be the journal of this array while it runs: it leaves " + room
                            + " bytes for the log, and at least " + needed + " are needed. Use a larger device.");
        }
        JournalArea area = new JournalArea(device, superblock.dataOffsetSectors(), sectors, superblock.setUuid());
        SuperblockWriter.zero(device);
        JournalAppender appender = new JournalAppender(area, 0, Integer.toUnsignedLong(random.nextInt()));
        long sequence = appender.nextSequence();
        appender.appendEmptyBlock();
        appender.flush();
        return new NewJournal(device, superblock, area, 0, sequence);
    }
}
