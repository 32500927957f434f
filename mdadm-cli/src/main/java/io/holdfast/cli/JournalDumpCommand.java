package io.holdfast.cli;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.cli.report.LogJson;
import io.holdfast.cli.report.LogReport;
import io.holdfast.cli.report.LogText;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalDump;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Role;
import io.holdfast.raid.metadata.Superblock;
import picocli.CommandLine.ParseResult;

/** {@code journal dump}: what a log holds, block by block. */
final class JournalDumpCommand {
    private final WordOptions options;
    private final Session session;
    private final String name;

    JournalDumpCommand(ParseResult words, Session session) {
        this.options = new WordOptions(words, session);
        this.session = session;
        this.name = options.positional(0);
    }

    int run() {
        return Looker.look(name, this::dump);
    }

    private int dump(BlockDevice device, ExaminedDevice examined) {
        if (!examined.isValid()) {
            session.say(
                    examined.verdict() == ExaminedDevice.Verdict.NONE
                            ? "No md superblock detected on " + name
                            : examined.reason());
            return Session.FAILED;
        }
        Superblock superblock = examined.superblock();
        if (superblock.ownRole() != Role.JOURNAL) {
            session.say(name + ": is no journal: its superblock makes it "
                    + LogReport.roleOf(superblock) + " of array " + superblock.setUuidText()
                    + "; name the device that holds the journal.");
            return Session.FAILED;
        }
        JournalArea area = LogPlace.of(device, superblock);
        LogReport report = options.has("--json") ? new LogJson(session.out()) : new LogText(session.out());
        report.begin(name, superblock, area);
        new JournalDump(area).walk(superblock.journalTailSectors(), options.has("--all"), report);
        report.finish();
        return report.isReadable() ? Session.OK : Session.FAILED;
    }
}
