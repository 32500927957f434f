package io.holdfast.raid.parity;

import java.util.List;

/** The codecs there are, and which of them is the fastest here. */
public final class ParityCodecs {
    private static final ParityCodec SCALAR = new ScalarCodec();

    private ParityCodecs() {}

    /**
     * The fastest codec on this machine.
     *
     * @return a codec that any thread may use.
     */
    public static ParityCodec fastest() {
        return SCALAR;
    }

    /** All codecs that can run here, the plain one first. */
    static List<ParityCodec> available() {
        return List.of(SCALAR);
    }
}
