package io.holdfast.fault.mutation;

import java.util.ArrayList;
import java.util.List;

/** All of them. */
final class Mutations {
    private Mutations() {}

    static List<Mutation> all() {
        List<Mutation> all = new ArrayList<>();
        all.addAll(JournalMutations.LIST);
        all.addAll(StartMutations.LIST);
        all.addAll(InstantMutations.LIST);
        all.addAll(SuperblockMutations.LIST);
        all.addAll(JournalChangeMutations.LIST);
        all.addAll(MirrorMutations.LIST);
        all.addAll(StripeMutations.LIST);
        all.addAll(WriteBackMutations.LIST);
        all.addAll(BadBlockMutations.LIST);
        all.addAll(TimeLimitMutations.LIST);
        return all;
    }
}
