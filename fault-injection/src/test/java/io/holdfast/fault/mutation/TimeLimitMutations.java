package io.holdfast.fault.mutation;

import io.holdfast.fault.mutation.Edit.StaticField;
import io.holdfast.fault.mutation.Mutation.Site;
import java.util.List;

/** Steps around devices that do not answer in time, and around what they do when they wake up. */
final class TimeLimitMutations {
    static final String DIRECT_READS = "raid.engine.DirectReads";

    static final List<Mutation> LIST = List.of(
            new Mutation(
                    "hung-member-waited-for",
                    "L",
                    "a member that does not answer is given up",
                    "raid.engine.MemberChannels$Member",
                    "isOverdue",
                    Edit.gives(false)),
            new Mutation(
                    "hung-superblock-waited-for",
                    "L",
                    "a device that does not take its superblock is given up",
                    SuperblockMutations.RECORDER,
                    "poll",
                    Edit.fieldGives("timeLimitNs", Long.MAX_VALUE)),
            new Mutation(
                    "hung-journal-waited-for",
                    "L",
                    "a journal that does not answer is given up",
                    List.of(
                            new Site(JournalMutations.WRITER, "doWork", Edit.fieldGives("timeLimitNs", Long.MAX_VALUE)),
                            new Site(MirrorMutations.CHANNEL, "giveUpTheSilent", Edit.nothing()))),
            new Mutation(
                    "late-answer-scribbles",
                    "P",
                    "memory that a member still owes an answer about is not used again",
                    "raid.engine.WindowOperation",
                    "leaveHeldBuffer",
                    Edit.nothing()),
            new Mutation(
                    "late-answer-bounces",
                    "D",
                    "nor is a read's own memory",
                    DIRECT_READS,
                    "onRead",
                    Edit.fieldKept("bounce")),
            new Mutation(
                    "late-answer-at-the-callers",
                    "D",
                    "a caller whose own memory a member still owes an answer about is not answered",
                    DIRECT_READS,
                    "onRead",
                    Edit.fieldGives("bounce", new StaticField("io.holdfast.blockdev.IoStatus", "OK"), 2, 2)));

    private TimeLimitMutations() {}
}
