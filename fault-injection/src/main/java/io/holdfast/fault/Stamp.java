package io.holdfast.fault;

import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Contents that say where they belong and which write they came from.
 *
 * <pre>
 *   0               8               16              24              32              40           512
 *  +---------------+---------------+---------------+---------------+---------------+---------------+
 *  | magic         | sector number | version       | seed          | checksum      | noise ...     |
 *  +---------------+---------------+---------------+---------------+---------------+---------------+
 * </pre>
 *
 * <p>Every 512-byte sector carries this, in little endian; the noise follows from the rest, so that the whole sector can be
 * told from its first 40 bytes. A write of part of a sector carries that part of it.
 */
public final class Stamp {
    /** Bytes in a sector. */
    public static final int SECTOR_LENGTH = 512;

    private static final long MAGIC = 0x5453_4146_444C_4F48L;
    private static final int WORD_COUNT = SECTOR_LENGTH / BitUtil.SIZE_OF_LONG;
    private static final int HEADER_WORDS = 5;

    private final long seed;

    /**
     * The contents of one run.
     *
     * @param seed that tells it from the contents of other runs.
     */
    public Stamp(long seed) {
        this.seed = seed;
    }

    /**
     * Fill memory with the contents of a place and a version.
     *
     * @param buffer  to fill.
     * @param index   of the first byte in it.
     * @param offset  in bytes, of the first byte in the address space.
     * @param length  in bytes; neither need be a multiple of anything.
     * @param version of the write.
     */
    public void fill(MutableDirectBuffer buffer, int index, long offset, int length, long version) {
        for (int done = 0; done < length; ) {
            long at = offset + done;
            int inSector = (int) (at % SECTOR_LENGTH);
            int count = Math.min(length - done, SECTOR_LENGTH - inSector);
            long sector = at / SECTOR_LENGTH;
            for (int i = 0; i < count; i++) {
                int inWord = (inSector + i) % BitUtil.SIZE_OF_LONG;
                if (inWord == 0 && count - i >= BitUtil.SIZE_OF_LONG) {
                    buffer.putLong(index + done + i, word(sector, version, (inSector + i) / BitUtil.SIZE_OF_LONG));
                    i += BitUtil.SIZE_OF_LONG - 1;
                } else {
                    long word = word(sector, version, (inSector + i) / BitUtil.SIZE_OF_LONG);
                    buffer.putByte(index + done + i, (byte) (word >>> (inWord * Byte.SIZE)));
                }
            }
            done += count;
        }
    }

    /** What one sector says about itself. */
    public record Reading(long sector, long version) {}

    /**
     * Read a sector's stamp.
     *
     * @param buffer that holds it.
     * @param index  of its first byte.
     * @return where it belongs and what wrote it; null when it is not whole, or of another run.
     */
    public Reading read(DirectBuffer buffer, int index) {
        long sector = buffer.getLong(index + BitUtil.SIZE_OF_LONG);
        long version = buffer.getLong(index + 2 * BitUtil.SIZE_OF_LONG);
        for (int i = 0; i < WORD_COUNT; i++) {
            if (buffer.getLong(index + i * BitUtil.SIZE_OF_LONG) != word(sector, version, i)) {
                return null;
            }
        }
        return new Reading(sector, version);
    }

    private long word(long sector, long version, int index) {
        return switch (index) {
            case 0 -> MAGIC;
            case 1 -> sector;
            case 2 -> version;
            case 3 -> seed;
            default -> mix(mix(mix(seed ^ MAGIC) ^ sector) ^ version) + (long) (index - HEADER_WORDS + 1) * MAGIC;
        };
    }

    private static long mix(long value) {
        long x = value + 0x9E37_79B9_7F4A_7C15L;
        x = (x ^ (x >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return x ^ (x >>> 31);
    }
}
