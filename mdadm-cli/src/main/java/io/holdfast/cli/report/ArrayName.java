package io.holdfast.cli.report;

import io.holdfast.raid.metadata.Superblock;

/** How an array is called. */
public final class ArrayName {
    private ArrayName() {}

    /**
     * The name for people and for configuration files: without the host, safe to print.
     *
     * @param superblock of the array.
     * @return such as "0" or "home"; the array's uuid where it has no name.
     */
    public static String of(Superblock superblock) {
        String name = ArrayFacts.shortName(ArrayFacts.printable(superblock.setName()));
        return name.isEmpty() ? superblock.setUuidText() : name;
    }

    /**
     * When the array was made.
     *
     * @param superblock of the array.
     * @return seconds since 1970.
     */
    public static long creationSeconds(Superblock superblock) {
        return ClockText.seconds(superblock.creationTime());
    }
}
