package io.holdfast.raid.metadata;

/**
 * What becomes of one device in an assembly.
 *
 * @param index            of the device in the list that was given.
 * @param device           what was found on it.
 * @param kind             what becomes of it.
 * @param slot             the slot it has, had, or is meant for; -1 for none.
 * @param recoveredSectors member sectors that are good, from the first on: all of them when in sync, 0 when nothing is.
 * @param byBitmap         whether a device that is being rebuilt lacks, from there on, nothing but what the bits of the bitmap
 *                         stand for.
 * @param eventsBehind     how many updates it missed; 0 when it is fresh, or does not belong here.
 * @param sentence         a whole sentence naming the device.
 */
public record DeviceVerdict(
        int index,
        ExaminedDevice device,
        Kind kind,
        int slot,
        long recoveredSectors,
        boolean byBitmap,
        long eventsBehind,
        String sentence) {
    /** What can become of a device. */
    public enum Kind {
        /** Takes its slot, all of it good. */
        IN_SYNC,
        /** Takes its slot in spite of being stale, because it was insisted. */
        FORCED,
        /** Takes its slot, good up to an offset. */
        RECOVERING,
        /** Waits for a slot. */
        SPARE,
        /** Holds the journal. */
        JOURNAL,
        /** Is to replace the device of a slot, as soon as it has been filled anew; a spare until then. */
        REPLACEMENT,
        /** Missed updates, or the fresher ones call it failed. */
        STALE,
        /** Says of itself that it failed, or is a spare that the fresh ones call failed. */
        FAULTY,
        /** Went on without those that went on without it. */
        OTHER_HISTORY,
        /** Belongs to another array. */
        OTHER_ARRAY,
        /** Describes the array differently. */
        MISMATCH,
        /** A second device where there can be one. */
        DUPLICATE,
        /** A spare with less room than a member needs. */
        TOO_SMALL,
        /** Its superblock cannot be believed. */
        INVALID,
        /** Metadata of another kind. */
        FOREIGN,
        /** No superblock. */
        NONE,
        /** It would not be read. */
        UNREADABLE
    }

    /** Whether the device takes a slot with everything in it good, as far as can be had. */
    public boolean isInSync() {
        return kind == Kind.IN_SYNC || kind == Kind.FORCED;
    }

    /** Whether the device takes part: in a slot, as a spare or as the journal. */
    public boolean isUsed() {
        return isInSync()
                || kind == Kind.RECOVERING
                || kind == Kind.SPARE
                || kind == Kind.REPLACEMENT
                || kind == Kind.JOURNAL;
    }

    /** How people know the device. */
    public String deviceName() {
        return device.deviceName();
    }

    /** The device's superblock as found; null where there is none. */
    public Superblock superblock() {
        return device.superblock();
    }
}
