package io.holdfast.fault.mutation;

import java.util.List;

/** Steps of keeping bad block lists. */
final class BadBlockMutations {
    private static final String VIEW = "raid.engine.MemberView";

    static final List<Mutation> LIST = List.of(
            new Mutation(
                    "bad-block-unlisted",
                    "W23",
                    "what a rebuild cannot compute is listed on the new member",
                    VIEW,
                    "wantListed",
                    Edit.nothing()),
            new Mutation(
                    "bad-block-list-unwritten",
                    "W23",
                    "a list that has changed is written with the superblocks",
                    "raid.engine.SuperblockRecorder",
                    "takeLists",
                    Edit.callGives("take", 0)),
            new Mutation(
                    "bad-block-cleared-late",
                    "W24",
                    "an entry has vanished for good before the write that heals it is answered",
                    VIEW,
                    "isListSettled",
                    Edit.gives(true)),
            new Mutation(
                    "bad-block-cleared-unflushed",
                    "W24",
                    "the data is flushed before its entry vanishes",
                    SuperblockMutations.CONDUCTOR,
                    "onBlocksGood",
                    Edit.fieldSet("updateVouches", false)),
            new Mutation(
                    "bad-block-not-cleared",
                    "W24",
                    "an entry vanishes when its block is written",
                    VIEW,
                    "wantCleared",
                    Edit.nothing()),
            new Mutation(
                    "bad-block-believed",
                    "W23",
                    "what is listed is not read",
                    "raid.engine.Membership",
                    "listed",
                    Edit.gives(0)));

    private BadBlockMutations() {}
}
