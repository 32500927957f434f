package io.holdfast.fault;

/** Agents run in a circle, or none of them has anything to do, and what was waited for did not happen. */
public final class SimulationStuckException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SimulationStuckException(String message) {
        super(message);
    }
}
