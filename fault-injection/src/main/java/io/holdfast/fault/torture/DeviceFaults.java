package io.holdfast.fault.torture;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.SimulatedClock;
import io.holdfast.fault.device.HarmListener;
import io.holdfast.fault.device.LostWriteDevice;
import io.holdfast.fault.device.LyingFlushDevice;
import io.holdfast.fault.device.MisdirectedDevice;
import io.holdfast.fault.device.PluggedDevice;
import io.holdfast.fault.device.ReadErrorDevice;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.fault.device.SlowDevice;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.fault.device.StaleReadDevice;
import io.holdfast.fault.device.ThinDevice;
import io.holdfast.fault.device.VanishingDevice;
import io.holdfast.fault.device.WriteErrorDevice;

/**
 * One device, wrapped in everything that can be wrong with it, all of it switched off at first. What is switched on stays on
 * through power cuts.
 */
final class DeviceFaults {
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** Told of harm, and on whose slot. */
    interface SlotHarmListener {
        /** As {@link HarmListener#onHarm}, with the slot. */
        void onHarm(int slot, HarmListener.Kind kind, long offset, long length);
    }

    private final PluggedDevice place;
    private final SlowDevice slow;
    private final MisdirectedDevice misdirected;
    private final StaleReadDevice stale;
    private final LostWriteDevice lost;
    private final LyingFlushDevice lying;
    private final ThinDevice thin;
    private final WriteErrorDevice writeErrors;
    private final ReadErrorDevice readErrors;
    private final VanishingDevice vanishing;
    private int slot;
    private boolean isGone;

    DeviceFaults(SimulatedDevice device, SimulatedClock clock, int slot, SlotHarmListener slotListener, long seed) {
        this.slot = slot;
        HarmListener listener = (kind, offset, length) -> slotListener.onHarm(this.slot, kind, offset, length);
        place = new PluggedDevice(device);
        slow = new SlowDevice(place, clock.nanoClock(), clock::advanceNs);
        misdirected = new MisdirectedDevice(slow, listener);
        stale = new StaleReadDevice(misdirected, () -> place.plugged().contents(), listener);
        lost = new LostWriteDevice(stale, listener);
        lying = new LyingFlushDevice(lost);
        thin = new ThinDevice(lying);
        writeErrors = new WriteErrorDevice(thin, seed);
        readErrors = new ReadErrorDevice(writeErrors);
        vanishing = new VanishingDevice(readErrors);
    }

    /** The device as an array is to see it. */
    BlockDevice device() {
        return vanishing;
    }

    /** The slot that the device serves from now on. */
    void slot(int value) {
        slot = value;
    }

    String name() {
        return place.name();
    }

    /** The device that survived a cut. */
    void plug(SimulatedDevice device) {
        place.plug(device);
    }

    /** The device inside. */
    SimulatedDevice simulated() {
        return place.plugged();
    }

    /** What the device holds, seen behind everybody's back. */
    SparseContents contents() {
        return place.plugged().contents();
    }

    void reseed(long seed) {
        place.plugged().reseed(seed);
    }

    /** Whether the device cannot be reached, so that an array has to start without it. */
    boolean isGone() {
        return isGone;
    }

    /** Whether an operation is under way that only passing time brings to its end. */
    boolean isHolding() {
        return slow.isHolding();
    }

    /** Whether flushes were answered and not done, and nothing has made up for it. */
    boolean owesFlush() {
        return lying.owesFlush();
    }

    void forgiveLies() {
        lying.forgive();
    }

    /** Whether anything is still switched on, or left behind, that an array could meet. */
    boolean isArmed() {
        return isGone
                || slow.isArmed()
                || misdirected.isArmed()
                || stale.isArmed()
                || lost.isArmed()
                || lying.isLying()
                || thin.isArmed()
                || writeErrors.isArmed()
                || !readErrors.isHealed();
    }

    /** Switch everything off; what cannot be read stays so until it is written. */
    void heal() {
        slow.comeBack();
        misdirected.disarm();
        stale.disarm();
        lost.loseNextWrites(0, 0);
        lying.lies(false);
        thin.leave(Long.MAX_VALUE);
        writeErrors.disarm();
        vanishing.comeBack();
        isGone = false;
    }

    /** Be gone. */
    void vanish() {
        vanishing.vanish();
        isGone = true;
    }

    /** Switch on what a step asks for. */
    void inject(Step step) {
        switch (step.fault()) {
            case EIO -> readErrors.failReads(step.offset(), step.length());
            case WRITE_ERROR -> {
                writeErrors.error(IoStatus.MEDIA_ERROR);
                writeErrors.failNextWrites(step.amount(), 1);
            }
            case FLUSH_ERROR -> writeErrors.failsFlushes(true);
            case ENOSPC -> thin.leave(step.amount());
            case SLOW -> slow.slow(step.length() * NANOS_PER_MILLI, step.amount());
            case STUCK -> slow.stick(step.amount() * NANOS_PER_MILLI);
            case VANISH -> vanish();
            case BITROT -> {
                int inBlock = (int) (step.offset() % SparseContents.BLOCK_LENGTH);
                byte mask = (byte) (1 << (step.seed() & 7));
                place.plugged().rot(step.offset() - inBlock, inBlock, mask);
            }
            case LOST -> lost.loseNextWrites(step.amount(), 1);
            case LYING_FLUSH -> lying.lies(true);
            case MISDIRECTED -> misdirected.misdirectWrite(step.amount(), step.offset());
            case MISREAD -> misdirected.misdirectRead(step.amount(), step.offset());
            case STALE -> stale.rememberForReads(step.amount(), 1);
            case POWER, KILL, TORN, TORN4K, REORDER ->
                throw new IllegalArgumentException("not done to a device: " + step);
        }
    }
}
