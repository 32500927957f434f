package io.holdfast.journal;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a scan makes of the place where the next meta block should be: a table, each combination of findings matching exactly
 * one row.
 *
 * <p>A finding that rests on one that failed counts as failed.
 */
enum BlockVerdict {
    /** Everything is valid: the block and its pages may be used. */
    REPLAY(
            "",
            EnumSet.of(
                    Finding.MAGIC,
                    Finding.SEQUENCE,
                    Finding.IDENTITY,
                    Finding.CHECKSUM,
                    Finding.PAYLOADS,
                    Finding.ROOM,
                    Finding.PAGES),
            EnumSet.noneOf(Finding.class)),
    /** No meta block was ever written here in this turn of the log. */
    END_OF_LOG("nothing follows", EnumSet.noneOf(Finding.class), EnumSet.of(Finding.MAGIC)),
    /** A meta block of an earlier turn of the log, or of a log before it. */
    STALE("what follows is older", EnumSet.of(Finding.MAGIC), EnumSet.of(Finding.SEQUENCE)),
    /** The right number, but not a block that belongs at this place. */
    FOREIGN(
            "what follows does not belong there",
            EnumSet.of(Finding.MAGIC, Finding.SEQUENCE),
            EnumSet.of(Finding.IDENTITY)),
    /** The block was cut by the crash, or has rotted since. */
    TORN(
            "the checksum of the next block is wrong",
            EnumSet.of(Finding.MAGIC, Finding.SEQUENCE, Finding.IDENTITY),
            EnumSet.of(Finding.CHECKSUM)),
    /** A valid checksum over nonsense: a writer that this reader does not understand. Nothing of the block is used. */
    SENSELESS(
            "the next block describes something unknown",
            EnumSet.of(Finding.MAGIC, Finding.SEQUENCE, Finding.IDENTITY, Finding.CHECKSUM),
            EnumSet.of(Finding.PAYLOADS)),
    /** More pages than the log has room for behind what was read already. */
    OVERFULL(
            "the next block claims more than the log can hold",
            EnumSet.of(Finding.MAGIC, Finding.SEQUENCE, Finding.IDENTITY, Finding.CHECKSUM, Finding.PAYLOADS),
            EnumSet.of(Finding.ROOM)),
    /** A page was cut by the crash, or has rotted since: nothing of the block is used. */
    TORN_PAGE(
            "the checksum of a page of the next block is wrong",
            EnumSet.of(
                    Finding.MAGIC,
                    Finding.SEQUENCE,
                    Finding.IDENTITY,
                    Finding.CHECKSUM,
                    Finding.PAYLOADS,
                    Finding.ROOM),
            EnumSet.of(Finding.PAGES));

    /** What is looked at, in this order. */
    enum Finding {
        /** The first four bytes. */
        MAGIC,
        /** The sequence number is the one expected; anything goes for the first block. */
        SEQUENCE,
        /** Version and own position are right. */
        IDENTITY,
        /** The block's checksum is right. */
        CHECKSUM,
        /** Every payload descriptor is of a known kind, has a possible size, and lies inside the bytes used. */
        PAYLOADS,
        /** The pages fit into what is left of the log. */
        ROOM,
        /** Every page's checksum is right. */
        PAGES
    }

    private final String sentence;
    // Set once, read only.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Set<Finding> required;

    @SuppressWarnings("ImmutableEnumChecker")
    private final Set<Finding> forbidden;


    BlockVerdict(String sentence, Set<Finding> required, Set<Finding> forbidden) {
        this.sentence = sentence;
        this.required = required;
        this.forbidden = forbidden;
    }

    /** Why the log ends here; a clause. */
    String sentence() {
        return sentence;
    }

    boolean matches(Set<Finding> findings) {
        return findings.containsAll(required) && forbidden.stream().noneMatch(findings::contains);
    }

    static BlockVerdict of(Set<Finding> findings) {
        for (BlockVerdict verdict : values()) {
            if (verdict.matches(findings)) {
                return verdict;
            }
        }
        throw new IllegalStateException("no row for these findings: " + findings);
    }
}
