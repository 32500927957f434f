package io.holdfast.fault.exhaustive;

import java.util.ArrayList;
import java.util.List;

/** Which members may be missing together: sets as bits, the first slot in the lowest. */
final class LossSets {
    private LossSets() {}

    /**
     * Every set that a level tolerates.
     *
     * @param memberCount slots.
     * @param most        members that can be done without.
     * @return the sets, the empty one first.
     */
    static List<Integer> tolerated(int memberCount, int most) {
        List<Integer> sets = new ArrayList<>();
        sets.add(0);
        for (int from = 0, size = 1; size <= most; size++) {
            int to = sets.size();
            for (; from < to; from++) {
                // One member more, behind all that are in the set, so that each set comes about once.
                int first = Integer.SIZE - Integer.numberOfLeadingZeros(sets.get(from));
                for (int slot = first; slot < memberCount; slot++) {
                    sets.add(sets.get(from) | (1 << slot));
                }
            }
        }
        return sets;
    }

    /**
     * Which may be missing after another crash: the same, more of them, or none, because they have come back.
     *
     * @param before what was missing.
     * @param all    that is tolerated.
     * @return the sets.
     */
    static List<Integer> after(int before, List<Integer> all) {
        List<Integer> sets = new ArrayList<>();
        for (int set : all) {
            if (set == 0 || (set & before) == before) {
                sets.add(set);
            }
        }
        return sets;
    }
}
