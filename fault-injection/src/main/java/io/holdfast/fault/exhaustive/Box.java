package io.holdfast.fault.exhaustive;

import java.util.Arrays;

/**
 * Every image that a crash at one point can leave: for each page the contents that it may have, whatever the others have.
 * Immutable.
 *
 * <p>Pages that are not listed hold what they hold in the base. Lists are sorted by page, and no list of contents names one
 * twice; the first is what is there if the crash undoes as much as it may.
 */
final class Box {
    private final int[] base;
    private final int[] pages;
    private final int[][] contents;
    private final int[][] torn;

    /**
     * A box; arrays are kept, not copied.
     *
     * @param base     of every page, for those not listed.
     * @param pages    listed, ascending.
     * @param contents of each, at least one.
     * @param torn     further contents of each that a write cut short inside the page leaves; empty where there are none.
     */
    Box(int[] base, int[] pages, int[][] contents, int[][] torn) {
        this.base = base;
        this.pages = pages;
        this.contents = contents;
        this.torn = torn;
    }

    /** A single image. */
    static Box of(int[] image) {
        return new Box(image, new int[0], new int[0][], new int[0][]);
    }

    /** Pages listed. */
    int listed() {
        return pages.length;
    }

    /** The page at a place in the list. */
    int page(int index) {
        return pages[index];
    }

    /** What the page at a place in the list may hold. */
    int[] contents(int index) {
        return contents[index];
    }

    /** What a page that is not listed holds. */
    int base(int page) {
        return base[page];
    }

    /** What any page may hold. */
    int[] contentsOf(int page) {
        int index = Arrays.binarySearch(pages, page);
        return index < 0 ? new int[] {base[page]} : contents[index];
    }

    /** Pages that may hold more than one thing. */
    int openCount() {
        int count = 0;
        for (int[] each : contents) {
            count += each.length > 1 ? 1 : 0;
        }
        return count;
    }

    /** Images in it; {@link Long#MAX_VALUE} when they are more than that. */
    long size() {
        long size = 1;
        for (int[] each : contents) {
            size = times(size, each.length);
        }
        return size;
    }

    /** Images that this and another box of the same base have in common. */
    long common(Box other) {
        long size = 1;
        for (int i = 0; i < pages.length; i++) {
            size = times(size, countCommon(contents[i], other.contentsOf(pages[i])));
        }
        for (int i = 0; i < other.pages.length; i++) {
            if (Arrays.binarySearch(pages, other.pages[i]) < 0) {
                size = times(size, countCommon(other.contents[i], contentsOf(other.pages[i])));
            }
        }
        return size;
    }

    /** Whether every image of this is one of another box of the same base. */
    boolean isWithin(Box other) {
        for (int i = 0; i < pages.length; i++) {
            if (countCommon(contents[i], other.contentsOf(pages[i])) < contents[i].length) {
                return false;
            }
        }
        for (int i = 0; i < other.pages.length; i++) {
            if (Arrays.binarySearch(pages, other.pages[i]) < 0
                    && countCommon(contentsOf(other.pages[i]), other.contents[i]) == 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the same images are in both; the bases must be the same. */
    boolean isSame(Box other) {
        return isWithin(other) && other.isWithin(this) && Arrays.deepEquals(torn, other.torn);
    }

    /** Boxes in which exactly one page is torn, and the others are as in this one. */
    Box[] tornBoxes() {
        int count = 0;
        for (int[] each : torn) {
            count += each.length > 0 ? 1 : 0;
        }
        Box[] boxes = new Box[count];
        int next = 0;
        for (int i = 0; i < pages.length; i++) {
            if (torn[i].length > 0) {
                int[][] replaced = contents.clone();
                replaced[i] = torn[i];
                boxes[next++] = new Box(base, pages, replaced, new int[pages.length][0]);
            }
        }
        return boxes;
    }

    /** The smaller box in which some pages are settled. {@code chosen} has, by place in the list, an index or -1. */
    Box narrowed(int[] chosen) {
        int[][] narrowed = new int[pages.length][];
        for (int i = 0; i < pages.length; i++) {
            narrowed[i] = chosen[i] < 0 ? contents[i] : new int[] {contents[i][chosen[i]]};
        }
        return new Box(base, pages, narrowed, new int[pages.length][0]);
    }

    /** Fill in one image. {@code chosen} has, by place in the list, an index, or -1 for the first. */
    void image(int[] chosen, int[] target) {
        System.arraycopy(base, 0, target, 0, base.length);
        for (int i = 0; i < pages.length; i++) {
            target[pages[i]] = contents[i][Math.max(chosen[i], 0)];
        }
    }

    private static int countCommon(int[] some, int[] others) {
        int count = 0;
        for (int each : some) {
            for (int other : others) {
                count += each == other ? 1 : 0;
            }
        }
        return count;
    }

    static long times(long a, long b) {
        return b != 0 && a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
    }
}
