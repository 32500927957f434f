package io.holdfast.fault;

/**
 * One write as its caller knows it: what it carried, when it was submitted and answered, and whether it must survive.
 * Moments are counted by the {@link ContentModel}.
 */
final class ModelWrite {
    static final long NEVER = Long.MAX_VALUE;

    final long id;
    final long offset;
    final int length;

    /** Null for zeroes. */
    final byte[] bytes;

    final long submittedAt;
    long completedAt = NEVER;
    boolean isDurable;

    ModelWrite(long id, long offset, int length, byte[] bytes, long submittedAt) {
        this.id = id;
        this.offset = offset;
        this.length = length;
        this.bytes = bytes;
        this.submittedAt = submittedAt;
    }

    /** Whether the other was answered before this was submitted, so that this one lies on top of it. */
    boolean follows(ModelWrite other) {
        return other.completedAt < submittedAt;
    }

    /** The contents of a unit with this write's part of it on top. */
    byte[] apply(byte[] content, long unitOffset) {
        byte[] result = content.clone();
        int from = (int) Math.max(0, offset - unitOffset);
        int to = (int) Math.min(content.length, offset + length - unitOffset);
        for (int i = from; i < to; i++) {
            result[i] = bytes == null ? 0 : bytes[(int) (unitOffset + i - offset)];
        }
        return result;
    }

    @Override
    public String toString() {
        String state = completedAt == NEVER ? "in flight" : isDurable ? "durable" : "answered";
        return "write " + id + " (" + offset + "+" + length + ", " + state + ")";
    }
}
