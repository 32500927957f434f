package io.holdfast.fault.device;

/**
 * Thrown out of a blocking operation on a simulated device when power fails or the process is killed: the caller's thread
 * ends here.
 *
 * <p>An {@link Error}, because nothing that ran in the process survives to handle it: code that catches exceptions and goes on
 * would be a program that runs without power.
 */
public final class PowerLoss extends Error {
    private static final long serialVersionUID = 1L;

    PowerLoss(long boundary) {
        super("the power is off: boundary=" + boundary, null, false, false);
    }
}
