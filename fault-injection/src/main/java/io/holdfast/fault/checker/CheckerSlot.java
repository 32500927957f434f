package io.holdfast.fault.checker;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** One operation in flight, with its memory; preallocated and reused. */
final class CheckerSlot {
    /** What the operation is for. */
    enum Use {
        WRITE,
        DURABLE_WRITE,
        ZEROES,
        /** A read of the load. */
        READ,
        /** A read of everything. */
        VERIFY,
        /** A second read of what was not right. */
        SUSPECT
    }

    private final int index;
    private final UnsafeBuffer buffer;
    private final ByteBuffer bytes;
    private Use use;
    private int firstUnit;
    private int unitCount;
    private long id;
    private Suspect suspect;

    CheckerSlot(int index, UnsafeBuffer buffer) {
        this.index = index;
        this.buffer = buffer;
        this.bytes = buffer.byteBuffer().duplicate().clear().slice(buffer.wrapAdjustment(), buffer.capacity());
    }

    CheckerSlot set(Use newUse, int newFirstUnit, int newUnitCount) {
        use = newUse;
        firstUnit = newFirstUnit;
        unitCount = newUnitCount;
        suspect = null;
        return this;
    }

    int index() {
        return index;
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    /** The same memory: index 0 of both is the same byte. */
    ByteBuffer bytes() {
        return bytes;
    }

    Use use() {
        return use;
    }

    int firstUnit() {
        return firstUnit;
    }

    int unitCount() {
        return unitCount;
    }

    /** Of the contents written. */
    long id() {
        return id;
    }

    void id(long value) {
        id = value;
    }

    /** What the second read is about. */
    Suspect suspect() {
        return suspect;
    }

    void suspect(Suspect value) {
        suspect = value;
    }

    /**
     * Units of one block that are to be read again.
     *
     * @param firstUnit first of them.
     * @param unitCount how many.
     * @param condition what they were at the first read; good when only something near them could not be read.
     * @param detail    in words.
     * @param isOfLoad  whether the load keeps away from them until they are read.
     */
    record Suspect(int firstUnit, int unitCount, BlockCondition condition, String detail, boolean isOfLoad) {}
}
