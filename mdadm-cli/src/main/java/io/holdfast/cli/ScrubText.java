package io.holdfast.cli;

import io.holdfast.cli.report.JsonWriter;
import io.holdfast.raid.ArrayRange;
import io.holdfast.raid.LostBlocks;
import io.holdfast.raid.Mismatch;
import io.holdfast.raid.SyncReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a walk over an array has found, by sector and member, in words and as JSON. Sectors are of 512 bytes. */
final class ScrubText {
    private static final int SECTOR_LENGTH = 512;

    private ScrubText() {}

    /** A line for each place, and what can be done where something is left. */
    static List<String> lines(SyncReport report) {
        List<String> lines = new ArrayList<>();
        boolean isAnyUnknown = false;
        boolean isAnyProven = false;
        for (Mismatch mismatch : report.mismatches()) {
            lines.add("  " + line(mismatch));
            boolean isLeft = mismatch.remedy() == Mismatch.Remedy.LEFT;
            isAnyUnknown |= isLeft && mismatch.culprit() == Mismatch.Culprit.UNKNOWN;
            isAnyProven |= isLeft && mismatch.culprit() != Mismatch.Culprit.UNKNOWN;
        }
        if (report.unlistedMismatchedBytes() > 0) {
            lines.add("  and " + report.unlistedMismatchedBytes() + " more bytes of every member.");
        }
        for (LostBlocks lost : report.lost()) {
            lines.add("  " + line(lost));
        }
        if (report.unlistedLostBytes() > 0) {
            lines.add("  and " + report.unlistedLostBytes() + " more bytes of every member are lost.");
        }
        if (isAnyProven) {
            lines.add("--repair corrects what is proven wrong, and nothing else.");
        }
        if (isAnyUnknown) {
            lines.add(
                    "--rewrite-parity would make parity again from data where nobody can tell; data that is wrong stays wrong"
                            + " then.");
        }
        return lines;
    }

    private static String line(Mismatch mismatch) {
        String where = "member sector " + sectors(mismatch.memberOffset(), mismatch.length()) + ": ";
        String who =
                switch (mismatch.culprit()) {
                    case DATA -> named(mismatch) + " holds wrong data, array sector " + text(mismatch.arrayRanges());
                    case P -> named(mismatch) + " holds a wrong P";
                    case Q -> named(mismatch) + " holds a wrong Q";
                    case UNKNOWN ->
                        "nobody can tell which member is wrong; concerns array sector " + text(mismatch.arrayRanges());
                };
        return where
                + who
                + switch (mismatch.remedy()) {
                    case LEFT -> "; left as it is.";
                    case CORRECTED -> "; corrected.";
                    case PARITY_REWRITTEN -> "; parity was made again from data.";
                };
    }

    private static String line(LostBlocks lost) {
        return "member sector " + sectors(lost.memberOffset(), lost.length())
                + ": can be neither read nor computed (slots "
                + lost.slots().stream().map(String::valueOf).collect(Collectors.joining(", ")) + ")"
                + (lost.arrayRanges().isEmpty()
                        ? "; only parity is concerned."
                        : "; lost until it is written again: array sector " + text(lost.arrayRanges()) + ".");
    }

    private static String named(Mismatch mismatch) {
        return mismatch.deviceName() + " (slot " + mismatch.slot() + ")";
    }

    private static String text(List<ArrayRange> ranges) {
        return ranges.stream()
                .map(range -> sectors(range.offset(), range.length()))
                .collect(Collectors.joining(", "));
    }

    private static String sectors(long offset, long length) {
        long first = offset / SECTOR_LENGTH;
        long count = length / SECTOR_LENGTH;
        return count == 1 ? String.valueOf(first) : first + "-" + (first + count - 1);
    }

    /** As members of the object that is open. */
    static void write(JsonWriter json, SyncReport report) {
        json.beginArray("mismatches");
        for (Mismatch mismatch : report.mismatches()) {
            json.beginObject()
                    .member("memberSector", mismatch.memberOffset() / SECTOR_LENGTH)
                    .member("sectorCount", mismatch.length() / SECTOR_LENGTH)
                    .member("culprit", lowerCase(mismatch.culprit()));
            if (mismatch.slot() >= 0) {
                json.member("slot", mismatch.slot()).member("device", mismatch.deviceName());
            } else {
                json.nullMember("slot").nullMember("device");
            }
            json.member("remedy", lowerCase(mismatch.remedy()));
            writeRanges(json, mismatch.arrayRanges());
            json.endObject();
        }
        json.endArray().member("unlistedMismatchedBytes", report.unlistedMismatchedBytes());
        json.beginArray("lost");
        for (LostBlocks lost : report.lost()) {
            json.beginObject()
                    .member("memberSector", lost.memberOffset() / SECTOR_LENGTH)
                    .member("sectorCount", lost.length() / SECTOR_LENGTH)
                    .beginArray("slots");
            lost.slots().forEach(slot -> json.element((long) slot));
            json.endArray();
            writeRanges(json, lost.arrayRanges());
            json.endObject();
        }
        json.endArray().member("unlistedLostBytes", report.unlistedLostBytes());
    }

    private static void writeRanges(JsonWriter json, List<ArrayRange> ranges) {
        json.beginArray("arrayRanges");
        for (ArrayRange range : ranges) {
            json.beginObject()
                    .member("lba", range.offset() / SECTOR_LENGTH)
                    .member("sectorCount", range.length() / SECTOR_LENGTH)
                    .endObject();
        }
        json.endArray();
    }

    private static String lowerCase(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
