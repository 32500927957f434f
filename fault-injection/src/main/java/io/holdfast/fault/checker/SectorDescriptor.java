package io.holdfast.fault.checker;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.agrona.MutableDirectBuffer;

/**
 * A sector that says where it belongs and which write it is of. Every sector of a write carries this, in little endian, so
 * that a write that was cut anywhere is recognised as such.
 *
 * <pre>
 *    0 +---------------------------+
 *      | "HOLDCHK1"         64 bit |
 *    8 +---------------------------+
 *      | run                64 bit |   tells one ledger's contents from another's
 *   16 +---------------------------+
 *      | offset             64 bit |   of the sector, in bytes from the start of the device
 *   24 +---------------------------+
 *      | version            64 bit |   of the write, from 1
 *   32 +-------------+-------------+
 *      | CRC-32C     | 0           |   of the whole sector, computed with zeroes in its place
 *   40 +-------------+-------------+
 *      | noise that follows from run, offset and version
 *  512 +---------------------------+
 * </pre>
 */
final class SectorDescriptor {
    /** Bytes in a sector. */
    static final int LENGTH = 512;

    /** "HOLDCHK1". */
    static final long MAGIC = 0x314B4843444C4F48L;

    private static final int RUN_OFFSET = 8;
    private static final int PLACE_OFFSET = 16;
    private static final int VERSION_OFFSET = 24;
    private static final int CHECKSUM_OFFSET = 32;
    private static final int NOISE_OFFSET = 40;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private SectorDescriptor() {}

    /** What a sector turned out to carry. */
    enum Kind {
        /** Contents of this run that belong here. */
        OWN,
        /** Contents of this run that belong elsewhere. */
        MISDIRECTED,
        /** Our mark, and a checksum that is wrong. */
        CORRUPT,
        /** Whole contents of another run. */
        OTHER_RUN,
        /** Zeroes. */
        ZEROES,
        /** Anything else. */
        FOREIGN
    }

    /** One sector as it was read; reused. */
    static final class Reading {
        private Kind kind;
        private long offset;
        private long version;

        Kind kind() {
            return kind;
        }

        /** Where it says that it belongs, in bytes, where it says anything. */
        long offset() {
            return offset;
        }

        /** Of the write that it says it is of, where it says anything. */
        long version() {
            return version;
        }
    }

    /** Writes and reads sectors of one run; holds a checksum's state, so one for each thread. */
    static final class Codec {
        private final long run;
        private final CRC32C checksum = new CRC32C();
        private final ByteBuffer zeroes = ByteBuffer.allocateDirect(NOISE_OFFSET - CHECKSUM_OFFSET);

        Codec(long run) {
            this.run = run;
        }

        /**
         * Fill memory with the contents that a write gives a range.
         *
         * @param buffer  on memory that {@code bytes} shows too.
         * @param bytes   the same memory: index 0 of both is the same byte.
         * @param index   of the first byte.
         * @param offset  of the range on the device, in bytes.
         * @param length  in bytes, whole sectors.
         * @param version of the write.
         */
        void fill(MutableDirectBuffer buffer, ByteBuffer bytes, int index, long offset, int length, long version) {
            for (int done = 0; done < length; done += LENGTH) {
                int at = index + done;
                buffer.putLong(at, MAGIC, ORDER);
                buffer.putLong(at + RUN_OFFSET, run, ORDER);
                buffer.putLong(at + PLACE_OFFSET, offset + done, ORDER);
                buffer.putLong(at + VERSION_OFFSET, version, ORDER);
                long noise = mix(mix(run ^ offset + done) ^ version);
                for (int i = NOISE_OFFSET; i < LENGTH; i += Long.BYTES) {
                    noise = noise * 0x5851_F42D_4C95_7F2DL + 0x1405_7B7E_F767_814FL;
                    buffer.putLong(at + i, noise, ORDER);
                }
                buffer.putLong(at + CHECKSUM_OFFSET, checksum(bytes, at), ORDER);
            }
        }

        /** Say what a sector carries. */
        void read(MutableDirectBuffer buffer, ByteBuffer bytes, int index, long offset, Reading reading) {
            reading.offset = buffer.getLong(index + PLACE_OFFSET, ORDER);
            reading.version = buffer.getLong(index + VERSION_OFFSET, ORDER);
            if (buffer.getLong(index, ORDER) != MAGIC) {
                reading.kind = isZero(buffer, index) ? Kind.ZEROES : Kind.FOREIGN;
            } else if (buffer.getLong(index + CHECKSUM_OFFSET, ORDER) != checksum(bytes, index)) {
                reading.kind = Kind.CORRUPT;
            } else if (buffer.getLong(index + RUN_OFFSET, ORDER) != run) {
                reading.kind = Kind.OTHER_RUN;
            } else {
                reading.kind = reading.offset == offset ? Kind.OWN : Kind.MISDIRECTED;
            }
        }

        private long checksum(ByteBuffer bytes, int index) {
            checksum.reset();
            checksum.update(bytes.limit(index + CHECKSUM_OFFSET).position(index));
            checksum.update(zeroes.clear());
            checksum.update(bytes.limit(index + LENGTH).position(index + NOISE_OFFSET));
            bytes.clear();
            return checksum.getValue();
        }

        private static boolean isZero(MutableDirectBuffer buffer, int index) {
            for (int i = 0; i < LENGTH; i += Long.BYTES) {
                if (buffer.getLong(index + i) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    private static long mix(long value) {
        long x = value + 0x9E37_79B9_7F4A_7C15L;
        x = (x ^ (x >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return x ^ (x >>> 31);
    }
}
