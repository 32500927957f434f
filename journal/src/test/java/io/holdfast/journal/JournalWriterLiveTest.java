package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.blockdev.ThreadLoop;
import io.holdfast.journal.TestLog.Pages;
import io.holdfast.journal.TestLog.Replay;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The writer on a thread of its own, and what it costs the heap. */
class JournalWriterLiveTest {
    private static final int PRODUCERS = 3;
    private static final int TRANSACTIONS = 2_000;

    /** Moves the tail as the conductor would, on the journal's thread. */
    private static final class TailMover implements Agent {
        private final JournalWriter writer;
        private final AtomicLong tail = new AtomicLong();

        TailMover(JournalWriter writer) {
            this.writer = writer;
        }

        @Override
        public int doWork() {
            if (!writer.spaceWanted()) {
                return 0;
            }
            tail.set(writer.reclaimablePosition());
            writer.tailMoved(tail.get());
            return 1;
        }

        @Override
        public String roleName() {
            return "tail mover";
        }
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldServeSeveralProducersInALogThatIsAlwaysFull() throws InterruptedException {
        MemoryBlockDevice device = new MemoryBlockDevice("j.img", 1 << 20);
        JournalArea area = new JournalArea(device, 0, 256, TestLog.UUID);
        new JournalAppender(area, 0, 1).appendEmptyBlock();
        AtomicReference<Throwable> error = new AtomicReference<>();
        ThreadLoop loop = new ThreadLoop("journal", error::set);
        JournalWriter writer = new JournalWriter(
                area, loop, LogStart.behindEmptyBlock(area, 0, 1), 4, System::nanoTime, 30_000_000_000L);
        TailMover mover = new TailMover(writer);
        loop.start(writer);
        loop.start(mover);
        AtomicInteger failures = new AtomicInteger();
        List<Thread> producers = new ArrayList<>();
        for (int i = 0; i < PRODUCERS; i++) {
            int first = i;
            Thread producer = new Thread(() -> produce(writer, first, failures), "producer-" + i);
            producers.add(producer);
            producer.start();
        }
        for (Thread producer : producers) {
            producer.join();
        }
        loop.close();
        assertNull(error.get());
        assertEquals(0, failures.get());
        // A block for each transaction at most; and none is lost, so the last ones are found behind the tail.
        Replay replay = new Replay(new JournalScanner(area), mover.tail.get());
        assertTrue(replay.payloads.size() >= 2, replay.report.sentence());
        device.close();
    }

    private static void produce(JournalWriter writer, int producer, AtomicInteger failures) {
        Pages pages = new Pages(4);
        Semaphore told = new Semaphore(0);
        JournalListener listener = new JournalListener() {
            @Override
            public void onDurable(JournalTransaction transaction) {
                told.release();
            }

            @Override
            public void onFailed(JournalTransaction transaction, IoStatus status) {
                failures.incrementAndGet();
                told.release();
            }
        };
        JournalTransaction transaction = new JournalTransaction(3);
        transaction.owner(listener, producer);
        for (int i = 0; i < TRANSACTIONS; i++) {
            pages.fill(transaction, 8L * i, 1, 2, false);
            while (!writer.tryAppend(transaction)) {
                Thread.onSpinWait();
            }
            told.acquireUninterruptibly();
            writer.retire(transaction);
        }
    }

    @Test
    void shouldAllocateNothingForEachTransaction() throws Exception {
        try (TestLog log = TestLog.started(4096, 64)) {
            int count = 32;
            JournalListener quiet = new JournalListener() {
                @Override
                public void onDurable(JournalTransaction transaction) {}

                @Override
                public void onFailed(JournalTransaction transaction, IoStatus status) {
                    throw new AssertionError(status);
                }
            };
            Pages pages = new Pages(count * 4);
            JournalTransaction[] transactions = new JournalTransaction[count];
            for (int i = 0; i < count; i++) {
                transactions[i] = new JournalTransaction(4);
                transactions[i].owner(quiet, i);
            }
            long page = pages.nextPage();
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = 0;
            int rounds = 1_500;
            int warmUp = 500;
            for (int round = 0; round < rounds; round++) {
                if (round == warmUp) {
                    before = threads.getCurrentThreadAllocatedBytes();
                }
                for (JournalTransaction transaction : transactions) {
                    transaction.reset();
                    transaction.addData(8L * round, page);
                    transaction.addData(8L * round + 8, page);
                    transaction.addParity(8, page, page);
                    if (!log.writer.tryAppend(transaction)) {
                        throw new AssertionError("ring is full");
                    }
                }
                for (int step = 0; step < 4; step++) {
                    log.writer.doWork();
                }
                for (JournalTransaction transaction : transactions) {
                    log.writer.retire(transaction);
                }
                log.moveTail();
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertEquals(0, allocated / ((rounds - warmUp) * (long) count), "bytes for each transaction");
        }
    }
}
