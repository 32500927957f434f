package io.holdfast.raid.metadata;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.metadata.ExaminedDevice.Verdict;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.agrona.MutableDirectBuffer;

/**
 * Looks for a superblock on a device, in the three places where one may lie, and says what it found. Where there are several
 * the one with the latest creation time is meant, and of two of the same time the one of the lower version.
 *
 * <p>Never throws for what a device holds or does.
 */
public final class SuperblockReader {
    private static final long SECONDS_MASK = (1L << 40) - 1;
    private static final long OLD_FORMAT_RESERVED_SECTORS = 128;
    private static final int DDF_MAGIC_LITTLE_ENDIAN = 0x11de11de;
    private static final byte[] INTEL_SIGNATURE = "Intel Raid ISM Cfg Sig. ".getBytes(StandardCharsets.US_ASCII);

    private SuperblockReader() {}

    /**
     * Look at a device.
     *
     * @param device to read; nothing is written.
     * @return what was found.
     */
    public static ExaminedDevice examine(BlockDevice device) {
        DeviceGeometry geometry = device.geometry();
        String name = device.name();
        long sectors = geometry.sectors();
        if (sectors < SuperblockLocation.MIN_DEVICE_SECTORS) {
            return ExaminedDevice.without(
                    name,
                    sectors,
                    Verdict.NONE,
                    name + ": " + sectors + " sectors are too few for a superblock; give a device of at least "
                            + SuperblockLocation.MIN_DEVICE_SECTORS + " sectors.");
        }
        Superblock best = null;
        SuperblockLocation bestLocation = null;
        Superblock misplaced = null;
        SuperblockLocation misplacedLocation = null;
        String failure = null;
        String foreign = null;
        int magicFound = 0;
        for (SuperblockLocation location : SuperblockLocation.values()) {
            if (isShared(location, sectors)) {
                continue;
            }
            Superblock found = Superblock.allocate();
            try {
                AlignedRead.read(device, location.sector(sectors), found.buffer(), SuperblockDescriptor.LENGTH);
            } catch (DeviceException e) {
                failure = e.getMessage();
                continue;
            }
            magicFound = found.magic();
            if (found.magic() != SuperblockDescriptor.MAGIC) {
                continue;
            }
            if (found.majorVersion() != SuperblockDescriptor.MAJOR_VERSION) {
                foreign = "md metadata of version " + Integer.toUnsignedString(found.majorVersion());
                continue;
            }
            clearAfterRoles(found);
            if (found.superOffsetSectors() != location.sector(sectors)) {
                if (misplaced == null) {
                    misplaced = found;
                    misplacedLocation = location;
                }
            } else if (best == null || seconds(found) > seconds(best)) {
                best = found;
                bestLocation = location;
            }
        }
        if (best != null) {
            return classify(device, best, bestLocation);
        }
        if (misplaced != null) {
            return classify(device, misplaced, misplacedLocation);
        }
        if (failure != null) {
            return ExaminedDevice.without(
                    name,
                    sectors,
                    Verdict.UNREADABLE,
                    name + ": the places where a superblock may lie cannot all be read (" + failure + ").");
        }
        if (foreign == null) {
            foreign = otherMetadata(device);
        }
        if (foreign != null) {
            return ExaminedDevice.without(
                    name,
                    sectors,
                    Verdict.FOREIGN,
                    name + ": holds " + foreign
                            + ", which Holdfast does not handle; it handles versions 1.0, 1.1 and 1.2.");
        }
        return ExaminedDevice.without(
                name,
                sectors,
                Verdict.NONE,
                String.format(
                        "%s: no superblock found (expected magic %08x, got %08x).",
                        name, SuperblockDescriptor.MAGIC, magicFound));
    }

    /** On the very smallest devices version 1.0 would lie where 1.2 does; what is found there is of version 1.2. */
    private static boolean isShared(SuperblockLocation location, long sectors) {
        return location == SuperblockLocation.V1_0
                && location.sector(sectors) == SuperblockLocation.V1_2.sector(sectors);
    }

    private static ExaminedDevice classify(BlockDevice device, Superblock superblock, SuperblockLocation location) {
        String name = device.name();
        DeviceGeometry geometry = device.geometry();
        long sector = location.sector(geometry.sectors());
        Optional<SuperblockCheck.Finding> finding = SuperblockCheck.check(superblock, geometry, sector);
        if (finding.isEmpty()) {
            return withBitmap(
                    device,
                    new ExaminedDevice(
                            name, geometry.sectors(), Verdict.VALID, superblock, location, null, "", null, ""));
        }
        return new ExaminedDevice(
                name,
                geometry.sectors(),
                Verdict.INVALID,
                superblock,
                location,
                finding.get().defect(),
                name + ": its superblock cannot be used: " + finding.get().reason() + ".",
                null,
                "");
    }

    private static ExaminedDevice withBitmap(BlockDevice device, ExaminedDevice found) {
        if (!found.superblock().hasFeature(SuperblockFeature.BITMAP)) {
            return found;
        }
        try {
            Bitmap bitmap = Bitmap.read(device, found.superblock());
            return found.withBitmap(bitmap, BitmapArea.problem(bitmap, found.superblock(), device.geometry()));
        } catch (DeviceException e) {
            return found.withBitmap(null, "cannot be read (" + e.getMessage() + ")");
        }
    }

    private static long seconds(Superblock superblock) {
        return superblock.creationTime() & SECONDS_MASK;
    }

    /** What was read behind the table of roles is not the superblock's, and must not come back when it is written. */
    private static void clearAfterRoles(Superblock superblock) {
        int length = SuperblockDescriptor.checkedLength(superblock.roleCount());
        OptionalInt policy = HoldfastNote.policy(superblock);
        superblock.buffer().setMemory(length, SuperblockDescriptor.LENGTH - length, (byte) 0);
        policy.ifPresent(value -> HoldfastNote.policy(superblock, value));
    }

    private static String otherMetadata(BlockDevice device) {
        long sectors = device.geometry().sectors();
        MutableDirectBuffer buffer = BufferSlab.allocate(2 * DeviceGeometry.SECTOR_LENGTH);
        try {
            long oldSector = (sectors & -OLD_FORMAT_RESERVED_SECTORS) - OLD_FORMAT_RESERVED_SECTORS;
            if (oldSector >= 0) {
                AlignedRead.read(device, oldSector, buffer, DeviceGeometry.SECTOR_LENGTH);
                int magic = SuperblockDescriptor.magic(buffer, 0);
                if (magic == SuperblockDescriptor.MAGIC || magic == Integer.reverseBytes(SuperblockDescriptor.MAGIC)) {
                    return "md metadata of version 0.90";
                }
            }
            AlignedRead.read(device, sectors - 2, buffer, 2 * DeviceGeometry.SECTOR_LENGTH);
        } catch (DeviceException e) {
            return null;
        }
        if (SuperblockDescriptor.magic(buffer, DeviceGeometry.SECTOR_LENGTH) == DDF_MAGIC_LITTLE_ENDIAN) {
            return "DDF metadata";
        }
        byte[] signature = new byte[INTEL_SIGNATURE.length];
        buffer.getBytes(0, signature);
        return Arrays.equals(signature, INTEL_SIGNATURE) ? "Intel firmware RAID metadata" : null;
    }
}
