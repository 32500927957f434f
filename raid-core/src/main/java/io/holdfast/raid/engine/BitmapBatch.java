package io.holdfast.raid.engine;

import org.agrona.MutableDirectBuffer;

/**
 * What of a write-intent bitmap goes to the devices in one go: one range of it for each. It stands still until the recorder
 * says how the batch ended.
 */
interface BitmapBatch {
    /** Whether a device gets any of it. */
    boolean concerns(int device);

    /** Where the bytes are. */
    MutableDirectBuffer buffer();

    /** The first byte for a device, in the buffer, which is also where it lies in the bitmap. */
    int index(int device);

    /** Bytes for a device. */
    int length(int device);

    /** Where the first byte goes, in bytes from the start of the device. */
    long offset(int device);

    /** Whether bits go that were set: what was written under them must be durable before they do. */
    boolean takesBitsAway();
}
