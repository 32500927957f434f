package io.holdfast.journal;

/**
 * What a scan makes of the place where the next meta block should be: a table, each combination of findings matching exactly
 * one row.
 *
 * <p>Findings are looked for in the order of {@link Finding}; the first one missing decides, and what would rest on it is not
 * looked at.
 *
 * <table>
 * <caption>Rows (1: found, 0: not, blank: either)</caption>
 * <tr><th>row</th><th>magic</th><th>sequence</th><th>identity</th><th>checksum</th><th>payloads</th><th>room</th><th>pages</th></tr>
 * <tr><td>END_OF_LOG</td><td>0</td></tr>
 * <tr><td>STALE</td><td>1</td><td>0</td></tr>
 * <tr><td>FOREIGN</td><td>1</td><td>1</td><td>0</td></tr>
 * <tr><td>TORN</td><td>1</td><td>1</td><td>1</td><td>0</td></tr>
 * <tr><td>SENSELESS</td><td>1</td><td>1</td><td>1</td><td>1</td><td>0</td></tr>
 * <tr><td>OVERFULL</td><td>1</td><td>1</td><td>1</td><td>1</td><td>1</td><td>0</td></tr>
 * <tr><td>TORN_PAGE</td><td>1</td><td>1</td><td>1</td><td>1</td><td>1</td><td>1</td><td>0</td></tr>
 * <tr><td>REPLAY</td><td>1</td><td>1</td><td>1</td><td>1</td><td>1</td><td>1</td><td>1</td></tr>
 * </table>
 */
enum BlockVerdict {
    /** No meta block was ever written here in this turn of the log. */
    END_OF_LOG(Finding.MAGIC, "no block follows"),
    /** A meta block of an earlier turn of the log, or of a log before it. */
    STALE(Finding.SEQUENCE, "the block that follows is of an earlier log"),
    /** The right number, but not a block that belongs at this place. */
    FOREIGN(Finding.IDENTITY, "the block that follows does not belong there"),
    /** The block was cut by the crash, or has rotted since; or it is another array's. */
    TORN(Finding.CHECKSUM, "the checksum of the next block is wrong"),
    /** A valid checksum over nonsense: a writer that this reader does not understand. Nothing of the block is used. */
    SENSELESS(Finding.PAYLOADS, "the next block describes something unknown"),
    /** More pages than the log has room for behind what was read already. */
    OVERFULL(Finding.ROOM, "the next block claims more than the log can hold"),
    /** A page was cut by the crash, or has rotted since: nothing of the block is used. */
    TORN_PAGE(Finding.PAGES, "the checksum of a page of the next block is wrong"),
    /** Everything is valid: the block and its pages may be used. */
    REPLAY(null, "the block is valid");

    /** What is looked at, in this order. */
    enum Finding {
        /** The first four bytes. */
        MAGIC(0),
        /** The sequence number is the one expected; any will do for the first block. */
        SEQUENCE(1),
        /** Version and own position are right. */
        IDENTITY(2),
        /** The block's checksum is right. */
        CHECKSUM(3),
        /** Every payload descriptor is of a known kind, has a possible size, and lies inside the bytes used. */
        PAYLOADS(4),
        /** The pages fit into what is left of the log. */
        ROOM(5),
        /** Every page's checksum is right. */
        PAGES(6);

        private final int bit;

        Finding(int index) {
            bit = 1 << index;
        }

        int bit() {
            return bit;
        }
    }

    private final int required;
    private final int forbidden;
    private final String clause;

    BlockVerdict(Finding firstMissing, String clause) {
        forbidden = firstMissing == null ? 0 : firstMissing.bit();
        required = firstMissing == null ? (1 << Finding.values().length) - 1 : firstMissing.bit() - 1;
        this.clause = clause;
    }

    /** What was found, for an operator. */
    String clause() {
        return clause;
    }

    /** Whether the block itself, as far as its checksum goes, is one of this log at its place. */
    boolean isBlock() {
        return (required & Finding.CHECKSUM.bit()) != 0;
    }

    /** Whether the place carries the number that the next block would have: a write that was cut, or damage. */
    boolean isTrace() {
        return this != REPLAY && (required & Finding.SEQUENCE.bit()) != 0;
    }

    boolean matches(int findings) {
        return (findings & required) == required && (findings & forbidden) == 0;
    }

    static BlockVerdict of(int findings) {
        for (BlockVerdict verdict : values()) {
            if (verdict.matches(findings)) {
                return verdict;
            }
        }
        throw new IllegalStateException("no row for these findings: " + Integer.toBinaryString(findings));
    }
}
