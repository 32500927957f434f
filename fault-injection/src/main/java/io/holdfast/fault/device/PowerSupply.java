package io.holdfast.fault.device;

/**
 * What feeds a set of simulated devices, and the process that uses them: one cut stops them all between two steps of any of
 * them.
 *
 * <p>Every point at which a device's state or a caller's knowledge of it can change is a <em>boundary</em>: before and after a
 * blocking operation takes effect, and at the submission, the taking effect and the delivery of an operation on a channel.
 * Boundaries are counted from 0 across all devices, so that a run repeated from the same seed can be cut at each of them in
 * turn. A supply that has been cut stays off: devices come back on a new one, by {@link SimulatedDevice#powerOn}, and what
 * still holds the old ones can do no harm. May be used from any thread.
 */
public final class PowerSupply {
    /** How everything stops. */
    public enum Cut {
        /** The power fails: of what was not flushed, devices keep what they like. */
        POWER,
        /** The process is killed: devices keep all that took effect, and of what was in flight what they like. */
        PROCESS
    }

    private long boundary;
    private long cutBoundary = Long.MAX_VALUE;
    private Cut plannedCut = Cut.POWER;
    private Cut cut;
    private int inFlightCount;
    private Runnable observer;

    /** A supply that is on and stays on until told otherwise. */
    public PowerSupply() {}

    /** Whether devices work. */
    public synchronized boolean isOn() {
        return cut == null;
    }

    /** How things stopped; null while they have not. */
    public synchronized Cut cut() {
        return cut;
    }

    /** Boundaries passed so far. */
    public synchronized long boundaryCount() {
        return boundary;
    }

    /** Operations submitted to channels and not yet delivered, over all devices. */
    public synchronized int inFlightCount() {
        return inFlightCount;
    }

    /**
     * Stop everything now.
     *
     * @param how it stops; ignored when it has stopped already.
     */
    public synchronized void cutNow(Cut how) {
        if (cut == null) {
            cut = how;
        }
    }

    /**
     * Stop everything when a boundary is reached.
     *
     * @param how        it stops.
     * @param boundaries to be passed first, counted from now; 0 stops at the next one.
     */
    public synchronized void cutAfter(Cut how, long boundaries) {
        plannedCut = how;
        cutBoundary = boundary + boundaries;
    }

    /** Take back {@link #cutAfter}. */
    public synchronized void cancelCut() {
        cutBoundary = Long.MAX_VALUE;
    }

    /**
     * Have somebody look at every boundary before it is passed: what {@link SimulatedDevice#image} shows then is what a cut
     * there would leave.
     *
     * @param newObserver called with the supply's monitor held, so it must not use any device but to look at it; null for
     *                    nobody.
     */
    public synchronized void observer(Runnable newObserver) {
        observer = newObserver;
    }

    /** Pass a boundary. Returns false when the power is off, perhaps as of now. The caller holds the monitor. */
    boolean passBoundary() {
        if (cut != null) {
            return false;
        }
        if (boundary >= cutBoundary) {
            cut = plannedCut;
            return false;
        }
        if (observer != null) {
            observer.run();
        }
        boundary++;
        return true;
    }

    /** Pass a boundary inside a blocking operation. The caller holds the monitor. */
    void passBoundaryOrThrow() {
        if (!passBoundary()) {
            throw new PowerLoss(boundary);
        }
    }

    void addInFlight(int delta) {
        inFlightCount += delta;
    }
}
