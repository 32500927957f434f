package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.journal.TestLog.Pages;
import io.holdfast.journal.TestLog.Replay;
import io.holdfast.journal.TestLog.Told;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;

/** Random transactions through a random log, retired in random order, with the power cut at random. */
class JournalProperties {
    private static final int SECTOR = DeviceGeometry.SECTOR_LENGTH;

    /** One history, its log, and what a replay may and must find. */
    private static final class History implements AutoCloseable {
        private final Random random;
        private final TestLog log;
        private final Told told = new Told();
        private final Pages pages = new Pages(3000);
        private final Deque<JournalTransaction> free = new ArrayDeque<>();
        private final List<JournalTransaction> live = new ArrayList<>();
        /** Payloads of all transactions ever appended, in order, and the index behind each transaction. */
        private final List<String> appended = new ArrayList<>();

        private final List<Integer> ends = new ArrayList<>();
        private final Map<JournalTransaction, Integer> number = new HashMap<>();
        private final Map<String, Integer> indexOf = new HashMap<>();
        private final int maxPages;
        private int durableCount;
        /** Payloads of the first free transaction, filled and not taken yet; null when it is not filled. */
        private List<String> refused;

        History(long seed, int lengthPages) {
            random = new Random(seed);
            log = TestLog.started(8L * lengthPages, 8);
            // At worst a meta block for each group.
            maxPages = Math.min(240, (int) log.writer.maxTransactionLength() / TestLog.PAGE / 2);
            for (int i = 0; i < 12; i++) {
                JournalTransaction transaction = new JournalTransaction(maxPages);
                transaction.owner(told, i);
                free.add(transaction);
            }
        }

        void step() {
            switch (random.nextInt(5)) {
                case 0 -> append();
                case 1 -> retire();
                case 2 -> {
                    if (log.writer.spaceWanted() || random.nextInt(8) == 0) {
                        log.moveTail();
                    }
                }
                default -> log.step();
            }
            for (JournalTransaction transaction : told.durable) {
                assertEquals(durableCount, number.get(transaction), "durable in the order of appending");
                durableCount++;
                live.add(transaction);
            }
            told.durable.clear();
        }

        private void append() {
            if (refused == null && !fill()) {
                return;
            }
            // One that finds the ring full comes again as it is: it must not take pages from one that is still waiting.
            JournalTransaction transaction = free.peek();
            if (!log.writer.tryAppend(transaction)) {
                return;
            }
            free.remove();
            number.put(transaction, ends.size());
            for (String payload : refused) {
                indexOf.put(payload, appended.size());
                appended.add(payload);
            }
            ends.add(appended.size());
            refused = null;
        }

        private boolean fill() {
            JournalTransaction transaction = free.peek();
            boolean hasQ = random.nextBoolean() && maxPages >= 3;
            int dataPages = Math.max(1, random.nextInt(Math.min(6, maxPages)) - (hasQ ? 2 : 1));
            int groupPages = dataPages + (hasQ ? 2 : 1);
            if (transaction == null || groupPages > maxPages) {
                return false;
            }
            int groups = 1 + random.nextInt(Math.max(1, maxPages / groupPages));
            refused = pages.fill(transaction, 8L * random.nextInt(1000), groups, dataPages, hasQ);
            return true;
        }

        private void retire() {
            if (!live.isEmpty()) {
                JournalTransaction transaction = live.remove(random.nextInt(live.size()));
                log.writer.retire(transaction);
                free.add(transaction);
            }
        }

        private int end(int transactionCount) {
            return transactionCount == 0 ? 0 : ends.get(transactionCount - 1);
        }

        /** Everything durable and not retired is there, in order, in one run, and nothing that was never appended. */
        void assertReplays(String how) {
            Replay replay = log.replay();
            int last = end(durableCount);
            if (!replay.payloads.isEmpty()) {
                int first = indexOf.getOrDefault(replay.payloads.get(0), -1);
                assertTrue(first >= 0, how + ": never appended: " + replay.payloads.get(0));
                int size = replay.payloads.size();
                assertTrue(first + size <= appended.size(), how);
                assertEquals(appended.subList(first, first + size), replay.payloads, how);
                assertTrue(first + size >= last, how + ": something durable is lost");
                for (JournalTransaction transaction : live) {
                    assertTrue(end(number.get(transaction)) >= first, how + ": a live transaction is before the tail");
                }
                assertWholeTransactions(first + size, how);
            } else {
                assertTrue(live.isEmpty(), how + ": nothing is found of " + live.size() + " live transactions");
            }
        }

        /** The last transaction found is whole, unless it was too long for one meta block. */
        private void assertWholeTransactions(int end, String how) {
            int index = 0;
            while (ends.get(index) < end) {
                index++;
            }
            boolean isWhole = ends.get(index) == end;
            int length = ends.get(index) - end(index);
            assertTrue(isWhole || (length > 150 && index >= durableCount), how + ": half a transaction");
        }

        @Override
        public void close() {
            log.close();
        }
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void aReplayFindsWhatIsLiveAtEveryMoment(
            @ForAll long seed, @ForAll @IntRange(min = 8, max = 1200) int lengthPages) {
        try (History history = new History(seed, lengthPages)) {
            for (int i = 0; i < 300; i++) {
                history.step();
                if (i % 4 == 0) {
                    history.assertReplays("seed=" + seed + " step=" + i);
                }
            }
        }
    }

    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void aReplayFindsWhatIsLiveWhateverOfTheLastWriteSurvives(
            @ForAll long seed, @ForAll @IntRange(min = 8, max = 200) int lengthPages) {
        try (History history = new History(seed, lengthPages)) {
            int steps = 50 + history.random.nextInt(150);
            byte[] before = history.log.image();
            int flushes = 0;
            for (int i = 0; i < steps; i++) {
                history.step();
                if (history.log.device.flushes != flushes) {
                    flushes = history.log.device.flushes;
                    byte[] after = history.log.image();
                    if (i % 3 == 0) {
                        cut(history, before, after, "seed=" + seed + " step=" + i);
                    }
                    before = after;
                }
            }
        }
    }

    /** The write has been done, its flush has not: any subset of its sectors may be all there is. */
    private static void cut(History history, byte[] before, byte[] after, String how) {
        for (int mode = 0; mode < 8; mode++) {
            byte[] image = before.clone();
            int keep = history.random.nextInt(after.length / SECTOR + 1);
            for (int at = 0; at < after.length; at += SECTOR) {
                boolean kept = mode < 3 ? history.random.nextInt(10) > mode * 4 : at / SECTOR < keep == mode < 6;
                if (kept && !Arrays.equals(before, at, at + SECTOR, after, at, at + SECTOR)) {
                    System.arraycopy(after, at, image, at, SECTOR);
                }
            }
            history.log.restore(image);
            history.assertReplays(how + " mode=" + mode);
        }
        history.log.restore(after);
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void aTransactionTakesNoMoreThanItsBound(@ForAll long seed) {
        Random random = new Random(seed);
        Pages pages = new Pages(1);
        try (TestLog log = new TestLog(65_536)) {
            JournalTransaction transaction = new JournalTransaction(2_000);
            int groups = 1 + random.nextInt(60);
            for (int group = 0; group < groups; group++) {
                int dataPages = random.nextInt(30);
                for (int i = 0; i < dataPages; i++) {
                    transaction.addData(8L * i, pages.nextPage());
                }
                transaction.addParity(8L * group, pages.nextPage(), random.nextBoolean() ? 0 : pages.nextPage());
            }
            JournalAppender appender = new JournalAppender(log.area, 0, 1);
            if (JournalBatch.mostBytes(transaction) <= 1 << 20) {
                appender.append(List.of(transaction));
                long length = appender.position() * SECTOR;
                assertTrue(length <= JournalBatch.mostBytes(transaction), "seed=" + seed + " length=" + length);
                Replay replay = log.replay();
                assertEquals(JournalBatch.mostBlocks(transaction) == 1, replay.report.blockCount() == 1);
                assertEquals(transaction.pageCount(), replay.report.pageCount());
            }
        }
    }
}
