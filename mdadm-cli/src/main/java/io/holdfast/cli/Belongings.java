package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.cli.report.ArrayName;
import io.holdfast.cli.report.ClockText;
import io.holdfast.cli.report.DeviceBytes;
import io.holdfast.cli.report.PartitionTable;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Superblock;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;

/** What a device holds that somebody may miss when it is made part of a new array. */
final class Belongings {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int EXT_OFFSET = 1024;
    private static final int EXT_LENGTH = 64;
    private static final int EXT_MAGIC = 0xef53;
    private static final int EXT_LARGEST_BLOCK_SHIFT = 6;
    private static final int SECTOR_LENGTH = 512;
    private static final int LVM_LABEL_SECTORS = 4;
    private static final String INDENT = "       ";

    /** What tells a content: bytes at an offset. */
    private enum Signature {
        XFS("an xfs file system", 0, "XFSB"),
        LUKS("a LUKS encrypted volume", 0, "LUKS\u00ba\u00be"),
        REISER("a reiserfs file system", 65588, "ReIsEr"),
        BTRFS("a btrfs file system", 65600, "_BHRfS_M"),
        SWAP_4K("swap space", 4086, "SWAPSPACE2"),
        SWAP_16K("swap space", 16374, "SWAPSPACE2"),
        SWAP_64K("swap space", 65526, "SWAPSPACE2"),
        GPT_512("a GUID partition table", 512, "EFI PART"),
        GPT_4K("a GUID partition table", 4096, "EFI PART");

        private final String description;
        private final int offset;
        private final String text;

        Signature(String description, int offset, String text) {
            this.description = description;
            this.offset = offset;
            this.text = text;
        }

        boolean isOn(BlockDevice device) {
            byte[] expected = text.getBytes(StandardCharsets.ISO_8859_1);
            return Arrays.equals(expected, bytes(device, offset, expected.length));
        }
    }

    private Belongings() {}

    /**
     * Look at a device.
     *
     * @param device   opened.
     * @param examined what was found on it.
     * @param zone     for times.
     * @return lines to print, the first of each remark without indent; empty when there is nothing to miss.
     */
    static List<String> on(BlockDevice device, ExaminedDevice examined, ZoneId zone) {
        List<String> lines = new ArrayList<>();
        extFileSystem(device, zone, lines);
        boolean hasGpt = false;
        for (Signature signature : Signature.values()) {
            if (signature.isOn(device)) {
                if (signature == Signature.GPT_512 || signature == Signature.GPT_4K) {
                    hasGpt = true;
                } else {
                    lines.add(device.name() + " appears to contain " + signature.description);
                }
            }
        }
        if (hasLvmLabel(device)) {
            lines.add(device.name() + " appears to contain an LVM physical volume");
        }
        Superblock superblock = examined.superblock();
        if (superblock != null) {
            lines.add(device.name() + " appears to be part of a raid array:");
            lines.add(INDENT + "level=raid" + superblock.level() + " devices=" + superblock.raidDisks() + " ctime="
                    + ClockText.format(ArrayName.creationSeconds(superblock), zone));
        } else if (examined.verdict() == ExaminedDevice.Verdict.FOREIGN) {
            lines.add(examined.reason());
        }
        boolean hasTable = DeviceBytes.read(device, 0, SECTOR_LENGTH)
                .flatMap(PartitionTable::parse)
                .isPresent();
        if (hasTable || hasGpt) {
            lines.add("partition table exists on " + device.name());
        }
        return lines;
    }

    private static void extFileSystem(BlockDevice device, ZoneId zone, List<String> lines) {
        DirectBuffer block = DeviceBytes.read(device, EXT_OFFSET, EXT_LENGTH).orElse(null);
        if (block == null
                || block.capacity() < EXT_LENGTH
                || Short.toUnsignedInt(block.getShort(56, ORDER)) != EXT_MAGIC) {
            return;
        }
        long blocks = Integer.toUnsignedLong(block.getInt(4, ORDER));
        int shift = block.getInt(24, ORDER);
        long written = Integer.toUnsignedLong(block.getInt(44, ORDER));
        lines.add(device.name() + " appears to contain an ext2fs file system");
        String size = shift >= 0 && shift <= EXT_LARGEST_BLOCK_SHIFT ? (blocks << shift) + "K" : "unknown";
        lines.add(INDENT + "size=" + size + "  mtime=" + ClockText.format(written, zone));
    }

    private static boolean hasLvmLabel(BlockDevice device) {
        byte[] label = "LABELONE".getBytes(StandardCharsets.US_ASCII);
        for (int sector = 0; sector < LVM_LABEL_SECTORS; sector++) {
            if (Arrays.equals(label, bytes(device, (long) sector * SECTOR_LENGTH, label.length))) {
                return true;
            }
        }
        return false;
    }

    private static byte[] bytes(BlockDevice device, long offset, int length) {
        DirectBuffer found = DeviceBytes.read(device, offset, length).orElse(null);
        if (found == null) {
            return new byte[0];
        }
        byte[] bytes = new byte[found.capacity()];
        found.getBytes(0, bytes);
        return bytes;
    }
}
