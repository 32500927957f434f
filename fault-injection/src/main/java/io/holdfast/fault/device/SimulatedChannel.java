package io.holdfast.fault.device;

import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.device.SimulatedDevice.CachedWrite;
import java.util.ArrayList;
import java.util.List;
import org.agrona.MutableDirectBuffer;

/**
 * One caller's way to a {@link SimulatedDevice}: every operation draws how many polls pass before it takes effect and how
 * many more before it is delivered.
 *
 * <p>State is guarded by the power supply, which all its devices share; the handler is called outside.
 */
final class SimulatedChannel implements IoChannel {
    private final SimulatedDevice device;
    private final PowerSupply power;
    private final IoLoop loop;
    private final int capacity;
    private final List<Operation> operations = new ArrayList<>();
    private final List<Operation> due = new ArrayList<>();
    private long pollCount;
    private boolean isClosed;

    private static final class Operation {
        private OperationKind kind;
        private long offset;
        private long length;
        private MutableDirectBuffer buffer;
        private int index;
        private long token;
        private UnflushedWrite write;
        private CachedWrite entry;
        private long flushMark;
        private long effectPoll;
        private long deliveryPoll;
        private boolean hasTakenEffect;
    }

    SimulatedChannel(SimulatedDevice device, PowerSupply power, IoLoop loop, int capacity) {
        this.device = device;
        this.power = power;
        this.loop = loop;
        this.capacity = capacity;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public int outstanding() {
        synchronized (power) {
            return operations.size() + due.size();
        }
    }

    @Override
    public void read(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        Checks.transfer(device.geometry(), offset, buffer, index, length);
        submit(OperationKind.READ, offset, length, buffer, index, token);
    }

    @Override
    public void write(long offset, MutableDirectBuffer buffer, int index, int length, long token) {
        Checks.transfer(device.geometry(), offset, buffer, index, length);
        submit(OperationKind.WRITE, offset, length, buffer, index, token);
    }

    @Override
    public void flush(long token) {
        submit(OperationKind.FLUSH, 0, 0, null, 0, token);
    }

    @Override
    public void discard(long offset, long length, long token) {
        device.geometry().checkRange(offset, length);
        submit(OperationKind.DISCARD, offset, length, null, 0, token);
    }

    @Override
    public void writeZeroes(long offset, long length, long token) {
        device.geometry().checkRange(offset, length);
        submit(OperationKind.WRITE_ZEROES, offset, length, null, 0, token);
    }

    @Override
    public int poll(IoCompletionHandler handler) {
        synchronized (power) {
            if (isClosed || !power.isOn()) {
                return 0;
            }
            pollCount++;
            takeEffects();
            collectDue();
            if (!operations.isEmpty()) {
                // What is still under way needs more polls, and on a real loop nothing else would ask for them.
                loop.wake();
            }
        }
        int delivered = 0;
        for (Operation operation = nextDue(); operation != null; operation = nextDue()) {
            delivered++;
            handler.onCompletion(operation.token, IoStatus.OK);
        }
        return delivered;
    }

    @Override
    public void close() {
        synchronized (power) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            if (!power.isOn()) {
                // Nothing ends any more; what was in flight stays in doubt, and the device remembers it.
                return;
            }
            operations.addAll(due);
            due.clear();
            for (Operation operation : operations) {
                if (!operation.hasTakenEffect) {
                    takeEffect(operation);
                }
                if (operation.entry != null) {
                    device.delivered(operation.entry);
                }
            }
            power.addInFlight(-operations.size());
            operations.clear();
            device.forget(this);
        }
    }

    void addInFlightWrites(List<UnflushedWrite> writes) {
        for (Operation operation : operations) {
            if (operation.write != null && !operation.hasTakenEffect) {
                writes.add(operation.write);
            }
        }
    }

    private void submit(
            OperationKind kind, long offset, long length, MutableDirectBuffer buffer, int index, long token) {
        synchronized (power) {
            if (isClosed) {
                throw new IllegalStateException("channel is closed: device=" + device.name());
            }
            if (operations.size() + due.size() >= capacity) {
                throw new IllegalStateException("channel is full: device=" + device.name() + " capacity=" + capacity);
            }
            if (!power.isOn()) {
                return;
            }
            Operation operation = new Operation();
            operation.kind = kind;
            operation.offset = offset;
            operation.length = length;
            operation.buffer = buffer;
            operation.index = index;
            operation.token = token;
            operation.flushMark = device.deliveredCount();
            operation.effectPoll = pollCount + 1 + device.drawDelay();
            operation.deliveryPoll = operation.effectPoll + device.drawDelay();
            switch (kind) {
                case READ -> buffer.setMemory(index, (int) length, (byte) (0xA5 ^ token));
                case WRITE -> {
                    byte[] bytes = new byte[(int) length];
                    buffer.getBytes(index, bytes);
                    operation.write = device.newWrite(offset, length, bytes);
                }
                case WRITE_ZEROES -> operation.write = device.newWrite(offset, length, null);
                case DISCARD -> operation.write = device.newWrite(offset, length, device.rubbish(length));
                case FLUSH -> {}
            }
            operations.add(operation);
            power.addInFlight(1);
            power.passBoundary();
            loop.wake();
        }
    }

    private void takeEffects() {
        int count = operations.size();
        int first = count == 0 ? 0 : device.random().nextInt(count);
        for (int i = 0; i < count; i++) {
            Operation operation = operations.get((first + i) % count);
            if (!operation.hasTakenEffect && operation.effectPoll <= pollCount) {
                if (!power.passBoundary()) {
                    return;
                }
                takeEffect(operation);
            }
        }
    }

    private void takeEffect(Operation operation) {
        operation.hasTakenEffect = true;
        switch (operation.kind) {
            case READ -> device.readCached(operation.offset, operation.buffer, operation.index, (int) operation.length);
            case FLUSH -> device.flushDelivered(operation.flushMark);
            case WRITE, WRITE_ZEROES, DISCARD -> {
                if (operation.kind == OperationKind.WRITE
                        && !operation.write.matches(operation.buffer, operation.index)) {
                    throw new IllegalStateException("memory changed while a write was in flight: device="
                            + device.name() + " write=" + operation.write + " token=" + operation.token);
                }
                operation.entry = device.takeEffect(operation.write);
            }
        }
    }

    private void collectDue() {
        for (int i = operations.size() - 1; i >= 0; i--) {
            Operation operation = operations.get(i);
            if (operation.hasTakenEffect && operation.deliveryPoll <= pollCount) {
                operations.remove(i);
                due.add(operation);
            }
        }
        for (int i = due.size() - 1; i > 0; i--) {
            int other = device.random().nextInt(i + 1);
            Operation swapped = due.get(i);
            due.set(i, due.get(other));
            due.set(other, swapped);
        }
    }

    /** The next operation whose time has come, from now on known to have ended; null when there is none or no power. */
    private Operation nextDue() {
        synchronized (power) {
            if (due.isEmpty() || !power.passBoundary()) {
                return null;
            }
            Operation operation = due.remove(due.size() - 1);
            power.addInFlight(-1);
            if (operation.entry != null) {
                device.delivered(operation.entry);
            }
            return operation;
        }
    }
}
