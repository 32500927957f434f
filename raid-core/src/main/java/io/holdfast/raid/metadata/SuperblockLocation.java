package io.holdfast.raid.metadata;

/** The three places where a superblock may lie; the place is what makes the minor version. */
public enum SuperblockLocation {
    /** Version 1.0: 8 to 12 KiB before the end of the device. It moves, and so is lost, when the device is resized. */
    V1_0(0),
    /** Version 1.1: at the start of the device. */
    V1_1(1),
    /** Version 1.2: 4 KiB from the start of the device. */
    V1_2(2);

    /** Devices with fewer sectors can hold no superblock. */
    public static final long MIN_DEVICE_SECTORS = 24;

    private final int minorVersion;

    SuperblockLocation(int minorVersion) {
        this.minorVersion = minorVersion;
    }

    /** The minor version: 0, 1 or 2. */
    public int minorVersion() {
        return minorVersion;
    }

    /** The version as people write it, such as "1.2". */
    public String version() {
        return "1." + minorVersion;
    }

    /**
     * Where on a device the superblock lies.
     *
     * @param deviceSectors length of the device in sectors, at least {@link #MIN_DEVICE_SECTORS}.
     * @return the device sector of the superblock.
     */
    public long sector(long deviceSectors) {
        if (deviceSectors < MIN_DEVICE_SECTORS) {
            throw new IllegalArgumentException("too small for a superblock: deviceSectors=" + deviceSectors);
        }
        return switch (this) {
            case V1_0 -> (deviceSectors - 16) & -8L;
            case V1_1 -> 0;
            case V1_2 -> 8;
        };
    }

    /**
     * The version that a superblock's own idea of its place implies, as report tools derive it.
     *
     * @param superOffsetSectors the field of that name.
     * @return the location.
     */
    public static SuperblockLocation of(long superOffsetSectors) {
        if (Long.compareUnsigned(superOffsetSectors, 4) <= 0) {
            return V1_1;
        }
        return Long.compareUnsigned(superOffsetSectors, 8) <= 0 ? V1_2 : V1_0;
    }

    /**
     * The location of a minor version.
     *
     * @param minorVersion 0, 1 or 2.
     * @return the location.
     */
    public static SuperblockLocation ofMinorVersion(int minorVersion) {
        if (minorVersion < 0 || minorVersion > 2) {
            throw new IllegalArgumentException("no such metadata version: 1." + minorVersion);
        }
        return values()[minorVersion];
    }
}
