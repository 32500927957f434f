package io.holdfast.fault.exhaustive;

import java.util.Arrays;

/**
 * What happened on a set of devices, in order, as a run of numbers.
 *
 * <pre>
 *   WRITE_BEGAN  operation device pageCount { page content mask } ...
 *   WRITE_ENDED  operation
 *   FLUSH_BEGAN  operation device
 *   FLUSH_ENDED  operation
 *   MARK         mark
 * </pre>
 *
 * <p>A page is known by its index over all devices, its content by its number in the {@link PagePool}; the mask says which
 * sectors of that content count. A mark is something of the caller's that happened in between.
 */
final class TraceLog {
    /** A write is on its way: from now on its bytes may be on the device. */
    static final int WRITE_BEGAN = 1;

    /** A write was reported as done. */
    static final int WRITE_ENDED = 2;

    /** A flush is on its way; it covers writes that have ended by now. */
    static final int FLUSH_BEGAN = 3;

    /** A flush was reported as done: what it covers is durable. */
    static final int FLUSH_ENDED = 4;

    /** The caller's. */
    static final int MARK = 5;

    private int[] words = new int[256];
    private int length;
    private int operations;

    /** Forget everything. */
    void clear() {
        length = 0;
        operations = 0;
    }

    /** Numbers in it. */
    int length() {
        return length;
    }

    /** One of its numbers. */
    int word(int index) {
        return words[index];
    }

    /** A copy of it all. */
    int[] toArray() {
        return Arrays.copyOf(words, length);
    }

    /** Note the beginning of a write; {@link #page} follows for each of its pages. */
    int writeBegan(int device, int pageCount) {
        add(WRITE_BEGAN);
        add(operations);
        add(device);
        add(pageCount);
        return operations++;
    }

    /** Note a page of the write that began last. */
    void page(int page, int content, int mask) {
        add(page);
        add(content);
        add(mask);
    }

    void writeEnded(int operation) {
        add(WRITE_ENDED);
        add(operation);
    }

    int flushBegan(int device) {
        add(FLUSH_BEGAN);
        add(operations);
        add(device);
        return operations++;
    }

    void flushEnded(int operation) {
        add(FLUSH_ENDED);
        add(operation);
    }

    void mark(int mark) {
        add(MARK);
        add(mark);
    }

    /** How many numbers an event takes. */
    static int eventLength(int[] words, int at) {
        return switch (words[at]) {
            case WRITE_BEGAN -> 4 + 3 * words[at + 3];
            case FLUSH_BEGAN -> 3;
            case WRITE_ENDED, FLUSH_ENDED, MARK -> 2;
            default -> throw new IllegalStateException("not an event: at=" + at + " word=" + words[at]);
        };
    }

    private void add(int word) {
        if (length == words.length) {
            words = Arrays.copyOf(words, length * 2);
        }
        words[length++] = word;
    }
}
