package io.holdfast.fault.mutation;

import java.util.List;

/** Steps of the generations of superblocks, of the dirty mark, and of who belongs to the array. */
final class SuperblockMutations {
    static final String RECORDER = "raid.engine.SuperblockRecorder";
    static final String GATE = "raid.engine.DirtyGate";
    static final String CONDUCTOR = "raid.engine.Conductor";
    static final String KEEPER = "raid.engine.JournalKeeper";

    static final List<Mutation> LIST = List.of(
            new Mutation(
                    "generation-vouches-unflushed",
                    "W7",
                    "the flush before superblocks that vouch for something",
                    RECORDER,
                    "start",
                    Edit.variableGives("flushFirst", false)),
            new Mutation(
                    "generation-unflushed",
                    "W7",
                    "the flush after superblocks were written",
                    RECORDER,
                    "completed",
                    Edit.fieldInstead("FLUSHING_SUPERBLOCKS", "WRITING", 1, 2)),
            new Mutation(
                    "generation-without-number",
                    "W7",
                    "each generation counts one update more",
                    RECORDER,
                    "beginWriting",
                    Edit.dropCall("begun")),
            new Mutation(
                    "generation-void-counts",
                    "W7",
                    "a generation that failed on a device does not count",
                    CONDUCTOR + "$Recorded",
                    "onEnd",
                    Edit.variableGives("recorded", true, 5, 5)),
            new Mutation(
                    "tail-vouches-unflushed",
                    "W3",
                    "members are flushed before the tail moves",
                    CONDUCTOR,
                    "updateIfWanted",
                    Edit.variableGives("tailWanted", false, 3, 3)),
            new Mutation(
                    "rebuild-mark-unflushed",
                    "W9",
                    "members are flushed before a rebuild's mark, or its end, is recorded",
                    "raid.engine.SlotTable",
                    "vouch",
                    Edit.gives(false)),
            new Mutation(
                    "resync-mark-unflushed",
                    "W9",
                    "members are flushed before a resync's mark is recorded",
                    "raid.engine.Maintenance",
                    "vouch",
                    Edit.gives(false)),
            new Mutation(
                    "dirty-not-recorded",
                    "W4",
                    "superblocks say dirty while an array without a journal is written to",
                    "raid.metadata.SuperblockUpdate",
                    "resyncOffset",
                    Edit.variableGives("active", false)),
            new Mutation(
                    "clean-unflushed",
                    "W5",
                    "members are flushed before the array is called clean",
                    GATE,
                    "vouches",
                    Edit.gives(false)),
            new Mutation(
                    "gate-refusal-ignored",
                    "W5",
                    "a shard with a write under way keeps the array dirty",
                    GATE,
                    "onGateClosed",
                    Edit.variableGives("closed", true)),
            new Mutation(
                    "failure-not-recorded",
                    "W6",
                    "superblocks name a member that failed",
                    CONDUCTOR,
                    "onDeviceFailed",
                    Edit.dropCall("condition")),
            new Mutation(
                    "failed-array-records",
                    "W8",
                    "nothing is recorded once too many members are lost",
                    CONDUCTOR,
                    "updateIfWanted",
                    Edit.fieldGives("arrayFailed", false)),
            new Mutation(
                    "resync-not-cut-short",
                    "W9",
                    "a resync that lost a member does not walk on",
                    "raid.engine.Maintenance",
                    "memberLost",
                    Edit.nothing()),
            new Mutation(
                    "session-told-unrecorded",
                    "W10",
                    "the end of a rebuild or repair is told of when it is on record",
                    "raid.engine.Maintenance",
                    "onEnd",
                    Edit.callGives("canRecord", false)),
            new Mutation(
                    "journal-given-up-early",
                    "W12",
                    "a failed journal is given up only when no write is under way",
                    KEEPER,
                    "giveUp",
                    Edit.callGives("writesUnderWay", 0)),
            new Mutation(
                    "journal-given-up-unflushed",
                    "W12",
                    "members are flushed before the journal is called failed, or left out",
                    CONDUCTOR + "$JournalHost",
                    "recordWanted",
                    Edit.fieldSet("updateVouches", false)),
            new Mutation(
                    "stop-unclean",
                    "W13",
                    "a stop waits until the array is recorded clean",
                    CONDUCTOR,
                    "finishStopping",
                    Edit.callGives("isAtRest", true)),
            new Mutation(
                    "stop-leaves-log",
                    "W13",
                    "a stop ends the log and moves its tail",
                    CONDUCTOR,
                    "finishStopping",
                    Edit.callGives("closeClean", true)));

    private SuperblockMutations() {}
}
