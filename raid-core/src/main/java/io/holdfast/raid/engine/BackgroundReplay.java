package io.holdfast.raid.engine;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalScanner;
import io.holdfast.raid.ReplayProgress;
import io.holdfast.raid.engine.ReplayIndex.Stripe;
import io.holdfast.raid.layout.ArrayLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The replay that goes on while the array serves reads and writes: what has to be replayed, shard by shard, and how far it has
 * come.
 *
 * <p>Why nobody notices that it is not over:
 *
 * <ol>
 *   <li>Whoever wants anything of a window whose pages are still in the log (to read it, write it, rebuild or check it) waits
 *       until they have been written to the members: {@link WindowMachine}. Whoever wants another window finds all there is on
 *       the members.
 *   <li>New records go behind the old ones, with the very next sequence number, and the tail stays where it was until every
 *       window is on the members and their caches are flushed. A crash at any moment finds one log, old and new, and a replay of
 *       it gives the newest page of every block, whichever of them the members have already.
 *   <li>A record that is made while old ones of its stripe are still in the log was planned after these were written to the
 *       members, so its parity fits them.
 *   <li>Replaying needs no room in the log. A log too full to take another record makes writes wait, and nothing else.
 * </ol>
 *
 * <p>Shards count here what they have done; everybody may look.
 */
final class BackgroundReplay {
    private final JournalArea area;
    private final List<ReplayMap> maps = new ArrayList<>();
    private final long logLength;
    private final long scanSinceNs;
    private final long startedNs;
    private long windowCount;
    private long pageCount;
    private final AtomicLong windowsDone = new AtomicLong();
    private final AtomicLong pagesDone = new AtomicLong();
    private final AtomicLong windowsDamaged = new AtomicLong();
    private volatile long endedNs;
    private volatile boolean over;

    /**
     * What a start has left to do.
     *
     * @param log        and what is left of it.
     * @param layout     of the array.
     * @param geometry   of its windows.
     * @param shardCount of the engine.
     * @param scanSinceNs when the log began to be read.
     * @param nowNs      the time.
     */
    BackgroundReplay(
            JournalReplay.Result log,
            ArrayLayout layout,
            WindowGeometry geometry,
            int shardCount,
            long scanSinceNs,
            long nowNs) {
        area = log.area();
        logLength =
                area.distance(log.start().tailPosition(), log.start().headPosition()) * DeviceGeometry.SECTOR_LENGTH;
        this.scanSinceNs = scanSinceNs;
        startedNs = nowNs;
        List<List<UnreplayedWindow>> byShard = new ArrayList<>();
        for (int i = 0; i < shardCount; i++) {
            byShard.add(new ArrayList<>());
        }
        List<Stripe> left = log.left();
        for (int first = 0; first < left.size(); ) {
            long window = geometry.windowOfMember(left.get(first).memberOffset());
            int end = first + 1;
            while (end < left.size() && geometry.windowOfMember(left.get(end).memberOffset()) == window) {
                end++;
            }
            byShard.get((int) (geometry.row(window) % shardCount))
                    .add(window(window, left.subList(first, end), log.scanner(), geometry, layout.memberCount()));
            first = end;
        }
        for (List<UnreplayedWindow> windows : byShard) {
            maps.add(new ReplayMap(windows));
        }
    }

    private UnreplayedWindow window(
            long window, List<Stripe> stripes, JournalScanner scanner, WindowGeometry geometry, int slotCount) {
        int count = 0;
        for (Stripe stripe : stripes) {
            count += stripe.completeCount();
        }
        long[] pages = new long[count];
        count = 0;
        for (Stripe stripe : stripes) {
            int block = (int) (stripe.memberOffset() - geometry.memberOffset(window)) >> BlockMask.BLOCK_SHIFT;
            for (int slot = 0; slot < slotCount; slot++) {
                if (stripe.complete[slot] != ReplayIndex.NONE) {
                    pages[count++] = UnreplayedWindow.page(stripe.complete[slot], slot, block);
                }
            }
        }
        Arrays.sort(pages);
        int[] checksums = new int[count];
        for (int i = 0; i < count; i++) {
            checksums[i] = scanner.checksumOf(UnreplayedWindow.position(pages[i]));
        }
        windowCount++;
        pageCount += count;
        return new UnreplayedWindow(window, pages, checksums);
    }

    /** Of the log that is replayed. */
    JournalArea area() {
        return area;
    }

    /** Bytes of log that were live. */
    long logLength() {
        return logLength;
    }

    /** When that log began to be read. */
    long scanSinceNs() {
        return scanSinceNs;
    }

    /** What one shard has to do. */
    ReplayMap map(int shard) {
        return maps.get(shard);
    }

    void windowDone(int pages) {
        windowsDone.incrementAndGet();
        pagesDone.addAndGet(pages);
    }

    void windowDamaged() {
        windowsDamaged.incrementAndGet();
    }

    /** Whether all has been replayed that can be. Said by the conductor. */
    boolean isOver() {
        return over;
    }

    void end(long nowNs) {
        endedNs = nowNs;
        over = true;
    }

    /** How far it has come; from any thread. */
    ReplayProgress progress(long nowNs) {
        boolean ended = over;
        return new ReplayProgress(
                windowCount,
                windowsDone.get(),
                windowsDamaged.get(),
                pageCount * BlockMask.BLOCK_LENGTH,
                pagesDone.get() * BlockMask.BLOCK_LENGTH,
                (ended ? endedNs : nowNs) - startedNs,
                ended);
    }
}
