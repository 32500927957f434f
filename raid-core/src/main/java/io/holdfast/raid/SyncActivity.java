package io.holdfast.raid;

/** Long work over a whole array, in md's words. */
public enum SyncActivity {
    /** Parity is made to fit the data again after the array was not stopped cleanly. */
    RESYNC,
    /** A fresh member is filled with what its slot should hold. */
    RECOVERY,
    /** Parity is compared with data and what differs is counted. */
    CHECK,
    /** As check, and what differs is put right as far as {@link ScrubMode} allows. */
    REPAIR
}
