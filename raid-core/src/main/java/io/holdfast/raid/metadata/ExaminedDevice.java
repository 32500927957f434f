package io.holdfast.raid.metadata;

/**
 * What was found when a device was looked at for a superblock.
 *
 * @param deviceName    how people know the device.
 * @param deviceSectors its length in sectors.
 * @param verdict       what was found.
 * @param superblock    what was found, checksum right or not; null unless the verdict is {@link Verdict#VALID} or
 *                      {@link Verdict#INVALID}.
 * @param location      where it was found; null where {@code superblock} is.
 * @param defect        what is wrong with it; null unless the verdict is {@link Verdict#INVALID}.
 * @param reason        a whole sentence naming the device and saying what was found; empty for a valid superblock.
 * @param bitmap        what the superblock's bitmap says; null where there is none, or none that can be read.
 * @param bitmapProblem why a bitmap that there should be cannot be used, a clause about it; else empty.
 */
public record ExaminedDevice(
        String deviceName,
        long deviceSectors,
        Verdict verdict,
        Superblock superblock,
        SuperblockLocation location,
        SuperblockDefect defect,
        String reason,
        Bitmap bitmap,
        String bitmapProblem) {
    /** The kinds of findings. */
    public enum Verdict {
        /** A superblock that can be believed. */
        VALID,
        /** The remains of a superblock, or one made by an enemy: nothing to build on. */
        INVALID,
        /** Metadata of another kind: an old md version, or another maker's. */
        FOREIGN,
        /** Nothing of the sort. */
        NONE,
        /** The device would not be read. */
        UNREADABLE
    }

    /** Whether there is a superblock that can be believed. */
    public boolean isValid() {
        return verdict == Verdict.VALID;
    }

    /**
     * A device with a good superblock.
     *
     * @param deviceName    how people know the device.
     * @param deviceSectors its length in sectors.
     * @param superblock    found on it.
     * @return the finding.
     */
    public static ExaminedDevice valid(String deviceName, long deviceSectors, Superblock superblock) {
        return new ExaminedDevice(
                deviceName, deviceSectors, Verdict.VALID, superblock, superblock.location(), null, "", null, "");
    }

    /** The same with what was found of its bitmap. */
    ExaminedDevice withBitmap(Bitmap found, String problem) {
        return new ExaminedDevice(
                deviceName, deviceSectors, verdict, superblock, location, defect, reason, found, problem);
    }

    static ExaminedDevice without(String deviceName, long deviceSectors, Verdict verdict, String reason) {
        return new ExaminedDevice(deviceName, deviceSectors, verdict, null, null, null, reason, null, "");
    }
}
