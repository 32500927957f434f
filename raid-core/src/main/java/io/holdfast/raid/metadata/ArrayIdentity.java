package io.holdfast.raid.metadata;

/**
 * What all members of an array agree upon.
 *
 * @param uuid         the text form of the array's uuid.
 * @param name         of the array, as stored; often {@code host:name}.
 * @param creationTime as in {@link Superblock#creationTime()}.
 * @param level        4, 5 or 6 in an array that can be started.
 * @param layout       number of the layout algorithm.
 * @param raidDisks    number of slots.
 * @param chunkSectors sectors of a chunk.
 * @param sizeSectors  sectors used of each member, a multiple of the chunk.
 * @param featureMap   bits of {@link SuperblockFeature} of all devices that take part, together.
 * @param events       the freshest count of updates.
 */
public record ArrayIdentity(
        String uuid,
        String name,
        long creationTime,
        int level,
        int layout,
        int raidDisks,
        int chunkSectors,
        long sizeSectors,
        int featureMap,
        long events) {
    static ArrayIdentity of(Superblock superblock, int featureMap) {
        long size = superblock.sizeSectors();
        int chunk = superblock.chunkSectors();
        return new ArrayIdentity(
                superblock.setUuidText(),
                superblock.setName(),
                superblock.creationTime(),
                superblock.level(),
                superblock.layout(),
                superblock.raidDisks(),
                chunk,
                SuperblockCheck.isValidChunk(chunk) ? size & -(long) chunk : size,
                featureMap,
                superblock.events());
    }

    /** How many slots may be missing: 1 at levels 4 and 5, 2 at level 6. */
    public int parityCount() {
        return SuperblockCheck.parityCount(level);
    }

    /** The array's length in sectors. */
    public long arraySectors() {
        return sizeSectors * (raidDisks - parityCount());
    }

    /** Whether the array has, and needs, a journal. */
    public boolean hasJournal() {
        return (featureMap & SuperblockFeature.JOURNAL) != 0;
    }
}
