package io.holdfast.fault.checker;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/** Tells what a checker wrote, and what nobody did, from what somebody may miss. */
public final class CheckerMark {
    /** Bytes in a sector. */
    public static final int SECTOR_LENGTH = SectorDescriptor.LENGTH;

    private CheckerMark() {}

    /**
     * Whether a sector holds zeroes or begins as a checker's sectors do.
     *
     * @param buffer that holds it.
     * @param index  of its first byte.
     * @return false when it may hold somebody's data.
     */
    public static boolean isBlankOrOurs(DirectBuffer buffer, int index) {
        if (buffer.getLong(index, ByteOrder.LITTLE_ENDIAN) == SectorDescriptor.MAGIC) {
            return true;
        }
        for (int i = 0; i < SECTOR_LENGTH; i += Long.BYTES) {
            if (buffer.getLong(index + i) != 0) {
                return false;
            }
        }
        return true;
    }
}
