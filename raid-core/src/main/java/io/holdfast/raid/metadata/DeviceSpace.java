package io.holdfast.raid.metadata;

import io.holdfast.blockdev.DeviceGeometry;

/** Fills in the part of a superblock that says what lies where on its device. */
final class DeviceSpace {
    private DeviceSpace() {}

    /**
     * Fill in where superblock, bad block log and data lie.
     *
     * @param superblock whose size is set already.
     * @param location   of the superblock.
     * @param geometry   of the device.
     * @param dataOffset device sector where data begins.
     * @param bitmapSectors of a bitmap; counts where the superblock has that feature.
     */
    static void fill(
            Superblock superblock,
            SuperblockLocation location,
            DeviceGeometry geometry,
            long dataOffset,
            long bitmapSectors) {
        long sectors = geometry.sectors();
        long superOffset = location.sector(sectors);
        long size = superblock.sizeSectors();
        long reserve =
                superblock.hasFeature(SuperblockFeature.BITMAP) ? bitmapSectors : MemberSpace.bitmapReserve(size);
        int badBlockLogOffset = MemberSpace.badBlockLogOffset(location, superOffset, dataOffset, reserve);
        superblock
                .dataOffsetSectors(dataOffset)
                .dataSizeSectors(MemberSpace.dataSize(location, sectors, dataOffset, reserve, size))
                .superOffsetSectors(superOffset)
                .badBlockLogShift(0)
                .badBlockLogSizeSectors(badBlockLogOffset == 0 ? 0 : MemberSpace.BAD_BLOCK_LOG_SECTORS)
                .badBlockLogOffsetSectors(badBlockLogOffset);
    }
}
