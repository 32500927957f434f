package io.holdfast.journal;

/**
 * What one append puts into the log: stripe groups, each some data pages followed by the parity that goes with them.
 *
 * <p>A group is never split over two meta blocks, and neither is a transaction that fits into one: it is found whole by a
 * replay, or not at all. Preallocated by its owner, filled in on the owner's thread, then left alone until the listener is
 * told; the pages, too, must not change until then.
 */
public final class JournalTransaction {
    private final long[] location;
    private final long[] page;
    private final int[] groupEnd;
    private final boolean[] hasQ;
    private int entryCount;
    private int groupCount;
    private int descriptorsLength;
    private int pageCount;
    private int groupLength;
    private int longestGroup;

    private JournalListener listener;
    private long token;

    /** Ordinals of the first and last meta block that hold it; the writer's. */
    long firstBlock;

    long lastBlock;

    /**
     * Room for a transaction.
     *
     * @param maxPageCount the most pages it will hold.
     */
    public JournalTransaction(int maxPageCount) {
        location = new long[maxPageCount];
        page = new long[maxPageCount];
        groupEnd = new int[maxPageCount];
        hasQ = new boolean[maxPageCount];
    }

    /**
     * Say once whose it is.
     *
     * @param owner told what becomes of it.
     * @param mark  for the owner to know it by.
     */
    public void owner(JournalListener owner, long mark) {
        listener = owner;
        token = mark;
    }

    JournalListener listener() {
        return listener;
    }

    /** The owner's mark. */
    public long token() {
        return token;
    }

    /** Forget the contents. */
    public void reset() {
        entryCount = 0;
        groupCount = 0;
        descriptorsLength = 0;
        pageCount = 0;
        groupLength = 0;
        longestGroup = 0;
    }

    /**
     * Add a page of data to the group.
     *
     * @param arraySector where it belongs.
     * @param pageAddress of its 4096 bytes, off-heap.
     */
    public void addData(long arraySector, long pageAddress) {
        add(arraySector, pageAddress);
        groupLength += PayloadDescriptor.length(1);
    }

    /**
     * Add the parity of the stripe, which ends the group.
     *
     * @param memberSector of the stripe.
     * @param pAddress     of the P page's 4096 bytes, off-heap.
     * @param qAddress     of the Q page's, or 0 when the level has none.
     */
    public void addParity(long memberSector, long pAddress, long qAddress) {
        add(memberSector, pAddress);
        int parityPages = 1;
        if (qAddress != 0) {
            add(memberSector, qAddress);
            parityPages = 2;
        }
        groupLength += PayloadDescriptor.length(parityPages);
        hasQ[groupCount] = parityPages == 2;
        groupEnd[groupCount++] = entryCount;
        descriptorsLength += groupLength;
        longestGroup = Math.max(longestGroup, groupLength);
        groupLength = 0;
    }

    private void add(long where, long address) {
        location[entryCount] = where;
        page[entryCount] = address;
        entryCount++;
        pageCount++;
    }

    /** Pages in the transaction. */
    public int pageCount() {
        return pageCount;
    }

    int groupCount() {
        return groupCount;
    }

    /** Bytes that its descriptors take. */
    int descriptorsLength() {
        return descriptorsLength;
    }

    int longestGroup() {
        return longestGroup;
    }

    /** Bytes that a group's descriptors take. */
    int groupDescriptorsLength(int group) {
        int parityPages = parityPages(group);
        int dataPages = end(group) - start(group) - parityPages;
        return dataPages * PayloadDescriptor.length(1) + PayloadDescriptor.length(parityPages);
    }

    int start(int group) {
        return group == 0 ? 0 : end(group - 1);
    }

    int end(int group) {
        return groupEnd[group];
    }

    int parityPages(int group) {
        return hasQ[group] ? 2 : 1;
    }

    long location(int entry) {
        return location[entry];
    }

    long page(int entry) {
        return page[entry];
    }
}
