package io.holdfast.blockdev;

/** How a device operation ended. What a disk may do is data, to be handled case by case, never an exception on the hot path. */
public enum IoStatus {
    /** Done in full. */
    OK,
    /** The medium could not be read or written there ({@code EIO} and its kin); other places may be fine. */
    MEDIA_ERROR,
    /** A sparse or thin device has nowhere to put the bytes ({@code ENOSPC}, {@code EDQUOT}). */
    NO_SPACE,
    /** The device is gone, or has shrunk below the range: nothing more can be expected of it. */
    GONE,
    /** The device did not answer in the time allowed. */
    TIMED_OUT,
    /** The device was opened for reading only. */
    READ_ONLY,
    /** The device cannot do this kind of operation. */
    UNSUPPORTED
}
