package io.holdfast.fault.device;

import io.holdfast.fault.device.PowerSupply.Cut;
import java.util.ArrayList;
import java.util.List;

/**
 * A simulated device at one moment, and with it every state that a crash at that moment could leave. Immutable and cheap:
 * blocks are shared with the device it was taken from.
 */
public final class DeviceImage {
    private final String name;
    private final int blockLength;
    private final SparseContents durable;
    private final SparseContents cached;
    private final List<UnflushedWrite> effective;
    private final List<UnflushedWrite> inFlight;

    DeviceImage(
            String name,
            int blockLength,
            SparseContents durable,
            SparseContents cached,
            List<UnflushedWrite> effective,
            List<UnflushedWrite> inFlight) {
        this.name = name;
        this.blockLength = blockLength;
        this.durable = durable;
        this.cached = cached;
        this.effective = List.copyOf(effective);
        this.inFlight = List.copyOf(inFlight);
    }

    /** Every write that power loss may undo, in the order in which they took effect, those in flight last. */
    public List<UnflushedWrite> unflushedWrites() {
        List<UnflushedWrite> all = new ArrayList<>(effective);
        all.addAll(inFlight);
        return all;
    }

    /**
     * What is on the device afterwards, if things stopped now.
     *
     * @param how      they stopped.
     * @param survival decides what is left of the writes in doubt.
     * @return contents of the caller's own.
     */
    public SparseContents after(Cut how, Survival survival) {
        SparseContents contents;
        List<UnflushedWrite> inDoubt;
        if (how == Cut.POWER) {
            contents = durable.fork();
            inDoubt = unflushedWrites();
        } else {
            contents = cached.fork();
            inDoubt = inFlight;
        }
        settle(contents, inDoubt, survival, null);
        return contents;
    }

    /** What the device's cache still holds after its process was killed: all that took effect, and parts of the rest. */
    List<UnflushedWrite> cachedAfterKill(Survival survival) {
        List<UnflushedWrite> left = new ArrayList<>(effective);
        settle(cached.fork(), inFlight, survival, left);
        return left;
    }

    SparseContents durable() {
        return durable.fork();
    }

    private void settle(
            SparseContents contents, List<UnflushedWrite> inDoubt, Survival survival, List<UnflushedWrite> parts) {
        Survival.Choice choice = survival.choose(name, inDoubt, blockLength);
        for (int i = 0; i < inDoubt.size(); i++) {
            UnflushedWrite write = inDoubt.get(i);
            int blockCount = Math.toIntExact(write.length() / blockLength);
            for (int first = 0; first < blockCount; ) {
                if (!choice.survives(i, first)) {
                    first++;
                    continue;
                }
                int end = first + 1;
                while (end < blockCount && choice.survives(i, end)) {
                    end++;
                }
                UnflushedWrite part = write.part((long) first * blockLength, (long) (end - first) * blockLength);
                part.apply(contents);
                if (parts != null) {
                    parts.add(part);
                }
                first = end;
            }
        }
    }
}
