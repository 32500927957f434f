package io.holdfast.nbd;

import io.holdfast.blockdev.DeviceGeometry;

/**
 * An export as its server describes it, checked.
 *
 * @param length               in bytes, as announced.
 * @param flags                see {@link RequestDescriptor}; 0 where the server says that they mean nothing.
 * @param minimumBlockLength   smallest length and alignment of a request, in bytes.
 * @param preferredBlockLength smallest length and alignment that is quick, in bytes.
 * @param payloadLengthLimit   most bytes that one read or write may carry.
 */
record ClientExport(long length, int flags, int minimumBlockLength, int preferredBlockLength, int payloadLengthLimit) {
    /** What a client may count on when the server says nothing. */
    static final int PREFERRED_BLOCK_LENGTH_DEFAULT = 4096;

    private static final int LARGEST_MINIMUM = 1 << 16;

    ClientExport {
        if (length < 0) {
            throw new NbdProtocolException("announces an export of " + Long.toUnsignedString(length) + " bytes");
        }
        if (minimumBlockLength < 1
                || minimumBlockLength > LARGEST_MINIMUM
                || Integer.bitCount(minimumBlockLength) != 1
                || payloadLengthLimit < Math.max(minimumBlockLength, DeviceGeometry.SECTOR_LENGTH)) {
            throw new NbdProtocolException("announces block sizes that make no sense: minimum=" + minimumBlockLength
                    + " preferred=" + preferredBlockLength + " maximum=" + payloadLengthLimit);
        }
    }

    boolean can(int flag) {
        return (flags & flag) != 0;
    }

    /** The shape of the export as a device: bytes that are no whole block are left out. */
    DeviceGeometry geometry() {
        int logical = Math.max(DeviceGeometry.SECTOR_LENGTH, minimumBlockLength);
        boolean isPreference = preferredBlockLength > logical && Integer.bitCount(preferredBlockLength) == 1;
        return new DeviceGeometry(
                length / logical * logical, logical, isPreference ? preferredBlockLength : logical, 1);
    }
}
