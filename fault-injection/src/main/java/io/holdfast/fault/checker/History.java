package io.holdfast.fault.checker;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;

/**
 * What every unit of the area may hold, from what was asked for, answered and flushed.
 *
 * <p>Writes in flight never overlap, so the writes of a unit have an order, and their ids grow with it. Of each unit three
 * are remembered: the last one known to be durable, the one just before it, and the last one that was answered. Writes that
 * are not known to be durable stand in a list. A write of that list that is older than the durable one can never come back.
 * Not thread-safe.
 */
final class History {
    private final CheckedArea area;
    private final long[] durable;
    private final long[] beforeDurable;
    private final long[] answered;
    private final List<PendingWrite> pending = new ArrayList<>();
    private long lastVersion;
    private long answerCount;
    private boolean isInDoubt;

    History(CheckedArea area) {
        this.area = area;
        int unitCount = area.unitCount();
        durable = new long[unitCount];
        beforeDurable = new long[unitCount];
        answered = new long[unitCount];
    }

    CheckedArea area() {
        return area;
    }

    /** The version of the last write that was asked for; 0 when there was none. */
    long lastVersion() {
        return lastVersion;
    }

    /** Whether something was interrupted, and nobody has looked at what is there since. */
    boolean isInDoubt() {
        return isInDoubt;
    }

    List<PendingWrite> pending() {
        return pending;
    }

    // ---- what happened ----

    /** A write is about to be asked for. */
    void intend(long id, int firstUnit, int unitCount, boolean isForced) {
        if (ContentId.version(id) <= lastVersion) {
            throw new IllegalStateException("versions grow: id=" + id + " lastVersion=" + lastVersion);
        }
        lastVersion = ContentId.version(id);
        pending.add(new PendingWrite(id, firstUnit, unitCount, isForced));
    }

    /** A write was answered with success. */
    void answer(long id) {
        PendingWrite write = find(id);
        write.answerSequence(answerCount++);
        for (int unit = write.firstUnit(); unit < write.firstUnit() + write.unitCount(); unit++) {
            answered[unit] = id;
        }
        if (write.isForced()) {
            settle(write);
            pending.remove(write);
        }
    }

    /** What a flush that is submitted now will cover. */
    long flushMark() {
        return answerCount;
    }

    /** A flush was answered with success. */
    void flushed(long mark) {
        for (Iterator<PendingWrite> it = pending.iterator(); it.hasNext(); ) {
            PendingWrite write = it.next();
            if (write.answerSequence() < mark) {
                settle(write);
                it.remove();
            }
        }
        pending.removeIf(this::isSuperseded);
    }

    /** A flush failed: what it should have covered stays in doubt, even if a later one succeeds. */
    void flushFailed() {
        for (PendingWrite write : pending) {
            if (write.isAnswered()) {
                write.answerSequence(PendingWrite.NEVER_FLUSHED);
            }
        }
    }

    /** The device, its power, or we were interrupted; or may have been. */
    void interrupted() {
        isInDoubt = true;
    }

    /** Units were looked at after an interruption, and what is there was made durable. */
    void found(int firstUnit, int unitCount, long id) {
        for (int unit = firstUnit; unit < firstUnit + unitCount; unit++) {
            if (id == ContentId.NONE) {
                answered[unit] = ContentId.ANYTHING;
                continue;
            }
            if (id != durable[unit]) {
                beforeDurable[unit] = durable[unit];
                durable[unit] = id;
            }
            answered[unit] = id;
        }
    }

    /** A unit turned out not to be what was promised: it may be anything until it is written again. */
    void forget(int unit) {
        answered[unit] = ContentId.ANYTHING;
    }

    /** Everything was looked at, and told of by {@link #found} where it was in doubt. */
    void resolved() {
        pending.clear();
        isInDoubt = false;
    }

    private void settle(PendingWrite write) {
        for (int unit = write.firstUnit(); unit < write.firstUnit() + write.unitCount(); unit++) {
            if (durable[unit] < write.id()) {
                beforeDurable[unit] = durable[unit];
                durable[unit] = write.id();
            }
        }
    }

    private boolean isSuperseded(PendingWrite write) {
        if (!write.isAnswered() || write.answerSequence() == PendingWrite.NEVER_FLUSHED) {
            for (int unit = write.firstUnit(); unit < write.firstUnit() + write.unitCount(); unit++) {
                if (durable[unit] < write.id()) {
                    return false;
                }
            }
            return true;
        }
        return false;
    }

    private PendingWrite find(long id) {
        for (int i = pending.size() - 1; i >= 0; i--) {
            if (pending.get(i).id() == id) {
                return pending.get(i);
            }
        }
        throw new IllegalStateException("an answer to a write that was not asked for: id=" + id);
    }

    // ---- what may be there ----

    /** What has to be there unless a write in doubt has come on top of it. */
    long expected(int unit, Promise promise) {
        return isInDoubt && promise == Promise.FLUSHED ? durable[unit] : answered[unit];
    }

    /** What was there just before what is expected, as far as anybody remembers. */
    long beforeExpected(int unit, Promise promise) {
        long expected = expected(unit, promise);
        if (expected == durable[unit]) {
            return beforeDurable[unit];
        }
        long before = durable[unit];
        for (PendingWrite write : pending) {
            if (write.covers(unit) && write.id() < expected) {
                before = Math.max(before, write.id());
            }
        }
        return before;
    }

    /** Whether contents may be there. */
    boolean admits(int unit, long id, Promise promise) {
        return expected(unit, promise) == ContentId.ANYTHING || isKnown(unit, id, promise);
    }

    /** Whether contents may be there because a write that was asked for put them there. */
    boolean isKnown(int unit, long id, Promise promise) {
        long expected = expected(unit, promise);
        return id > ContentId.ANYTHING && (id == expected || (id > expected && isPossible(find(unit, id), promise)));
    }

    /**
     * Which of the writes that could have left zeroes in a unit is the last.
     *
     * @return {@link ContentId#NONE} when none could.
     */
    long zeroesId(int unit, Promise promise) {
        long expected = expected(unit, promise);
        long best = ContentId.isZeroes(expected) ? expected : ContentId.NONE;
        for (PendingWrite write : pending) {
            if (ContentId.isZeroes(write.id())
                    && write.covers(unit)
                    && write.id() > expected
                    && isPossible(write, promise)) {
                best = Math.max(best, write.id());
            }
        }
        return best;
    }

    /** Whether the last write of a unit that must be there, or the one before, was of zeroes. */
    boolean wasZeroes(int unit, Promise promise) {
        return ContentId.isZeroes(beforeExpected(unit, promise));
    }

    /** Whether a unit holds something that nobody knows, and that should be written over. */
    boolean isUnknown(int unit) {
        return answered[unit] == ContentId.ANYTHING;
    }

    /** Contents that the last answered write of a unit gave it. */
    long lastAnswered(int unit) {
        return answered[unit];
    }

    /** Units that a write in doubt may have changed. */
    BitSet unitsInDoubt() {
        BitSet units = new BitSet();
        for (PendingWrite write : pending) {
            units.set(write.firstUnit(), write.firstUnit() + write.unitCount());
        }
        return units;
    }

    private PendingWrite find(int unit, long id) {
        for (PendingWrite write : pending) {
            if (write.id() == id && write.covers(unit)) {
                return write;
            }
        }
        return null;
    }

    /** While nothing was interrupted an answered write that is not the last one is gone for good. */
    private boolean isPossible(PendingWrite write, Promise promise) {
        return write != null && ((isInDoubt && promise == Promise.FLUSHED) || !write.isAnswered());
    }
}
