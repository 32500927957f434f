package io.holdfast.fault.checker;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoLoop;
import java.util.Objects;

/** What a checker is started with. Hand it to {@link DurabilityChecker} and do not change it afterwards. */
public final class CheckerContext {
    /** Operations in flight at once unless told otherwise. */
    public static final int DEPTH_DEFAULT = 16;

    /** Bytes of the longest transfer unless told otherwise: 256 KiB. */
    public static final int TRANSFER_LENGTH_DEFAULT = 256 << 10;

    private static final int DEPTH_LIMIT = 1024;

    private BlockDevice device;
    private IoLoop loop;
    private Ledger ledger;
    private CheckerListener listener = new CheckerListener() {};
    private Promise promise = Promise.FLUSHED;
    private long seed;
    private int depth = DEPTH_DEFAULT;
    private int transferLength = TRANSFER_LENGTH_DEFAULT;
    private long operationLimit = Long.MAX_VALUE;
    private boolean isVerifyOnly;

    /** Defaults: no device, no loop, no ledger; load until told to stop. */
    public CheckerContext() {}

    /** The device under test; stays its owner's. */
    public CheckerContext device(BlockDevice value) {
        device = value;
        return this;
    }

    /** The loop that the checker will be started on. It waits there for its ledger, so nothing else should share it. */
    public CheckerContext loop(IoLoop value) {
        loop = value;
        return this;
    }

    /** What is remembered; stays its owner's. One that was opened again is checked against first. */
    public CheckerContext ledger(Ledger value) {
        ledger = value;
        return this;
    }

    /** Told of findings and of how far it has come. */
    public CheckerContext listener(CheckerListener value) {
        listener = value;
        return this;
    }

    /** What the device is held to after an interruption; default {@link Promise#FLUSHED}. */
    public CheckerContext promise(Promise value) {
        promise = value;
        return this;
    }

    /** Of which operation comes where and when. */
    public CheckerContext seed(long value) {
        seed = value;
        return this;
    }

    /** Operations in flight at once, 1 to 1024. */
    public CheckerContext depth(int value) {
        depth = value;
        return this;
    }

    /** Bytes of the longest transfer, at least the area's block length. */
    public CheckerContext transferLength(int value) {
        transferLength = value;
        return this;
    }

    /** Operations after which the load ends; without it, only {@link DurabilityChecker#stop} ends it. */
    public CheckerContext operationLimit(long value) {
        operationLimit = value;
        return this;
    }

    /** Whether to look at what is there and write nothing. */
    public CheckerContext isVerifyOnly(boolean value) {
        isVerifyOnly = value;
        return this;
    }

    BlockDevice device() {
        return device;
    }

    IoLoop loop() {
        return loop;
    }

    Ledger ledger() {
        return ledger;
    }

    CheckerListener listener() {
        return listener;
    }

    Promise promise() {
        return promise;
    }

    long seed() {
        return seed;
    }

    int depth() {
        return depth;
    }

    int transferLength() {
        return transferLength;
    }

    long operationLimit() {
        return operationLimit;
    }

    boolean isVerifyOnly() {
        return isVerifyOnly;
    }

    CheckerContext conclude() {
        Objects.requireNonNull(device, "device");
        Objects.requireNonNull(loop, "loop");
        Objects.requireNonNull(ledger, "ledger");
        Objects.requireNonNull(listener, "listener");
        Objects.requireNonNull(promise, "promise");
        if (depth < 1 || depth > DEPTH_LIMIT) {
            throw new IllegalArgumentException("depth=" + depth + ": must be 1 to " + DEPTH_LIMIT);
        }
        CheckedArea area = ledger.area();
        if (transferLength < area.blockLength()
                || (long) transferLength * depth > Integer.MAX_VALUE / 2
                || transferLength % area.blockLength() != 0) {
            throw new IllegalArgumentException("transferLength=" + transferLength
                    + ": must be a multiple of the block length " + area.blockLength());
        }
        if (area.deviceLength() != device.geometry().length()) {
            throw new LedgerException(
                    device.name() + " has " + device.geometry().length() + " bytes, and the ledger is of a device of "
                            + area.deviceLength() + "; name the ledger that was written with this device.",
                    null);
        }
        if (area.unitLength() % device.geometry().logicalBlockLength() != 0) {
            throw new LedgerException(
                    device.name() + " moves blocks of " + device.geometry().logicalBlockLength()
                            + " bytes now, and the ledger knows blocks of " + area.unitLength()
                            + "; begin a new ledger.",
                    null);
        }
        return this;
    }
}
