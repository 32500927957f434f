package io.holdfast.raid.metadata;

/**
 * What an array that is about to start makes of its write-intent bitmap.
 *
 * @param device      index, in the list of devices that was given, of the member whose copy is believed.
 * @param superblock  of that member, as it was found.
 * @param isStale     whether the array has been used without it since it was written: then all of it counts as dirty.
 * @param chunkLength bytes of each member that one bit stands for.
 * @param bitCount    how many bits there are.
 * @param dirtyCount  how many of them are set, or count as set.
 */
public record BitmapUse(
        int device, Superblock superblock, boolean isStale, long chunkLength, long bitCount, long dirtyCount) {
    /** How much has to be looked at, in words: "3 regions (192 KiB)". */
    public String extent() {
        return dirtyCount + (dirtyCount == 1 ? " region (" : " regions (") + length(dirtyCount * chunkLength) + ")";
    }

    /** Why so much, if that is because of the bitmap itself. */
    String caveat() {
        return isStale ? ", which is older than the array and so counts as wholly dirty" : "";
    }

    private static String length(long bytes) {
        return bytes >= 1 << 20 && bytes % (1 << 20) == 0 ? (bytes >> 20) + " MiB" : (bytes >> 10) + " KiB";
    }
}
