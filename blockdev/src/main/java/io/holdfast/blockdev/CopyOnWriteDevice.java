package io.holdfast.blockdev;

import org.agrona.MutableDirectBuffer;

/**
 * A device that can be written without touching the one underneath: changes stay in memory, up to a limit, and are gone
 * when it closes.
 *
 * <p>It is how an array is assembled for reading only while its journal is replayed: the replay writes here, the members
 * stay as they are. Writes beyond the limit end with {@link IoStatus#NO_SPACE}; a discard is accepted and changes nothing.
 * Changes are kept in 4 KiB blocks under one lock, which is right for a replay and a copy out, and not meant for more.
 */
public final class CopyOnWriteDevice extends SynchronousDevice {
    private static final int BLOCK_LENGTH = 4096;

    private final BlockDevice underneath;
    private final long limitLength;
    private final ChangedBlocks changes;

    /**
     * Wrap a device, and own it from now on.
     *
     * @param underneath  read from, never written; closed with this one.
     * @param limitLength bytes of changes to hold at most, rounded down to 4 KiB blocks.
     */
    public CopyOnWriteDevice(BlockDevice underneath, long limitLength) {
        super(underneath.name(), underneath.geometry(), false);
        if (limitLength < 0) {
            throw new IllegalArgumentException("not a limit: limitLength=" + limitLength);
        }
        this.underneath = underneath;
        this.limitLength = limitLength;
        this.changes = new ChangedBlocks((int) Math.min(Integer.MAX_VALUE, limitLength / BLOCK_LENGTH));
    }

    /** Bytes of changes held, in whole 4 KiB blocks. */
    public long changedLength() {
        return (long) changes.blockCount() * BLOCK_LENGTH;
    }

    ChangedBlocks changes() {
        return changes;
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        return new CopyOnWriteChannel(this, underneath, loop, capacity);
    }

    @Override
    IoStatus readNow(long offset, MutableDirectBuffer buffer, int index, int length) {
        try {
            underneath.read(offset, buffer, index, length);
        } catch (DeviceException e) {
            return e.status();
        }
        changes.overlay(offset, buffer, index, length);
        return IoStatus.OK;
    }

    @Override
    IoStatus writeNow(long offset, MutableDirectBuffer buffer, int index, int length) {
        return changes.write(offset, buffer, index, length) ? IoStatus.OK : IoStatus.NO_SPACE;
    }

    @Override
    IoStatus flushNow() {
        return IoStatus.OK;
    }

    @Override
    IoStatus discardNow(long offset, long length) {
        return IoStatus.OK;
    }

    @Override
    IoStatus writeZeroesNow(long offset, long length) {
        return changes.write(offset, null, 0, length) ? IoStatus.OK : IoStatus.NO_SPACE;
    }

    @Override
    String explain(IoStatus status) {
        return status == IoStatus.NO_SPACE
                ? "the memory set aside for changes that must not reach the device is used up (limitLength="
                        + limitLength + ")"
                : super.explain(status);
    }

    @Override
    public void close() {
        underneath.close();
        changes.clear();
    }
}
