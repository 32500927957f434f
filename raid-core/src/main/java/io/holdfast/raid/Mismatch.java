package io.holdfast.raid;

import java.util.List;

/**
 * A place where parity and data did not fit.
 *
 * @param memberOffset in bytes from the start of every member's data.
 * @param length       in bytes, a multiple of 512.
 * @param culprit      what was found wrong.
 * @param slot         whose bytes were wrong; -1 when nobody can tell.
 * @param deviceName   of the member that served the slot; empty when nobody can tell.
 * @param remedy       what was done.
 * @param arrayRanges  what of the array is concerned: the wrong data; nothing where it was parity; where nobody can tell, each
 *                     stretch that the stripe holds there, of which one or several may be wrong.
 */
public record Mismatch(
        long memberOffset,
        long length,
        Culprit culprit,
        int slot,
        String deviceName,
        Remedy remedy,
        List<ArrayRange> arrayRanges) {
    /** What was found wrong. */
    public enum Culprit {
        /** One block of data; P and Q agree on what it should be. */
        DATA,
        /** P; Q fits the data. */
        P,
        /** Q; P fits the data. */
        Q,
        /** No single member explains it, or there is not enough redundancy to tell. */
        UNKNOWN
    }

    /** What was done about it. */
    public enum Remedy {
        /** Nothing. */
        LEFT,
        /** The bytes that were wrong, and no others, were computed from all others and rewritten. */
        CORRECTED,
        /** Data was believed, and parity made again from it. */
        PARITY_REWRITTEN
    }

    /** Keep the list from changing. */
    public Mismatch {
        arrayRanges = List.copyOf(arrayRanges);
    }
}
