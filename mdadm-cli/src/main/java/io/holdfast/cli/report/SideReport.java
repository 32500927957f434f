package io.holdfast.cli.report;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.metadata.BadBlockLog;
import io.holdfast.raid.metadata.Superblock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What lies beside a superblock, the write-intent bitmap and the bad block log, as text or JSON. */
public final class SideReport {
    private static final String[] UNITS = {"B", "KB", "MB", "GB"};
    private static final int UNIT = 1024;

    private final BlockDevice device;
    private final Superblock superblock;

    /**
     * What a look brought.
     *
     * @param text    lines for the report; empty where it went into JSON.
     * @param problem what was wrong, or nothing.
     */
    public record Outcome(String text, String problem) {}

    /**
     * Prepare to look.
     *
     * @param device     opened.
     * @param superblock found on it.
     */
    public SideReport(BlockDevice device, Superblock superblock) {
        this.device = device;
        this.superblock = superblock;
    }

    /** The bitmap, as mdadm prints it. */
    public Outcome bitmap() {
        Optional<BitmapRecord> found = BitmapRecord.read(device, superblock);
        if (found.isEmpty()) {
            return new Outcome("", device.name() + ": its array has no write-intent bitmap.");
        }
        BitmapRecord bitmap = found.get();
        if (bitmap.magic() != BitmapRecord.MAGIC) {
            return new Outcome("", noBitmap(bitmap));
        }
        long bits = bitmap.bitCount();
        long dirty = bitmap.countSetBits(device);
        long syncKib = bitmap.syncSizeSectors() / 2;
        StringBuilder text = new StringBuilder();
        line(text, "Filename", device.name());
        line(text, "Magic", String.format(Locale.ROOT, "%08x", bitmap.magic()));
        line(text, "Version", Integer.toString(bitmap.version()));
        line(text, "UUID", bitmap.uuid());
        line(text, "Events", Long.toUnsignedString(bitmap.events()));
        line(text, "Events Cleared", Long.toUnsignedString(bitmap.eventsCleared()));
        line(text, "State", state(bitmap));
        line(text, "Chunksize", chunk(bitmap.chunkLength()));
        line(text, "Daemon", bitmap.daemonSleepSeconds() + "s flush period");
        line(
                text,
                "Write Mode",
                bitmap.writeBehind() == 0 ? "Normal" : "Allow write behind, max " + bitmap.writeBehind());
        line(text, "Sync Size", syncKib + HumanSize.bracketed(syncKib << 10));
        line(
                text,
                "Bitmap",
                String.format(
                        Locale.ROOT,
                        "%d bits (chunks), %d dirty (%.1f%%)",
                        bits,
                        dirty,
                        bits == 0 ? 0.0 : 100.0 * dirty / bits));
        return new Outcome(text.toString(), "");
    }

    /**
     * The bitmap.
     *
     * @param json where to write an object.
     */
    public Outcome bitmap(JsonWriter json) {
        Optional<BitmapRecord> found = BitmapRecord.read(device, superblock);
        json.beginObject().member("device", device.name());
        if (found.isEmpty() || found.get().magic() != BitmapRecord.MAGIC) {
            json.nullMember("bitmap").endObject();
            return new Outcome("", found.map(this::noBitmap).orElse(""));
        }
        BitmapRecord bitmap = found.get();
        json.beginObject("bitmap");
        json.member("version", bitmap.version());
        json.member("arrayUuid", bitmap.uuid());
        json.member("events", bitmap.events());
        json.member("eventsCleared", bitmap.eventsCleared());
        json.member("state", state(bitmap));
        json.member("chunkSizeBytes", bitmap.chunkLength());
        json.member("flushPeriodSeconds", bitmap.daemonSleepSeconds());
        json.member("writeBehind", bitmap.writeBehind());
        json.member("syncSizeBytes", ArrayFacts.bytes(bitmap.syncSizeSectors()));
        json.member("bits", bitmap.bitCount());
        json.member("dirtyBits", bitmap.countSetBits(device));
        json.endObject().endObject();
        return new Outcome("", "");
    }

    /** The bad block log, as mdadm prints it. */
    public Outcome badBlocks() {
        if (!hasLog()) {
            return new Outcome("No bad-blocks list configured on " + device.name() + "\n", "");
        }
        List<BadBlockLog.Range> ranges = BadBlockLog.read(device, superblock);
        if (ranges.isEmpty()) {
            return new Outcome("Bad-blocks list is empty in " + device.name() + "\n", "");
        }
        StringBuilder text = new StringBuilder("Bad-blocks on " + device.name() + ":\n");
        for (BadBlockLog.Range range : ranges) {
            text.append(String.format(Locale.ROOT, "%20d for %d sectors\n", range.deviceSector(), range.sectors()));
        }
        return new Outcome(text.toString(), "");
    }

    /**
     * The bad block log.
     *
     * @param json where to write an object.
     */
    public Outcome badBlocks(JsonWriter json) {
        List<BadBlockLog.Range> ranges = hasLog() ? BadBlockLog.read(device, superblock) : List.of();
        json.beginObject().member("device", device.name()).member("hasLog", hasLog());
        json.beginArray("badBlocks");
        for (BadBlockLog.Range range : ranges) {
            json.beginObject().member("deviceSector", range.deviceSector()).member("sectors", range.sectors());
            json.endObject();
        }
        json.endArray().endObject();
        return new Outcome("", "");
    }

    private boolean hasLog() {
        return superblock.badBlockLogSizeSectors() != 0 && superblock.badBlockLogOffsetSectors() != 0;
    }

    private String noBitmap(BitmapRecord bitmap) {
        return device.name() + ": where its bitmap should be, at sector "
                + bitmap.offset() / DeviceGeometry.SECTOR_LENGTH + ", there is none (magic "
                + Integer.toHexString(bitmap.magic()) + "); Linux will go without it.";
    }

    private static String state(BitmapRecord bitmap) {
        return bitmap.state() == 0 ? "OK" : bitmap.state() == BitmapRecord.STATE_STALE ? "Out of date" : "Unknown";
    }

    private static String chunk(long length) {
        int rank = 0;
        long count = length;
        while (count >= UNIT && rank < UNITS.length - 1) {
            count /= UNIT;
            rank++;
        }
        return count + " " + UNITS[rank];
    }

    private static void line(StringBuilder text, String label, String value) {
        text.append(" ".repeat(16 - label.length())).append(label);
        text.append(" : ").append(value).append('\n');
    }
}
