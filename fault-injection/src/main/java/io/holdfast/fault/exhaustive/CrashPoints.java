package io.holdfast.fault.exhaustive;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Follows a {@link TraceLog} and says, between any two events, what a crash there can leave.
 *
 * <p>A page holds what is durable, or that with any of the writes on top that have begun and are not covered by a flush that
 * has ended. A flush covers writes that had ended when it began. Devices tear between logical blocks only: where these are
 * shorter than a page, a page of a write may also be torn in one of a few patterns, see {@link #TORN_MASKS}.
 */
final class CrashPoints {
    /** Which sectors of a torn page are new: the first, the first half, all but the last, all but the first, every other. */
    static final int[] TORN_MASKS = {0x01, 0x0F, 0x7F, 0xFE, 0x55};

    private static final int[] NOTHING = {};

    private final PagePool pool;
    private final Box start;
    private final int[] base;
    private final int logicalBlockLength;
    private final Int2ObjectHashMap<Page> pages = new Int2ObjectHashMap<>();
    private final Int2ObjectHashMap<Write> writes = new Int2ObjectHashMap<>();
    private final Int2ObjectHashMap<int[]> flushes = new Int2ObjectHashMap<>();
    private IntUnaryOperator deviceOf = page -> -1;
    private int moment;

    private static final class Write {
        private final int device;
        private int endedAt = Integer.MAX_VALUE;

        private Write(int device) {
            this.device = device;
        }
    }

    /** One write's part of a page. */
    private record Layer(Write write, int content, int mask) {}

    private static final class Page {
        private int[] durable;

        /** What a reader saw at the beginning and no flush has covered yet; null when that is what is durable. */
        private int[] seen;

        private final List<Layer> layers = new ArrayList<>();

        private Page(int[] durable) {
            this.durable = durable;
        }
    }

    /**
     * Before the first event.
     *
     * @param pool               of contents.
     * @param base               of every page.
     * @param start              what there may be to begin with, on that base.
     * @param logicalBlockLength of the devices.
     */
    CrashPoints(PagePool pool, int[] base, Box start, int logicalBlockLength) {
        this.pool = pool;
        this.base = base;
        this.start = start;
        this.logicalBlockLength = logicalBlockLength;
        for (int i = 0; i < start.listed(); i++) {
            pages.put(start.page(i), new Page(start.contents(i)));
        }
    }

    /**
     * After a process was killed: what is read was written by it, but what the devices' caches held is durable only when a
     * flush has covered it.
     *
     * @param beneath  what there may be if power fails before that, on the same base.
     * @param deviceOf tells which device a page lies on.
     * @return this.
     */
    CrashPoints over(Box beneath, IntUnaryOperator deviceOf) {
        this.deviceOf = deviceOf;
        for (int i = 0; i < beneath.listed(); i++) {
            Page page = pages.computeIfAbsent(beneath.page(i), number -> new Page(start.contentsOf(number)));
            page.seen = page.durable;
            page.durable = union(page.durable, beneath.contents(i));
        }
        return this;
    }

    /**
     * Let one event happen.
     *
     * @param words of the log.
     * @param at    where the event begins.
     * @return where the next one does.
     * @throws IllegalStateException when two writes to the same bytes of a device are on their way together, whose order
     *                               nobody could know.
     */
    int pass(int[] words, int at) {
        moment++;
        switch (words[at]) {
            case TraceLog.WRITE_BEGAN -> begin(words, at);
            case TraceLog.WRITE_ENDED -> writes.get(words[at + 1]).endedAt = moment;
            case TraceLog.FLUSH_BEGAN -> flushes.put(words[at + 1], new int[] {words[at + 2], moment});
            case TraceLog.FLUSH_ENDED -> flush(flushes.get(words[at + 1]));
            default -> {}
        }
        return at + TraceLog.eventLength(words, at);
    }

    /**
     * The boxes that no other box of the same run of events holds: what a crash leaves only grows up to the end of a flush, so
     * the moments before those and the last one are all there is.
     *
     * @param words of the log.
     * @return the boxes, in order; at least one.
     */
    List<Box> passAll(int[] words) {
        List<Box> boxes = new ArrayList<>();
        boolean hasGrown = true;
        for (int at = 0; at < words.length; ) {
            if (hasGrown && words[at] == TraceLog.FLUSH_ENDED) {
                boxes.add(box());
                hasGrown = false;
            }
            hasGrown |= words[at] == TraceLog.WRITE_BEGAN;
            at = pass(words, at);
        }
        if (hasGrown) {
            boxes.add(box());
        }
        return boxes;
    }

    /** Whether an event can change what a crash leaves. */
    static boolean matters(int event) {
        return event == TraceLog.WRITE_BEGAN || event == TraceLog.FLUSH_ENDED;
    }

    /** Pages of writes that no flush covers. */
    int unflushedPages() {
        int count = 0;
        for (Page page : pages.values()) {
            count += page.layers.size();
        }
        return count;
    }

    /** Writes that no flush covers. */
    int unflushedWrites() {
        int count = 0;
        for (Write write : writes.values()) {
            count += isUnflushed(write) ? 1 : 0;
        }
        return count;
    }

    private boolean isUnflushed(Write write) {
        for (Page page : pages.values()) {
            for (Layer layer : page.layers) {
                if (layer.write == write) {
                    return true;
                }
            }
        }
        return false;
    }

    /** What is left when the process is killed now: all that has ended, and any of what was on its way. */
    Box killed() {
        return box(true);
    }

    /** What a crash now can leave. */
    Box box() {
        return box(false);
    }

    private Box box(boolean isKill) {
        int[] listed = new int[pages.size()];
        int next = 0;
        for (Int2ObjectHashMap<Page>.KeyIterator it = pages.keySet().iterator(); it.hasNext(); ) {
            listed[next++] = it.nextInt();
        }
        Arrays.sort(listed);
        int[][] contents = new int[listed.length][];
        int[][] torn = new int[listed.length][];
        for (int i = 0; i < listed.length; i++) {
            Page page = pages.get(listed[i]);
            contents[i] = contents(page, isKill);
            torn[i] = isKill ? NOTHING : torn(page, contents[i]);
        }
        return new Box(base, listed, contents, torn);
    }

    private void begin(int[] words, int at) {
        Write write = new Write(words[at + 2]);
        writes.put(words[at + 1], write);
        for (int i = 0; i < words[at + 3]; i++) {
            int number = words[at + 4 + 3 * i];
            int mask = words[at + 6 + 3 * i];
            Page page = pages.get(number);
            if (page == null) {
                page = new Page(start.contentsOf(number));
                pages.put(number, page);
            }
            for (Layer layer : page.layers) {
                if ((layer.mask & mask) != 0 && layer.write.endedAt == Integer.MAX_VALUE) {
                    throw new IllegalStateException("two writes to the same bytes are on their way together: device="
                            + write.device + " page=" + number);
                }
            }
            page.layers.add(new Layer(write, words[at + 5 + 3 * i], mask));
        }
    }

    private void flush(int[] flush) {
        for (Int2ObjectHashMap<Page>.EntryIterator it = pages.entrySet().iterator(); it.hasNext(); ) {
            it.next();
            Page page = it.getValue();
            if (page.seen != null && deviceOf.applyAsInt(it.getIntKey()) == flush[0]) {
                page.durable = page.seen;
                page.seen = null;
            }
            for (int i = 0; i < page.layers.size(); ) {
                Layer layer = page.layers.get(i);
                if (layer.write.device != flush[0] || layer.write.endedAt >= flush[1]) {
                    i++;
                    continue;
                }
                page.durable = on(page.durable, layer.content, layer.mask);
                page.layers.remove(i);
            }
        }
    }

    private int[] contents(Page page, boolean isKill) {
        int[] all = page.durable;
        for (Layer layer : page.layers) {
            int[] with = on(all, layer.content, layer.mask);
            boolean isCertain = isKill && layer.write.endedAt != Integer.MAX_VALUE;
            all = isCertain ? with : union(all, with);
        }
        return all;
    }

    private int[] torn(Page page, int[] whole) {
        if (logicalBlockLength >= PagePool.PAGE_LENGTH || page.layers.isEmpty()) {
            return NOTHING;
        }
        int[] torn = NOTHING;
        int[] under = page.durable;
        for (Layer layer : page.layers) {
            for (int pattern : TORN_MASKS) {
                int mask = layer.mask & pattern;
                if (mask != 0 && mask != layer.mask) {
                    torn = union(torn, on(under, layer.content, mask));
                }
            }
            under = union(under, on(under, layer.content, layer.mask));
        }
        return without(torn, whole);
    }

    private int[] on(int[] under, int content, int mask) {
        int[] result = NOTHING;
        for (int each : under) {
            result = union(result, new int[] {pool.compose(each, content, mask)});
        }
        return result;
    }

    private static int[] union(int[] some, int[] more) {
        int[] result = Arrays.copyOf(some, some.length + more.length);
        int length = some.length;
        for (int each : more) {
            if (!contains(result, length, each)) {
                result[length++] = each;
            }
        }
        return Arrays.copyOf(result, length);
    }

    private static int[] without(int[] some, int[] others) {
        return Arrays.stream(some)
                .filter(each -> !contains(others, others.length, each))
                .toArray();
    }

    private static boolean contains(int[] some, int length, int wanted) {
        for (int i = 0; i < length; i++) {
            if (some[i] == wanted) {
                return true;
            }
        }
        return false;
    }
}
