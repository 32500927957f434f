package io.holdfast.cli;

import io.holdfast.cli.report.JsonWriter;
import io.holdfast.raid.JournalLossPolicy;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ScrubMode;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncReport;
import io.holdfast.raid.SyncTask;
import java.util.Optional;
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
        Optional<String> running = RunningArray.find(options.devices(0), session);
        if (running.isPresent()) {
            options.refuseForRunning("--on-journal-loss", "--run", "--force");
            return check(running.get(), mode);
        }
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

    private int check(String name, ScrubMode mode) {
        String action =
                switch (mode) {
                    case CHECK -> "check";
                    case CORRECT -> "repair";
                    case CORRECT_OR_REWRITE_PARITY -> "rewrite-parity";
                };
        try (Interruption interruption = new Interruption()) {
            RunningSync sync = new RunningSync(session, name);
            sync.act(action);
            RunningSync.End end = sync.await(total -> options.progress(action, total), interruption::isRequested);
            if (!end.outcome().equals("complete")) {
                session.say(
                        end.outcome().equals("stopped")
                                ? "interrupted after " + end.doneLength() + " bytes of every member; "
                                        + end.mismatchedSectors() + " sectors did not fit."
                                : end.message());
                return Session.FAILED;
            }
            return tell(end.doneLength(), end.mismatchedSectors(), end.report());
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
        return tell(end.doneLength(), end.mismatchedSectors(), report);
    }

    private int tell(long doneLength, long mismatchedSectors, SyncReport report) {
        if (options.has("--json")) {
            JsonWriter json = new JsonWriter().beginObject().member("checkedBytesPerMember", doneLength);
            json.member("mismatchedSectors", mismatchedSectors).member("anythingLeft", report.isAnythingLeft());
            ScrubText.write(json, report);
            session.out().print(json.endObject());
        } else if (mismatchedSectors == 0 && report.lost().isEmpty()) {
            session.out().println("Parity fits data everywhere.");
        } else {
            if (mismatchedSectors > 0) {
                session.out().println("Parity did not fit data in " + mismatchedSectors + " sectors of each member:");
            }
            ScrubText.lines(report).forEach(session.out()::println);
        }
        return report.isAnythingLeft() ? Session.FAILED : Session.OK;
    }
}
