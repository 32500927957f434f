package io.holdfast.fault.device;

/** What an operation asks of a device. */
public enum OperationKind {
    /** Bytes into memory. */
    READ,
    /** Bytes from memory. */
    WRITE,
    /** What was written before is to survive power loss. */
    FLUSH,
    /** A range is no longer needed. */
    DISCARD,
    /** A range is to read as zeroes. */
    WRITE_ZEROES;

    /** Whether bytes on the device may be different afterwards. */
    public boolean changesData() {
        return this == WRITE || this == DISCARD || this == WRITE_ZEROES;
    }
}
