package io.holdfast.cli.report;

import io.holdfast.raid.layout.LayoutAlgorithm;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockDescriptor;
import io.holdfast.raid.metadata.SuperblockFeature;
import io.holdfast.raid.metadata.SuperblockLocation;

/** What several reports derive from a superblock in the same way. Every value may come from a hostile disk. */
final class ArrayFacts {
    private static final int SECTOR_SHIFT = 9;

    private ArrayFacts() {}

    /** The level by name; levels that are none of ours too, since anything may be examined. */
    static String levelName(int level) {
        return switch (level) {
            case -4 -> "multipath";
            case -1 -> "linear";
            case 0, 1, 4, 5, 6, 10 -> "raid" + level;
            default -> null;
        };
    }

    /** The layout by name, or null where the level has none. */
    static String layoutName(int level, int layout) {
        return switch (level) {
            case 5, 6 -> LayoutAlgorithm.nameOf(RaidLevel.of(level), layout);
            case 10 -> copies(layout);
            default -> null;
        };
    }

    private static String copies(int layout) {
        int near = layout & 0xff;
        int far = layout >> 8 & 0xff;
        String farName = (layout >> 16 & 1) != 0 ? "offset=" : "far=";
        StringBuilder text = new StringBuilder();
        if (near > 1 || far <= 1) {
            text.append("near=").append(near);
        }
        if (far > 1) {
            text.append(text.length() == 0 ? "" : ", ").append(farName).append(far);
        }
        return text.toString();
    }

    /** Whether the level has a chunk to speak of. */
    static boolean hasChunk(int level) {
        return level == 0 || level == 4 || level == 5 || level == 6 || level == 10;
    }

    /** What an array of this shape holds, in KiB; 0 where the shape does not tell. */
    static long arrayKib(Superblock superblock) {
        long size = superblock.sizeSectors();
        int disks = superblock.raidDisks();
        return switch (superblock.level()) {
            case 1 -> size / 2;
            case 4, 5 -> size * (disks - 1) / 2;
            case 6 -> size * (disks - 2) / 2;
            case 10 -> {
                int layout = superblock.layout();
                int copies = (layout & 0xff) * (layout >> 8 & 0xff);
                yield copies == 0 ? 0 : size * disks / copies / 2;
            }
            default -> 0;
        };
    }

    /** Sectors as bytes. */
    static long bytes(long sectors) {
        return sectors << SECTOR_SHIFT;
    }

    /** The version as it is printed, from where the superblock says it lies. */
    static String version(Superblock superblock) {
        return SuperblockLocation.of(superblock.superOffsetSectors()).version();
    }

    /** The part of the array's name that follows the host, which is what the array is called on a machine. */
    static String shortName(String name) {
        return name.substring(name.indexOf(':') + 1);
    }

    /** A word as it is written in a configuration file: in quotes where it holds a blank or a quote. */
    static String quoted(String word) {
        boolean hasBlank = word.indexOf(' ') >= 0;
        boolean hasQuote = word.indexOf('"') >= 0;
        if (!hasBlank && !hasQuote && word.indexOf('\'') < 0) {
            return word;
        }
        return hasQuote ? "'" + word + "'" : '"' + word + '"';
    }

    /** Whether a name begins with this host. */
    static boolean isLocal(String name, String homehost) {
        return !homehost.isEmpty() && name.startsWith(homehost + ":");
    }

    /** A name that leaves the terminal as it was: whatever a disk put there. */
    static String printable(String name) {
        StringBuilder text = new StringBuilder(name.length());
        name.codePoints().forEach(c -> text.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return text.toString();
    }

    /** The role of a device in the words of the last lines of an examination. */
    static String deviceRole(Superblock superblock) {
        int role = superblock.ownRole();
        if (role == Role.JOURNAL) {
            return "Journal";
        }
        if (!Role.isSlot(role)) {
            return "spare";
        }
        boolean isReplacement = superblock.hasFeature(SuperblockFeature.REPLACEMENT);
        return (isReplacement ? "Replacement device " : "Active device ") + role;
    }

    /** How many entries of the table of roles name a slot. */
    static int holderCount(Superblock superblock, int slot) {
        int count = 0;
        for (int i = 0; i < superblock.roleCount(); i++) {
            if (superblock.role(i) == slot) {
                count++;
            }
        }
        return count;
    }

    /**
     * How many slots a report goes through: those of the larger shape where the array is being made smaller, but never more
     * than a superblock has roles for, whatever it claims.
     */
    static int slotCount(Superblock superblock) {
        long count = superblock.raidDisks();
        if (superblock.hasFeature(SuperblockFeature.RESHAPE) && superblock.deltaDisks() < 0) {
            count -= superblock.deltaDisks();
        }
        return (int) Math.max(0, Math.min(count, SuperblockDescriptor.MAX_DEVICE_COUNT));
    }
}
