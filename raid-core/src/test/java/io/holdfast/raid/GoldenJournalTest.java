package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.journal.JournalArea;
import io.holdfast.journal.JournalScanner;
import io.holdfast.journal.JournalVisitor;
import io.holdfast.journal.ScanReport;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.metadata.Superblock;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Logs that Linux wrote, read by our scanner and replayed here in the simplest way that can be: pages of whole stripes go
 * where they belong, data that came without parity go there too. What is then in the data chunks must be what was answered.
 */
class GoldenJournalTest {
    private static final int PAGE_LENGTH = 4096;
    private static final int SECTOR_LENGTH = 512;

    static Stream<String> journaled() {
        return Stream.concat(GoldenArrays.names("journal-").stream(), GoldenArrays.names("writeback-").stream());
    }

    static Stream<String> logNeeded() {
        return journaled().filter(name -> name.endsWith("-powerloss") || name.startsWith("writeback-"));
    }

    @ParameterizedTest
    @MethodSource("journaled")
    void shouldHoldEverythingAnswered(String name) {
        GoldenArray golden = GoldenArrays.load(name);
        Replay replay = new Replay(golden);
        ScanReport report = replay.run();
        assertFalse(report.isNew(), report::sentence);
        assertEquals("", golden.compare(replay.content()), report::sentence);
    }

    @ParameterizedTest
    @MethodSource("logNeeded")
    void shouldMissSomethingWithoutTheLog(String name) {
        // Otherwise the test above would pass with a scanner that finds nothing.
        GoldenArray golden = GoldenArrays.load(name);
        assertFalse(golden.compare(new Replay(golden).content()).isEmpty());
    }

    @Test
    void shouldFollowTheLogAroundItsEnd() {
        Replay replay = new Replay(GoldenArrays.load("journal-raid5-wrapped"));
        ScanReport report = replay.run();
        assertTrue(report.endPosition() < report.startPosition(), report::toString);
        assertTrue(report.pageCount() > 0);
    }

    @Test
    void shouldFindStripesThatHaveDataAlone() {
        for (String name : GoldenArrays.names("writeback-")) {
            Replay replay = new Replay(GoldenArrays.load(name));
            replay.run();
            assertTrue(replay.dataOnlyStripes() > 0, name);
        }
    }

    @Test
    void shouldFindNothingToApplyAfterAnOrderlyStop() {
        Replay replay = new Replay(GoldenArrays.load("journal-raid5-stopped"));
        replay.run();
        assertEquals(0, replay.dataOnlyStripes());
    }

    /** A log replayed onto copies of the members. */
    private static final class Replay implements JournalVisitor {
        private final GoldenArray golden;
        private final GoldenMembers members;
        private final ArrayLayout layout;
        private final Map<Long, Stripe> stripes = new TreeMap<>();
        private JournalScanner scanner;

        Replay(GoldenArray golden) {
            this.golden = golden;
            members = GoldenMembers.of(golden);
            layout = members.layout();
        }

        ScanReport run() {
            Superblock superblock = GoldenMembers.examine(golden, "j").superblock();
            try (MemoryBlockDevice device = GoldenMembers.device(golden, "j")) {
                scanner = new JournalScanner(new JournalArea(
                        device,
                        superblock.dataOffsetSectors(),
                        superblock.dataSizeSectors() / 8 * 8,
                        superblock.setUuid()));
                ScanReport report = scanner.scan(superblock.journalTailSectors(), this);
                stripes.values().forEach(Stripe::apply);
                return report;
            }
        }

        @Override
        public void onData(long arraySector, long pagePosition) {
            long offset = arraySector * SECTOR_LENGTH;
            Stripe stripe = stripe(layout.memberOffset(offset) / SECTOR_LENGTH);
            if (stripe.hasParity) {
                stripe.apply();
                stripes.put(stripe.memberSector, new Stripe(stripe.memberSector));
                stripe = stripe(stripe.memberSector);
            }
            stripe.pages.put(layout.slot(offset), pagePosition);
        }

        @Override
        public void onParity(long memberSector, long pPagePosition, long qPagePosition) {
            Stripe stripe = stripe(memberSector);
            var map = layout.stripe(memberSector * SECTOR_LENGTH / layout.chunkLength());
            stripe.hasParity = true;
            stripe.pages.put(map.pSlot(), pPagePosition);
            assertEquals(map.qSlot() >= 0, qPagePosition >= 0);
            if (qPagePosition >= 0) {
                stripe.pages.put(map.qSlot(), qPagePosition);
            }
        }

        @Override
        public void onFlush(long memberSector) {
            stripes.remove(memberSector);
        }

        int dataOnlyStripes() {
            return (int) stripes.values().stream()
                    .filter(stripe -> !stripe.hasParity)
                    .count();
        }

        byte[] content() {
            byte[] content = new byte[Math.toIntExact(layout.arrayLength())];
            for (int offset = 0; offset < content.length; offset += PAGE_LENGTH) {
                int from = Math.toIntExact(layout.memberOffset(offset));
                System.arraycopy(members.data(layout.slot(offset)), from, content, offset, PAGE_LENGTH);
            }
            return content;
        }

        private Stripe stripe(long memberSector) {
            return stripes.computeIfAbsent(memberSector, Stripe::new);
        }

        private final class Stripe {
            private final long memberSector;
            private final Map<Integer, Long> pages = new HashMap<>();
            private boolean hasParity;

            Stripe(long memberSector) {
                this.memberSector = memberSector;
            }

            void apply() {
                UnsafeBuffer page = new UnsafeBuffer(BufferUtil.allocateDirectAligned(PAGE_LENGTH, PAGE_LENGTH));
                pages.forEach((slot, position) -> {
                    scanner.readPage(position, page, 0);
                    page.getBytes(0, members.data(slot), Math.toIntExact(memberSector * SECTOR_LENGTH), PAGE_LENGTH);
                });
            }
        }
    }
}
