package io.holdfast.cli.report;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ArrayStatus.Device;
import io.holdfast.cli.daemon.ArrayStatus.Sync;
import io.holdfast.raid.layout.RaidLevel;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** An array that is running, as a whole, laid out as mdadm does. */
public final class RunningReport {
    private static final int LABEL_WIDTH = 18;

    private final ArrayStatus status;
    private final String homehost;
    private final ZoneId zone;
    private final StringBuilder text = new StringBuilder();

    /**
     * Prepare a report.
     *
     * @param status   from the array's daemon.
     * @param homehost the name of this machine, or an empty string.
     * @param zone     for times.
     */
    public RunningReport(ArrayStatus status, String homehost, ZoneId zone) {
        this.status = status;
        this.homehost = homehost;
        this.zone = zone;
    }

    /**
     * What an array holds, in one word.
     *
     * @param status of the array.
     * @return such as 294.00MiB.
     */
    public static String size(ArrayStatus status) {
        return HumanSize.binary(status.arrayLength());
    }

    // ---- full ----

    /** Everything, for people. */
    public String full() {
        text.append(status.name()).append(":\n");
        line("Version", status.metadata());
        line("Creation Time", ClockText.format(status.createdSeconds(), zone));
        line("Raid Level", "raid" + status.level());
        line("Array Size", kib(status.arrayLength()));
        line("Used Dev Size", kib(status.memberLength()));
        line("Raid Devices", Integer.toString(status.slotCount()));
        line("Total Devices", Integer.toString(status.devices().size()));
        line("Persistence", "Superblock is persistent");
        text.append('\n');
        if (status.policy().equals("bitmap")) {
            line("Intent Bitmap", "Internal");
            text.append('\n');
        }
        line("Update Time", ClockText.format(status.updatedSeconds(), zone));
        line("State", state() + " ");
        line("Active Devices", Long.toString(count(ArrayStatus.IN_SYNC)));
        line("Working Devices", Long.toString(status.devices().size() - count(ArrayStatus.FAULTY)));
        line("Failed Devices", Long.toString(count(ArrayStatus.FAULTY)));
        line("Spare Devices", Long.toString(spareCount()));
        text.append('\n');
        String layout = ArrayFacts.layoutName(status.level(), status.layout());
        if (layout != null) {
            line("Layout", layout);
        }
        line("Chunk Size", (status.chunkLength() >> 10) + "K");
        text.append('\n');
        line("Consistency Policy", status.policy());
        text.append('\n');
        if (status.sync() != null) {
            line(activityLabel(status.sync()), percent(status.sync()) + "% complete");
            text.append('\n');
        }
        String name = ArrayFacts.printable(status.setName());
        line("Name", name + (ArrayFacts.isLocal(name, homehost) ? "  (local to host " + homehost + ")" : ""));
        line("UUID", status.uuid());
        line("Events", Long.toUnsignedString(status.eventCount()));
        text.append('\n');
        rows();
        text.append('\n');
        ours();
        return text.toString();
    }

    private static String kib(long length) {
        return (length >> 10) + HumanSize.bracketed(length);
    }

    private String state() {
        StringBuilder state = new StringBuilder(status.clean() ? "clean" : "active");
        int missing = status.slotCount() - status.inSyncCount();
        if (missing > status.parityCount()) {
            state.append(", FAILED");
        } else if (missing > 0) {
            state.append(", degraded");
        }
        if (status.sync() != null) {
            state.append(
                    switch (status.sync().activity()) {
                        case "recovery" -> ", recovering";
                        case "check" -> ", checking";
                        default -> ", resyncing";
                    });
        }
        return state.toString();
    }

    private static String activityLabel(Sync sync) {
        return switch (sync.activity()) {
            case "recovery" -> "Rebuild Status";
            case "check" -> "Check Status";
            default -> "Resync Status";
        };
    }

    private static long percent(Sync sync) {
        return sync.totalLength() == 0 ? 100 : (long) (100.0 * sync.doneLength() / sync.totalLength());
    }

    private void rows() {
        text.append("    Number   Major   Minor   RaidDevice State\n");
        for (int slot = 0; slot < status.slotCount(); slot++) {
            boolean isServed = false;
            for (Device device : status.devices()) {
                if (device.slot() == slot) {
                    row(device, Integer.toString(slot));
                    isServed = true;
                }
            }
            if (!isServed) {
                row("-", new String[] {"0", "0"}, Integer.toString(slot), "removed", null);
            }
        }
        boolean isFirst = true;
        for (Device device : byNumber()) {
            if (device.slot() < 0) {
                if (isFirst) {
                    text.append('\n');
                    isFirst = false;
                }
                row(device, "-");
            }
        }
    }

    private List<Device> byNumber() {
        List<Device> devices = new ArrayList<>(status.devices());
        devices.sort(Comparator.comparingInt(Device::number));
        return devices;
    }

    private void row(Device device, String slot) {
        long[] node = DeviceNode.of(device.name());
        String[] numbers =
                node == null ? new String[] {"-", "-"} : new String[] {Long.toString(node[0]), Long.toString(node[1])};
        row(device.number() < 0 ? "-" : Integer.toString(device.number()), numbers, slot, word(device), device.name());
    }

    private void row(String number, String[] node, String slot, String word, String name) {
        text.append(
                String.format(Locale.ROOT, "   %5s   %5s    %5s    %5s      %s", number, node[0], node[1], slot, word));
        text.append(name == null ? "" : "   " + name).append('\n');
    }

    /** In mdadm's words. */
    private static String word(Device device) {
        return switch (device.role()) {
            case ArrayStatus.IN_SYNC -> "active sync";
            case ArrayStatus.REBUILDING, ArrayStatus.REPLACEMENT -> "spare rebuilding";
            default -> device.role();
        };
    }

    /** What mdadm has no words for comes after all that it says. */
    private void ours() {
        for (String uri : status.uris()) {
            line("NBD", uri);
        }
        line("NBD Connections", Integer.toString(status.clientCount()));
        line("Daemon", "process " + status.pid() + ", since " + ClockText.format(status.startedSeconds(), zone));
        if (!status.reason().isEmpty()) {
            line("Writes Refused", status.reason());
        }
        if (status.sync() != null && status.sync().secondsLeft() >= 0) {
            line(
                    "Speed",
                    (status.sync().lengthPerSecond() >> 10) + "K/sec, "
                            + status.sync().secondsLeft() + " s left");
        }
        if (status.lastSync() != null) {
            Sync last = status.lastSync();
            line(
                    "Last " + capital(last.activity()),
                    last.outcome() + ", " + last.mismatchedSectors() + " sectors did not fit");
        }
        if (status.scrub() != null) {
            scrub(status.scrub());
        }
        if (status.journal() != null) {
            line(
                    "Journal",
                    (status.journal().working() ? "working" : "not working") + ", "
                            + status.journal().mode());
            line("On Journal Loss", status.journal().onLoss());
            if (status.journal().capacity() > 0) {
                journal(status.journal());
            }
        }
        if (status.replay() != null) {
            line(
                    "Replay",
                    status.replay().doneLength() + " of " + status.replay().length() + " bytes");
        }
    }

    private void journal(ArrayStatus.Journal journal) {
        line("Journal Size", kib(journal.capacity()));
        line("Journal Fill", journal.used() * 100 / journal.capacity() + "%");
        line("Records Pending", Long.toString(journal.waitingCount()));
        line(
                "Batches",
                journal.batchCount() + ", of " + journal.meanBatchLength() + " bytes on average, with "
                        + journal.recordCount() + " records");
    }

    private void scrub(ArrayStatus.Scrub scrub) {
        if (scrub.lastSeconds() > 0) {
            line(
                    "Last Scrub",
                    scrub.lastActivity() + ", " + scrub.lastOutcome() + " on "
                            + ClockText.format(scrub.lastSeconds(), zone) + ", " + scrub.mismatchedSectors()
                            + " sectors did not fit");
        }
        if (scrub.paused()) {
            line("Next Scrub", "paused" + (scrub.resumeOffset() > 0 ? percentDone(scrub) : ""));
        } else if (scrub.periodSeconds() > 0) {
            line(
                    "Next Scrub",
                    ClockText.format(scrub.nextSeconds(), zone)
                            + (scrub.resumeOffset() > 0 ? ", going on" + percentDone(scrub) : ""));
        }
    }

    private String percentDone(ArrayStatus.Scrub scrub) {
        return " at " + scrub.resumeOffset() * 100 / Math.max(1, status.memberLength()) + "%";
    }

    private static String capital(String word) {
        return Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    private void line(String label, String value) {
        text.append(" ".repeat(LABEL_WIDTH - label.length())).append(label);
        text.append(" : ").append(value).append('\n');
    }

    /** As mdadm counts: also those that are on their way to a slot. */
    private long spareCount() {
        return count(ArrayStatus.SPARE) + count(ArrayStatus.REBUILDING) + count(ArrayStatus.REPLACEMENT);
    }

    private long count(String role) {
        return status.devices().stream()
                .filter(device -> device.role().equals(role))
                .count();
    }

    // ---- other styles ----

    /**
     * One line fit for a configuration file.
     *
     * @param isVerbose whether to name level and devices.
     * @return the line, and another with the devices.
     */
    public String brief(boolean isVerbose) {
        text.append("ARRAY ").append(status.name());
        if (isVerbose) {
            text.append(" level=raid").append(status.level());
            text.append(" num-devices=").append(status.slotCount());
        }
        text.append(" metadata=").append(status.metadata());
        long spares = spareCount();
        if (spares > 0) {
            text.append(" spares=").append(spares);
        }
        if (!status.setName().isEmpty()) {
            text.append(" name=").append(ArrayFacts.printable(status.setName()));
        }
        text.append(" UUID=").append(status.uuid()).append('\n');
        if (isVerbose) {
            List<String> names =
                    status.devices().stream().map(Device::name).sorted().toList();
            text.append("   devices=").append(String.join(",", names)).append('\n');
        }
        return text.toString();
    }

    /** {@code NAME=value} lines for scripts. */
    public String export() {
        text.append("MD_LEVEL=raid").append(status.level()).append('\n');
        text.append("MD_DEVICES=").append(status.slotCount()).append('\n');
        text.append("MD_METADATA=").append(status.metadata()).append('\n');
        text.append("MD_UUID=").append(status.uuid()).append('\n');
        text.append("MD_DEVNAME=").append(status.name()).append('\n');
        text.append("MD_NAME=").append(ArrayFacts.printable(status.setName())).append('\n');
        for (Device device : status.devices()) {
            String variable =
                    "MD_DEVICE_" + device.name().replaceFirst("^/", "").replaceAll("[^A-Za-z0-9]", "_");
            String role = device.servesSlot() ? Integer.toString(device.slot()) : "spare";
            text.append(variable).append("_ROLE=").append(role).append('\n');
            text.append(variable).append("_DEV=").append(device.name()).append('\n');
        }
        return text.toString();
    }

    /** One object. */
    public String json() {
        JsonWriter json = new JsonWriter().beginObject();
        json.member("name", status.setName()).member("runsAs", status.name());
        json.member("arrayUuid", status.uuid()).member("metadata", status.metadata());
        json.member("creationTimeSeconds", status.createdSeconds());
        json.member("updateTimeSeconds", status.updatedSeconds());
        json.member("level", "raid" + status.level());
        json.member(
                "layout",
                RaidLevel.of(status.level()) == RaidLevel.RAID4
                        ? null
                        : ArrayFacts.layoutName(status.level(), status.layout()));
        json.member("raidDevices", status.slotCount());
        json.member("chunkBytes", status.chunkLength());
        json.member("usedBytesPerMember", status.memberLength() & -DeviceGeometry.SECTOR_LENGTH);
        json.member("dataSizeBytes", status.arrayLength());
        json.member("consistencyPolicy", status.policy());
        json.member("events", status.eventCount());
        json.member("running", true).member("clean", status.clean());
        json.member("state", state()).member("condition", status.condition());
        json.member("reason", status.reason());
        json.member("process", status.pid()).member("startedSeconds", status.startedSeconds());
        json.beginArray("nbd");
        status.uris().forEach(json::element);
        json.endArray().member("nbdConnections", status.clientCount());
        sync(json, "sync", status.sync());
        sync(json, "lastSync", status.lastSync());
        if (status.scrub() != null) {
            json.beginObject("scrub").member("periodSeconds", status.scrub().periodSeconds());
            json.member("nextSeconds", status.scrub().nextSeconds());
            json.member("paused", status.scrub().paused());
            json.member("resumeOffsetBytes", status.scrub().resumeOffset());
            json.member("lastActivity", status.scrub().lastActivity());
            json.member("lastOutcome", status.scrub().lastOutcome());
            json.member("lastSeconds", status.scrub().lastSeconds());
            json.member("mismatchedSectors", status.scrub().mismatchedSectors()).endObject();
        }
        if (status.journal() != null) {
            json.beginObject("journal").member("working", status.journal().working());
            json.member("mode", status.journal().mode());
            json.member("onJournalLoss", status.journal().onLoss());
            json.member("capacityBytes", status.journal().capacity());
            json.member("usedBytes", status.journal().used());
            json.member("recordsPending", status.journal().waitingCount());
            json.member("batches", status.journal().batchCount());
            json.member("records", status.journal().recordCount());
            json.member("meanBatchBytes", status.journal().meanBatchLength()).endObject();
        }
        if (status.replay() != null) {
            json.beginObject("replay").member("bytes", status.replay().length());
            json.member("bytesDone", status.replay().doneLength()).endObject();
        }
        json.beginArray("devices");
        for (Device device : status.devices()) {
            json.beginObject().member("device", device.name()).member("state", word(device));
            if (device.number() >= 0) {
                json.member("number", device.number());
            }
            if (device.slot() >= 0) {
                json.member("slot", device.slot());
            }
            if (device.role().equals(ArrayStatus.REBUILDING)) {
                json.member("recoveredBytes", device.length());
            }
            json.endObject();
        }
        return json.endArray().endObject().toString();
    }

    private static void sync(JsonWriter json, String name, Sync sync) {
        if (sync != null) {
            json.beginObject(name).member("activity", sync.activity()).member("outcome", sync.outcome());
            json.member("doneBytes", sync.doneLength()).member("totalBytes", sync.totalLength());
            json.member("mismatchedSectors", sync.mismatchedSectors());
            json.member("bytesPerSecond", sync.lengthPerSecond());
            json.member("secondsLeft", sync.secondsLeft())
                    .member("message", sync.message())
                    .endObject();
        }
    }
}
