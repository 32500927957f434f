package io.holdfast.raid.maintenance;

import io.holdfast.raid.ArrayRange;
import io.holdfast.raid.LostBlocks;
import io.holdfast.raid.Mismatch;
import io.holdfast.raid.SyncReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.ToLongFunction;

/**
 * What a walk over the array has found, in bounded memory: neighbours that say the same are one entry, and what comes when
 * the list is full is counted. Windows come in any order. Thread-safe; a lock is taken only for what is found, or asked.
 */
final class SyncFindings {
    /** When a list holds this many, neighbours are looked for before anything is turned away. */
    private static final int MAX_HELD = 2 * SyncReport.MAX_LISTED;

    /** A list of one kind of finding. */
    private static final class Bounded<T> {
        private final Comparator<T> order;
        private final BinaryOperator<T> join;
        private final ToLongFunction<T> length;
        private List<T> held = new ArrayList<>();
        private boolean isFull;
        private long unlistedBytes;

        /**
         * An empty list.
         *
         * @param order  of what it is to hold.
         * @param join   makes one of two in that order, or null when they have to stay two.
         * @param length of one, in bytes.
         */
        Bounded(Comparator<T> order, BinaryOperator<T> join, ToLongFunction<T> length) {
            this.order = order;
            this.join = join;
            this.length = length;
        }

        /** Whether it is kept, and not only counted. */
        boolean add(T found) {
            if (!isFull && held.size() == MAX_HELD) {
                // Unless that frees half of the room the list is full: it is not to be gone through for every entry.
                held = joined();
                isFull = held.size() > SyncReport.MAX_LISTED;
            }
            if (isFull) {
                unlistedBytes += length.applyAsLong(found);
                return false;
            }
            held.add(found);
            return true;
        }

        /** In order, neighbours made one. */
        List<T> joined() {
            List<T> sorted = new ArrayList<>(held);
            sorted.sort(order);
            List<T> joined = new ArrayList<>();
            for (T each : sorted) {
                T last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
                T both = last == null ? null : join.apply(last, each);
                if (both == null) {
                    joined.add(each);
                } else {
                    joined.set(joined.size() - 1, both);
                }
            }
            return joined;
        }

        List<T> listed() {
            List<T> all = joined();
            return all.subList(0, Math.min(all.size(), SyncReport.MAX_LISTED));
        }

        long unlisted() {
            List<T> all = joined();
            long bytes = unlistedBytes;
            for (int i = SyncReport.MAX_LISTED; i < all.size(); i++) {
                bytes += length.applyAsLong(all.get(i));
            }
            return bytes;
        }
    }

    private final Bounded<Mismatch> mismatches =
            new Bounded<>(Comparator.comparingLong(Mismatch::memberOffset), SyncFindings::join, Mismatch::length);
    private final Bounded<LostBlocks> lost =
            new Bounded<>(Comparator.comparingLong(LostBlocks::memberOffset), SyncFindings::join, LostBlocks::length);

    private int toldCount;
    private long leftBytes;

    /** Whether it is one of those that listeners are told of. */
    synchronized boolean add(Mismatch found) {
        leftBytes += found.remedy() == Mismatch.Remedy.LEFT ? found.length() : 0;
        return mismatches.add(found) && ++toldCount <= SyncReport.MAX_LISTED;
    }

    synchronized void add(LostBlocks found) {
        lost.add(found);
    }

    synchronized SyncReport report() {
        return new SyncReport(mismatches.listed(), mismatches.unlisted(), leftBytes, lost.listed(), lost.unlisted());
    }

    private static Mismatch join(Mismatch first, Mismatch second) {
        List<ArrayRange> ranges = join(first.arrayRanges(), second.arrayRanges());
        boolean areOne = first.memberOffset() + first.length() == second.memberOffset()
                && first.culprit() == second.culprit()
                && first.slot() == second.slot()
                && first.deviceName().equals(second.deviceName())
                && first.remedy() == second.remedy()
                && ranges != null;
        return areOne
                ? new Mismatch(
                        first.memberOffset(),
                        first.length() + second.length(),
                        first.culprit(),
                        first.slot(),
                        first.deviceName(),
                        first.remedy(),
                        ranges)
                : null;
    }

    private static LostBlocks join(LostBlocks first, LostBlocks second) {
        List<ArrayRange> ranges = join(first.arrayRanges(), second.arrayRanges());
        boolean areOne = first.memberOffset() + first.length() == second.memberOffset()
                && first.slots().equals(second.slots())
                && ranges != null;
        return areOne
                ? new LostBlocks(first.memberOffset(), first.length() + second.length(), first.slots(), ranges)
                : null;
    }

    /** Range by range; null when some do not touch, as at the end of a chunk. */
    private static List<ArrayRange> join(List<ArrayRange> first, List<ArrayRange> second) {
        if (first.size() != second.size()) {
            return null;
        }
        List<ArrayRange> joined = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            ArrayRange range = first.get(i);
            if (range.offset() + range.length() != second.get(i).offset()) {
                return null;
            }
            joined.add(new ArrayRange(
                    range.offset(), range.length() + second.get(i).length()));
        }
        return joined;
    }
}
