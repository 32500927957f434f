package io.holdfast.fault;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Everything one unit of the address space may hold.
 *
 * <p>There are contents that are certain to be underneath (more than one when writes raced and nobody knows who won), and
 * writes on top of them that may or may not be there. A write that was submitted after another had been answered lies on top
 * of it; writes that were in flight together may have landed in either order.
 */
final class ContentUnit {
    private static final int MOST_WRITES = 62;
    private static final int MOST_HISTORY = 64;

    final long offset;
    private final int length;
    private final List<ModelWrite> writes = new ArrayList<>();
    private List<byte[]> bases = new ArrayList<>();

    /** Contents that something certain has replaced, the latest last. */
    private final ArrayDeque<byte[]> history = new ArrayDeque<>();

    /** One content that the unit may hold, and the writes it takes to get there, as a mask. */
    record State(long included, Content content) {}

    /** Bytes that compare by value. */
    static final class Content {
        final byte[] bytes;
        private final int hash;

        Content(byte[] bytes) {
            this.bytes = bytes;
            int sum = 0;
            // A sample is enough to tell versions apart; equality looks at all of it.
            for (int i = 0; i < bytes.length; i += 61) {
                sum = sum * 31 + bytes[i];
            }
            this.hash = sum;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Content content && Arrays.equals(bytes, content.bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    ContentUnit(long offset, byte[] initial) {
        this.offset = offset;
        this.length = initial.length;
        bases.add(initial);
    }

    /** Writes that have not been answered. */
    int openCount() {
        int count = 0;
        for (ModelWrite write : writes) {
            count += write.completedAt == ModelWrite.NEVER ? 1 : 0;
        }
        return count;
    }

    List<ModelWrite> writes() {
        return writes;
    }

    void add(ModelWrite write) {
        if (writes.size() == MOST_WRITES) {
            throw new IllegalStateException("too many writes in doubt at once: offset=" + offset);
        }
        writes.add(write);
    }

    /** Every state that holds the writes that {@code isRequired}, and with each all that it lies on. */
    Set<State> states(Predicate<ModelWrite> isRequired) {
        long required = 0;
        for (int i = 0; i < writes.size(); i++) {
            required |= isRequired.test(writes.get(i)) ? 1L << i : 0;
        }
        Set<State> seen = new HashSet<>();
        ArrayDeque<State> open = new ArrayDeque<>();
        for (byte[] base : bases) {
            open.add(new State(0, new Content(base)));
        }
        Set<State> result = new HashSet<>();
        for (State state = open.poll(); state != null; state = open.poll()) {
            if (!seen.add(state)) {
                continue;
            }
            if ((state.included & required) == required) {
                result.add(state);
            }
            for (int i = 0; i < writes.size(); i++) {
                if ((state.included >>> i & 1) == 0 && (predecessors(i) & ~state.included) == 0) {
                    byte[] next = writes.get(i).apply(state.content.bytes, offset);
                    open.add(new State(state.included | 1L << i, new Content(next)));
                }
            }
        }
        return result;
    }

    /**
     * Fold what is durable and was answered before {@code moment}, when nothing was in flight beside it, into the contents
     * underneath.
     */
    void foldDurable(long moment) {
        long certain = 0;
        for (int i = 0; i < writes.size(); i++) {
            ModelWrite write = writes.get(i);
            certain |= write.isDurable && write.completedAt < moment ? 1L << i | predecessors(i) : 0;
        }
        if (certain == 0) {
            return;
        }
        if (writes.size() == 1 && bases.size() == 1) {
            // What nearly every fold is.
            remember(bases.get(0));
            bases = new ArrayList<>(List.of(writes.remove(0).apply(bases.get(0), offset)));
            return;
        }
        for (int i = 0; i < writes.size(); i++) {
            if ((certain >>> i & 1) == 0 && (certain & ~predecessors(i)) != 0) {
                return;
            }
        }
        List<byte[]> folded = new ArrayList<>();
        long exactly = certain;
        for (State state : states(write -> false)) {
            if (state.included == exactly) {
                folded.add(state.content.bytes);
            } else if ((state.included & ~exactly) == 0) {
                remember(state.content.bytes);
            }
        }
        // The states come in no order; the one right underneath is what a lost write would show.
        for (byte[] base : lastBut(exactly)) {
            remember(base);
        }
        bases = folded;
        for (int i = writes.size() - 1; i >= 0; i--) {
            if ((exactly >>> i & 1) != 0) {
                writes.remove(i);
            }
        }
    }

    /** Whether the contents underneath may be this. */
    boolean holds(byte[] actual) {
        return bases.stream().anyMatch(base -> Arrays.equals(base, actual));
    }

    /** From now on the unit holds this. */
    void settle(byte[] actual) {
        for (byte[] base : bases) {
            if (!Arrays.equals(base, actual)) {
                remember(base);
            }
        }
        bases = new ArrayList<>(List.of(actual));
        writes.clear();
    }

    /** Whether the content is what was there just before something certain replaced it. */
    boolean isOneBehind(byte[] actual) {
        return !history.isEmpty() && Arrays.equals(history.peekLast(), actual);
    }

    boolean wasOnceSo(byte[] actual) {
        return history.stream().anyMatch(old -> Arrays.equals(old, actual));
    }

    /** Every content that the unit holds, may hold or has held. */
    List<byte[]> everything() {
        List<byte[]> all = new ArrayList<>(history);
        for (State state : states(write -> false)) {
            all.add(state.content.bytes);
        }
        return all;
    }

    private List<byte[]> lastBut(long certain) {
        List<byte[]> result = new ArrayList<>();
        int last = -1;
        for (int i = 0; i < writes.size(); i++) {
            if ((certain >>> i & 1) != 0 && (last < 0 || writes.get(i).submittedAt > writes.get(last).submittedAt)) {
                last = i;
            }
        }
        for (State state : states(write -> false)) {
            if (state.included == (certain & ~(1L << last))) {
                result.add(state.content.bytes);
            }
        }
        return result;
    }

    private void remember(byte[] content) {
        history.removeIf(old -> Arrays.equals(old, content));
        history.addLast(content);
        if (history.size() > MOST_HISTORY) {
            history.removeFirst();
        }
    }

    private long predecessors(int index) {
        long mask = 0;
        for (int i = 0; i < writes.size(); i++) {
            mask |= i != index && writes.get(index).follows(writes.get(i)) ? 1L << i : 0;
        }
        return mask;
    }

    int length() {
        return length;
    }
}
