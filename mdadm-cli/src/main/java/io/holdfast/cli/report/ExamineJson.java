package io.holdfast.cli.report;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockFeature;

/** One member's superblock as a JSON object. Lengths are in bytes, places on the device in sectors. */
final class ExamineJson {
    private ExamineJson() {}

    /**
     * Write a member.
     *
     * @param json   to write to.
     * @param member to describe.
     */
    static void write(JsonWriter json, MemberRecord member) {
        Superblock superblock = member.superblock();
        json.beginObject();
        json.member("device", member.deviceName());
        json.member("deviceSizeBytes", member.deviceSectors() * DeviceGeometry.SECTOR_LENGTH);
        json.member("metadata", ArrayFacts.version(superblock));
        json.member("featureMap", Integer.toUnsignedLong(superblock.featureMap()));
        json.member("arrayUuid", superblock.setUuidText());
        json.member("name", superblock.setName());
        json.member("creationTimeSeconds", ClockText.seconds(superblock.creationTime()));
        writeShape(json, superblock);
        json.member("dataOffsetSectors", superblock.dataOffsetSectors());
        json.member("dataSizeSectors", superblock.dataSizeSectors());
        json.member("superOffsetSectors", superblock.superOffsetSectors());
        if (superblock.hasFeature(SuperblockFeature.RECOVERY_OFFSET)) {
            json.member("recoveryOffsetSectors", superblock.recoveryOffsetSectors());
        }
        json.member("state", superblock.isClean() ? "clean" : "active");
        if (!superblock.isClean()) {
            json.member("resyncOffsetSectors", superblock.resyncOffsetSectors());
        }
        json.member("deviceUuid", superblock.deviceUuidText());
        json.member("deviceNumber", Integer.toUnsignedLong(superblock.deviceNumber()));
        writeRole(json, superblock);
        json.member("updateTimeSeconds", ClockText.seconds(superblock.updateTime()));
        json.member("events", superblock.events());
        json.member("checksum", superblock.isChecksumCorrect() ? "correct" : "wrong");
        writeExtras(json, superblock);
        json.beginArray("slots");
        for (int slot = 0; slot < ArrayFacts.slotCount(superblock); slot++) {
            int holders = ArrayFacts.holderCount(superblock, slot);
            json.element(
                    holders == 0 ? "missing" : holders == 1 ? "active" : holders == 2 ? "replacing" : "inconsistent");
        }
        json.endArray();
        json.member("usable", member.warning().isEmpty());
        if (!member.warning().isEmpty()) {
            json.member("problem", member.warning());
        }
        json.endObject();
    }

    /** Write the members that all superblocks of an array share. */
    static void writeShape(JsonWriter json, Superblock superblock) {
        int level = superblock.level();
        String levelName = ArrayFacts.levelName(level);
        json.member("level", levelName == null ? "unknown" : levelName);
        json.member("raidDevices", superblock.raidDisks());
        String layout = ArrayFacts.layoutName(level, superblock.layout());
        if (layout != null) {
            json.member("layout", layout);
        }
        if (ArrayFacts.hasChunk(level)) {
            json.member(
                    "chunkSizeBytes", Integer.toUnsignedLong(superblock.chunkSectors()) * DeviceGeometry.SECTOR_LENGTH);
        }
        json.member("arraySizeBytes", ArrayFacts.arrayKib(superblock) << 10);
        json.member("usedDeviceSizeBytes", ArrayFacts.bytes(superblock.sizeSectors()));
    }

    private static void writeRole(JsonWriter json, Superblock superblock) {
        int role = superblock.ownRole();
        if (Role.isSlot(role)) {
            json.member("role", superblock.hasFeature(SuperblockFeature.REPLACEMENT) ? "replacement" : "active");
            json.member("slot", role);
        } else {
            json.member("role", role == Role.JOURNAL ? "journal" : role == Role.FAULTY ? "faulty" : "spare");
        }
        if (role == Role.JOURNAL) {
            json.member("journalTailSectors", superblock.journalTailSectors());
        }
    }

    private static void writeExtras(JsonWriter json, Superblock superblock) {
        if (superblock.hasFeature(SuperblockFeature.BITMAP)) {
            json.member("bitmapOffsetSectors", superblock.bitmapOffsetSectors());
        }
        if (superblock.hasFeature(SuperblockFeature.RESHAPE)) {
            json.member("reshapePositionSectors", superblock.reshapePositionSectors());
        }
        if (superblock.badBlockLogSizeSectors() != 0 && superblock.badBlockLogOffsetSectors() != 0) {
            json.member("badBlockLogOffsetSectors", superblock.badBlockLogOffsetSectors());
            json.member("hasBadBlocks", superblock.hasFeature(SuperblockFeature.BAD_BLOCKS));
        }
    }
}
