package io.holdfast.cli.report;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.metadata.ArrayIdentity;
import io.holdfast.raid.metadata.AssemblyPlan;
import io.holdfast.raid.metadata.AssemblyPlan.JournalState;
import io.holdfast.raid.metadata.DeviceVerdict;
import io.holdfast.raid.metadata.DeviceVerdict.Kind;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockFeature;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** An array that is not running, as a whole, laid out as mdadm does for one that is. */
public final class DetailReport {
    private static final int LABEL_WIDTH = 18;

    private final AssemblyPlan plan;
    private final ArrayIdentity identity;
    private final Superblock superblock;
    private final String homehost;
    private final ZoneId zone;
    private final Optional<JournalFacts> journal;
    private final List<DeviceVerdict> members = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();

    /**
     * Prepare a report.
     *
     * @param plan     of an assembly in which an array was found.
     * @param homehost the name of this machine, or an empty string.
     * @param zone     for times.
     * @param journal  how it stands to its journal; empty when it has none.
     */
    public DetailReport(AssemblyPlan plan, String homehost, ZoneId zone, Optional<JournalFacts> journal) {
        this.plan = plan;
        this.identity = plan.identity().orElseThrow();
        this.homehost = homehost;
        this.zone = zone;
        this.journal = journal;
        for (DeviceVerdict device : plan.devices()) {
            if (device.superblock() != null && device.superblock().setUuidText().equals(identity.uuid())) {
                members.add(device);
            }
        }
        this.superblock = members.stream()
                .filter(DeviceVerdict::isUsed)
                .max(Comparator.comparingLong(device -> device.superblock().events()))
                .or(() -> members.stream().findFirst())
                .orElseThrow()
                .superblock();
    }

    // ---- full ----

    /** Everything, for people. */
    public String full() {
        text.append("/dev/md/").append(ArrayName.of(superblock)).append(":\n");
        line("Version", ArrayFacts.version(superblock));
        line("Creation Time", time(superblock.creationTime()));
        line("Raid Level", "raid" + identity.level());
        long arrayKib = identity.arraySectors() / 2;
        line("Array Size", arrayKib + HumanSize.bracketed(arrayKib << 10));
        long usedKib = identity.sizeSectors() / 2;
        line("Used Dev Size", usedKib + HumanSize.bracketed(usedKib << 10));
        line("Raid Devices", Integer.toString(identity.raidDisks()));
        line("Total Devices", Integer.toString(members.size()));
        line("Persistence", "Superblock is persistent");
        text.append('\n');
        if (superblock.hasFeature(SuperblockFeature.BITMAP)) {
            line("Intent Bitmap", "Internal");
            text.append('\n');
        }
        line("Update Time", time(superblock.updateTime()));
        line("State", state() + " ");
        line("Active Devices", Long.toString(count(Kind.IN_SYNC) + count(Kind.FORCED)));
        line("Working Devices", Long.toString(members.size() - failedCount()));
        line("Failed Devices", Long.toString(failedCount()));
        line("Spare Devices", Long.toString(count(Kind.SPARE) + count(Kind.RECOVERING)));
        text.append('\n');
        String layout = ArrayFacts.layoutName(identity.level(), identity.layout());
        if (layout != null) {
            line("Layout", layout);
        }
        line("Chunk Size", identity.chunkSectors() / 2 + "K");
        text.append('\n');
        line("Consistency Policy", policy());
        text.append('\n');
        progress();
        String name = ArrayFacts.printable(identity.name());
        line("Name", name + (ArrayFacts.isLocal(name, homehost) ? "  (local to host " + homehost + ")" : ""));
        line("UUID", identity.uuid());
        line("Events", Long.toUnsignedString(identity.events()));
        text.append('\n');
        rows();
        // What mdadm has no words for comes after all that it says.
        journal.ifPresent(facts -> text.append('\n').append(new JournalSection(facts).text()));
        return text.toString();
    }

    private String state() {
        StringBuilder state = new StringBuilder(plan.resyncOffsetSectors() == -1 ? "clean" : "active");
        int missing = plan.missingSlots().size();
        if (missing > identity.parityCount()) {
            state.append(", FAILED");
        } else if (missing > 0) {
            state.append(", degraded");
        }
        return state.append(", Not Started").toString();
    }

    private String policy() {
        if (identity.hasJournal()) {
            return "journal";
        }
        int features = identity.featureMap();
        if ((features & (SuperblockFeature.PPL | SuperblockFeature.MULTIPLE_PPLS)) != 0) {
            return "ppl";
        }
        return (features & SuperblockFeature.BITMAP) != 0 ? "bitmap" : "resync";
    }

    private void progress() {
        for (DeviceVerdict device : members) {
            if (device.kind() == Kind.RECOVERING) {
                line("Rebuild Status", percent(device.recoveredSectors()) + "% complete");
                text.append('\n');
                return;
            }
        }
        if (plan.resyncOffsetSectors() > 0 && plan.missingSlots().isEmpty()) {
            line("Resync Status", percent(plan.resyncOffsetSectors()) + "% complete");
            text.append('\n');
        }
    }

    private long percent(long sectors) {
        long size = Math.max(1, identity.sizeSectors());
        return Math.min(100, sectors / Math.max(1, size / 100));
    }

    private void rows() {
        text.append("    Number   Major   Minor   RaidDevice State\n");
        for (int slot = 0; slot < identity.raidDisks(); slot++) {
            DeviceVerdict holder = holder(slot);
            if (holder == null) {
                row("-", "0", "0", Integer.toString(slot), "removed", null);
            } else {
                row(holder, Integer.toString(slot));
            }
        }
        boolean isFirst = true;
        for (DeviceVerdict device : members) {
            if (!isHolder(device)) {
                if (isFirst) {
                    text.append('\n');
                    isFirst = false;
                }
                row(device, "-");
            }
        }
    }

    private DeviceVerdict holder(int slot) {
        return plan.inSync(slot).or(() -> plan.recovering(slot)).orElse(null);
    }

    private static boolean isHolder(DeviceVerdict device) {
        return device.isInSync() || device.kind() == Kind.RECOVERING;
    }

    private void row(DeviceVerdict device, String slot) {
        int number = device.superblock().deviceNumber();
        long[] node = DeviceNode.of(device.deviceName());
        row(
                Integer.toUnsignedString(number),
                node == null ? "-" : Long.toString(node[0]),
                node == null ? "-" : Long.toString(node[1]),
                slot,
                word(device),
                device.deviceName());
    }

    private void row(String number, String major, String minor, String slot, String word, String name) {
        text.append(String.format(Locale.ROOT, "   %5s   %5s    %5s    %5s      %s", number, major, minor, slot, word));
        text.append(name == null ? "" : "   " + name).append('\n');
    }

    /** A device's state in mdadm's words, and in ours where mdadm has none because Linux never shows such devices. */
    private static String word(DeviceVerdict device) {
        return switch (device.kind()) {
            case IN_SYNC, FORCED -> "active sync";
            case RECOVERING -> "spare rebuilding";
            case SPARE -> "spare";
            case JOURNAL -> "journal";
            case FAULTY -> "faulty";
            case STALE -> "stale";
            default -> device.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        };
    }

    private long count(Kind kind) {
        return members.stream().filter(device -> device.kind() == kind).count();
    }

    private long failedCount() {
        return members.stream().filter(device -> !device.isUsed()).count();
    }

    private void line(String label, String value) {
        text.append(" ".repeat(LABEL_WIDTH - label.length())).append(label);
        text.append(" : ").append(value).append('\n');
    }

    private String time(long time) {
        return ClockText.format(ClockText.seconds(time), zone);
    }

    // ---- other styles ----

    /**
     * One line fit for a configuration file.
     *
     * @param isVerbose whether to name level and devices.
     * @return the line, and another with the devices.
     */
    public String brief(boolean isVerbose) {
        text.append("ARRAY /dev/md/").append(ArrayName.of(superblock));
        if (isVerbose) {
            text.append(" level=raid").append(identity.level());
            text.append(" num-devices=").append(identity.raidDisks());
        }
        text.append(" metadata=").append(ArrayFacts.version(superblock));
        long spares = count(Kind.SPARE) + count(Kind.RECOVERING);
        if (spares > 0) {
            text.append(" spares=").append(spares);
        }
        if (!identity.name().isEmpty()) {
            text.append(" name=").append(ArrayFacts.printable(identity.name()));
        }
        text.append(" UUID=").append(identity.uuid()).append('\n');
        if (isVerbose) {
            List<String> names =
                    members.stream().map(DeviceVerdict::deviceName).sorted().toList();
            text.append("   devices=").append(String.join(",", names)).append('\n');
        }
        return text.toString();
    }

    /** {@code NAME=value} lines for scripts. */
    public String export() {
        text.append("MD_LEVEL=raid").append(identity.level()).append('\n');
        text.append("MD_DEVICES=").append(identity.raidDisks()).append('\n');
        text.append("MD_METADATA=").append(ArrayFacts.version(superblock)).append('\n');
        text.append("MD_UUID=").append(identity.uuid()).append('\n');
        text.append("MD_NAME=").append(ArrayFacts.printable(identity.name())).append('\n');
        for (DeviceVerdict device : members) {
            String variable =
                    "MD_DEVICE_" + device.deviceName().replaceFirst("^/", "").replaceAll("[^A-Za-z0-9]", "_");
            String role = isHolder(device) ? Integer.toString(device.slot()) : device.isUsed() ? "spare" : word(device);
            text.append(variable).append("_ROLE=").append(role).append('\n');
            text.append(variable).append("_DEV=").append(device.deviceName()).append('\n');
        }
        return text.toString();
    }

    /** One object. */
    public String json() {
        JsonWriter json = new JsonWriter().beginObject();
        json.member("name", identity.name());
        json.member("arrayUuid", identity.uuid());
        json.member("metadata", ArrayFacts.version(superblock));
        json.member("creationTimeSeconds", ClockText.seconds(superblock.creationTime()));
        json.member("updateTimeSeconds", ClockText.seconds(superblock.updateTime()));
        ExamineJson.writeShape(json, superblock);
        json.member("dataSizeBytes", identity.arraySectors() * DeviceGeometry.SECTOR_LENGTH);
        json.member("consistencyPolicy", policy());
        json.member("events", identity.events());
        json.member("running", false);
        json.member("clean", plan.resyncOffsetSectors() == -1);
        json.member("state", state());
        json.member("wouldStart", plan.isOpenable());
        json.member("reason", plan.reason());
        json.member(
                "journal",
                plan.journalState() == JournalState.NOT_USED
                        ? "none"
                        : lower(plan.journalState().name()));
        journal.ifPresent(facts -> new JournalSection(facts).write(json));
        json.beginArray("slots");
        for (int slot = 0; slot < identity.raidDisks(); slot++) {
            DeviceVerdict holder = holder(slot);
            json.beginObject().member("slot", slot).member("device", holder == null ? null : holder.deviceName());
            json.member("state", holder == null ? "removed" : word(holder)).endObject();
        }
        json.endArray().beginArray("devices");
        for (DeviceVerdict device : plan.devices()) {
            json.beginObject().member("device", device.deviceName());
            json.member("verdict", lower(device.kind().name()));
            json.member("sentence", device.sentence()).endObject();
        }
        return json.endArray().endObject().toString();
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
