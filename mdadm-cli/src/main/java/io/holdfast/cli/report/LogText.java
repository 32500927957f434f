package io.holdfast.cli.report;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.LogBlock;
import io.holdfast.journal.LogBlock.Kind;
import io.holdfast.journal.LogBlock.Page;
import io.holdfast.journal.LogBlock.Payload;
import io.holdfast.journal.LogEnd;
import io.holdfast.raid.metadata.Superblock;
import java.io.PrintStream;
import java.util.stream.Collectors;

/** A log for people: a line for each block, one below it for each payload. */
public final class LogText extends LogReport {
    private static final int LABEL_WIDTH = 15;

    private final PrintStream out;
    private long areaSectors;
    private boolean isStrayTold;

    /**
     * Prepare.
     *
     * @param out to print to.
     */
    public LogText(PrintStream out) {
        this.out = out;
    }

    @Override
    public void begin(String name, Superblock superblock, JournalArea area) {
        areaSectors = area.lengthSectors();
        out.println(name + ":");
        line("Array UUID", superblock.setUuidText());
        line("Name", ArrayFacts.printable(superblock.setName()));
        line("Events", Long.toUnsignedString(superblock.events()));
        line("Log Offset", area.offsetSectors() + " sectors");
        long length = areaSectors * DeviceGeometry.SECTOR_LENGTH;
        line("Log Size", areaSectors + " sectors" + HumanSize.bracketed(length));
        long tail = superblock.journalTailSectors();
        line(
                "Log Tail",
                "position " + Long.toUnsignedString(tail)
                        + (area.isPosition(tail) ? "" : ", which is impossible: 0 is taken for it"));
        out.println();
    }

    private void line(String label, String value) {
        out.println(" ".repeat(LABEL_WIDTH - label.length()) + label + " : " + value);
    }

    @Override
    public void onBlock(LogBlock block) {
        print(block);
    }

    @Override
    public void onBrokenBlock(LogBlock block) {
        print(block);
    }

    @Override
    public void onStrayBlock(LogBlock block) {
        if (!isStrayTold) {
            isStrayTold = true;
            out.println();
            out.println("Blocks outside of the log, of earlier turns or out of reach:");
        }
        print(block);
    }

    private void print(LogBlock block) {
        StringBuilder text = new StringBuilder();
        text.append("block ").append(Long.toUnsignedString(block.sequence()));
        text.append(" at ").append(block.position()).append(": ").append(block.verdict());
        text.append(", by ").append(writer(block.writer()));
        if (block.pageCount() > 0) {
            text.append(", ").append(block.pageCount()).append(block.pageCount() == 1 ? " page" : " pages");
        }
        out.println(text);
        for (Payload payload : block.payloads()) {
            out.println("    " + describe(payload));
        }
    }

    private static String writer(LogBlock.Writer writer) {
        return switch (writer) {
            case HOLDFAST -> "Holdfast";
            case LINUX -> "Linux";
            case UNKNOWN -> "somebody unknown";
        };
    }

    private static String describe(Payload payload) {
        if (payload.kind() == Kind.FLUSH) {
            return "flush   member sectors "
                    + payload.sectors().stream().map(Long::toUnsignedString).collect(Collectors.joining(" "));
        }
        String sector = Long.toUnsignedString(payload.sector());
        if (payload.kind() == Kind.DATA) {
            return "data    array sector " + sector + ": page "
                    + describe(payload.pages().get(0));
        }
        String text = "parity  member sector " + sector + ": P "
                + describe(payload.pages().get(0));
        return payload.pages().size() < 2
                ? text
                : text + "; Q " + describe(payload.pages().get(1));
    }

    private static String describe(Page page) {
        return "at " + page.position() + ", checksum " + checksum(page) + ", " + word(page.verdict());
    }

    @Override
    void end(LogEnd end) {
        out.println();
        out.println(end.sentence());
        long used = end.usedSectors();
        out.println(used * DeviceGeometry.SECTOR_LENGTH + " of " + areaSectors * DeviceGeometry.SECTOR_LENGTH
                + " bytes of the log are in use (" + used * 100 / areaSectors + "%).");
    }

    @Override
    public void finish() {
        out.flush();
    }
}
