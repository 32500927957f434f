package io.holdfast.journal;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.NanoClock;

/**
 * A log that lies on several devices at once, as one device that holds nothing else. Every copy is a log by itself.
 *
 * <p>A write or flush has succeeded when every copy has it that has not failed. A copy that fails is left alone from then on,
 * and what it failed at is <em>not reported as done before {@link #failureRecorded}</em>: until the members' superblocks call
 * the copy failed, it could be the only one to be found after a crash, and would be believed.
 *
 * <p>Reads go to the first copy that has not failed, and to the next when it cannot read. That a copy holds what it should is
 * for {@link MirrorRepair} to see to.
 *
 * <p>Thread-safe, as devices are; copies are added by one thread.
 */
public final class LogMirror implements BlockDevice {
    /** The most copies there can be. */
    public static final int MAX_COPIES = 4;

    /** Told of a copy that has failed: on the thread that found out, which must not be kept waiting. */
    @FunctionalInterface
    public interface FailureListener {
        /**
         * A copy failed.
         *
         * @param copy   its index.
         * @param status of the operation that told.
         */
        void onCopyFailed(int copy, IoStatus status);
    }

    /**
     * One copy.
     *
     * @param device that holds it.
     * @param offset of the log on the device, in bytes.
     */
    public record Copy(BlockDevice device, long offset) {}

    private final List<Copy> copies = new CopyOnWriteArrayList<>();
    private final DeviceGeometry geometry;
    private final NanoClock clock;
    private final long timeLimitNs;
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger recorded = new AtomicInteger();
    private volatile FailureListener listener;

    /**
     * A mirror.
     *
     * @param copies      one at least.
     * @param length      of the log, in bytes; a multiple of 4096.
     * @param clock       of the limit that follows.
     * @param timeLimitNs how long a copy may take to answer before it has failed.
     */
    public LogMirror(List<Copy> copies, long length, NanoClock clock, long timeLimitNs) {
        this.clock = clock;
        this.timeLimitNs = timeLimitNs;
        int logical = DeviceGeometry.SECTOR_LENGTH;
        int physical = DeviceGeometry.SECTOR_LENGTH;
        int alignment = 1;
        for (Copy copy : copies) {
            DeviceGeometry each = copy.device().geometry();
            logical = Math.max(logical, each.logicalBlockLength());
            physical = Math.max(physical, each.physicalBlockLength());
            alignment = Math.max(alignment, each.bufferAlignment());
        }
        // Whatever copies may come later: logs are written in blocks of 4096 bytes anyway.
        geometry = new DeviceGeometry(
                length, logical, Math.max(logical, physical), Math.max(alignment, MetaBlockDescriptor.LENGTH));
        copies.forEach(this::add);
    }

    /**
     * Another copy. It holds all that a replay would read, as far as the caller knows; everything that is written from now on
     * is written to it as well.
     *
     * @param copy with room for the log.
     * @return its index.
     */
    public int add(Copy copy) {
        if (copies.size() == MAX_COPIES) {
            throw new IllegalStateException("too many copies of a log: " + name());
        }
        if (copy.offset() + geometry.length() > copy.device().geometry().length()) {
            throw new IllegalArgumentException(copy.device().name() + ": no room for a copy of the log: offset="
                    + copy.offset() + " length=" + geometry.length());
        }
        copies.add(copy);
        return copies.size() - 1;
    }

    /** All copies, failed ones included, by index. */
    public List<Copy> copies() {
        return copies;
    }

    /** Whether a copy has failed. */
    public boolean isFailed(int copy) {
        return (failed.get() & 1 << copy) != 0;
    }

    /** Copies that have not failed. */
    public int aliveCount() {
        return copies.size() - Integer.bitCount(failed.get());
    }

    /** Who is told when a copy fails; before that, {@link #isFailed} tells. */
    public void listener(FailureListener value) {
        listener = value;
    }

    /**
     * Use a copy no more, because something else failed on its device, or it is wanted no more.
     *
     * @param copy   its index.
     * @param status why.
     */
    public void fail(int copy, IoStatus status) {
        int bit = 1 << copy;
        if ((failed.getAndUpdate(bits -> bits | bit) & bit) == 0) {
            FailureListener told = listener;
            if (told == null) {
                // Nothing has been answered yet; whoever starts the array records it before anything is.
                failureRecorded(copy);
            } else {
                told.onCopyFailed(copy, status);
            }
        }
    }

    /**
     * The superblocks that every start would believe call the copy failed, durably.
     *
     * @param copy its index.
     */
    public void failureRecorded(int copy) {
        recorded.getAndUpdate(bits -> bits | 1 << copy);
    }

    /** Whether some copy has failed and nobody would know after a crash. */
    boolean isFailureUnrecorded() {
        return (failed.get() & ~recorded.get()) != 0;
    }

    /** The first copy that has not failed, from an index on; -1 when there is none. */
    int firstAlive(int from) {
        for (int copy = from; copy < copies.size(); copy++) {
            if (!isFailed(copy)) {
                return copy;
            }
        }
        return -1;
    }

    NanoClock clock() {
        return clock;
    }

    long timeLimitNs() {
        return timeLimitNs;
    }

    @Override
    public String name() {
        return String.join(
                "+", copies.stream().map(copy -> copy.device().name()).toList());
    }

    @Override
    public DeviceGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean isReadOnly() {
        return copies.stream().anyMatch(copy -> copy.device().isReadOnly());
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        return new MirrorChannel(this, loop, capacity);
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        geometry.checkRange(offset, length);
        DeviceException last = null;
        for (int copy = firstAlive(0); copy >= 0; copy = firstAlive(copy + 1)) {
            Copy from = copies.get(copy);
            try {
                from.device().read(from.offset() + offset, buffer, index, length);
                return;
            } catch (DeviceException e) {
                last = e;
            }
        }
        throw last == null ? noneLeft() : last;
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        geometry.checkRange(offset, length);
        onEach(copy -> copy.device().write(copy.offset() + offset, buffer, index, length));
    }

    @Override
    public void flush() {
        onEach(copy -> copy.device().flush());
    }

    @Override
    public void writeZeroes(long offset, long length) {
        geometry.checkRange(offset, length);
        onEach(copy -> copy.device().writeZeroes(copy.offset() + offset, length));
    }

    private void onEach(Consumer<Copy> operation) {
        DeviceException last = null;
        for (int copy = firstAlive(0); copy >= 0; copy = firstAlive(copy + 1)) {
            try {
                operation.accept(copies.get(copy));
            } catch (DeviceException e) {
                last = e;
                fail(copy, e.status());
            }
        }
        if (aliveCount() == 0) {
            throw last == null ? noneLeft() : last;
        }
    }

    private DeviceException noneLeft() {
        return new DeviceException(name(), IoStatus.GONE, name() + ": no copy of the log is left");
    }

    /** The copies' devices are not closed: they are their owner's. */
    @Override
    public void close() {
        // Nothing of its own.
    }
}
