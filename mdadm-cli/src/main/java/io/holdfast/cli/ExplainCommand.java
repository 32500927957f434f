package io.holdfast.cli;

import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.cli.daemon.ArrayStatus;
import io.holdfast.cli.daemon.ArrayStatus.Device;
import io.holdfast.cli.daemon.ControlClient;
import io.holdfast.cli.option.UsageException;
import io.holdfast.cli.report.JsonWriter;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.layout.StripeMap;
import io.holdfast.raid.metadata.BadBlockLog;
import io.holdfast.raid.metadata.Superblock;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ParseResult;

/** {@code explain}: where a sector of a running array lies, where its parity is, and how it would be read just now. */
final class ExplainCommand {
    private static final int MOST_DIGITS = 18;
    private static final int LABEL_WIDTH = 14;

    private final WordOptions options;
    private final Session session;

    ExplainCommand(ParseResult words, Session session) {
        this.options = new WordOptions(words, session);
        this.session = session;
    }

    /**
     * The part that one slot has in the row of the sector.
     *
     * @param part         data, P or Q, or another data chunk of the row.
     * @param slot         that holds it.
     * @param device       that serves the slot; null when none does.
     * @param memberOffset of the same place in every member's data, in bytes.
     * @param deviceSector of it on the device; -1 when nobody knows.
     * @param isThere      whether the device has it: rebuilt as far as here, and not recorded as bad.
     * @param isBad        whether the device's bad block log has it; false also when that cannot be read.
     */
    private record Part(
            String part,
            int slot,
            Device device,
            long memberOffset,
            long deviceSector,
            boolean isThere,
            boolean isBad) {
        String state() {
            if (device == null) {
                return "missing";
            }
            if (isBad) {
                return "recorded as bad";
            }
            return isThere ? "in sync" : "not rebuilt yet";
        }
    }

    int run() {
        String name = RunningArray.name(options.positional(0), session);
        long sector = sector(options.positional(1));
        ArrayStatus status = ControlClient.status(session.runFolder(), name);
        long sectors = status.arrayLength() / DeviceGeometry.SECTOR_LENGTH;
        if (sector >= sectors) {
            throw UsageException.of("sector " + sector + " lies beyond the array's last, " + (sectors - 1) + ".");
        }
        List<Part> parts = parts(status, sector);
        session.out().print(options.has("--json") ? json(status, sector, parts) : text(status, sector, parts));
        return Session.OK;
    }

    private static long sector(String text) {
        boolean isNumber =
                !text.isEmpty() && text.length() <= MOST_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!isNumber) {
            throw UsageException.of("'" + text + "' is no sector; count in 512 bytes from 0.");
        }
        return Long.parseLong(text);
    }

    // ---- what there is ----

    private List<Part> parts(ArrayStatus status, long sector) {
        ArrayLayout layout = new ArrayLayout(
                RaidLevel.of(status.level()),
                status.layout(),
                status.slotCount(),
                (int) status.chunkLength(),
                status.memberLength());
        long offset = sector * DeviceGeometry.SECTOR_LENGTH;
        StripeMap row = layout.stripe(layout.row(offset));
        int dataSlot = layout.slot(offset);
        long memberOffset = layout.memberOffset(offset);
        List<Part> parts = new ArrayList<>();
        parts.add(part("data", dataSlot, memberOffset, status));
        parts.add(part("P", row.pSlot(), memberOffset, status));
        if (row.qSlot() >= 0) {
            parts.add(part("Q", row.qSlot(), memberOffset, status));
        }
        for (int index = 0; index < row.dataCount(); index++) {
            if (row.dataSlot(index) != dataSlot) {
                parts.add(part("same row", row.dataSlot(index), memberOffset, status));
            }
        }
        return parts;
    }

    private static Part part(String part, int slot, long memberOffset, ArrayStatus status) {
        Device device = status.devices().stream()
                .filter(each -> each.slot() == slot && each.servesSlot())
                .findFirst()
                .orElse(null);
        if (device == null) {
            return new Part(part, slot, null, memberOffset, -1, false, false);
        }
        boolean isRebuilt = device.role().equals(ArrayStatus.IN_SYNC) || memberOffset < device.length();
        try {
            return Looker.look(device.name(), (opened, examined) -> {
                Superblock superblock = examined.superblock();
                long sector = superblock.dataOffsetSectors() + memberOffset / DeviceGeometry.SECTOR_LENGTH;
                boolean isBad = BadBlockLog.read(opened, superblock).stream()
                        .anyMatch(range ->
                                sector >= range.deviceSector() && sector - range.deviceSector() < range.sectors());
                return new Part(part, slot, device, memberOffset, sector, isRebuilt && !isBad, isBad);
            });
        } catch (DeviceException e) {
            // It need not be readable to be where it is.
            return new Part(part, slot, device, memberOffset, -1, isRebuilt, false);
        }
    }

    /** How a read would be answered. */
    private static String reading(ArrayStatus status, List<Part> parts) {
        if (parts.get(0).isThere()) {
            return "from the member";
        }
        long absent = parts.stream().filter(part -> !part.isThere()).count();
        return absent <= status.parityCount()
                ? "computed from the rest of the row"
                : "impossible: too much of the row is missing";
    }

    private static String writing(ArrayStatus status) {
        if (!status.reason().isEmpty()) {
            return "refused: " + status.reason();
        }
        if (status.journal() != null && status.journal().working()) {
            return "through the journal, " + status.journal().mode();
        }
        return "straight to the members";
    }

    // ---- how it is said ----

    private static String text(ArrayStatus status, long sector, List<Part> parts) {
        StringBuilder text = new StringBuilder();
        long offset = sector * DeviceGeometry.SECTOR_LENGTH;
        text.append(status.name())
                .append(": sector ")
                .append(sector)
                .append(" (byte ")
                .append(offset)
                .append(")\n");
        for (Part part : parts) {
            String place = part.device() == null
                    ? "no member"
                    : part.device().name()
                            + (part.deviceSector() < 0 ? "" : ", sector " + part.deviceSector() + " of the device");
            line(text, part.part(), "slot " + part.slot() + ", " + place + ", " + part.state());
        }
        line(text, "read", reading(status, parts));
        line(text, "write", writing(status));
        if (status.lastSync() != null) {
            line(
                    text,
                    "last " + status.lastSync().activity(),
                    status.lastSync().outcome() + ", " + status.lastSync().mismatchedSectors()
                            + " sectors of the array did not fit");
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String label, String value) {
        text.append(" ".repeat(Math.max(0, LABEL_WIDTH - label.length())));
        text.append(label).append(" : ").append(value).append('\n');
    }

    private static String json(ArrayStatus status, long sector, List<Part> parts) {
        JsonWriter json = new JsonWriter().beginObject().member("array", status.name());
        json.member("sector", sector).member("memberOffsetBytes", parts.get(0).memberOffset());
        json.member("read", reading(status, parts)).member("write", writing(status));
        json.beginArray("parts");
        for (Part part : parts) {
            json.beginObject().member("part", part.part()).member("slot", part.slot());
            json.member("device", part.device() == null ? null : part.device().name());
            if (part.deviceSector() >= 0) {
                json.member("deviceSector", part.deviceSector());
            }
            json.member("state", part.state()).endObject();
        }
        return json.endArray().endObject().toString();
    }
}
