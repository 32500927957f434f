package io.holdfast.fault;

import java.util.Locale;

/**
 * Something that a reader found and should not have.
 *
 * @param kind   what is wrong.
 * @param offset in bytes, of the unit.
 * @param length in bytes, of the unit.
 * @param detail what was expected and what was found.
 */
public record Finding(Kind kind, long offset, int length, String detail) {
    /** What can be wrong with a unit. */
    public enum Kind {
        /** The last write that had to be there left no trace: the unit is as it was just before. */
        LOST,
        /** Contents from further back. */
        STALE,
        /** A mixture of contents, each of which was once right or might be. */
        TORN,
        /** Contents that belong to another place. */
        MISDIRECTED,
        /** Bytes that nobody wrote, or that changed although nobody wrote them. */
        CORRUPT,
        /** One unit of a request that should be whole is new and another is old. */
        SPLIT
    }

    /** The same, grown by what follows it, if that is the same; null if it is not. */
    public Finding with(Finding next) {
        boolean isSame = kind == next.kind && offset + length == next.offset && detail.equals(next.detail);
        return isSame ? new Finding(kind, offset, length + next.length, detail) : null;
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT) + " at " + offset + "+" + length + ": " + detail;
    }
}
