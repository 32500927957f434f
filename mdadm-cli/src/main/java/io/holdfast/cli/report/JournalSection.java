package io.holdfast.cli.report;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.cli.report.JournalFacts.Copy;
import io.holdfast.cli.report.JournalFacts.Log;

/** What a report of an array says of its journal, which mdadm does not. */
final class JournalSection {
    private static final int LABEL_WIDTH = 18;

    private final JournalFacts facts;
    private final StringBuilder text = new StringBuilder();

    JournalSection(JournalFacts facts) {
        this.facts = facts;
    }

    String text() {
        line("Journal Copies", facts.usableCount() + " of " + facts.listedCount());
        line("On Journal Loss", facts.policy());
        int number = 1;
        for (Copy copy : facts.copies()) {
            text.append('\n');
            boolean isCopy = facts.listedCount() > 1 || facts.copies().size() > 1;
            line(isCopy ? "Copy " + number++ : "Journal", copy.deviceName() + ", " + copy.state());
            if (copy.areaSectors() > 0) {
                long kib = copy.areaSectors() / 2;
                line("Log Size", kib + HumanSize.bracketed(kib << 10));
                line("Log Tail", "position " + Long.toUnsignedString(copy.tailPosition()));
            }
            Log log = copy.log();
            if (log != null) {
                line("Log Head", "position " + log.headPosition());
                line("To Replay", log.isEmpty() ? "nothing" : contents(log));
                line("Log Fill", log.usedSectors() * 100 / copy.areaSectors() + "%");
            }
            if (!copy.sentence().isEmpty()) {
                text.append("    ").append(copy.sentence()).append('\n');
            }
        }
        return text.toString();
    }

    private static String contents(Log log) {
        return log.blockCount() + (log.blockCount() == 1 ? " block with " : " blocks with ") + log.pageCount()
                + (log.pageCount() == 1 ? " page, " : " pages, ")
                + log.usedSectors() * DeviceGeometry.SECTOR_LENGTH + " bytes";
    }

    private void line(String label, String value) {
        text.append(" ".repeat(LABEL_WIDTH - label.length())).append(label);
        text.append(" : ").append(value).append('\n');
    }

    void write(JsonWriter json) {
        json.member("journalListedCopies", facts.listedCount()).member("onJournalLoss", facts.policy());
        json.beginArray("journalCopies");
        for (Copy copy : facts.copies()) {
            json.beginObject().member("device", copy.deviceName()).member("state", copy.state());
            json.member("usable", copy.isUsable());
            json.member("logBytes", copy.areaSectors() * DeviceGeometry.SECTOR_LENGTH);
            json.member("tailPosition", copy.tailPosition());
            Log log = copy.log();
            if (log != null) {
                json.member("headPosition", log.headPosition()).member("nextSequence", log.nextSequence());
                json.member("replayBlocks", log.isEmpty() ? 0 : log.blockCount());
                json.member("replayPages", log.pageCount());
                json.member("usedBytes", log.usedSectors() * DeviceGeometry.SECTOR_LENGTH);
                json.member("fillPercent", log.usedSectors() * 100 / copy.areaSectors());
            }
            json.member("sentence", copy.sentence()).endObject();
        }
        json.endArray();
    }
}
