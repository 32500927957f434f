package io.holdfast.journal;

import java.util.ArrayList;
import java.util.List;

/** What a dump tells, kept. */
final class DumpedLog implements LogBlockVisitor {
    final List<LogBlock> blocks = new ArrayList<>();
    final List<LogBlock> broken = new ArrayList<>();
    final List<LogBlock> strays = new ArrayList<>();
    LogEnd end;

    static DumpedLog of(JournalArea area, long tail, boolean showsStrays) {
        DumpedLog dumped = new DumpedLog();
        new JournalDump(area).walk(tail, showsStrays, dumped);
        return dumped;
    }

    @Override
    public void onBlock(LogBlock block) {
        blocks.add(block);
    }

    @Override
    public void onBrokenBlock(LogBlock block) {
        broken.add(block);
    }

    @Override
    public void onEnd(LogEnd found) {
        end = found;
    }

    @Override
    public void onStrayBlock(LogBlock block) {
        strays.add(block);
    }

    /** The payloads of valid blocks, as a replay tells of them, without what the pages contain. */
    List<String> payloads() {
        List<String> lines = new ArrayList<>();
        for (LogBlock block : blocks) {
            for (LogBlock.Payload payload : block.payloads()) {
                switch (payload.kind()) {
                    case DATA ->
                        lines.add("data " + payload.sector() + " "
                                + payload.pages().get(0).position());
                    case PARITY ->
                        lines.add("parity " + payload.sector() + " "
                                + payload.pages().get(0).position() + " "
                                + (payload.pages().size() == 2
                                        ? payload.pages().get(1).position()
                                        : -1));
                    case FLUSH -> payload.sectors().forEach(sector -> lines.add("flush " + sector));
                }
            }
        }
        return lines;
    }
}
