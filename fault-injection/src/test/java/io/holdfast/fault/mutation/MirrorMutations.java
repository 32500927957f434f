package io.holdfast.fault.mutation;

import java.util.List;

/** Steps of keeping a log on several devices at once. */
final class MirrorMutations {
    static final String CHANNEL = "journal.MirrorChannel";
    static final String REPAIR = "journal.MirrorRepair";

    static final List<Mutation> LIST = List.of(
            new Mutation(
                    "mirror-one-copy-written",
                    "W18",
                    "a record counts when every copy has it",
                    CHANNEL,
                    "submit",
                    Edit.callGives("firstAlive", -1, 2, 2)),
            new Mutation(
                    "mirror-loss-unrecorded",
                    "W18",
                    "the loss of a copy is recorded before what it missed is answered",
                    "journal.LogMirror",
                    "isFailureUnrecorded",
                    Edit.gives(false)),
            new Mutation(
                    "mirror-hung-waited-for",
                    "L",
                    "a copy that does not answer is given up",
                    CHANNEL,
                    "giveUpTheSilent",
                    Edit.nothing()),
            new Mutation(
                    "mirror-not-levelled",
                    "S3a",
                    "copies are made to agree before they are replayed",
                    REPAIR,
                    "run",
                    Edit.gives(0L)),
            new Mutation(
                    "mirror-levelled-unflushed",
                    "S3a",
                    "and that is durable before members are written",
                    REPAIR,
                    "run",
                    Edit.dropCall("flush")),
            new Mutation(
                    "mirror-remnants-left",
                    "S3a",
                    "what one copy has behind the end and another has not is made unusable",
                    REPAIR,
                    "clearBehind",
                    Edit.nothing()));

    private MirrorMutations() {}
}
