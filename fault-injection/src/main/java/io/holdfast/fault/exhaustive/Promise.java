package io.holdfast.fault.exhaustive;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * What a reader may find after a crash at one moment: for each unit of the array the contents that are allowed, and which of the
 * writes in doubt each of them shows. Immutable.
 */
final class Promise {
    /**
     * One thing that a unit may hold.
     *
     * @param bytes     of the unit.
     * @param certain   writes that are there if this is, one bit each.
     * @param possible  writes that may be there if this is.
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by its own means
    record Content(byte[] bytes, long certain, long possible) {}

    /**
     * A write whose fate is open, and which must be there as a whole or not at all.
     *
     * @param bit   of it in {@link Content#certain}.
     * @param first unit that it touches.
     * @param last  unit that it touches.
     */
    record Atom(int bit, int first, int last) {}

    private final int unitLength;
    private final Content[][] allowed;
    private final BitSet inDoubt;
    private final List<Atom> atoms;

    /**
     * A promise; arrays are kept.
     *
     * @param unitLength in bytes.
     * @param allowed    by unit.
     * @param inDoubt    units that a write in doubt touches.
     * @param atoms      writes to be found whole or not at all.
     */
    Promise(int unitLength, Content[][] allowed, BitSet inDoubt, List<Atom> atoms) {
        this.unitLength = unitLength;
        this.allowed = allowed;
        this.inDoubt = inDoubt;
        this.atoms = List.copyOf(atoms);
    }

    /** The first unit, from one on, that a write in doubt touches; -1 when there is none. */
    int nextInDoubt(int from) {
        return inDoubt.nextSetBit(from);
    }

    /** Units in a page. */
    int unitsInPage() {
        return PagePool.PAGE_LENGTH / unitLength;
    }

    /**
     * The units that hold what they must not.
     *
     * @param pool  of contents.
     * @param pages of the array.
     * @return by unit.
     */
    BitSet broken(PagePool pool, int[] pages) {
        BitSet broken = new BitSet();
        for (int unit = 0; unit < allowed.length; unit++) {
            if (find(pool, pages, unit) == null) {
                broken.set(unit);
            }
        }
        return broken;
    }

    /**
     * The first write that is there in part.
     *
     * @param pool   of contents.
     * @param pages  of the array.
     * @param exempt units that do not count.
     * @return null when there is none.
     */
    Atom split(PagePool pool, int[] pages, BitSet exempt) {
        for (Atom atom : atoms) {
            boolean isPresent = false;
            boolean isAbsent = false;
            for (int unit = atom.first; unit <= atom.last; unit++) {
                Content content = exempt.get(unit) ? null : find(pool, pages, unit);
                isPresent |= content != null && (content.certain >>> atom.bit & 1) != 0;
                isAbsent |= content != null && (content.possible >>> atom.bit & 1) == 0;
            }
            if (isPresent && isAbsent) {
                return atom;
            }
        }
        return null;
    }

    /** What a unit may hold, in words, and what it does. */
    String describe(PagePool pool, int[] pages, int unit) {
        long offset = (long) unit * unitLength;
        StringBuilder text = new StringBuilder("offset=" + offset + " holds "
                + Pattern.describe(page(pool, pages, unit), start(unit), unitLength, offset) + ", allowed:");
        String separator = " ";
        for (Content content : allowed[unit]) {
            text.append(separator).append(Pattern.describe(content.bytes, 0, unitLength, offset));
            separator = " or ";
        }
        return text.toString();
    }

    private Content find(PagePool pool, int[] pages, int unit) {
        byte[] page = page(pool, pages, unit);
        int start = start(unit);
        for (Content content : allowed[unit]) {
            if (Arrays.equals(content.bytes, 0, unitLength, page, start, start + unitLength)) {
                return content;
            }
        }
        return null;
    }

    private byte[] page(PagePool pool, int[] pages, int unit) {
        return pool.bytes(pages[unit / unitsInPage()]);
    }

    private int start(int unit) {
        return unit % unitsInPage() * unitLength;
    }
}
