package io.holdfast.cli.report;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockDefect;
import io.holdfast.raid.metadata.SuperblockFeature;
import io.holdfast.raid.metadata.SuperblockLocation;
import java.util.Optional;

/**
 * A member as reports see it: its superblock, believed or not, and what else on the device the reports need.
 *
 * @param deviceName    how people know the device.
 * @param deviceSectors its length.
 * @param superblock    as mdadm would take it.
 * @param bitmap        its write-intent bitmap, or null.
 * @param warning       why the superblock cannot be used, in a whole sentence; empty when it can.
 */
record MemberRecord(String deviceName, long deviceSectors, Superblock superblock, BitmapRecord bitmap, String warning) {
    private static final int EARLIEST_END_SECTORS = 72;
    private static final int JOURNAL_GRANULE_SECTORS = 8;

    /**
     * Take a finding apart.
     *
     * @param device   that was examined.
     * @param examined what was found.
     * @return the record; empty when there is no superblock that mdadm would describe.
     */
    static Optional<MemberRecord> of(BlockDevice device, ExaminedDevice examined) {
        if (examined.superblock() == null || examined.defect() == SuperblockDefect.SUPER_OFFSET) {
            return Optional.empty();
        }
        Superblock superblock = examined.superblock();
        Optional<BitmapRecord> bitmap =
                BitmapRecord.read(device, superblock).filter(found -> found.belongsTo(superblock));
        Superblock taken = superblock;
        if (bitmap.isEmpty() && superblock.hasFeature(SuperblockFeature.BITMAP)) {
            // What lies there is no bitmap of this array, so the array is taken to have none.
            taken = superblock.copy().feature(SuperblockFeature.BITMAP, false);
        }
        return Optional.of(new MemberRecord(
                examined.deviceName(), examined.deviceSectors(), taken, bitmap.orElse(null), examined.reason()));
    }

    /** Room between the metadata and the data, as mdadm reckons it. */
    long unusedBeforeSectors() {
        if (isVersion10()) {
            return superblock.dataOffsetSectors();
        }
        long end = superblock.superOffsetSectors() + EARLIEST_END_SECTORS;
        if (bitmap != null) {
            end = Math.max(end, superblock.bitmapOffsetSectors() + bitmap.lengthSectors());
        } else if (hasPpl()) {
            end = Math.max(end, superblock.pplOffsetSectors() + superblock.pplSizeSectors());
        }
        if (hasBadBlockLog()) {
            end = Math.max(
                    end,
                    superblock.superOffsetSectors()
                            + superblock.badBlockLogOffsetSectors()
                            + superblock.badBlockLogSizeSectors());
        }
        return superblock.dataOffsetSectors() - end;
    }

    /** Room behind what is used for data. */
    long unusedAfterSectors() {
        long after = spaceAfterMemberSectors();
        // A log uses whole blocks of all there is, whatever the size of the members.
        return superblock.ownRole() == Role.JOURNAL ? Long.remainderUnsigned(after, JOURNAL_GRANULE_SECTORS) : after;
    }

    /** Whether a member would leave any room unused; mdadm asks this even of a journal. */
    boolean hasUnusedSpace() {
        return unusedBeforeSectors() != 0 || spaceAfterMemberSectors() != 0;
    }

    private long spaceAfterMemberSectors() {
        long after = endSectors() - superblock.sizeSectors() - superblock.dataOffsetSectors();
        // With metadata behind the data mdadm takes an overlap for no space, elsewhere it shows it as it comes out.
        return isVersion10() && superblock.ownRole() != Role.JOURNAL ? Math.max(0, after) : after;
    }

    /** Where what can be used for data ends: at the end of the device, or where metadata begins. */
    private long endSectors() {
        if (!isVersion10()) {
            return deviceSectors;
        }
        long end = superblock.superOffsetSectors();
        if (superblock.ownRole() == Role.JOURNAL) {
            return end;
        }
        if (bitmap != null) {
            end = Math.min(end, superblock.superOffsetSectors() + superblock.bitmapOffsetSectors());
        } else if (hasPpl()) {
            end = Math.min(end, superblock.superOffsetSectors() + superblock.pplOffsetSectors());
        }
        if (hasBadBlockLog()) {
            end = Math.min(end, superblock.superOffsetSectors() + superblock.badBlockLogOffsetSectors());
        }
        return end;
    }

    private boolean isVersion10() {
        return SuperblockLocation.of(superblock.superOffsetSectors()) == SuperblockLocation.V1_0;
    }

    private boolean hasPpl() {
        return superblock.hasFeature(SuperblockFeature.PPL) || superblock.hasFeature(SuperblockFeature.MULTIPLE_PPLS);
    }

    private boolean hasBadBlockLog() {
        return superblock.badBlockLogSizeSectors() != 0 && superblock.badBlockLogOffsetSectors() != 0;
    }
}
