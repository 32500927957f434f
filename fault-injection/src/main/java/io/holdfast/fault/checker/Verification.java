package io.holdfast.fault.checker;

import io.holdfast.fault.checker.CheckerSlot.Suspect;
import io.holdfast.fault.checker.CheckerSlot.Use;
import java.util.ArrayDeque;
import java.util.BitSet;

/**
 * Reading and judging: all of the area from front to back, and what the load reads.
 *
 * <p>A block that is not right is read once more before anything is said of it, because a read that was wrong once and a
 * block that is wrong are two faults. A range with a place in it that cannot be read is read again block by block.
 */
final class Verification {
    private final Ledger ledger;
    private final History history;
    private final CheckedArea area;
    private final BlockJudge judge;
    private final CheckerTally tally;
    private final BitSet busyUnits;
    private final int unitsPerRead;
    private final ArrayDeque<Suspect> suspects = new ArrayDeque<>();
    private int cursor;

    /** Units of which the ledger is to be told what was found, and that; only after an interruption. */
    private BitSet doubtful;

    private long[] found;

    Verification(Ledger ledger, BlockJudge judge, CheckerTally tally, BitSet busyUnits, int transferLength) {
        this.ledger = ledger;
        this.history = ledger.history();
        this.area = ledger.area();
        this.judge = judge;
        this.tally = tally;
        this.busyUnits = busyUnits;
        this.unitsPerRead = transferLength / area.unitLength();
        this.cursor = area.unitCount();
    }

    /** Begin to read everything. */
    void begin(boolean isAfterInterruption) {
        cursor = 0;
        doubtful = null;
        found = null;
        if (isAfterInterruption) {
            doubtful = history.unitsInDoubt();
            found = new long[area.unitCount()];
        }
    }

    boolean hasNext() {
        return cursor < area.unitCount();
    }

    void next(CheckerSlot slot) {
        int count = Math.min(unitsPerRead, area.contiguousUnits(cursor));
        slot.set(Use.VERIFY, cursor, count);
        cursor += count;
    }

    boolean hasSuspects() {
        return !suspects.isEmpty();
    }

    void nextSuspect(CheckerSlot slot) {
        Suspect suspect = suspects.poll();
        slot.set(Use.SUSPECT, suspect.firstUnit(), suspect.unitCount()).suspect(suspect);
    }

    /** A read has ended, and the memory of its slot is about to be used again. */
    void onRead(CheckerSlot slot, boolean isOk) {
        if (slot.use() == Use.SUSPECT) {
            onSecondRead(slot, isOk);
            return;
        }
        boolean isOfLoad = slot.use() == Use.READ;
        if (isOfLoad) {
            tally.read();
            busyUnits.clear(slot.firstUnit(), slot.firstUnit() + slot.unitCount());
        }
        int perBlock = area.unitsPerBlock();
        int end = slot.firstUnit() + slot.unitCount();
        for (int unit = slot.firstUnit(); unit < end; ) {
            int count = Math.min(perBlock - unit % perBlock, end - unit);
            if (!isOk) {
                suspect(new Suspect(unit, count, BlockCondition.GOOD, "", isOfLoad));
            } else if (judge(slot, unit, count) == BlockCondition.GOOD) {
                accept(unit, count, isOfLoad);
            } else {
                suspect(new Suspect(unit, count, judge.condition(), judge.describe(), isOfLoad));
            }
            unit += count;
        }
    }

    private BlockCondition judge(CheckerSlot slot, int unit, int count) {
        int index = (unit - slot.firstUnit()) * area.unitLength();
        return judge.judge(slot.buffer(), slot.bytes(), index, unit, count);
    }

    private void suspect(Suspect suspect) {
        suspects.add(suspect);
        if (suspect.isOfLoad()) {
            busyUnits.set(suspect.firstUnit(), suspect.firstUnit() + suspect.unitCount());
        }
    }

    private void onSecondRead(CheckerSlot slot, boolean isOk) {
        Suspect first = slot.suspect();
        int unit = slot.firstUnit();
        int count = slot.unitCount();
        if (first.isOfLoad()) {
            busyUnits.clear(unit, unit + count);
        }
        if (!isOk) {
            report(BlockCondition.UNREADABLE, unit, count, "the device reported an error, twice");
            reject(unit, count);
            return;
        }
        BlockCondition second = judge(slot, unit, count);
        if (second != BlockCondition.GOOD) {
            String detail = judge.describe();
            boolean isSame = first.condition() == BlockCondition.GOOD || detail.equals(first.detail());
            report(second, unit, count, isSame ? detail : detail + "; a first read differed: " + first.detail());
            accept(unit, count, first.isOfLoad());
            return;
        }
        if (first.condition() != BlockCondition.GOOD) {
            // Nothing was lost: an old state was shown, once.
            BlockCondition condition =
                    first.condition() == BlockCondition.LOST ? BlockCondition.STALE : first.condition();
            report(condition, unit, count, first.detail() + "; a second read was right");
        }
        accept(unit, count, first.isOfLoad());
    }

    private void report(BlockCondition condition, int unit, int count, String detail) {
        tally.found(new BlockFinding(condition, area.offset(unit), count * area.unitLength(), detail));
    }

    /** Remember what the block judged last holds, good units and others. */
    private void accept(int unit, int count, boolean isOfLoad) {
        if (isOfLoad) {
            for (int i = 0; i < count; i++) {
                forgetIfBad(unit + i, judge.isGood(i));
            }
            return;
        }
        tally.verified();
        for (int i = 0; i < count; i++) {
            if (found == null) {
                continue;
            }
            boolean isGood = judge.isGood(i);
            found[unit + i] = judge.foundId(i);
            if (!isGood) {
                doubtful.set(unit + i);
            } else if (doubtful.get(unit + i) && judge.foundId(i) < history.lastAnswered(unit + i)) {
                tally.undone(1);
            }
        }
    }

    private void reject(int unit, int count) {
        for (int i = 0; i < count; i++) {
            if (found == null) {
                forgetIfBad(unit + i, false);
            } else {
                found[unit + i] = ContentId.NONE;
                doubtful.set(unit + i);
            }
        }
    }

    /** Each fault is told of once: a unit that is bad is no longer looked at until it is written again. */
    private void forgetIfBad(int unit, boolean isGood) {
        if (!isGood) {
            history.forget(unit);
        }
    }

    /** Tell the ledger what was found where it was in doubt, in runs of equal contents. */
    void recordFound() {
        for (int unit = doubtful.nextSetBit(0); unit >= 0; ) {
            int end = unit + 1;
            while (end < area.unitCount() && doubtful.get(end) && found[end] == found[unit]) {
                end++;
            }
            ledger.found(unit, end - unit, found[unit]);
            unit = doubtful.nextSetBit(end);
        }
        ledger.resolved();
        doubtful = null;
        found = null;
    }
}
