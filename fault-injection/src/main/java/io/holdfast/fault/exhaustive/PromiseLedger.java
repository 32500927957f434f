package io.holdfast.fault.exhaustive;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Follows what the user of an array asks and is answered, and says at each moment what must be true after a crash.
 *
 * <p>It shares nothing with the engine, and nothing with the model that the random trials use. A write that was submitted after
 * another had been answered lies on top of it; writes in flight together may have landed in either order.
 */
final class PromiseLedger {
    private static final int NEVER = Integer.MAX_VALUE;

    private final int unitLength;
    private final int windowLength;
    private final Unit[] units;
    private final List<Write> writes = new ArrayList<>();
    private int moment;

    private static final class Write {
        private final int number;
        private final long offset;
        private final int length;
        private final boolean isZeroes;
        private final int submittedAt;
        private int answeredAt = NEVER;
        private boolean isDurable;

        private Write(int number, long offset, int length, boolean isZeroes, int submittedAt) {
            this.number = number;
            this.offset = offset;
            this.length = length;
            this.isZeroes = isZeroes;
            this.submittedAt = submittedAt;
        }

        private boolean follows(Write other) {
            return other.answeredAt < submittedAt;
        }
    }

    private static final class Unit {
        private final int index;
        private List<byte[]> bases = new ArrayList<>();
        private final List<Write> open = new ArrayList<>();
        private Promise.Content[] allowed;

        private Unit(int index) {
            this.index = index;
        }
    }

    /** Contents that came about by some of the open writes, and which. */
    private record State(long included, Key key) {}

    private static final class Key {
        private final byte[] bytes;

        private Key(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && Arrays.equals(bytes, key.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }

    /**
     * An array of zeroes.
     *
     * @param length       in bytes.
     * @param unitLength   in bytes: what is old or new as a whole.
     * @param windowLength in bytes: a write that stays inside one is there as a whole or not at all; 0 where none need be.
     */
    PromiseLedger(long length, int unitLength, int windowLength) {
        this.unitLength = unitLength;
        this.windowLength = windowLength;
        units = new Unit[Math.toIntExact(length / unitLength)];
        for (int i = 0; i < units.length; i++) {
            units[i] = new Unit(i);
            units[i].bases.add(new byte[unitLength]);
            refresh(units[i]);
        }
    }

    /**
     * A write is about to be submitted.
     *
     * @param offset   in bytes.
     * @param length   in bytes.
     * @param isZeroes whether it carries zeroes, not its {@link Pattern}.
     * @return its number.
     */
    int submitted(long offset, int length, boolean isZeroes) {
        if (writes.size() == Pattern.MOST_WRITES) {
            throw new IllegalStateException("more writes than the ledger has room for: " + Pattern.MOST_WRITES);
        }
        Write write = new Write(writes.size(), offset, length, isZeroes, ++moment);
        writes.add(write);
        for (int unit = first(write); unit <= last(write); unit++) {
            units[unit].open.add(write);
            refresh(units[unit]);
        }
        return write.number;
    }

    /**
     * A write was answered as done.
     *
     * @param number    of it.
     * @param isDurable whether the answer promises that it survives.
     */
    void answered(int number, boolean isDurable) {
        Write write = writes.get(number);
        write.answeredAt = ++moment;
        if (isDurable) {
            makeDurable(write);
        }
    }

    /** A flush is about to be submitted; returns what {@link #flushed} wants to know. */
    int flushing() {
        return ++moment;
    }

    /** A flush was answered as done. */
    void flushed(int flushing) {
        for (Write write : writes) {
            if (write.answeredAt < flushing && !write.isDurable) {
                makeDurable(write);
            }
        }
    }

    /** What must be true after a crash now. */
    Promise promise() {
        Promise.Content[][] allowed = new Promise.Content[units.length][];
        BitSet inDoubt = new BitSet();
        for (int i = 0; i < units.length; i++) {
            allowed[i] = units[i].allowed;
            inDoubt.set(i, !units[i].open.isEmpty());
        }
        List<Promise.Atom> atoms = new ArrayList<>();
        for (Write write : writes) {
            if (!write.isDurable
                    && windowLength > 0
                    && write.offset / windowLength == (write.offset + write.length - 1) / windowLength) {
                atoms.add(new Promise.Atom(write.number, first(write), last(write)));
            }
        }
        return new Promise(unitLength, allowed, inDoubt, atoms);
    }

    private int first(Write write) {
        return (int) (write.offset / unitLength);
    }

    private int last(Write write) {
        return (int) ((write.offset + write.length - 1) / unitLength);
    }

    private void makeDurable(Write write) {
        write.isDurable = true;
        for (int unit = first(write); unit <= last(write); unit++) {
            fold(units[unit]);
            refresh(units[unit]);
        }
    }

    /** When nothing about a unit is open any more, what it may hold is what lies underneath from now on. */
    private void fold(Unit unit) {
        for (Write write : unit.open) {
            if (!write.isDurable) {
                return;
            }
        }
        Set<Key> contents = new HashSet<>();
        for (State state : states(unit)) {
            contents.add(state.key);
        }
        unit.bases = new ArrayList<>();
        contents.forEach(key -> unit.bases.add(key.bytes));
        unit.open.clear();
    }

    private void refresh(Unit unit) {
        Map<Key, long[]> masks = new HashMap<>();
        for (State state : states(unit)) {
            long[] mask = masks.computeIfAbsent(state.key, key -> new long[] {-1, 0});
            mask[0] &= state.included;
            mask[1] |= state.included;
        }
        unit.allowed = masks.entrySet().stream()
                .map(entry -> new Promise.Content(entry.getKey().bytes, entry.getValue()[0], entry.getValue()[1]))
                .toArray(Promise.Content[]::new);
    }

    /** Every state that holds all writes that must be there, and with each all that it lies on. */
    private Set<State> states(Unit unit) {
        long required = 0;
        for (Write write : unit.open) {
            required |= write.isDurable ? 1L << write.number : 0;
        }
        Set<State> seen = new HashSet<>();
        ArrayDeque<State> next = new ArrayDeque<>();
        for (byte[] base : unit.bases) {
            next.add(new State(0, new Key(base)));
        }
        while (!next.isEmpty()) {
            State state = next.poll();
            if (!seen.add(state)) {
                continue;
            }
            for (Write write : unit.open) {
                if ((state.included >>> write.number & 1) == 0 && isNext(unit, write, state.included)) {
                    Key key = new Key(onTop(state.key.bytes, write, unit.index));
                    next.add(new State(state.included | 1L << write.number, key));
                }
            }
        }
        long wanted = required;
        seen.removeIf(state -> (state.included & wanted) != wanted);
        return seen;
    }

    private static boolean isNext(Unit unit, Write write, long included) {
        for (Write other : unit.open) {
            if (other != write && write.follows(other) && (included >>> other.number & 1) == 0) {
                return false;
            }
        }
        return true;
    }

    private byte[] onTop(byte[] under, Write write, int unit) {
        byte[] result = under.clone();
        long unitStart = (long) unit * unitLength;
        int from = (int) Math.max(0, write.offset - unitStart);
        int to = (int) Math.min(unitLength, write.offset + write.length - unitStart);
        int pattern = write.isZeroes ? Pattern.ZEROES : write.number;
        for (int i = from; i < to; i++) {
            result[i] = Pattern.at(pattern, unitStart + i);
        }
        return result;
    }
}
