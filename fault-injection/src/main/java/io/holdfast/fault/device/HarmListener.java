package io.holdfast.fault.device;

/** Told what a device did to its owner's bytes without saying so. Called with the device's monitor held. */
@FunctionalInterface
public interface HarmListener {
    /** Nobody wants to know. */
    HarmListener NONE = (kind, offset, length) -> {};

    /** What was done. */
    enum Kind {
        /** Bytes on the device are not what was last written there. */
        STORED,
        /** A read was answered with other bytes than the device holds there. */
        READ
    }

    /**
     * It happened just now.
     *
     * @param kind   of it.
     * @param offset of the first byte in doubt, from the start of the device.
     * @param length in bytes.
     */
    void onHarm(Kind kind, long offset, long length);
}
