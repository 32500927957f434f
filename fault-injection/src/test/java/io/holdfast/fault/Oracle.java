package io.holdfast.fault;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Knows what a small array may hold, the plainest way there is: all of its bytes, and a short list of writes that need not be
 * there. A unit (what is old or new as a whole) may hold what it held when it was last certain, with any of the later
 * writes on top, in any order if they were in flight together. Copied for the price of its list.
 */
final class Oracle {
    private final int unitLength;
    private final List<Change> changes;
    private byte[] certain;
    private long moment;

    /** What a request leaves, and what is known of it. */
    private static final class Change {
        private final int first;
        private final byte[] bytes;
        private final long begunAt;
        private long answeredAt = Long.MAX_VALUE;
        private boolean isDurable;
        private boolean isOfAnEarlierLife;

        private Change(int first, byte[] bytes, long begunAt) {
            this.first = first;
            this.bytes = bytes;
            this.begunAt = begunAt;
        }

        private Change copy() {
            Change copy = new Change(first, bytes, begunAt);
            copy.answeredAt = answeredAt;
            copy.isDurable = isDurable;
            copy.isOfAnEarlierLife = isOfAnEarlierLife;
            return copy;
        }

        private boolean isAnswered() {
            return answeredAt != Long.MAX_VALUE;
        }

        private boolean touches(int from, int end) {
            return first < end && from < first + bytes.length;
        }

        private void apply(byte[] target, int from, int end) {
            int begin = Math.max(first, from);
            int stop = Math.min(first + bytes.length, end);
            if (begin < stop) {
                System.arraycopy(bytes, begin - first, target, begin - from, stop - begin);
            }
        }
    }

    Oracle(byte[] initial, int unitLength) {
        this(initial.clone(), unitLength, new ArrayList<>());
    }

    private Oracle(byte[] certain, int unitLength, List<Change> changes) {
        this.certain = certain;
        this.unitLength = unitLength;
        this.changes = changes;
    }

    /** An oracle of its own, which later requests here do not change. */
    Oracle copy() {
        List<Change> copies = new ArrayList<>();
        changes.forEach(change -> copies.add(change.copy()));
        Oracle copy = new Oracle(certain, unitLength, copies);
        copy.moment = moment;
        return copy;
    }

    int length() {
        return certain.length;
    }

    /** A request that leaves {@code bytes} at an offset is about to be submitted. */
    Object begin(long offset, byte[] bytes) {
        Change change = new Change((int) offset, bytes.clone(), ++moment);
        changes.add(change);
        return change;
    }

    /** It was answered as done. */
    void end(Object change, boolean isDurable) {
        ((Change) change).answeredAt = ++moment;
        if (isDurable) {
            makeDurable(Set.of(change));
        }
    }

    /** What a flush submitted now will cover. */
    Object beginFlush() {
        Set<Object> covered = new HashSet<>();
        changes.stream()
                .filter(change -> change.isAnswered() && !change.isOfAnEarlierLife)
                .forEach(covered::add);
        return covered;
    }

    /** That flush was answered as done. */
    void endFlush(Object covered) {
        makeDurable((Set<?>) covered);
    }

    /** Everything asked for is there for certain, as after a stop in good order. */
    void settle() {
        adopt(newest());
    }

    /** Everything has stopped: what was not durable then never is for certain, whatever is flushed later. */
    void stopped() {
        changes.forEach(change -> change.isOfAnEarlierLife = true);
    }

    /** What was found counts as certain from now on: who looks again must see the same. */
    void adopt(byte[] found) {
        certain = found.clone();
        changes.clear();
    }

    /** What a reader sees when everything was answered, in the order in which it was asked for. */
    byte[] newest() {
        byte[] bytes = certain.clone();
        changes.forEach(change -> change.apply(bytes, 0, bytes.length));
        return bytes;
    }

    /** Whether any byte of a range belongs to a request that need not be there. */
    boolean isInDoubt(long from, long end) {
        return changes.stream().anyMatch(change -> !change.isDurable && change.touches((int) from, (int) end));
    }

    /** Whether two oracles would judge alike. */
    boolean sameAs(Oracle other) {
        if (certain != other.certain && !Arrays.equals(certain, other.certain)) {
            return false;
        }
        if (changes.size() != other.changes.size()) {
            return false;
        }
        for (int i = 0; i < changes.size(); i++) {
            if (changes.get(i).bytes != other.changes.get(i).bytes
                    || changes.get(i).isAnswered() != other.changes.get(i).isAnswered()
                    || changes.get(i).isDurable != other.changes.get(i).isDurable) {
                return false;
            }
        }
        return true;
    }

    /**
     * Judge all the bytes.
     *
     * @param actual      as they were read after a crash.
     * @param mayBeAnyhow offsets of units of which nothing is promised.
     * @return a sentence for each unit that is wrong.
     */
    List<String> judge(byte[] actual, Set<Integer> mayBeAnyhow) {
        List<String> wrong = new ArrayList<>();
        for (int at = 0; at < certain.length; at += unitLength) {
            if (!mayBeAnyhow.contains(at) && !isAllowed(at, actual)) {
                wrong.add("offset=" + at + " is neither old nor new: inDoubt=" + isInDoubt(at, at + unitLength));
            }
        }
        return wrong;
    }

    private boolean isAllowed(int at, byte[] actual) {
        int end = at + unitLength;
        List<Change> touching =
                changes.stream().filter(change -> change.touches(at, end)).toList();
        return isAnyOrder(touching, Arrays.copyOfRange(certain, at, end), at, Arrays.copyOfRange(actual, at, end));
    }

    /**
     * Whether some of the changes on top of each other, in an order that can be, give what was found. Those that are durable are
     * among them; and so is, below any of them, what had been answered before that one began, because the unit was made
     * from what could be read then.
     */
    private static boolean isAnyOrder(List<Change> left, byte[] base, int at, byte[] actual) {
        if (left.stream().noneMatch(change -> change.isDurable) && Arrays.equals(base, actual)) {
            return true;
        }
        for (Change change : left) {
            if (left.stream().anyMatch(earlier -> earlier.answeredAt < change.begunAt)) {
                continue;
            }
            byte[] next = base.clone();
            change.apply(next, at, at + base.length);
            List<Change> rest = new ArrayList<>(left);
            rest.remove(change);
            if (isAnyOrder(rest, next, at, actual)) {
                return true;
            }
        }
        return false;
    }

    private void makeDurable(Set<?> durable) {
        changes.forEach(change -> change.isDurable |= durable.contains(change));
        // What is durable and shares no unit with anything in doubt is certain.
        for (boolean isAny = true; isAny; ) {
            isAny = false;
            for (Change change : List.copyOf(changes)) {
                if (change.isDurable && changes.stream().allMatch(other -> isApart(change, other))) {
                    byte[] next = certain.clone();
                    change.apply(next, 0, next.length);
                    certain = next;
                    changes.remove(change);
                    isAny = true;
                }
            }
        }
    }

    private boolean isApart(Change change, Change other) {
        int from = change.first - change.first % unitLength;
        int end = change.first + change.bytes.length + unitLength - 1;
        return other == change || !other.touches(from, end - end % unitLength) || other.begunAt > change.answeredAt;
    }
}
