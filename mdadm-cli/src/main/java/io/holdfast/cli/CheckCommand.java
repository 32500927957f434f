package io.holdfast.cli;

import io.holdfast.cli.report.JsonWriter;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.SyncProgress;
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
        boolean isRepair = options.has("--repair");
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
            SyncTask task = array.check(isRepair);
            Progress progress = options.progress(
                    isRepair ? "repair" : "check", task.progress().totalLength());
            SyncProgress end = SyncWait.await(task, progress, interruption);
            return conclude(end, progress, isRepair);
        } finally {
            news.tell(session, null);
        }
    }

    private int conclude(SyncProgress end, Progress progress, boolean isRepair) {
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
        long mismatched = end.mismatchedSectors();
        if (options.has("--json")) {
            JsonWriter json = new JsonWriter().beginObject().member("checkedBytesPerMember", end.doneLength());
            json.member("mismatchedSectors", mismatched).member("repaired", isRepair && mismatched > 0);
            session.out().print(json.endObject());
        } else if (mismatched == 0) {
            session.out().println("Parity fits data everywhere.");
        } else {
            session.out()
                    .println("Parity did not fit data in " + mismatched + " sectors of each member"
                            + (isRepair
                                    ? "; it was made again from data."
                                    : "; --repair would make it again from data."));
        }
        return mismatched == 0 || isRepair ? Session.OK : Session.FAILED;
    }
}
