package io.holdfast.journal;

/**
 * What one append puts into the log: stripe groups, each some data pages followed by the parity that goes with them; or data
 * alone, whose parity comes in a later transaction, as a group of nothing else.
 *
 * <p>A group is never split over two meta blocks, and neither is a transaction that fits into one: it is found whole by a
 * replay, or not at all. Preallocated by its owner, filled in on the owner's thread, then left alone until the listener is
 * told; the pages, too, must not change until then.
 */
public final class JournalTransaction {
    private final long[] location;
    private final long[] page;
    private final int[] groupEnd;
    private final int[] parityPages;
    private int entryCount;
    private int groupCount;
    private int descriptorsLength;
    private int pageCount;
    private int groupLength;
    private int longestGroup;

    /** Bytes of log that were promised for it beforehand; 0 when it has to wait for room like any other. */
    long promisedLength;

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
        parityPages = new int[maxPageCount];
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
        promisedLength = 0;
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
        int pages = 1;
        if (qAddress != 0) {
            add(memberSector, qAddress);
            pages = 2;
        }
        groupLength += PayloadDescriptor.length(pages);
        endGroup(pages);
    }

    /** End a group that has data alone. */
    public void endData() {
        endGroup(0);
    }

    private void endGroup(int pages) {
        parityPages[groupCount] = pages;
        groupEnd[groupCount++] = entryCount;
        descriptorsLength += groupLength;
        longestGroup = Math.max(longestGroup, groupLength);
        groupLength = 0;
    }

    private void add(long where, long address) {
        if (where < 0 || where % MetaBlockDescriptor.LENGTH_SECTORS != 0 || address == 0) {
            throw new IllegalArgumentException("not a page and its place: sector=" + where + " address=" + address);
        }
        location[entryCount] = where;
        page[entryCount] = address;
        entryCount++;
        pageCount++;
    }

    /** Pages in the transaction. */
    public int pageCount() {
        return pageCount;
    }

    /** Ordinal of the first meta block that holds it, for {@link JournalWriter#retire(long, long)}; once it is durable. */
    public long firstBlock() {
        return firstBlock;
    }

    /** Ordinal of the last meta block that holds it; once it is durable. */
    public long lastBlock() {
        return lastBlock;
    }

    /** Whether the last group has not been ended. */
    boolean isGroupOpen() {
        return groupLength != 0;
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
        int dataPages = end(group) - start(group) - parityPages(group);
        return dataPages * PayloadDescriptor.length(1)
                + (parityPages(group) == 0 ? 0 : PayloadDescriptor.length(parityPages(group)));
    }

    int start(int group) {
        return group == 0 ? 0 : end(group - 1);
    }

    int end(int group) {
        return groupEnd[group];
    }

    int parityPages(int group) {
        return parityPages[group];
    }

    long location(int entry) {
        return location[entry];
    }

    long page(int entry) {
        return page[entry];
    }
}
