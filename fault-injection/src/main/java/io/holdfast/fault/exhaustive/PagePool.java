package io.holdfast.fault.exhaustive;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Contents of pages, each kept once and known by a number: equal bytes have the same number, so that comparing two images is
 * comparing numbers.
 *
 * <p>A pool can be extended by another one, which knows all of its numbers and adds its own; the one below must not change
 * any more then, and may be shared by threads. Not thread-safe otherwise.
 */
final class PagePool {
    /** Bytes in a page. */
    static final int PAGE_LENGTH = 4096;

    /** Bytes of the smallest part of a page that a device can write. */
    static final int SECTOR_LENGTH = 512;

    /** All sectors of a page. */
    static final int WHOLE = 0xFF;

    /** The page of zeroes. */
    static final int ZERO = 0;

    private static final long NONE = -1;
    private static final int WORD_COUNT = PAGE_LENGTH / Long.BYTES;

    private final PagePool below;
    private final int first;
    private final List<byte[]> pages = new ArrayList<>();

    /** From the hash of a page to its number, and from there to others of the same hash. */
    private final Long2LongHashMap byHash = new Long2LongHashMap(NONE);

    private final Long2LongHashMap nextOfHash = new Long2LongHashMap(NONE);
    private final byte[] scratch = new byte[PAGE_LENGTH];
    private final UnsafeBuffer words = new UnsafeBuffer(scratch);

    /** A pool that knows nothing but zeroes. */
    PagePool() {
        below = null;
        first = 0;
        internScratch();
    }

    /**
     * A pool on top of another.
     *
     * @param below that does not change any more.
     */
    PagePool(PagePool below) {
        this.below = below;
        first = below.size();
    }

    /** Numbers given out, from 0 on. */
    int size() {
        return first + pages.size();
    }

    /**
     * The bytes of a page.
     *
     * @param id its number.
     * @return the bytes, not to be changed.
     */
    byte[] bytes(int id) {
        return id < first ? below.bytes(id) : pages.get(id - first);
    }

    /**
     * The number of a page.
     *
     * @param source that holds it.
     * @param index  of its first byte.
     * @return the number.
     */
    int intern(MutableDirectBuffer source, int index) {
        source.getBytes(index, scratch, 0, PAGE_LENGTH);
        return internScratch();
    }

    /**
     * The number of a page of which only some sectors count; the others are zeroes.
     *
     * @param source  that holds the bytes.
     * @param index   of the first byte in it.
     * @param inPage  where the bytes lie in the page.
     * @param length  of them.
     * @return the number.
     */
    int internPart(MutableDirectBuffer source, int index, int inPage, int length) {
        Arrays.fill(scratch, (byte) 0);
        source.getBytes(index, scratch, inPage, length);
        return internScratch();
    }

    /**
     * A page with some sectors of another on top.
     *
     * @param base underneath.
     * @param part on top.
     * @param mask of the sectors to take from {@code part}, the first in the lowest bit.
     * @return the number of the mixture.
     */
    int compose(int base, int part, int mask) {
        if (mask == WHOLE || base == part) {
            return part;
        }
        System.arraycopy(bytes(base), 0, scratch, 0, PAGE_LENGTH);
        byte[] top = bytes(part);
        for (int sector = 0; sector < Byte.SIZE; sector++) {
            if ((mask >>> sector & 1) != 0) {
                System.arraycopy(top, sector * SECTOR_LENGTH, scratch, sector * SECTOR_LENGTH, SECTOR_LENGTH);
            }
        }
        return internScratch();
    }

    private int internScratch() {
        long hash = hash();
        int id = find(hash, scratch);
        if (id >= 0) {
            return id;
        }
        id = size();
        pages.add(scratch.clone());
        long other = byHash.put(hash, id);
        if (other != NONE) {
            nextOfHash.put(id, other);
        }
        return id;
    }

    private int find(long hash, byte[] wanted) {
        for (long id = byHash.get(hash); id != NONE; id = nextOfHash.get(id)) {
            if (Arrays.equals(bytes((int) id), wanted)) {
                return (int) id;
            }
        }
        return below == null ? -1 : below.find(hash, wanted);
    }

    private long hash() {
        long a = 0x9E37_79B9_7F4A_7C15L;
        long b = 0xBF58_476D_1CE4_E5B9L;
        for (int i = 0; i < WORD_COUNT; i += 2) {
            a = (a ^ words.getLong(i * Long.BYTES)) * 0x94D0_49BB_1331_11EBL;
            a ^= a >>> 29;
            b = (b + words.getLong((i + 1) * Long.BYTES)) * 0xD6E8_FEB8_6659_FD93L;
            b ^= b >>> 32;
        }
        long hash = a ^ Long.rotateLeft(b, 17);
        return hash == NONE ? 0 : hash;
    }
}
