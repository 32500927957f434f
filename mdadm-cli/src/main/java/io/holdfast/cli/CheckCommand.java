package io.holdfast.cli;

import io.holdfast.cli.report.JsonWriter;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ScrubMode;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncReport;
import io.holdfast.raid.SyncTask;
import picocli.CommandLine.ParseResult;

/** {@code check}: parity against data, over a whole array. */
final class CheckCommand {
    private final WordOptions options;
    private final Session session;

    CheckCommand(ParseResult words, Session session) {
        this.options = new WordOptions(words, session);
        this.session = session;
    }

    int run() {
        ScrubMode mode = ScrubMode.CHECK;
        if (options.has("--rewrite-parity")) {
            mode = ScrubMode.CORRECT_OR_REWRITE_PARITY;
        } else if (options.has("--repair")) {
            mode = ScrubMode.CORRECT;
        }
        boolean isRepair = mode != ScrubMode.CHECK;
        JournalLossPolicy lossPolicy = options.lossPolicy();
        ArrayNews news = new ArrayNews();
        try (Interruption interruption = new Interruption();
                RaidArray array = new ArrayOpener()
                        .readOnly(!isRepair)
                        .run(options.has("--run"))
                        .force(options.has("--force"))
                        .onJournalLoss(lossPolicy)
                        .listener(news)
                        .open(options.devices(0))) {
            ReplayWait.await(array, options, interruption);
            RebuildCommand.finishPending(array, options::progress, interruption);
            SyncTask task = array.check(mode);
            Progress progress = options.progress(
                    isRepair ? "repair" : "check", task.progress().totalLength());
            SyncProgress end = SyncWait.await(task, progress, interruption);
            return conclude(end, task.report(), progress);
        } finally {
            news.tell(session, null);
        }
    }

    private int conclude(SyncProgress end, SyncReport report, Progress progress) {
        if (end.outcome() != SyncProgress.Outcome.COMPLETE) {
            progress.abandon();
            session.say(
                    end.outcome() == SyncProgress.Outcome.STOPPED
                            ? "interrupted after " + end.doneLength() + " of " + end.totalLength()
                                    + " bytes of every member; " + end.mismatchedSectors() + " sectors did not fit."
                            : end.message());
            return Session.FAILED;
        }
        progress.finish();
        if (options.has("--json")) {
            JsonWriter json = new JsonWriter().beginObject().member("checkedBytesPerMember", end.doneLength());
            json.member("mismatchedSectors", end.mismatchedSectors()).member("anythingLeft", report.isAnythingLeft());
            ScrubText.write(json, report);
            session.out().print(json.endObject());
        } else if (end.mismatchedSectors() == 0 && report.lost().isEmpty()) {
            session.out().println("Parity fits data everywhere.");
        } else {
            if (end.mismatchedSectors() > 0) {
                session.out()
                        .println("Parity did not fit data in " + end.mismatchedSectors() + " sectors of each member:");
            }
            ScrubText.lines(report).forEach(session.out()::println);
        }
        return report.isAnythingLeft() ? Session.FAILED : Session.OK;
    }
}
