package io.holdfast.fault.exhaustive;

/**
 * The bytes that writes carry: they follow from the number of the write and the place, so that bytes of another write, or of
 * the same one in another place, are recognised.
 */
final class Pattern {
    /** The number of a write of zeroes, and of what was never written. */
    static final int ZEROES = -1;

    /** Numbers that tell writes apart are below this. */
    static final int MOST_WRITES = Long.SIZE;

    private static final int SECTOR_LENGTH = PagePool.SECTOR_LENGTH;

    private Pattern() {}

    /**
     * One byte.
     *
     * @param write  number of the write.
     * @param offset in the array.
     * @return the byte that the write puts there.
     */
    static byte at(int write, long offset) {
        return write == ZEROES ? 0 : (byte) (word(write, offset / SECTOR_LENGTH) >>> ((offset & 7) * Byte.SIZE));
    }

    /** Say from which write each sector of a stretch of the array comes. */
    static String describe(byte[] bytes, int start, int length, long offset) {
        StringBuilder text = new StringBuilder();
        String last = "";
        int count = 0;
        for (int at = 0; at < length; at += SECTOR_LENGTH) {
            String next = describe(bytes, start + at, offset + at);
            if (!next.equals(last) && count > 0) {
                text.append(count).append('x').append(last).append(' ');
                count = 0;
            }
            last = next;
            count++;
        }
        return text.append(count).append('x').append(last).toString();
    }

    private static String describe(byte[] bytes, int start, long offset) {
        int first = writeOf(bytes, start, offset);
        int last = writeOf(bytes, start + SECTOR_LENGTH - Long.BYTES, offset + SECTOR_LENGTH - Long.BYTES);
        boolean isWhole = first != Integer.MIN_VALUE;
        for (int i = 0; i < SECTOR_LENGTH && isWhole; i++) {
            isWhole = bytes[start + i] == at(first, offset + i);
        }
        return isWhole ? name(first) : "mixed(" + name(first) + ".." + name(last) + ")";
    }

    private static String name(int write) {
        return write == Integer.MIN_VALUE ? "?" : write == ZEROES ? "zeroes" : "w" + write;
    }

    private static int writeOf(byte[] bytes, int start, long offset) {
        for (int write = ZEROES; write < MOST_WRITES; write++) {
            boolean matches = true;
            for (int i = 0; i < Long.BYTES && matches; i++) {
                matches = bytes[start + i] == at(write, offset + i);
            }
            if (matches) {
                return write;
            }
        }
        return Integer.MIN_VALUE;
    }

    private static long word(int write, long sector) {
        long x = ((sector << 8) | write) * 0x9E37_79B9_7F4A_7C15L + 0xD6E8_FEB8_6659_FD93L;
        x = (x ^ (x >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return x ^ (x >>> 31);
    }
}
