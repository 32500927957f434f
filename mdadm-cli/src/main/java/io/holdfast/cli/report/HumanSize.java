package io.holdfast.cli.report;

/** Sizes as mdadm shows them to people: in binary and in decimal units, to two places, and nothing at all for small ones. */
final class HumanSize {
    private static final long SMALLEST_SHOWN = 5000L << 10;
    private static final String[] PREFIXES = {"M", "G", "T"};

    private HumanSize() {}

    /**
     * Both units in brackets.
     *
     * @param bytes the size.
     * @return such as " (98.00 MiB 102.76 MB)" with a leading blank, or nothing below 5000 KiB.
     */
    static String bracketed(long bytes) {
        if (bytes < SMALLEST_SHOWN) {
            return "";
        }
        int rank = rank(bytes);
        return " (" + hundredths(bytes, binaryUnit(rank)) + " " + PREFIXES[rank] + "iB "
                + hundredths(bytes, decimalUnit(rank)) + " " + PREFIXES[rank] + "B)";
    }

    /**
     * One word in binary units.
     *
     * @param bytes the size.
     * @return such as "294.00MiB", or nothing below 5000 KiB.
     */
    static String binary(long bytes) {
        if (bytes < SMALLEST_SHOWN) {
            return "";
        }
        int rank = rank(bytes);
        return hundredths(bytes, binaryUnit(rank)) + PREFIXES[rank] + "iB";
    }

    /**
     * One word in decimal units.
     *
     * @param bytes the size.
     * @return such as "308.28MB", or nothing below 5000 KiB.
     */
    static String decimal(long bytes) {
        if (bytes < SMALLEST_SHOWN) {
            return "";
        }
        int rank = rank(bytes);
        return hundredths(bytes, decimalUnit(rank)) + PREFIXES[rank] + "B";
    }

    /** MiB below two GiB, GiB below two TiB, TiB from there. */
    private static int rank(long bytes) {
        return bytes < 2L << 30 ? 0 : bytes < 2L << 40 ? 1 : 2;
    }

    private static long binaryUnit(int rank) {
        return 1L << (20 + 10 * rank);
    }

    private static long decimalUnit(int rank) {
        return rank == 0 ? 1_000_000L : rank == 1 ? 1_000_000_000L : 1_000_000_000_000L;
    }

    private static String hundredths(long bytes, long unit) {
        long rest = (bytes % unit * 200 / unit + 1) / 2;
        long whole = bytes / unit + rest / 100;
        long part = rest % 100;
        return whole + (part < 10 ? ".0" : ".") + part;
    }
}
