package io.holdfast.fault.mutation;

import io.holdfast.fault.mutation.Mutation.Site;
import java.util.List;

/** Steps of a start: replay, who is fresh, what may start, and the superblocks that end it. */
final class StartMutations {
    static final String STARTER = "raid.engine.ArrayStarter";
    static final String REPLAY = "raid.engine.JournalReplay";
    static final String PLANNER = "raid.metadata.AssemblyPlanner";

    static final List<Mutation> LIST = List.of(
            new Mutation(
                    "create-unflushed",
                    "D",
                    "a new array is durable when its maker is told",
                    "raid.engine.ArrayMaker",
                    "make",
                    Edit.dropCall("flush")),
            new Mutation(
                    "start-acts-on-unflushed",
                    "S0",
                    "what was read is made durable before it is acted upon",
                    STARTER,
                    "flushAll",
                    Edit.nothing()),
            new Mutation(
                    "start-laggards-left",
                    "S2",
                    "devices one update behind are brought level first",
                    STARTER,
                    "start(Runnable)",
                    Edit.dropCall("write")),
            new Mutation(
                    "start-laggards-unflushed",
                    "S2",
                    "what was written to devices one update behind is flushed",
                    STARTER,
                    "write",
                    Edit.dropCall("onDevice", 2, 2)),
            new Mutation(
                    "start-forced-keeps-mark",
                    "S2b",
                    "a start by force takes a rebuild's mark back first",
                    STARTER,
                    "writeCorrections",
                    Edit.dropCall("write", 1, 2)),
            new Mutation(
                    "replay-members-unflushed",
                    "S4",
                    "members are flushed between a replay and the record of the new tail",
                    List.of(
                            new Site("raid.engine.ReplayMembers", "flush", Edit.dropCall("flush")),
                            new Site(STARTER, "recordStart", Edit.dropCall("flushMembers")))),
            new Mutation(
                    "replay-tail-block-unflushed",
                    "S4",
                    "the block behind the old log is durable before the tail designates it",
                    REPLAY,
                    "run",
                    Edit.dropCall("flush", 2, 2)),
            new Mutation(
                    "replay-no-number-jump",
                    "S4",
                    "the log goes on with numbers that no remnant can have",
                    REPLAY,
                    "run",
                    Edit.constantInstead(10_000L, 0L, 1, 1).and(Edit.constantInstead(0xfffL, 0L, 1, 1))),
            new Mutation(
                    "replay-new-log-unflushed",
                    "S6",
                    "where a log begins anew, its first block is durable before the tail designates it",
                    REPLAY,
                    "startNewLog",
                    Edit.dropCall("flush")),
            new Mutation(
                    "replay-misses-a-stripe",
                    "S4",
                    "every complete stripe of the log is written",
                    REPLAY,
                    "apply",
                    Edit.callAdds("size", -1, 1, 2).and(Edit.callAdds("size", -1, 2, 2))),
            new Mutation(
                    "replay-data-alone",
                    "S5",
                    "data that lacks parity is not written as it is",
                    "raid.engine.ReplayIndex",
                    "onData",
                    Edit.fieldInstead("pending", "complete", 1, 1)),
            new Mutation(
                    "replay-parity-not-logged",
                    "S5",
                    "parity is in the log before a stripe that lacks it is written",
                    List.of(
                            new Site(REPLAY, "hasRoomForParity", Edit.gives(false)),
                            new Site(REPLAY, "finishWithoutLog", Edit.callGives("isInSync", true)))),
            new Mutation(
                    "replay-parity-unflushed",
                    "S5",
                    "parity is durable in the log before a stripe that lacks it is written",
                    REPLAY,
                    "logParity",
                    Edit.dropCall("flush")),
            new Mutation(
                    "replay-pending-beyond-parity",
                    "S5",
                    "a stripe is not finished when more of it is missing than parity can give",
                    REPLAY,
                    "recover",
                    Edit.callGives("parityCount", 99)),
            new Mutation(
                    "replay-without-parity",
                    "S4",
                    "a stripe's parity is replayed with its data",
                    "raid.engine.ReplayIndex",
                    "onParity",
                    Edit.variableGives("pPagePosition", -1L)),
            new Mutation(
                    "start-superblocks-unflushed",
                    "S6",
                    "members' superblocks are durable before the journal's",
                    STARTER,
                    "recordStart",
                    Edit.dropCall("flushMembers")),
            new Mutation(
                    "start-tail-unflushed",
                    "S6",
                    "the journal's superblock is flushed before the array runs",
                    "raid.engine.JournalCopies",
                    "lambda$record",
                    Edit.dropCall("flush")),
            new Mutation(
                    "start-lost-unnamed",
                    "S6",
                    "a member that failed the replay is called so",
                    STARTER,
                    "markLost",
                    Edit.nothing()),
            new Mutation(
                    "start-missing-unrecorded",
                    "S8",
                    "a missing member is recorded before the first write",
                    STARTER,
                    "isMissingUnrecorded",
                    Edit.gives(false)),
            new Mutation(
                    "start-resync-mark-past",
                    "W9",
                    "a resync goes on at its mark, not behind it",
                    STARTER,
                    "launch",
                    Edit.callAdds("windowsBelow", 1, 2, 2)),
            new Mutation(
                    "start-rebuild-mark-past",
                    "W9",
                    "a rebuild goes on at its mark, not behind it",
                    STARTER,
                    "launch",
                    Edit.callAdds("windowsBelow", 1, 1, 2)),
            new Mutation(
                    "plan-rebuild-mark-ignored",
                    "W9",
                    "a member being rebuilt counts up to its mark only",
                    PLANNER,
                    "recovered",
                    Edit.callInstead("recoveryOffsetSectors", "sizeSectors", 1, 1)),
            new Mutation(
                    "plan-stale-accepted",
                    "R",
                    "a member more than one update behind is stale",
                    PLANNER,
                    "judgeWitness",
                    Edit.fieldGives("eventsBehind", 0L, 3, 3)),
            new Mutation(
                    "plan-denied-accepted",
                    "R",
                    "a member that a fresher one calls failed is stale, however close",
                    PLANNER,
                    "judgeWitness",
                    Edit.callGives("denier", null)),
            new Mutation(
                    "plan-dirty-unseen",
                    "W4",
                    "a dirty array resyncs, and is refused where a member is missing",
                    PLANNER,
                    "sensibleResyncOffset",
                    Edit.gives(-1L)),
            new Mutation(
                    "plan-journal-missing",
                    "W1",
                    "an array without its journal is refused",
                    PLANNER,
                    "journalState",
                    Edit.gives(
                            new Edit.StaticField("io.holdfast.raid.metadata.AssemblyPlan$JournalState", "NOT_USED"))),
            new Mutation(
                    "superblock-checksum",
                    "H",
                    "a superblock counts only with the right checksum",
                    "raid.metadata.SuperblockCheck",
                    "checkBlock",
                    Edit.callGives("isChecksumCorrect", true)));

    private StartMutations() {}
}
