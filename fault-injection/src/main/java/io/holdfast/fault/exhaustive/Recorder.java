package io.holdfast.fault.exhaustive;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.layout.ArrayLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * Runs a small workload on the production engine and records what it does to the devices.
 *
 * <p>No device operation ends before the engine has nothing left to do, and then one does, drawn by the seed: so as many writes
 * are on their way together as the engine ever sends. The workload begins with the array's first start and ends with its stop.
 */
final class Recorder {
    private static final int MOST_REQUESTS = 4;
    private static final int MOST_STEPS = 100_000;
    private static final long IDLE_NS = 300_000_000;

    /** Longer than anything lingers in write-back. */
    private static final long LONG_IDLE_NS = 10_000_000_000L;

    private static final int PAGE_LENGTH = PagePool.PAGE_LENGTH;
    private static final int LONGEST_WINDOW = 64 * 1024;

    private final ExhaustiveOptions options;
    private final ArraySite site;
    private final SplittableRandom random;
    private final PagePool pool = new PagePool();
    private final TraceWorld world;
    private final ArrayDriver driver;
    private final PromiseLedger ledger;
    private final List<Promise> promises = new ArrayList<>();
    private final int[] base;
    private final CrashPoints crash;
    private int crashAt;
    private int submittedCount;
    private int inFlightCount;
    private int pagesReserved;
    private int dirtyFrom = Integer.MAX_VALUE;
    private String problem = "";

    Recorder(ExhaustiveOptions options, UnaryOperator<BlockDevice> wrap) {
        this.options = options;
        site = ArraySite.of(options);
        random = new SplittableRandom(options.seed());
        world = site.newWorld(pool);
        site.create(world, options.seed());
        base = world.image();
        world.reset(base);
        crash = new CrashPoints(pool, base, Box.of(base), options.shape().logicalBlockLength());
        driver = new ArrayDriver(site, world, wrap);
        ledger = new PromiseLedger(site.layout().arrayLength(), options.shape().unitLength(), atomicLength());
        promises.add(ledger.promise());
    }

    /** Run the workload. */
    Recording record() {
        RaidArray array = driver.assemble(0, false);
        driver.runUntilQuiet();
        world.holdsBack(true);
        try {
            work(array);
            rest();
            if (problem.isEmpty() && !stop(array)) {
                problem = "the array does not stop: " + array.state();
            }
        } finally {
            world.holdsBack(false);
            array.abandon();
        }
        int[] words = world.log().toArray();
        CrashPoints fromStart =
                new CrashPoints(pool, base, Box.of(base), options.shape().logicalBlockLength());
        return new Recording.Collector(fromStart, words, promises, dirtyFrom)
                .collect()
                .finish(pool, problem);
    }

    private void work(RaidArray array) {
        for (int step = 0; step < MOST_STEPS && problem.isEmpty(); step++) {
            driver.runUntilQuiet();
            boolean isDone = submittedCount == options.writes();
            if (isDone && inFlightCount == 0 && world.held().isEmpty()) {
                return;
            }
            if (!isDone && inFlightCount < MOST_REQUESTS && (world.held().isEmpty() || random.nextInt(3) > 0)) {
                submit(array);
            } else {
                releaseOne();
            }
        }
        problem = problem.isEmpty() ? "requests are not answered: inFlightCount=" + inFlightCount : problem;
    }

    /** An idle while, in which an array without a journal is called clean again, and what lingered goes to the members. */
    private void rest() {
        long idleNs = site.journalMode() == JournalMode.WRITE_BACK ? LONG_IDLE_NS : IDLE_NS;
        driver.advance(idleNs);
        for (int step = 0; step < MOST_STEPS; step++) {
            driver.runUntilQuiet();
            if (world.held().isEmpty()) {
                if (step > 0) {
                    return;
                }
                driver.advance(idleNs);
            } else {
                releaseOne();
            }
        }
    }

    private boolean stop(RaidArray array) {
        var stopped = array.stop();
        for (int step = 0; step < MOST_STEPS && !stopped.isDone(); step++) {
            driver.runUntilQuiet();
            releaseOne();
        }
        return stopped.isDone();
    }

    private void releaseOne() {
        List<TraceChannel.Operation> held = world.held();
        if (held.isEmpty()) {
            driver.advance(IDLE_NS / 100);
            return;
        }
        // Reads first, so that writes pile up.
        for (int i = 0; i < held.size(); i++) {
            if (held.get(i).isRead()) {
                held.remove(i).release();
                return;
            }
        }
        held.remove(random.nextInt(held.size())).release();
    }

    // ---- requests ----

    private void submit(RaidArray array) {
        int length = drawLength();
        long offset = drawOffset(length);
        int pages = pagesOf(offset, length);
        follow();
        if (crash.unflushedPages() + pagesReserved + pages > options.inFlight()
                && !site.shape().isJournaled()) {
            if (inFlightCount == 0) {
                flush(array);
            } else {
                releaseOne();
            }
            return;
        }
        if (site.shape().isJournaled() && pagesReserved + pages > logPages()) {
            releaseOne();
            return;
        }
        int kind = random.nextInt(8);
        write(array, offset, length, pages, kind == 0, kind == 1);
        if (random.nextInt(6) == 0) {
            flush(array);
        }
    }

    /** Every page of a batch may be there or not, and a recovery looks at all of them: half of what members may have. */
    private int logPages() {
        return Math.max(options.inFlight() / 2, site.shape().parityCount() + 1);
    }

    private void write(RaidArray array, long offset, int length, int pages, boolean isZeroes, boolean forceUnitAccess) {
        int number = ledger.submitted(offset, length, isZeroes);
        dirtyFrom = Math.min(dirtyFrom, world.log().length());
        mark();
        submittedCount++;
        inFlightCount++;
        pagesReserved += pages;
        boolean isDurable = site.shape().isJournaled() || (forceUnitAccess && !isZeroes);
        ByteBuffer bytes = BufferSlab.allocate(length).byteBuffer().slice(0, length);
        for (int i = 0; i < length; i++) {
            bytes.put(i, Pattern.at(number, offset + i));
        }
        boolean isAdmitted = isZeroes
                ? array.writeZeroes(offset, length, (token, status) -> answered(number, pages, isDurable, status), 0)
                : array.write(
                        bytes,
                        offset,
                        forceUnitAccess,
                        (token, status) -> answered(number, pages, isDurable, status),
                        0);
        if (!isAdmitted) {
            problem = "a write was not admitted: number=" + number;
        }
    }

    private void answered(int number, int pages, boolean isDurable, IoStatus status) {
        inFlightCount--;
        pagesReserved -= pages;
        if (status == IoStatus.OK) {
            ledger.answered(number, isDurable);
            mark();
        } else {
            problem = "a write failed with no fault to blame: number=" + number + " status=" + status;
        }
    }

    private void flush(RaidArray array) {
        int flushing = ledger.flushing();
        inFlightCount++;
        array.flush(
                (token, status) -> {
                    inFlightCount--;
                    if (status == IoStatus.OK) {
                        ledger.flushed(flushing);
                        mark();
                    } else {
                        problem = "a flush failed with no fault to blame: status=" + status;
                    }
                },
                0);
    }

    private void mark() {
        world.log().mark(promises.size());
        promises.add(ledger.promise());
    }

    private void follow() {
        int[] words = world.log().toArray();
        while (crashAt < words.length) {
            crashAt = crash.pass(words, crashAt);
        }
    }

    private int drawLength() {
        int most = site.layout().chunkLength() * site.layout().dataCount();
        int length =
                switch (random.nextInt(6)) {
                    case 0 -> 1 + random.nextInt(PAGE_LENGTH);
                    case 1 -> 512 * (1 + random.nextInt(12));
                    case 2, 3 -> PAGE_LENGTH;
                    case 4 -> 2 * PAGE_LENGTH;
                    default -> most;
                };
        length = Math.min(length, most);
        while (pagesOf(0, length) + site.shape().parityCount() + 1
                > (site.shape().isJournaled() ? logPages() : options.inFlight())) {
            length /= 2;
        }
        return length;
    }

    private long drawOffset(int length) {
        long last = site.layout().arrayLength() - length;
        long hot = Math.min(last, site.layout().chunkLength());
        long offset = random.nextInt(3) > 0 ? random.nextLong(hot + 1) : random.nextLong(last + 1);
        return length % PAGE_LENGTH == 0
                ? offset / PAGE_LENGTH * PAGE_LENGTH
                : length % 512 == 0 ? offset / 512 * 512 : offset;
    }

    /** Pages of members that a write changes. */
    private int pagesOf(long offset, int length) {
        ArrayLayout layout = site.layout();
        Set<Long> parity = new HashSet<>();
        int pages = 0;
        for (long at = offset / PAGE_LENGTH * PAGE_LENGTH; at < offset + length; at += PAGE_LENGTH) {
            pages++;
            parity.add(layout.memberOffset(at));
        }
        return pages + parity.size() * layout.parityCount();
    }

    /** What the engine promises to be whole: a request inside one window, which is the smaller the smaller the log. */
    private int atomicLength() {
        if (!site.shape().isJournaled()) {
            return 0;
        }
        int window = Math.min(site.shape().chunkLength(), LONGEST_WINDOW);
        while (window > PAGE_LENGTH && 2L * window * site.shape().memberCount() > options.journalLength() / 4) {
            window /= 2;
        }
        return window;
    }
}
