package io.holdfast.cli.report;

import static io.holdfast.cli.report.ArrayFacts.bytes;

import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockFeature;
import java.time.ZoneId;
import java.util.Locale;

/** One member's superblock, line for line as mdadm 4.2 prints it. */
final class ExamineText {
    private static final int LABEL_WIDTH = 15;
    private static final int BAD_BLOCKS_PER_SECTOR = 64;

    private final StringBuilder text = new StringBuilder(2048);
    private final MemberRecord member;
    private final Superblock superblock;
    private final String homehost;
    private final ZoneId zone;

    private ExamineText(MemberRecord member, String homehost, ZoneId zone) {
        this.member = member;
        this.superblock = member.superblock();
        this.homehost = homehost;
        this.zone = zone;
    }

    /**
     * Describe a member.
     *
     * @param member   to describe.
     * @param homehost the name of this machine, or an empty string.
     * @param zone     for times.
     * @return the lines.
     */
    static String of(MemberRecord member, String homehost, ZoneId zone) {
        return new ExamineText(member, homehost, zone).build();
    }

    private String build() {
        text.append(member.deviceName()).append(":\n");
        array();
        text.append('\n');
        sizes();
        line("State", superblock.isClean() ? "clean" : "active");
        line("Device UUID", superblock.deviceUuidText());
        text.append('\n');
        extras();
        state();
        text.append('\n');
        shape();
        text.append('\n');
        roles();
        return text.toString();
    }

    private void array() {
        line("Magic", hex(superblock.magic()));
        line("Version", ArrayFacts.version(superblock));
        line("Feature Map", "0x" + Integer.toHexString(superblock.featureMap()));
        line("Array UUID", superblock.setUuidText());
        String name = ArrayFacts.printable(superblock.setName());
        line("Name", name + (ArrayFacts.isLocal(name, homehost) ? "  (local to host " + homehost + ")" : ""));
        line("Creation Time", time(superblock.creationTime()));
        line("Raid Level", orUnknown(ArrayFacts.levelName(superblock.level())));
        line("Raid Devices", Integer.toString(superblock.raidDisks()));
    }

    private void sizes() {
        long dataSize = superblock.dataSizeSectors();
        long size = superblock.sizeSectors();
        line("Avail Dev Size", sectors(dataSize) + HumanSize.bracketed(bytes(dataSize)));
        long arrayKib = ArrayFacts.arrayKib(superblock);
        if (arrayKib != 0) {
            line("Array Size", Long.toUnsignedString(arrayKib) + " KiB" + HumanSize.bracketed(arrayKib << 10));
            if (size != dataSize) {
                line("Used Dev Size", sectors(size) + HumanSize.bracketed(bytes(size)));
            }
        }
        if (superblock.dataOffsetSectors() != 0) {
            line("Data Offset", sectors(superblock.dataOffsetSectors()));
        }
        boolean movesData = superblock.hasFeature(SuperblockFeature.NEW_OFFSET);
        if (movesData) {
            line("New Offset", sectors(superblock.dataOffsetSectors() + superblock.newOffsetSectors()));
        }
        line("Super Offset", sectors(superblock.superOffsetSectors()));
        if (superblock.hasFeature(SuperblockFeature.RECOVERY_OFFSET)) {
            line("Recovery Offset", sectors(superblock.recoveryOffsetSectors()));
        }
        if (!movesData && member.hasUnusedSpace()) {
            line(
                    "Unused Space",
                    "before=" + sectors(member.unusedBeforeSectors()) + ", after="
                            + sectors(member.unusedAfterSectors()));
        }
    }

    private void extras() {
        if (superblock.hasFeature(SuperblockFeature.BITMAP)) {
            line("Internal Bitmap", superblock.bitmapOffsetSectors() + " sectors from superblock");
        } else if (superblock.hasFeature(SuperblockFeature.PPL)
                || superblock.hasFeature(SuperblockFeature.MULTIPLE_PPLS)) {
            line(
                    "PPL",
                    superblock.pplSizeSectors() + " sectors at offset " + superblock.pplOffsetSectors()
                            + " sectors from superblock");
        }
        if (superblock.hasFeature(SuperblockFeature.RESHAPE)) {
            reshape();
        }
        int flags = superblock.deviceFlags();
        if ((flags & 3) != 0) {
            line("Flags", ((flags & 1) != 0 ? "write-mostly " : "") + ((flags & 2) != 0 ? "failfast " : ""));
            // The words end without the blank between them.
            trimEnd();
        }
    }

    private void reshape() {
        long kib = superblock.reshapePositionSectors() / 2;
        line("Reshape pos'n", Long.toUnsignedString(kib) + HumanSize.bracketed(kib << 10));
        int delta = superblock.deltaDisks();
        if (delta != 0) {
            int disks = superblock.raidDisks();
            line("Delta Devices", delta + " (" + (disks - delta) + "->" + disks + ")");
        }
        if (superblock.newLevel() != superblock.level()) {
            line("New Level", orUnknown(ArrayFacts.levelName(superblock.newLevel())));
        }
        if (superblock.newLayout() != superblock.layout()) {
            String layout = ArrayFacts.layoutName(superblock.level(), superblock.newLayout());
            if (layout != null) {
                line("New Layout", layout);
            }
        }
        if (superblock.newChunkSectors() != superblock.chunkSectors()) {
            line("New Chunksize", Integer.toUnsignedLong(superblock.newChunkSectors()) / 2 + "K");
        }
        text.append('\n');
    }

    private void state() {
        line("Update Time", time(superblock.updateTime()));
        if (superblock.badBlockLogSizeSectors() != 0 && superblock.badBlockLogOffsetSectors() != 0) {
            line(
                    "Bad Block Log",
                    superblock.badBlockLogSizeSectors() * BAD_BLOCKS_PER_SECTOR + " entries available at offset "
                            + superblock.badBlockLogOffsetSectors() + " sectors"
                            + (superblock.hasFeature(SuperblockFeature.BAD_BLOCKS) ? " - bad blocks present." : ""));
        }
        String found = Integer.toHexString(superblock.checksum());
        line(
                "Checksum",
                superblock.isChecksumCorrect()
                        ? found + " - correct"
                        : found + " - expected " + Integer.toHexString(superblock.computedChecksum()));
        line("Events", Long.toUnsignedString(superblock.events()));
    }

    private void shape() {
        int level = superblock.level();
        String layout = ArrayFacts.layoutName(level, superblock.layout());
        if (level == 0 && superblock.hasFeature(SuperblockFeature.RAID0_LAYOUT)) {
            layout = superblock.layout() == 1 ? "original" : superblock.layout() == 2 ? "alternate" : "-unknown-";
        }
        if (layout != null) {
            line("Layout", layout);
        }
        if (ArrayFacts.hasChunk(level)) {
            line("Chunk Size", Integer.toUnsignedLong(superblock.chunkSectors()) / 2 + "K");
        }
    }

    private void roles() {
        narrowLine("Device Role", ArrayFacts.deviceRole(superblock));
        boolean isInconsistent = false;
        StringBuilder letters = new StringBuilder();
        int[] holderCount = new int[ArrayFacts.slotCount(superblock)];
        for (int i = 0; i < superblock.roleCount(); i++) {
            int role = superblock.role(i);
            if (role < holderCount.length) {
                holderCount[role]++;
            }
        }
        for (int count : holderCount) {
            letters.append(count == 0 ? '.' : count == 1 ? 'A' : count == 2 ? 'R' : '?');
            isInconsistent |= count > 2;
        }
        narrowLine("Array State", letters + " ('A' == active, '.' == missing, 'R' == replacing)");
        if (isInconsistent) {
            text.append("WARNING Array state is inconsistent - each number should appear only once\n");
            for (int i = 0; i < superblock.roleCount(); i++) {
                int role = superblock.role(i);
                text.append(' ').append(i).append(':');
                text.append(role == Role.SPARE || role == Role.FAULTY ? "-" : Integer.toString(role));
            }
            text.append('\n');
        }
    }

    private void line(String label, String value) {
        text.append(" ".repeat(LABEL_WIDTH - label.length())).append(label);
        text.append(" : ").append(value).append('\n');
    }

    private void narrowLine(String label, String value) {
        text.append(" ".repeat(LABEL_WIDTH - 1 - label.length())).append(label);
        text.append(" : ").append(value).append('\n');
    }

    private void trimEnd() {
        int end = text.length() - 1;
        if (text.charAt(end - 1) == ' ') {
            text.deleteCharAt(end - 1);
        }
    }

    private String time(long time) {
        return ClockText.format(ClockText.seconds(time), zone);
    }

    private static String sectors(long count) {
        return Long.toUnsignedString(count) + " sectors";
    }

    private static String orUnknown(String name) {
        return name == null ? "-unknown-" : name;
    }

    private static String hex(int value) {
        return String.format(Locale.ROOT, "%08x", value);
    }
}
