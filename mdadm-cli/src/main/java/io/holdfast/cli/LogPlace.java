package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalArea;
import io.holdfast.raid.metadata.Superblock;

/** Where on a journal device the log lies, by its superblock. */
final class LogPlace {
    private static final long PAGE_MASK = -8L;

    private LogPlace() {}

    /**
     * The log of a device.
     *
     * @param device     opened.
     * @param superblock found on it.
     * @return its log.
     * @throws DeviceException when what the superblock says of it is impossible.
     */
    static JournalArea of(BlockDevice device, Superblock superblock) {
        long offset = superblock.dataOffsetSectors();
        long length = superblock.dataSizeSectors() & PAGE_MASK;
        if (length < JournalArea.MIN_LENGTH_SECTORS) {
            throw new DeviceException(
                    device.name(),
                    IoStatus.NO_SPACE,
                    device.name() + ": its superblock leaves " + Math.max(0, length)
                            + " sectors for the log, which is too few for any: at least "
                            + JournalArea.MIN_LENGTH_SECTORS + " are needed.");
        }
        long sectors = device.geometry().sectors();
        if (offset < 0 || length > sectors || offset > sectors - length) {
            throw new DeviceException(
                    device.name(),
                    IoStatus.NO_SPACE,
                    device.name() + ": its superblock has the log at sectors " + Long.toUnsignedString(offset) + " to "
                            + Long.toUnsignedString(offset + length) + ", but the device ends at " + sectors
                            + ": it has been cut short.");
        }
        return new JournalArea(device, offset, length, superblock.setUuid());
    }
}
