package io.holdfast.fault.mutation;

import static io.holdfast.fault.mutation.JournalMutations.WRITER;
import static io.holdfast.fault.mutation.StartMutations.REPLAY;
import static io.holdfast.fault.mutation.StripeMutations.MACHINE;
import static io.holdfast.fault.mutation.SuperblockMutations.KEEPER;

import io.holdfast.fault.mutation.Mutation.Site;
import java.util.List;

/** Steps of serving reads and writes while the last run's log is replayed. */
final class InstantMutations {
    static final String WINDOW_REPLAY = "raid.engine.WindowReplay";

    static final List<Mutation> LIST = List.of(
            new Mutation(
                    "instant-remnants-left",
                    "S3b",
                    "what a dead writer left behind the end is made unusable before the log goes on there",
                    REPLAY,
                    "leave",
                    Edit.dropCall("clearAhead")),
            new Mutation(
                    "instant-remnants-unflushed",
                    "S3b",
                    "and that is durable before anything else is appended",
                    "journal.JournalAppender",
                    "clearAhead",
                    Edit.dropCall("flush")),
            new Mutation(
                    "instant-read-around",
                    "W19",
                    "a read does not go around a window that has yet to be replayed",
                    MACHINE,
                    "isNewer",
                    Edit.gives(false)),
            new Mutation(
                    "instant-window-as-it-is",
                    "W19",
                    "nothing is done in a window before it is replayed",
                    MACHINE,
                    "start",
                    Edit.callGives("holds", false)),
            new Mutation(
                    "instant-tail-early",
                    "W20",
                    "the tail stays until all of the last run's log is on the members",
                    List.of(
                            new Site("journal.BlockLedger", "addUnaccounted", Edit.dropCall("hold")),
                            new Site(WRITER, "oldPartAtRest", Edit.nothing()))),
            new Mutation(
                    "instant-page-unchecked",
                    "H",
                    "a page of the log is checked again when it is read to be written",
                    WINDOW_REPLAY,
                    "take",
                    Edit.callEquals("of")),
            new Mutation(
                    "instant-failed-window-done",
                    "W19",
                    "a window counts as replayed only when its pages are on the members",
                    WINDOW_REPLAY,
                    "finished",
                    Edit.fieldGives("status", new Edit.StaticField("io.holdfast.blockdev.IoStatus", "OK"))),
            new Mutation(
                    "instant-journal-changed",
                    "W17",
                    "a journal is not changed before its replay is over",
                    KEEPER,
                    "doWork",
                    Edit.callGives("isReplaying", false)),
            new Mutation(
                    "instant-journal-given-up",
                    "W12",
                    "nor is one that failed given up",
                    KEEPER,
                    "giveUp",
                    Edit.callGives("isReplaying", false)));

    private InstantMutations() {}
}
