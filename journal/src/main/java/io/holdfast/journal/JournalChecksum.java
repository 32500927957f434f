package io.holdfast.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;

/**
 * The checksum of the log's meta blocks and pages: the raw CRC-32C register after the array's uuid and then 4096 bytes, not
 * inverted at the end.
 *
 * <p>The uuid at the front makes a page of one array invalid in the log of another. A CRC is linear, so for blocks of one
 * length the uuid's part is a constant: {@code checksum(page) = CRC-32C(page) ^ K(uuid)}. One pass over the page with the
 * JDK's intrinsic is all that it costs. Not thread-safe; allocates nothing per call.
 */
public final class JournalChecksum {
    private final CRC32C crc = new CRC32C();
    private final int uuidPart;
    private ByteBuffer lastMemory;
    private ByteBuffer view;

    /**
     * For one array.
     *
     * @param uuid of the array, 16 bytes.
     */
    public JournalChecksum(byte[] uuid) {
        if (uuid.length != 16) {
            throw new IllegalArgumentException("not a uuid: length=" + uuid.length);
        }
        byte[] zeroes = new byte[MetaBlockDescriptor.LENGTH];
        crc.update(uuid);
        crc.update(zeroes);
        int whole = ~(int) crc.getValue();
        crc.reset();
        crc.update(zeroes);
        uuidPart = whole ^ (int) crc.getValue();
    }

    /**
     * Checksum of 4096 bytes.
     *
     * @param buffer over a direct ByteBuffer.
     * @param offset of the first byte in the buffer.
     * @return as the log stores it.
     */
    @SuppressWarnings("ReferenceEquality") // the same memory is meant, not equal bytes
    public int of(DirectBuffer buffer, int offset) {
        ByteBuffer memory = buffer.byteBuffer();
        if (memory != lastMemory) {
            lastMemory = memory;
            view = memory.duplicate();
        }
        int start = buffer.wrapAdjustment() + offset;
        view.limit(start + MetaBlockDescriptor.LENGTH).position(start);
        crc.reset();
        crc.update(view);
        return (int) crc.getValue() ^ uuidPart;
    }
}
