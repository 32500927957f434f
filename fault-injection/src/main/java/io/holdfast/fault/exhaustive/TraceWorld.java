package io.holdfast.fault.exhaustive;

import io.holdfast.blockdev.DeviceGeometry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.MutableDirectBuffer;

/**
 * A set of devices at one moment: what a reader of each page sees, what of it has been looked at, and what has been done to it
 * since {@link #reset}. Single-threaded.
 *
 * <p>Completions are held back while {@link #holdsBack} is set, until somebody releases them one by one; otherwise an
 * operation is carried out at the next poll, in order of submission.
 */
final class TraceWorld {
    private final PagePool pool;
    private final int logicalBlockLength;
    private final int[] firstPage;
    private final List<TraceDevice> devices = new ArrayList<>();
    private final TraceLog log = new TraceLog();
    private final List<int[]> lookedAt = new ArrayList<>();
    private final List<TraceChannel.Operation> held = new ArrayList<>();
    private final int[] current;
    private final int[] initial;
    private final boolean[] known;
    private final int[] unknown;
    private boolean holdsBack;

    /**
     * A world of blank devices.
     *
     * @param pool               of contents.
     * @param logicalBlockLength of every device, 512 or 4096.
     * @param lengths            of the devices, in bytes, whole pages.
     * @param names              of the devices.
     */
    TraceWorld(PagePool pool, int logicalBlockLength, long[] lengths, String[] names) {
        this.pool = pool;
        this.logicalBlockLength = logicalBlockLength;
        firstPage = new int[lengths.length + 1];
        for (int i = 0; i < lengths.length; i++) {
            firstPage[i + 1] = firstPage[i] + Math.toIntExact(lengths[i] / PagePool.PAGE_LENGTH);
            DeviceGeometry geometry =
                    new DeviceGeometry(lengths[i], logicalBlockLength, PagePool.PAGE_LENGTH, logicalBlockLength);
            devices.add(new TraceDevice(this, i, names[i], geometry));
        }
        current = new int[firstPage[lengths.length]];
        initial = new int[current.length];
        known = new boolean[current.length];
        unknown = new int[current.length];
    }

    /** The devices, in order. */
    TraceDevice device(int index) {
        return devices.get(index);
    }

    /** Pages over all devices. */
    int pageCount() {
        return current.length;
    }

    /** Index over all devices of a device's first page. */
    int firstPage(int device) {
        return firstPage[device];
    }

    /** The device that a page lies on. */
    int deviceOf(int page) {
        int device = devices.size() - 1;
        while (firstPage[device] > page) {
            device--;
        }
        return device;
    }

    /** Bytes of what is never torn. */
    int logicalBlockLength() {
        return logicalBlockLength;
    }

    /** Contents. */
    PagePool pool() {
        return pool;
    }

    /** What has been done since the last {@link #reset}. */
    TraceLog log() {
        return log;
    }

    /** A copy of what a reader of each page sees now. */
    int[] image() {
        return current.clone();
    }

    /** What a reader of a page sees now. */
    int current(int page) {
        return current[page];
    }

    /**
     * The pages whose content in the image at {@link #reset} became known, in the order in which they did: a list for every look
     * that was the first at some page.
     */
    List<int[]> lookedAt() {
        return lookedAt;
    }

    /**
     * Begin again.
     *
     * @param image content of every page.
     */
    void reset(int[] image) {
        System.arraycopy(image, 0, current, 0, current.length);
        System.arraycopy(image, 0, initial, 0, current.length);
        Arrays.fill(known, false);
        lookedAt.clear();
        log.clear();
        held.clear();
    }

    /** Keep what is submitted to channels from now on until it is released. */
    void holdsBack(boolean value) {
        holdsBack = value;
    }

    boolean holdsBack() {
        return holdsBack;
    }

    /** Operations held back, in order of submission. */
    List<TraceChannel.Operation> held() {
        return held;
    }

    /** Note that the content of some pages is about to be seen. */
    void look(int from, int count) {
        int found = 0;
        for (int page = from; page < from + count; page++) {
            if (!known[page]) {
                known[page] = true;
                unknown[found++] = page;
            }
        }
        if (found > 0) {
            lookedAt.add(Arrays.copyOf(unknown, found));
        }
    }

    /** What a page held at {@link #reset}. */
    int initial(int page) {
        return initial[page];
    }

    void read(int device, long offset, MutableDirectBuffer target, int index, int length) {
        int from = firstPage[device] + (int) (offset / PagePool.PAGE_LENGTH);
        int to = firstPage[device] + (int) ((offset + length - 1) / PagePool.PAGE_LENGTH);
        look(from, to - from + 1);
        for (int done = 0; done < length; ) {
            long at = offset + done;
            int inPage = (int) (at % PagePool.PAGE_LENGTH);
            int count = Math.min(length - done, PagePool.PAGE_LENGTH - inPage);
            int page = firstPage[device] + (int) (at / PagePool.PAGE_LENGTH);
            target.putBytes(index + done, pool.bytes(current[page]), inPage, count);
            done += count;
        }
    }

    /** Note a write as begun; {@code source} null stands for zeroes. */
    int beginWrite(int device, long offset, MutableDirectBuffer source, int index, long length) {
        int from = firstPage[device] + (int) (offset / PagePool.PAGE_LENGTH);
        int to = firstPage[device] + (int) ((offset + length - 1) / PagePool.PAGE_LENGTH);
        int operation = log.writeBegan(device, to - from + 1);
        for (long done = 0; done < length; ) {
            long at = offset + done;
            int inPage = (int) (at % PagePool.PAGE_LENGTH);
            int count = (int) Math.min(length - done, PagePool.PAGE_LENGTH - inPage);
            int content = PagePool.ZERO;
            if (source != null) {
                content = count == PagePool.PAGE_LENGTH
                        ? pool.intern(source, index + (int) done)
                        : pool.internPart(source, index + (int) done, inPage, count);
            }
            int mask = ((1 << (count / PagePool.SECTOR_LENGTH)) - 1) << (inPage / PagePool.SECTOR_LENGTH);
            log.page(firstPage[device] + (int) (at / PagePool.PAGE_LENGTH), content, mask);
            done += count;
        }
        return operation;
    }

    /** Let a write that began at {@code at} in the log be seen. */
    void takeEffect(int at) {
        int pageCount = log.word(at + 3);
        for (int i = 0; i < pageCount; i++) {
            int page = log.word(at + 4 + 3 * i);
            int mask = log.word(at + 6 + 3 * i);
            if (mask == PagePool.WHOLE) {
                known[page] = true;
            }
            current[page] = pool.compose(current[page], log.word(at + 5 + 3 * i), mask);
        }
    }
}
