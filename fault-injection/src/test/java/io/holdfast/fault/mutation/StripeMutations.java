package io.holdfast.fault.mutation;

import io.holdfast.fault.mutation.Edit.StaticField;
import java.util.List;

/** Steps on the way of a write, a read or a step of maintenance through its window. */
final class StripeMutations {
    static final String MACHINE = "raid.engine.WindowMachine";
    static final String INTENTS = "raid.engine.WriteIntents";
    static final String WRITING = "raid.engine.WindowWriting";
    static final String PLAN = "raid.engine.WritePlan";
    static final String CONTENT = "raid.engine.WindowContent";
    static final String PARITY = "raid.parity.StripeParity";
    static final String SESSION = "raid.maintenance.SyncSession";
    private static final StaticField OK = new StaticField("io.holdfast.blockdev.IoStatus", "OK");

    static final List<Mutation> LIST = List.of(
            new Mutation(
                    "write-not-logged",
                    "W1",
                    "a record before members are overwritten",
                    MACHINE,
                    "contentKnown",
                    Edit.callGives("exists", false, 2, 2)),
            new Mutation(
                    "repair-not-logged",
                    "W22",
                    "what a repair corrects goes through the journal",
                    MACHINE,
                    "finishSyncStep",
                    Edit.callGives("exists", false)),
            new Mutation(
                    "repair-trusts-unvouched",
                    "W22",
                    "parity above a resync's mark proves nothing against data",
                    "raid.engine.WindowScrub",
                    "run",
                    Edit.variableGives("parityVouched", true)),
            new Mutation(
                    "record-lacks-part-blocks",
                    "W1",
                    "the record holds blocks that are written in part",
                    CONTENT,
                    "addData",
                    Edit.fieldInstead("partial", "whole", 1, 1)),
            new Mutation(
                    "unlogged-written",
                    "W1",
                    "nothing of a record that failed reaches members",
                    MACHINE,
                    "onLogFailed",
                    Edit.callInstead("finish", "onLogged", 1, 1)),
            new Mutation(
                    "gate-open",
                    "W4",
                    "writes wait until dirty is recorded",
                    MACHINE,
                    "startWrite",
                    Edit.callGives("areRecorded", true)),
            new Mutation(
                    "bitmap-bit-unset",
                    "W25",
                    "writes wait until the bit of their region is set on every member",
                    INTENTS,
                    "areRecorded",
                    Edit.fieldGives("regions", null, 1, 2)),
            new Mutation(
                    "bitmap-clear-unflushed",
                    "W26",
                    "the flush of what was written before its bit is cleared",
                    "raid.engine.BitmapKeeper$Batch",
                    "takesBitsAway",
                    Edit.gives(false)),
            new Mutation(
                    "gate-closes-early",
                    "W5",
                    "a shard holds writes back only when none is under way",
                    MACHINE,
                    "tryCloseGate",
                    Edit.callGives("get", 0)),
            new Mutation(
                    "answer-before-record",
                    "W6",
                    "the failure of a member is recorded before the write is answered",
                    WRITING,
                    "isSettled",
                    Edit.gives(true)),
            new Mutation(
                    "answer-before-membership",
                    "W6",
                    "the membership a write was made under is recorded before it is answered",
                    WRITING,
                    "isSettled",
                    Edit.fieldGives("membershipVersion", 0L)),
            new Mutation(
                    "answer-though-failed",
                    "W6",
                    "a write that failed on a member waits for that member's exclusion",
                    WRITING,
                    "isSettled",
                    Edit.fieldGives("writeFailed", false)),
            new Mutation(
                    "write-error-ignored",
                    "W6",
                    "a member that cannot be written is failed",
                    WRITING,
                    "onWritten",
                    Edit.variableGives("status", OK, 2, 3)),
            new Mutation(
                    "suspect-trusted",
                    "W6",
                    "a shard does not read from a member that failed it",
                    "raid.engine.MemberChannels",
                    "isSuspect",
                    Edit.gives(false)),
            new Mutation(
                    "failed-array-written",
                    "W8",
                    "nothing is written once too many members are lost",
                    WRITING,
                    "start",
                    Edit.callGives("tooManyAreLost", false).and(Edit.callGives("arrayFailed", false))),
            new Mutation(
                    "fua-unflushed",
                    "W11",
                    "a write with force-unit-access flushes the members it wrote",
                    WRITING,
                    "written",
                    Edit.fieldGives("forceUnitAccess", false)),
            new Mutation(
                    "journal-failed-unflushed",
                    "W11",
                    "a write whose record a failed journal held flushes the members",
                    WRITING,
                    "written",
                    Edit.callGives("isFailed", false)),
            new Mutation(
                    "flush-skips-members",
                    "W11",
                    "a flush without a journal flushes the members",
                    "raid.engine.FlushQueue",
                    "doWork",
                    Edit.callGives("slotCount", 0)),
            new Mutation(
                    "flush-failure-ignored",
                    "W11",
                    "a member whose flush fails is failed",
                    "raid.engine.FlushQueue",
                    "onFlushed",
                    Edit.variableGives("status", OK, 1, 2)),
            new Mutation(
                    "flush-answered-unrecorded",
                    "W6",
                    "a flush waits until the member that failed it is recorded",
                    "raid.engine.FlushQueue",
                    "isSettled",
                    Edit.gives(true)),
            new Mutation(
                    "flush-after-journal-failed",
                    "W11",
                    "after the journal failed, a flush goes to the members",
                    "raid.engine.Shard",
                    "startFlush",
                    Edit.callGives("isAlive", true)),
            new Mutation(
                    "windows-shared",
                    "P",
                    "one operation at a time owns a window",
                    MACHINE,
                    "submit(long, Piece)",
                    Edit.callGives("owner", null)),
            new Mutation(
                    "modify-with-stale-parity",
                    "P",
                    "parity above a resync's mark is not built upon",
                    PLAN,
                    "decideRow",
                    Edit.variableGives("parityConsistent", true)),
            new Mutation(
                    "modify-untrusted-data",
                    "P",
                    "read-modify-write takes only data that can be trusted",
                    PLAN,
                    "decideRow",
                    Edit.variableGives("trusted", true, 1, 2)),
            new Mutation(
                    "modify-untrusted-parity",
                    "P",
                    "read-modify-write takes only parity that can be trusted",
                    PLAN,
                    "decideRow",
                    Edit.variableGives("anyUntrusted", false)),
            new Mutation(
                    "reconstruct-untrusted-data",
                    "P",
                    "reconstruct-write takes only data that can be trusted",
                    PLAN,
                    "decideRow",
                    Edit.variableGives("trusted", true, 2, 2)),
            new Mutation(
                    "modify-keeps-old",
                    "P",
                    "read-modify-write takes the old data out of parity",
                    CONTENT,
                    "make",
                    Edit.dropCall("accumulate", 1, 2)),
            new Mutation(
                    "record-with-false-parity",
                    "W1",
                    "a record holds true parity also of a slot that nobody serves",
                    CONTENT,
                    "make",
                    Edit.variableGives("parityWhereMissing", false, 1, 2)
                            .and(Edit.variableGives("parityWhereMissing", false))),
            new Mutation(
                    "q-not-written",
                    "P",
                    "Q is written with the data",
                    MACHINE,
                    "markWritten",
                    Edit.callGives("qSlot", -1, 1, 2)),
            new Mutation(
                    "parity-p-for-q",
                    "P",
                    "P goes to P's slot and Q to Q's",
                    PARITY,
                    "computeBoth",
                    Edit.variablesSwapped("p", "q", 4)),
            new Mutation(
                    "parity-coefficient",
                    "P",
                    "each slot has its own coefficient in Q",
                    PARITY,
                    "accumulate",
                    Edit.callAdds("exponent", 1, 1, 1)),
            new Mutation(
                    "parity-recovery-coefficient",
                    "D",
                    "two lost blocks are recovered with their own coefficients",
                    PARITY,
                    "recoverTwoData",
                    Edit.callGives("inverse", 1)),
            new Mutation(
                    "rebuild-read-too-far",
                    "W9",
                    "a member being rebuilt is read below its mark only",
                    "raid.engine.Membership",
                    "untrusted",
                    Edit.callAdds("recoveredWindows", 1, 1, 1)),
            new Mutation(
                    "mark-over-gap",
                    "W9",
                    "the mark is the lowest window that is not finished",
                    SESSION,
                    "advance",
                    Edit.callGives("get", true)),
            new Mutation(
                    "resync-counts-unseen",
                    "W9",
                    "a window that lost a member halfway is not called resynced",
                    SESSION,
                    "take",
                    Edit.callGives("isMemberMissing", false)),
            new Mutation(
                    "step-failure-ignored",
                    "W9",
                    "a window that could not be made right ends the walk",
                    SESSION,
                    "take",
                    Edit.callGives("status", OK)),
            new Mutation(
                    "step-before-decision",
                    "W9",
                    "a step begins only after the decisions that came before it",
                    "raid.engine.Shard",
                    "startSteps",
                    Edit.dropCall("applyControls")),
            new Mutation(
                    "heal-not-verified",
                    "H",
                    "a block that was rewritten after a read error is read again",
                    WRITING,
                    "membersWritten",
                    Edit.callGives("isPresent", false)),
            new Mutation(
                    "read-error-not-healed",
                    "H",
                    "a block that could not be read is written again",
                    MACHINE,
                    "heal",
                    Edit.nothing()),
            new Mutation(
                    "direct-read-untrusted",
                    "D",
                    "a read goes around the stripe only where the member can be trusted",
                    "raid.engine.DirectReads",
                    "canTrust",
                    Edit.callGives("untrusted", 0)));

    private StripeMutations() {}
}
