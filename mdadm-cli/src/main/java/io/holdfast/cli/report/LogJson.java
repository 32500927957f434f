package io.holdfast.cli.report;

import io.holdfast.journal.JournalArea;
import io.holdfast.journal.LogBlock;
import io.holdfast.journal.LogBlock.Page;
import io.holdfast.journal.LogBlock.Payload;
import io.holdfast.journal.LogEnd;
import io.holdfast.raid.metadata.Superblock;
import java.io.PrintStream;

/** A log as one JSON object. */
public final class LogJson extends LogReport {
    private final PrintStream out;
    private final JsonWriter json = new JsonWriter();
    private boolean isStrayTold;

    /**
     * Prepare.
     *
     * @param out to print to.
     */
    public LogJson(PrintStream out) {
        this.out = out;
    }

    @Override
    public void begin(String name, Superblock superblock, JournalArea area) {
        json.beginObject().member("device", name);
        json.member("arrayUuid", superblock.setUuidText()).member("name", superblock.setName());
        json.member("events", superblock.events());
        json.member("logOffsetSectors", area.offsetSectors()).member("logSectors", area.lengthSectors());
        json.member("tailPosition", superblock.journalTailSectors());
        json.beginArray("blocks");
        json.drainTo(out);
    }

    @Override
    public void onBlock(LogBlock block) {
        write(block);
    }

    @Override
    public void onBrokenBlock(LogBlock block) {
        write(block);
    }

    @Override
    public void onStrayBlock(LogBlock block) {
        if (!isStrayTold) {
            isStrayTold = true;
            json.beginArray("strayBlocks");
        }
        write(block);
    }

    private void write(LogBlock block) {
        json.beginObject().member("position", block.position()).member("sequence", block.sequence());
        json.member("writer", word(block.writer())).member("valid", block.isValid());
        json.member("verdict", block.verdict()).member("finding", block.finding());
        json.beginArray("payloads");
        for (Payload payload : block.payloads()) {
            json.beginObject().member("kind", word(payload.kind()));
            switch (payload.kind()) {
                case DATA -> json.member("arraySector", payload.sector());
                case PARITY -> json.member("memberSector", payload.sector());
                case FLUSH -> {
                    json.beginArray("memberSectors");
                    payload.sectors().forEach(json::element);
                    json.endArray();
                }
            }
            if (!payload.pages().isEmpty()) {
                json.beginArray("pages");
                for (Page page : payload.pages()) {
                    json.beginObject().member("position", page.position());
                    json.member("checksum", checksum(page)).member("verdict", word(page.verdict()));
                    json.endObject();
                }
                json.endArray();
            }
            json.endObject();
        }
        json.endArray().endObject();
        json.drainTo(out);
    }

    @Override
    void end(LogEnd end) {
        json.endArray().beginObject("end");
        json.member("position", end.endPosition()).member("nextSequence", end.nextSequence());
        json.member("new", end.isNew()).member("readable", end.isReadable()).member("verdict", end.verdict());
        json.member("blocks", end.blockCount()).member("pages", end.pageCount());
        json.member("usedSectors", end.usedSectors()).member("laterPosition", end.laterPosition());
        json.member("sentence", end.sentence()).endObject();
    }

    @Override
    public void finish() {
        if (isStrayTold) {
            json.endArray();
        }
        out.print(json.endObject());
        out.flush();
    }
}
