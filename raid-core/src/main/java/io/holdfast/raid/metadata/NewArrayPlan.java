package io.holdfast.raid.metadata;

import java.util.List;

/**
 * What would be written to make an array: the outcome of {@link NewArray#plan()}.
 *
 * @param devices      one for each device listed that is not missing, in list order.
 * @param layout       number of the layout algorithm.
 * @param chunkSectors sectors of a chunk.
 * @param sizeSectors  sectors used of each member.
 * @param bitmap       to be written to every member; null for none.
 * @param warnings     whole sentences that an operator should agree to before anything is written.
 */
public record NewArrayPlan(
        List<Device> devices,
        int layout,
        int chunkSectors,
        long sizeSectors,
        BitmapArea bitmap,
        List<String> warnings) {
    /**
     * One device.
     *
     * @param index      in the list of devices that was given.
     * @param name       how people know the device.
     * @param superblock to be written to it, its checksum up to date.
     */
    public record Device(int index, String name, Superblock superblock) {
        /** Whether the device is to hold the journal, which needs an empty log as well as a superblock. */
        public boolean isJournal() {
            return superblock.ownRole() == Role.JOURNAL;
        }
    }
}
