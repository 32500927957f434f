package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.fault.device.PowerSupply.Cut;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A device in memory that does everything the {@link BlockDevice} contract allows and nothing it promises not to.
 *
 * <p>What was flushed and what was only written are kept apart. Operations on a channel take effect, and are delivered, some
 * polls after their submission and in another order; memory that a read has been promised is scribbled on until then, and
 * memory that a write was given is compared, so that a caller who looks or changes too early is found out. A flush makes
 * durable exactly the writes that had been delivered when it was submitted, no more. A discarded range reads as rubbish.
 *
 * <p>Power fails, or the process is killed, through the {@link PowerSupply}: a blocking operation then throws {@link PowerLoss},
 * a channel falls silent, and {@link #powerOn} makes the device that is found afterwards. All choices are drawn from the
 * seed: one thread that steps several devices and agents in the same order sees the same history. Completions allocate,
 * which a real device's must not. Reading what is on the device costs memory in proportion to the blocks ever written.
 */
public final class SimulatedDevice implements BlockDevice {
    private static final int BUFFER_ALIGNMENT = 512;
    private static final int LONGEST_RUBBISH = 1 << 20;

    private final String name;
    private final DeviceGeometry geometry;
    private final PowerSupply power;
    private SplittableRandom random;
    private final List<SimulatedChannel> channels = new ArrayList<>();
    private final List<CachedWrite> cachedWrites = new ArrayList<>();
    private final SparseContents durable;
    private SparseContents cached;
    private int longestDelay = 4;
    private long nextSequence;
    private long deliveredCount;
    private boolean isClosed;

    /** A write that took effect and is not durable. */
    static final class CachedWrite {
        private final UnflushedWrite write;
        private long deliveredAt = Long.MAX_VALUE;

        private CachedWrite(UnflushedWrite write) {
            this.write = write;
        }
    }

    /**
     * An empty device.
     *
     * @param name               how people know it.
     * @param length             in bytes, a multiple of {@code logicalBlockLength}.
     * @param logicalBlockLength in bytes, 512 or 4096: what is never torn.
     * @param power              that it shares with the devices that stop when it does.
     * @param seed               of its delays and its rubbish.
     */
    public SimulatedDevice(String name, long length, int logicalBlockLength, PowerSupply power, long seed) {
        this(
                name,
                new DeviceGeometry(length, logicalBlockLength, 4096, BUFFER_ALIGNMENT),
                new SparseContents(),
                List.of(),
                power,
                seed);
    }

    /**
     * A device with something on it, all durable.
     *
     * @param name     how people know it.
     * @param geometry of the device.
     * @param contents to start with; not changed.
     * @param power    that it shares with the devices that stop when it does.
     * @param seed     of its delays and its rubbish.
     */
    public SimulatedDevice(
            String name, DeviceGeometry geometry, SparseContents contents, PowerSupply power, long seed) {
        this(name, geometry, contents.fork(), List.of(), power, seed);
    }

    private SimulatedDevice(
            String name,
            DeviceGeometry geometry,
            SparseContents durable,
            List<UnflushedWrite> unflushed,
            PowerSupply power,
            long seed) {
        this.name = name;
        this.geometry = geometry;
        this.power = power;
        this.random = new SplittableRandom(seed);
        this.durable = durable;
        this.cached = durable.fork();
        for (UnflushedWrite write : unflushed) {
            delivered(takeEffect(write));
        }
    }

    /**
     * Make completions later or sooner.
     *
     * @param polls at most, between submission and taking effect, and again between that and delivery; 0 completes
     *              everything at the next poll.
     * @return this.
     */
    public SimulatedDevice longestDelay(int polls) {
        longestDelay = polls;
        return this;
    }

    /**
     * Draw delays and rubbish from another seed from now on.
     *
     * @param seed of them.
     */
    public void reseed(long seed) {
        synchronized (power) {
            random = new SplittableRandom(seed);
        }
    }

    /**
     * Let a place of the medium rot: bits of what is durable there change, noticed by nobody. Writes that are only cached
     * lie on top of it.
     *
     * @param offset in bytes, of a 512-byte block.
     * @param index  of the byte in the block.
     * @param mask   bits to flip; not 0.
     */
    public void rot(long offset, int index, byte mask) {
        synchronized (power) {
            byte[] block = new byte[SparseContents.BLOCK_LENGTH];
            durable.read(offset, new UnsafeBuffer(block), 0, block.length);
            block[index] ^= mask;
            durable.write(offset, block, 0, block.length);
            cached = durable.fork();
            for (CachedWrite entry : cachedWrites) {
                entry.write.apply(cached);
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DeviceGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public IoChannel openChannel(IoLoop loop, int capacity) {
        Checks.capacity(capacity);
        synchronized (power) {
            checkOpen();
            SimulatedChannel channel = new SimulatedChannel(this, power, loop, capacity);
            channels.add(channel);
            return channel;
        }
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length) {
        Checks.transfer(geometry, offset, buffer, index, length);
        synchronized (power) {
            checkOpen();
            power.passBoundaryOrThrow();
            cached.read(offset, buffer, index, length);
        }
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length) {
        Checks.transfer(geometry, offset, buffer, index, length);
        byte[] bytes = new byte[length];
        buffer.getBytes(index, bytes);
        change(offset, length, bytes);
    }

    @Override
    public void writeZeroes(long offset, long length) {
        geometry.checkRange(offset, length);
        change(offset, length, null);
    }

    @Override
    public void flush() {
        synchronized (power) {
            checkOpen();
            power.passBoundaryOrThrow();
            flushDelivered(deliveredCount);
            power.passBoundaryOrThrow();
        }
    }

    @Override
    public void close() {
        isClosed = true;
    }

    /** The device as it is, with all that a crash now could leave of it. */
    public DeviceImage image() {
        synchronized (power) {
            List<UnflushedWrite> effective = new ArrayList<>();
            for (CachedWrite write : cachedWrites) {
                effective.add(write.write);
            }
            List<UnflushedWrite> inFlight = new ArrayList<>();
            for (SimulatedChannel channel : channels) {
                channel.addInFlightWrites(inFlight);
            }
            return new DeviceImage(
                    name, geometry.logicalBlockLength(), durable.fork(), cached.fork(), effective, inFlight);
        }
    }

    /** The bytes that a read would see now, to be looked at or damaged without being noticed: a copy. */
    public SparseContents contents() {
        synchronized (power) {
            return cached.fork();
        }
    }

    /**
     * The device as it is found after its supply was cut. This one stays dead.
     *
     * @param nextPower that it is plugged into.
     * @param survival  decides what is left of writes that were not flushed.
     * @param seed      of its delays and its rubbish.
     * @return the surviving device.
     * @throws IllegalStateException when the power is still on.
     */
    public SimulatedDevice powerOn(PowerSupply nextPower, Survival survival, long seed) {
        Cut how = power.cut();
        if (how == null) {
            throw new IllegalStateException("the power is still on: device=" + name);
        }
        DeviceImage image = image();
        SimulatedDevice next;
        if (how == Cut.POWER) {
            next = new SimulatedDevice(name, geometry, image.after(how, survival), List.of(), nextPower, seed);
        } else {
            next = new SimulatedDevice(
                    name, geometry, image.durable(), image.cachedAfterKill(survival), nextPower, seed);
        }
        return next.longestDelay(longestDelay);
    }

    @Override
    public String toString() {
        return "SimulatedDevice{name=" + name + " geometry=" + geometry + "}";
    }

    int drawDelay() {
        return random.nextInt(longestDelay + 1);
    }

    SplittableRandom random() {
        return random;
    }

    /** Writes delivered so far: a flush covers what was delivered before it was submitted. */
    long deliveredCount() {
        return deliveredCount;
    }

    UnflushedWrite newWrite(long offset, long length, byte[] bytes) {
        return new UnflushedWrite(nextSequence++, offset, length, bytes);
    }

    /** What a discarded range holds afterwards: whatever happened to lie there; zeroes (null) where the range is long. */
    byte[] rubbish(long length) {
        if (length > LONGEST_RUBBISH) {
            return null;
        }
        byte[] bytes = new byte[Math.toIntExact(length)];
        long word = random.nextLong();
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (word >>> ((i & 7) * 8));
        }
        return bytes;
    }

    CachedWrite takeEffect(UnflushedWrite write) {
        write.apply(cached);
        CachedWrite entry = new CachedWrite(write);
        cachedWrites.add(entry);
        return entry;
    }

    void delivered(CachedWrite entry) {
        entry.deliveredAt = deliveredCount++;
    }

    void readCached(long offset, MutableDirectBuffer buffer, int index, int length) {
        cached.read(offset, buffer, index, length);
    }

    /** Make durable what had been delivered when {@link #deliveredCount()} was {@code mark}. */
    void flushDelivered(long mark) {
        // A write that is not covered goes along when a covered one that took effect later lies on top of it: left
        // behind, it
        // could surface again over bytes that were flushed.
        boolean[] persists = new boolean[cachedWrites.size()];
        for (int i = persists.length - 1; i >= 0; i--) {
            CachedWrite entry = cachedWrites.get(i);
            persists[i] = entry.deliveredAt < mark;
            for (int j = i + 1; j < persists.length && !persists[i]; j++) {
                persists[i] = persists[j] && entry.write.overlaps(cachedWrites.get(j).write);
            }
        }
        int index = 0;
        for (Iterator<CachedWrite> it = cachedWrites.iterator(); it.hasNext(); index++) {
            UnflushedWrite write = it.next().write;
            if (persists[index]) {
                write.apply(durable);
                it.remove();
            }
        }
    }

    void forget(SimulatedChannel channel) {
        channels.remove(channel);
    }

    private void change(long offset, long length, byte[] bytes) {
        synchronized (power) {
            checkOpen();
            UnflushedWrite write = newWrite(offset, length, bytes);
            power.passBoundaryOrThrow();
            CachedWrite entry = takeEffect(write);
            power.passBoundaryOrThrow();
            delivered(entry);
        }
    }

    private void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("device is closed: name=" + name);
        }
    }
}
