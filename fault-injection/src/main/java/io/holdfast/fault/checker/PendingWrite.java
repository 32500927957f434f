package io.holdfast.fault.checker;

/** A write that power loss may undo, or that may still happen: asked for, and not known to be durable. */
final class PendingWrite {
    /** {@link #answerSequence()} of a write that nobody answered, or that was answered with an error. */
    static final long UNANSWERED = Long.MAX_VALUE;

    /** {@link #answerSequence()} of a write that a failed flush left in doubt for good. */
    static final long NEVER_FLUSHED = Long.MAX_VALUE - 1;

    private final long id;
    private final int firstUnit;
    private final int unitCount;
    private final boolean isForced;
    private long answerSequence = UNANSWERED;

    PendingWrite(long id, int firstUnit, int unitCount, boolean isForced) {
        this.id = id;
        this.firstUnit = firstUnit;
        this.unitCount = unitCount;
        this.isForced = isForced;
    }

    long id() {
        return id;
    }

    int firstUnit() {
        return firstUnit;
    }

    int unitCount() {
        return unitCount;
    }

    /** Whether its answer alone promises that it is durable. */
    boolean isForced() {
        return isForced;
    }

    boolean isAnswered() {
        return answerSequence != UNANSWERED;
    }

    /** The how-manieth answer it got: a flush covers the answers before it. */
    long answerSequence() {
        return answerSequence;
    }

    void answerSequence(long sequence) {
        answerSequence = sequence;
    }

    boolean covers(int unit) {
        return unit >= firstUnit && unit < firstUnit + unitCount;
    }

    boolean touches(int first, int count) {
        return first < firstUnit + unitCount && firstUnit < first + count;
    }
}
