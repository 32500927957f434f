package io.holdfast.fault.device;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;

/**
 * A device whose head is now and then in the wrong place: a write lands somewhere else, over something else, or a read brings
 * what lies somewhere else. Either is answered as done.
 */
public final class MisdirectedDevice extends DeviceFilter {
    private final HarmListener listener;
    private long writePassingCount;
    private long writeShift;
    private long readPassingCount;
    private long readShift;
    private long misdirectedCount;

    /**
     * Wrap a device, all in its place at first.
     *
     * @param inner    to pass operations on to.
     * @param listener told of both victims of a write, and of each read that brought the wrong bytes.
     */
    public MisdirectedDevice(BlockDevice inner, HarmListener listener) {
        super(inner);
        this.listener = listener;
    }

    /**
     * Let one write land elsewhere.
     *
     * @param afterCount writes that still land where they should.
     * @param shift      in bytes, a multiple of the logical block; a place beyond the end counts on from the start.
     */
    public synchronized void misdirectWrite(long afterCount, long shift) {
        writePassingCount = afterCount;
        writeShift = shift;
    }

    /**
     * Let one read come from elsewhere.
     *
     * @param afterCount reads that still bring what they should.
     * @param shift      in bytes, a multiple of the logical block; a place beyond the end counts on from the start.
     */
    public synchronized void misdirectRead(long afterCount, long shift) {
        readPassingCount = afterCount;
        readShift = shift;
    }

    /** Whether an operation is still to be misdirected. */
    public synchronized boolean isArmed() {
        return writeShift != 0 || readShift != 0;
    }

    /** All in its place again. */
    public synchronized void disarm() {
        writeShift = 0;
        readShift = 0;
    }

    /** Operations that were misdirected. */
    public synchronized long misdirectedCount() {
        return misdirectedCount;
    }

    @Override
    protected IoStatus before(DeviceOperation operation) {
        if (operation.kind() == OperationKind.WRITE && writeShift != 0 && writePassingCount-- <= 0) {
            long shift = writeShift;
            writeShift = 0;
            listener.onHarm(HarmListener.Kind.STORED, operation.offset(), operation.length());
            shift(operation, shift);
            listener.onHarm(HarmListener.Kind.STORED, operation.offset(), operation.length());
        } else if (operation.kind() == OperationKind.READ && readShift != 0 && readPassingCount-- <= 0) {
            long shift = readShift;
            readShift = 0;
            listener.onHarm(HarmListener.Kind.READ, operation.offset(), operation.length());
            shift(operation, shift);
        }
        return IoStatus.OK;
    }

    private void shift(DeviceOperation operation, long shift) {
        misdirectedCount++;
        long places = geometry().length() - operation.length() + geometry().logicalBlockLength();
        operation.redirect(Math.floorMod(operation.offset() + shift, places));
    }
}
