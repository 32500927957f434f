package io.holdfast.fault;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.device.DeviceFilter;
import io.holdfast.fault.device.DeviceOperation;
import io.holdfast.fault.device.OperationKind;
import java.util.function.Predicate;

/** A device of which one operation of some kind fails, the n-th, or all from there on; with or without having been done. */
final class NthFaultDevice extends DeviceFilter {
    /** Everything that changes what is on the device. */
    static final Predicate<OperationKind> WRITES = OperationKind::changesData;

    /** Reads only. */
    static final Predicate<OperationKind> READS = kind -> kind == OperationKind.READ;

    /** Flushes only. */
    static final Predicate<OperationKind> FLUSHES = kind -> kind == OperationKind.FLUSH;

    private final Predicate<OperationKind> kinds;
    private final long failing;
    private final boolean isForGood;
    private final boolean isDone;
    private final IoStatus error;
    private long count;
    private long errorCount;

    /**
     * Wrap a device.
     *
     * @param inner     to pass operations on to.
     * @param kinds     of operations that are counted.
     * @param failing   the index of the first that fails, from 0.
     * @param isForGood whether all later ones fail too.
     * @param isDone    whether what fails has been done all the same.
     * @param error     how it ends.
     */
    NthFaultDevice(
            BlockDevice inner,
            Predicate<OperationKind> kinds,
            long failing,
            boolean isForGood,
            boolean isDone,
            IoStatus error) {
        super(inner);
        this.kinds = kinds;
        this.failing = failing;
        this.isForGood = isForGood;
        this.isDone = isDone;
        this.error = error;
    }

    long errorCount() {
        return errorCount;
    }

    @Override
    protected IoStatus before(DeviceOperation operation) {
        return isDone ? IoStatus.OK : decide(operation, IoStatus.OK);
    }

    @Override
    protected IoStatus after(DeviceOperation operation, IoStatus status) {
        return isDone ? decide(operation, status) : status;
    }

    private IoStatus decide(DeviceOperation operation, IoStatus otherwise) {
        if (!kinds.test(operation.kind())) {
            return otherwise;
        }
        long index = count++;
        if (index == failing || (isForGood && index > failing)) {
            errorCount++;
            return error;
        }
        return otherwise;
    }
}
