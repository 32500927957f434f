package io.holdfast.fault.mutation;

import static io.holdfast.fault.mutation.SuperblockMutations.CONDUCTOR;
import static io.holdfast.fault.mutation.SuperblockMutations.KEEPER;

import java.util.List;

/** Steps of putting another journal, or none, in the place of one while the array runs. */
final class JournalChangeMutations {
    static final List<Mutation> LIST = List.of(
            new Mutation(
                    "change-does-not-wait",
                    "W17",
                    "a journal is changed when nothing that it holds is on its way to the members",
                    KEEPER,
                    "doWork",
                    Edit.callGives("allHoldStill", true)),
            new Mutation(
                    "change-writes-go-on",
                    "W17",
                    "no write begins while the array is between two journals",
                    StripeMutations.MACHINE,
                    "areWritesHeld",
                    Edit.gives(false)),
            new Mutation(
                    "change-though-unwritable",
                    "W17",
                    "the new journal has its superblock before others name it",
                    KEEPER,
                    "introduced",
                    Edit.variableGives("isDurable", true)),
            new Mutation(
                    "change-unsaid",
                    "W17",
                    "superblocks say whether there is a journal",
                    KEEPER,
                    "beginSwitch",
                    Edit.dropCall("journaled")),
            new Mutation(
                    "lost-journal-two-behind",
                    "W7",
                    "nothing else is recorded until a failed journal is out of the array",
                    CONDUCTOR,
                    "isUpdatePutOff",
                    Edit.gives(false)));

    private JournalChangeMutations() {}
}
