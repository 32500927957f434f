package io.holdfast.cli.report;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockFeature;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Collects what was found on devices and prints it in one of four styles. */
public final class ExamineReport {
    private static final int MBR_LENGTH = 512;

    /** How to print. */
    public enum Style {
        /** Everything, device by device. */
        FULL,
        /** A line for each array, fit for a configuration file. */
        BRIEF,
        /** {@code NAME=value} lines, device by device. */
        EXPORT,
        /** An array of objects, one for each device. */
        JSON
    }

    /** What a device turned out to hold. */
    public enum Kind {
        /** A superblock that can be described. */
        SUPERBLOCK,
        /** No superblock, but a table of partitions. */
        PARTITIONS,
        /** Neither. */
        NOTHING
    }

    /**
     * What a device turned out to hold.
     *
     * @param kind   in one word.
     * @param remark what the operator should know beside the report, or nothing.
     */
    public record Finding(Kind kind, String remark) {}

    private final Style style;
    private final boolean isVerbose;
    private final String homehost;
    private final ZoneId zone;
    private final StringBuilder text = new StringBuilder();
    private final JsonWriter json = new JsonWriter();
    private final Map<String, List<MemberRecord>> arrays = new LinkedHashMap<>();

    /**
     * An empty report.
     *
     * @param style     to print in.
     * @param isVerbose whether the brief style names level and devices.
     * @param homehost  the name of this machine, or an empty string.
     * @param zone      for times.
     */
    public ExamineReport(Style style, boolean isVerbose, String homehost, ZoneId zone) {
        this.style = style;
        this.isVerbose = isVerbose;
        this.homehost = homehost;
        this.zone = zone;
        if (style == Style.JSON) {
            json.beginArray();
        }
    }

    /**
     * Add a device.
     *
     * @param device   opened.
     * @param examined what was found on it.
     * @return what that amounts to.
     */
    public Finding add(BlockDevice device, ExaminedDevice examined) {
        Optional<MemberRecord> member = MemberRecord.of(device, examined);
        if (member.isPresent()) {
            add(member.get());
            return new Finding(Kind.SUPERBLOCK, member.get().warning());
        }
        Optional<PartitionTable> partitions =
                DeviceBytes.read(device, 0, MBR_LENGTH).flatMap(PartitionTable::parse);
        if (partitions.isPresent() && style == Style.FULL) {
            text.append(examined.deviceName())
                    .append(":\n")
                    .append(partitions.get().text());
            return new Finding(Kind.PARTITIONS, "");
        }
        String remark = examined.verdict() == ExaminedDevice.Verdict.NONE
                ? "No md superblock detected on " + examined.deviceName() + "."
                : examined.reason();
        if (style == Style.JSON) {
            json.beginObject().member("device", examined.deviceName()).member("usable", false);
            json.member("problem", remark).endObject();
        }
        return new Finding(Kind.NOTHING, remark);
    }

    private void add(MemberRecord member) {
        switch (style) {
            case FULL -> text.append(ExamineText.of(member, homehost, zone));
            case EXPORT -> export(member.superblock());
            case JSON -> ExamineJson.write(json, member);
            case BRIEF -> {
                Superblock superblock = member.superblock();
                // What mdadm takes for one array: the same identity and the same shape.
                String identity = superblock.setUuidText() + " " + superblock.creationTime() + " "
                        + superblock.level() + " " + superblock.raidDisks() + " " + superblock.sizeSectors() + " "
                        + superblock.chunkSectors() + " " + superblock.layout();
                arrays.computeIfAbsent(identity, key -> new ArrayList<>()).add(member);
            }
        }
    }

    private void export(Superblock superblock) {
        String level = ArrayFacts.levelName(superblock.level());
        if (level != null) {
            text.append("MD_LEVEL=").append(level).append('\n');
        }
        text.append("MD_DEVICES=").append(superblock.raidDisks()).append('\n');
        // Scripts take these lines for their own variables.
        text.append("MD_NAME=")
                .append(ArrayFacts.printable(superblock.setName()))
                .append('\n');
        long arrayKib = ArrayFacts.arrayKib(superblock);
        if (arrayKib != 0) {
            text.append("MD_ARRAY_SIZE=")
                    .append(HumanSize.decimal(arrayKib << 10))
                    .append('\n');
        }
        text.append("MD_UUID=").append(superblock.setUuidText()).append('\n');
        text.append("MD_UPDATE_TIME=")
                .append(ClockText.seconds(superblock.updateTime()))
                .append('\n');
        text.append("MD_DEV_UUID=").append(superblock.deviceUuidText()).append('\n');
        text.append("MD_EVENTS=")
                .append(Long.toUnsignedString(superblock.events()))
                .append('\n');
    }

    /** The whole report, after the last device. */
    public String finish() {
        if (style == Style.JSON) {
            return json.endArray().toString();
        }
        for (List<MemberRecord> members : arrays.values()) {
            brief(members);
        }
        return text.toString();
    }

    private void brief(List<MemberRecord> members) {
        Superblock superblock = members.get(0).superblock();
        String name = ArrayFacts.printable(superblock.setName());
        text.append("ARRAY ");
        if (!name.isEmpty()) {
            text.append("/dev/md/")
                    .append(ArrayFacts.shortName(name).replace(' ', '_').replace('/', '-'))
                    .append(' ');
        }
        text.append(' ');
        if (isVerbose) {
            String level = ArrayFacts.levelName(superblock.level());
            text.append("level=").append(level == null ? "-unknown-" : level).append(' ');
        }
        text.append("metadata=").append(ArrayFacts.version(superblock)).append(' ');
        if (isVerbose) {
            text.append("num-devices=").append(superblock.raidDisks()).append(' ');
        }
        text.append("UUID=").append(superblock.setUuidText());
        if (!name.isEmpty()) {
            text.append(" name=").append(ArrayFacts.quoted(name));
        }
        text.append('\n');
        long spares = members.stream()
                .filter(member -> !Role.isSlot(member.superblock().ownRole())
                        || member.superblock().hasFeature(SuperblockFeature.REPLACEMENT))
                .count();
        if (spares > 0) {
            text.append("   spares=").append(spares);
        }
        if (isVerbose) {
            text.append("   devices=")
                    .append(String.join(
                            ",", members.stream().map(MemberRecord::deviceName).toList()));
        }
        if (spares > 0 || isVerbose) {
            text.append('\n');
        }
    }
}
