package io.holdfast.raid.metadata;

import static io.holdfast.raid.metadata.SuperblockDescriptor.MAX_DEVICE_COUNT;

import io.holdfast.blockdev.DeviceGeometry;
import java.util.Optional;

/**
 * Whether a superblock that was found on a device can be believed: the rules by which Linux drops a device, and those that keep
 * every later calculation with its numbers inside the device and inside 63 bits.
 *
 * <p>Of levels other than 4, 5 and 6 only what holds for all levels is checked: they are well-formed, if nothing for us.
 */
final class SuperblockCheck {
    /** The largest chunk: its length in bytes is kept in an int. */
    static final int MAX_CHUNK_SECTORS = 1 << 21;

    private static final int MIN_CHUNK_SECTORS = 8;
    private static final int MIN_DATA_SECTORS = 10;
    private static final int MAX_RAID6_DISKS = 256;
    private static final int RAID5_LAYOUTS = 0b11_1111;
    private static final int RAID6_LAYOUTS = 0b1_1111_0000_0111_0011_1111;

    /**
     * What was found wrong.
     *
     * @param defect the kind.
     * @param reason a clause with the values, without the device's name.
     */
    record Finding(SuperblockDefect defect, String reason) {}

    private SuperblockCheck() {}

    /**
     * Look for the first thing wrong.
     *
     * @param superblock whose magic number and major version are right.
     * @param geometry   of the device it was found on.
     * @param sector     device sector where it was found.
     * @return what is wrong, or empty.
     */
    static Optional<Finding> check(Superblock superblock, DeviceGeometry geometry, long sector) {
        Finding finding = checkBlock(superblock, sector);
        if (finding == null) {
            finding = checkPlace(superblock, geometry, sector);
        }
        if (finding == null && isParityLevel(superblock.level())) {
            finding = checkArray(superblock, sector);
        }
        return Optional.ofNullable(finding);
    }

    static boolean isParityLevel(int level) {
        return level >= 4 && level <= 6;
    }

    static int parityCount(int level) {
        return level == 6 ? 2 : 1;
    }

    static int minRaidDisks(int level) {
        return level == 6 ? 4 : 2;
    }

    static int maxRaidDisks(int level) {
        return level == 6 ? MAX_RAID6_DISKS : MAX_DEVICE_COUNT;
    }

    static boolean isValidLayout(int level, int layout) {
        if (level == 4) {
            return true;
        }
        int layouts = level == 6 ? RAID6_LAYOUTS : RAID5_LAYOUTS;
        return layout >= 0 && layout < Integer.SIZE && (layouts >>> layout & 1) == 1;
    }

    static boolean isValidChunk(int chunkSectors) {
        return chunkSectors >= MIN_CHUNK_SECTORS
                && chunkSectors <= MAX_CHUNK_SECTORS
                && Integer.bitCount(chunkSectors) == 1;
    }

    private static Finding checkBlock(Superblock superblock, long sector) {
        if (superblock.superOffsetSectors() != sector) {
            return new Finding(
                    SuperblockDefect.SUPER_OFFSET,
                    "it says it lies at sector " + Long.toUnsignedString(superblock.superOffsetSectors())
                            + " but was found at sector " + sector);
        }
        if (superblock.maxDev() != superblock.roleCount()) {
            return new Finding(
                    SuperblockDefect.MAX_DEV,
                    "it has room for " + Integer.toUnsignedString(superblock.maxDev())
                            + " devices, the most possible is " + MAX_DEVICE_COUNT);
        }
        if (!superblock.isChecksumCorrect()) {
            return new Finding(
                    SuperblockDefect.CHECKSUM,
                    String.format(
                            "its checksum is %08x, expected %08x",
                            superblock.checksum(), superblock.computedChecksum()));
        }
        if (Integer.compareUnsigned(superblock.deviceNumber(), MAX_DEVICE_COUNT) >= 0) {
            return new Finding(
                    SuperblockDefect.DEVICE_NUMBER,
                    "it calls itself device number " + Integer.toUnsignedString(superblock.deviceNumber())
                            + ", the highest possible is " + (MAX_DEVICE_COUNT - 1));
        }
        int unknown = superblock.featureMap() & ~SuperblockFeature.KNOWN;
        if (unknown != 0) {
            return new Finding(
                    SuperblockDefect.FEATURE,
                    String.format("it uses features this version does not know: feature bits 0x%x", unknown));
        }
        if (superblock.hasFeature(SuperblockFeature.RAID0_LAYOUT) && superblock.level() != 0) {
            return new Finding(SuperblockDefect.FEATURE, "it claims a level 0 layout at level " + superblock.level());
        }
        if (superblock.pad0() != 0 || !superblock.isPad3Zero()) {
            return new Finding(SuperblockDefect.PAD, "bytes that must be zero are not");
        }
        return null;
    }

    private static Finding checkPlace(Superblock superblock, DeviceGeometry geometry, long sector) {
        long deviceSectors = geometry.sectors();
        long dataOffset = superblock.dataOffsetSectors();
        long dataSize = superblock.dataSizeSectors();
        if (dataOffset < 0 || dataOffset >= deviceSectors) {
            return new Finding(
                    SuperblockDefect.DATA_OFFSET,
                    "data begins at sector " + Long.toUnsignedString(dataOffset) + " of a device of " + deviceSectors);
        }
        int blockLength = geometry.logicalBlockLength();
        if (dataOffset % (blockLength / DeviceGeometry.SECTOR_LENGTH) != 0) {
            return new Finding(
                    SuperblockDefect.DATA_OFFSET,
                    "data begins at sector " + dataOffset + ", in the middle of one of the device's blocks of "
                            + blockLength + " bytes");
        }
        boolean superblockFirst = superblock.location() != SuperblockLocation.V1_0;
        if (superblockFirst) {
            long end = sector + SuperblockWriter.writtenLength(superblock, geometry) / DeviceGeometry.SECTOR_LENGTH;
            long newDataOffset = superblock.hasFeature(SuperblockFeature.NEW_OFFSET)
                    ? dataOffset + superblock.newOffsetSectors()
                    : dataOffset;
            if (dataOffset < end || newDataOffset < end) {
                return new Finding(
                        SuperblockDefect.DATA_OFFSET,
                        "data begins at sector " + Math.min(dataOffset, newDataOffset)
                                + ", on top of the superblock, which ends at sector " + end);
            }
        }
        long room = superblockFirst ? deviceSectors - dataOffset : sector;
        if (dataSize < MIN_DATA_SECTORS || dataSize > room) {
            return new Finding(
                    SuperblockDefect.DATA_SIZE,
                    "it claims " + Long.toUnsignedString(dataSize) + " sectors for data where there are " + room);
        }
        if (superblock.hasFeature(SuperblockFeature.BAD_BLOCKS)) {
            long logSector = sector + superblock.badBlockLogOffsetSectors();
            int logSize = superblock.badBlockLogSizeSectors();
            if (superblock.badBlockLogOffsetSectors() == 0
                    || logSize == 0
                    || logSize > BadBlockLog.MAX_LENGTH / DeviceGeometry.SECTOR_LENGTH
                    || superblock.badBlockLogShift() >= Long.SIZE
                    || logSector < 0
                    || logSector > deviceSectors - logSize) {
                return new Finding(
                        SuperblockDefect.BAD_BLOCK_LOG,
                        "its bad block log cannot be there: sector " + logSector + ", " + logSize
                                + " sectors, unit shift " + superblock.badBlockLogShift());
            }
        }
        return null;
    }

    private static Finding checkArray(Superblock superblock, long sector) {
        int level = superblock.level();
        int raidDisks = superblock.raidDisks();
        if (raidDisks < minRaidDisks(level) || raidDisks > maxRaidDisks(level)) {
            return new Finding(
                    SuperblockDefect.RAID_DISKS,
                    "a level " + level + " array of " + Integer.toUnsignedString(raidDisks)
                            + " devices is impossible; there are " + minRaidDisks(level) + " to "
                            + maxRaidDisks(level));
        }
        if (!isValidChunk(superblock.chunkSectors())) {
            return new Finding(
                    SuperblockDefect.CHUNK,
                    "a chunk of " + Integer.toUnsignedString(superblock.chunkSectors())
                            + " sectors is impossible; it is a power of two from " + MIN_CHUNK_SECTORS + " to "
                            + MAX_CHUNK_SECTORS);
        }
        if (!isValidLayout(level, superblock.layout())) {
            return new Finding(
                    SuperblockDefect.LAYOUT,
                    "there is no layout " + Integer.toUnsignedString(superblock.layout()) + " at level " + level);
        }
        int role = superblock.ownRole();
        if (role == Role.JOURNAL && !superblock.hasFeature(SuperblockFeature.JOURNAL)) {
            return new Finding(
                    SuperblockDefect.JOURNAL_ROLE, "it is a journal of an array that says that it has no journal");
        }
        return checkSize(superblock, sector, Role.isSlot(role));
    }

    private static Finding checkSize(Superblock superblock, long sector, boolean isMember) {
        long size = superblock.sizeSectors();
        int dataCount = superblock.raidDisks() - parityCount(superblock.level());
        boolean impossible =
                size < superblock.chunkSectors() || size > Long.MAX_VALUE / DeviceGeometry.SECTOR_LENGTH / dataCount;
        if (impossible || (isMember && size > superblock.dataSizeSectors())) {
            return new Finding(
                    SuperblockDefect.SIZE,
                    "the array uses " + Long.toUnsignedString(size) + " sectors of each member, this one has "
                            + superblock.dataSizeSectors() + " and the chunk is " + superblock.chunkSectors());
        }
        long dataOffset = superblock.dataOffsetSectors();
        if (isMember && dataOffset < sector && size > sector - dataOffset) {
            return new Finding(
                    SuperblockDefect.SIZE,
                    "data from sector " + dataOffset + " on, " + size
                            + " sectors long, would cover the superblock at sector " + sector);
        }
        return null;
    }
}
