package io.holdfast.fault.checker;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.device.DeviceFilter;
import io.holdfast.fault.device.DeviceOperation;
import io.holdfast.fault.device.OperationKind;
import org.agrona.concurrent.UnsafeBuffer;

/** A device that is honest until a write of its own choosing, or from a moment on, in one of the ways that disks are not. */
final class LyingDevice extends DeviceFilter {
    /** How it lies. */
    enum Lie {
        /** A write is answered and not done. */
        LOST_WRITE,
        /** A write is done elsewhere. */
        MISDIRECTED_WRITE,
        /** A write is done in part, and answered. */
        TORN_WRITE,
        /** A bit of a block that was written changes. */
        FLIPPED_BIT,
        /** A block that was written turns to bytes of somebody else. */
        OVERWRITTEN,
        /** A block that was written turns to zeroes. */
        ZEROED,
        /** A read returns what was there before the last write. */
        STALE_READ,
        /** A read returns what is elsewhere. */
        MISDIRECTED_READ,
        /** A block that was written cannot be read. */
        UNREADABLE,
        /** A flush is answered and not done. */
        LYING_FLUSH
    }

    private static final int BLOCK = 4096;

    private final Lie lie;
    private final UnsafeBuffer before = BufferSlab.allocate(BLOCK);
    private final UnsafeBuffer scratch = BufferSlab.allocate(BLOCK);
    private long honestCount;
    private boolean hasLied;
    private long victim = -1;
    private boolean isReadSpoiled;

    /** Lies once, after so many whole-block writes; a lying flush lies from the first on. */
    LyingDevice(BlockDevice inner, Lie lie, long honestCount) {
        super(inner);
        this.lie = lie;
        this.honestCount = honestCount;
    }

    /** Of the block it lied about, in bytes; -1 when it has not. */
    long victim() {
        return victim;
    }

    boolean hasLied() {
        return hasLied;
    }

    /** Where a misdirected write or read went. */
    long elsewhere() {
        return victim + 64 * BLOCK < geometry().length() ? victim + 64 * BLOCK : victim - 64 * BLOCK;
    }

    @Override
    protected IoStatus before(DeviceOperation operation) {
        if (operation.kind() == OperationKind.FLUSH && lie == Lie.LYING_FLUSH) {
            hasLied = true;
            return swallow();
        }
        if (operation.kind() == OperationKind.READ && lie == Lie.UNREADABLE && touchesVictim(operation)) {
            return IoStatus.MEDIA_ERROR;
        }
        if (operation.kind() != OperationKind.WRITE || operation.length() != BLOCK || operation.offset() % BLOCK != 0) {
            return IoStatus.OK;
        }
        if (hasLied || lie == Lie.LYING_FLUSH || honestCount-- > 0) {
            return IoStatus.OK;
        }
        hasLied = true;
        victim = operation.offset();
        inner().read(victim, before, 0, BLOCK);
        switch (lie) {
            case LOST_WRITE -> {
                return swallow();
            }
            case MISDIRECTED_WRITE -> {
                inner().write(elsewhere(), operation.buffer(), operation.index(), BLOCK);
                return swallow();
            }
            case TORN_WRITE -> {
                inner().write(victim, operation.buffer(), operation.index(), 3 * 512);
                return swallow();
            }
            default -> {
                return IoStatus.OK;
            }
        }
    }

    @Override
    protected IoStatus after(DeviceOperation operation, IoStatus status) {
        if (!touchesVictim(operation)) {
            return status;
        }
        if (operation.kind() == OperationKind.READ && !isReadSpoiled) {
            spoil(operation);
        } else if (operation.kind() == OperationKind.WRITE) {
            damage();
        }
        return status;
    }

    private void spoil(DeviceOperation operation) {
        int at = operation.index() + (int) (victim - operation.offset());
        if (victim < operation.offset() || victim + BLOCK > operation.end()) {
            return;
        }
        if (lie == Lie.STALE_READ) {
            isReadSpoiled = true;
            operation.buffer().putBytes(at, before, 0, BLOCK);
        } else if (lie == Lie.MISDIRECTED_READ) {
            isReadSpoiled = true;
            inner().read(elsewhere(), scratch, 0, BLOCK);
            operation.buffer().putBytes(at, scratch, 0, BLOCK);
        }
    }

    private void damage() {
        switch (lie) {
            case FLIPPED_BIT -> {
                inner().read(victim, scratch, 0, BLOCK);
                scratch.putByte(777, (byte) (scratch.getByte(777) ^ 0x10));
                inner().write(victim, scratch, 0, BLOCK);
            }
            case OVERWRITTEN -> {
                scratch.setMemory(0, BLOCK, (byte) 0x42);
                inner().write(victim, scratch, 0, BLOCK);
            }
            case ZEROED -> inner().writeZeroes(victim, BLOCK);
            default -> {}
        }
    }

    private boolean touchesVictim(DeviceOperation operation) {
        return victim >= 0 && operation.offset() < victim + BLOCK && victim < operation.end();
    }
}
