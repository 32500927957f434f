package io.holdfast.journal;

/** Told what a log contains, block by block, each only after the whole of it was found valid. */
public interface JournalVisitor {
    /**
     * A page of data.
     *
     * @param arraySector  where it belongs; not checked against any array.
     * @param pagePosition where in the log it lies.
     */
    void onData(long arraySector, long pagePosition);

    /**
     * The parity of a stripe.
     *
     * @param memberSector  of the stripe; not checked against any array.
     * @param pPagePosition where in the log the P page lies.
     * @param qPagePosition where in the log the Q page lies, or -1 when there is none.
     */
    void onParity(long memberSector, long pPagePosition, long qPagePosition);

    /**
     * A stripe is complete on the members: what the log said of it before is done with.
     *
     * @param memberSector of the stripe; not checked against any array.
     */
    void onFlush(long memberSector);
}
