package io.holdfast.journal;

import java.util.List;

/**
 * A meta block as it was found, whole or damaged, and what it says of its pages.
 *
 * @param position     where it lies, in sectors from the start of the log.
 * @param sequence     its number; of a block whose checksum is wrong, whatever stands in that place.
 * @param writer       who signed it.
 * @param isValid      whether a replay would use it, if it came upon it.
 * @param verdict      a word for what is to be made of it, such as "valid" or "torn page".
 * @param finding      the same as a clause, for an operator.
 * @param payloads     what its descriptors say, up to the first that makes no sense. Only a claim, where the block's own
 *                     checksum is wrong.
 * @param pageCount    pages that they speak of.
 */
public record LogBlock(
        long position,
        long sequence,
        Writer writer,
        boolean isValid,
        String verdict,
        String finding,
        List<Payload> payloads,
        int pageCount) {
    /** Who writes blocks. */
    public enum Writer {
        /** This package. */
        HOLDFAST,
        /** Linux, which does not sign. */
        LINUX,
        /** Nobody known. */
        UNKNOWN
    }

    /** What a payload is. */
    public enum Kind {
        /** A page of data. */
        DATA,
        /** The P page of a stripe, and its Q page if the level has one. */
        PARITY,
        /** Stripes that are complete on the members. */
        FLUSH
    }

    /** What was found where a page should be. */
    public enum PageVerdict {
        /** Its checksum is right. */
        INTACT,
        /** Its checksum is wrong. */
        DAMAGED,
        /** The device does not give it. */
        UNREADABLE
    }

    /**
     * One descriptor.
     *
     * @param kind   of it.
     * @param sector of the array for data, of every member's data for parity; of no meaning for a flush.
     * @param pages  that it describes: one of data; P, or P and Q; none for a flush.
     * @param sectors of every member's data, that a flush lists; else empty.
     */
    public record Payload(Kind kind, long sector, List<Page> pages, List<Long> sectors) {
        /** Takes the lists as they are. */
        public Payload {
            pages = List.copyOf(pages);
            sectors = List.copyOf(sectors);
        }
    }

    /**
     * One page.
     *
     * @param position where it lies, in sectors from the start of the log.
     * @param checksum that the block gives of it.
     * @param verdict  whether that is the one it has.
     */
    public record Page(long position, int checksum, PageVerdict verdict) {}

    /** Takes the list as it is. */
    public LogBlock {
        payloads = List.copyOf(payloads);
    }

    /** Sectors from the block to where the next one would be. */
    public long sectors() {
        return (1L + pageCount) * MetaBlockDescriptor.LENGTH_SECTORS;
    }
}
