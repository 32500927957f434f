package io.holdfast.fault;

import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/** Time as the scheduler of a {@link Simulation} has it: it stands still unless moved. */
public final class SimulatedClock {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final long startMs;
    private long elapsedNs;

    /**
     * A clock at its start.
     *
     * @param startMs milliseconds since the epoch that it shows at first.
     */
    public SimulatedClock(long startMs) {
        this.startMs = startMs;
    }

    /** Nanoseconds since the start. */
    public long elapsedNs() {
        return elapsedNs;
    }

    /** For code that measures time. */
    public NanoClock nanoClock() {
        return this::elapsedNs;
    }

    /** For code that records dates. */
    public EpochClock epochClock() {
        return () -> startMs + elapsedNs / NANOS_PER_MILLI;
    }

    /**
     * Let time pass.
     *
     * @param nanos to add; at least 0.
     */
    public void advanceNs(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("time does not run backwards: nanos=" + nanos);
        }
        elapsedNs += nanos;
    }
}
