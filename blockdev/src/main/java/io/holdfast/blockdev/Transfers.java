package io.holdfast.blockdev;

import org.agrona.DirectBuffer;

/** Checks on the memory of a transfer, and the words for one that failed. */
final class Transfers {
    private Transfers() {}

    /** Insist that the device could do this transfer with this memory; anything else is our bug. */
    static void check(DeviceGeometry geometry, long offset, DirectBuffer buffer, int index, int length) {
        geometry.checkRange(offset, length);
        buffer.boundsCheck(index, length);
        if (buffer.byteArray() != null) {
            throw new IllegalArgumentException("a device moves bytes from and to off-heap memory only: " + buffer);
        }
        if ((buffer.addressOffset() + index & geometry.bufferAlignment() - 1) != 0) {
            throw new IllegalArgumentException("buffer is not aligned: addressOffset=" + buffer.addressOffset()
                    + " index=" + index + " bufferAlignment=" + geometry.bufferAlignment());
        }
    }

    /** A status as the end of a sentence for an operator. */
    static String explain(IoStatus status) {
        return switch (status) {
            case OK -> "all is well";
            case MEDIA_ERROR -> "the device reported an I/O error there";
            case NO_SPACE -> "there is no space left to hold the bytes";
            case GONE -> "the device has gone, or has become shorter than it was when it was opened";
            case TIMED_OUT -> "the device did not answer in the time allowed";
            case READ_ONLY -> "it was opened for reading only";
            case UNSUPPORTED -> "the device cannot do this kind of operation";
        };
    }
}
