package io.holdfast.raid.metadata;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Who among the devices of one array speaks for it.
 *
 * <p>Those with the highest count of updates do, unless another of the same count does not grant them the role they give
 * themselves. This is what makes that needed:
 *
 * <ol>
 *   <li>Linux writes "active" with count 19 to members A, B and C.
 *   <li>It writes "clean" and, as it may, counts back to 18; B fails that write.
 *   <li>It records B's failure on A and C, counting 19.
 *   <li>B's own superblock also says 19, and that all is well. By the count alone B would be as good as A and C, and its
 *       stale blocks would be served.
 * </ol>
 *
 * <p>Two that deny each other at the same count went on separately, and nothing here can tell who is right.
 */
final class Freshness {
    private final List<Candidate> witnesses = new ArrayList<>();
    private Candidate first;
    private Candidate splitA;
    private Candidate splitB;

    /**
     * Rank devices.
     *
     * @param candidates with valid superblocks of one array; the order does not matter.
     */
    Freshness(List<Candidate> candidates) {
        List<Candidate> top = new ArrayList<>();
        for (Candidate candidate : candidates) {
            if (candidate.isWitness()) {
                int order = top.isEmpty()
                        ? 0
                        : Long.compareUnsigned(candidate.events(), top.get(0).events());
                if (order > 0) {
                    top.clear();
                }
                if (order >= 0) {
                    top.add(candidate);
                }
            }
        }
        top.sort(Comparator.comparingInt((Candidate c) -> c.superblock.deviceNumber())
                .thenComparing(Candidate::name));
        findSplit(top);
        List<Candidate> undecided = hear(top);
        if (!top.isEmpty()) {
            first = witnesses.isEmpty() ? top.get(0) : witnesses.get(0);
        }
        if (!undecided.isEmpty() && splitA == null) {
            splitA = undecided.get(0);
            splitB = undecided.get(undecided.size() - 1);
        }
    }

    /** Two that deny each other: nobody can tell who is right. */
    private void findSplit(List<Candidate> top) {
        for (Candidate candidate : top) {
            for (Candidate other : top) {
                if (splitA == null && other != candidate && other.denies(candidate) && candidate.denies(other)) {
                    splitA = candidate;
                    splitB = other;
                }
            }
        }
    }

    /**
     * Whose word counts: a device is heard when nobody who is heard denies it. One that is denied by a device that is not heard
     * itself is heard all the same, with what it says of others.
     *
     * @return those that deny each other in a ring, of whom that cannot be decided.
     */
    private List<Candidate> hear(List<Candidate> top) {
        List<Candidate> undecided = new ArrayList<>(top);
        List<Candidate> unheard = new ArrayList<>();
        boolean decided = true;
        while (decided) {
            decided = false;
            for (Candidate candidate : List.copyOf(undecided)) {
                List<Candidate> deniers = new ArrayList<>(top);
                deniers.removeIf(other -> other == candidate || !other.denies(candidate));
                if (deniers.stream().anyMatch(witnesses::contains)) {
                    unheard.add(candidate);
                    decided |= undecided.remove(candidate);
                } else if (unheard.containsAll(deniers)) {
                    witnesses.add(candidate);
                    decided |= undecided.remove(candidate);
                }
            }
        }
        witnesses.sort(Comparator.comparing(top::indexOf));
        return undecided;
    }

    /** Whether there is nobody who could speak for the array. */
    boolean isEmpty() {
        return first == null;
    }

    /** The device whose superblock is the array's; the choice among equals is that of the lowest device number. */
    Candidate freshest() {
        return first;
    }

    /** All devices whose superblocks are equally fresh and agree. */
    List<Candidate> witnesses() {
        return witnesses;
    }

    /** Whether equally fresh devices deny each other. */
    boolean isSplit() {
        return splitA != null;
    }

    /** What is wrong when {@link #isSplit()}. */
    String splitClause() {
        return splitA.name() + " and " + splitB.name() + " are equally fresh (events "
                + Long.toUnsignedString(splitA.events())
                + ") and each calls the other failed: they went on without each other;"
                + " give only the devices of the history to keep";
    }

    /** How many updates a device missed. */
    long eventsBehind(Candidate candidate) {
        return Math.max(0, first.events() - candidate.events());
    }

    /** The first of the fresh that does not grant a device the role it gives itself; null when all do. */
    Candidate denier(Candidate candidate) {
        for (Candidate witness : witnesses) {
            if (witness != candidate && witness.denies(candidate)) {
                return witness;
            }
        }
        return null;
    }

    /** The first of the fresh that a device reports as failed; null when there is none. */
    Candidate reportedAsFailed(Candidate candidate) {
        for (Candidate witness : witnesses) {
            if (witness != candidate && candidate.reportsAsFailed(witness)) {
                return witness;
            }
        }
        return null;
    }

    /** How far parity is good: the least that any of the fresh says. */
    long resyncOffsetSectors() {
        long least = first.superblock.resyncOffsetSectors();
        for (Candidate witness : witnesses) {
            long offset = witness.superblock.resyncOffsetSectors();
            if (Long.compareUnsigned(offset, least) < 0) {
                least = offset;
            }
        }
        return least;
    }
}
