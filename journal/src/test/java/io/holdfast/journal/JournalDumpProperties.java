package io.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.journal.TestLog.Pages;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.agrona.concurrent.UnsafeBuffer;

/** A dump and a replay see the same log, however damaged, and a dump comes to its end. */
class JournalDumpProperties {
    private static final int LENGTH_SECTORS = 512;

    @Property(tries = 300, shrinking = ShrinkingMode.OFF)
    void dumpShouldAgreeWithAScan(@ForAll long seed) {
        Random random = new Random(seed);
        try (TestLog log = new TestLog(LENGTH_SECTORS)) {
            byte[] image = filled(log, random);
            if (random.nextInt(8) > 0) {
                damage(image, random, log.area.uuid());
            }
            log.restore(image);
            log.tail = random.nextInt(4) == 0 ? 8L * random.nextInt(LENGTH_SECTORS / 8) : log.tail;

            DumpedLog dumped = DumpedLog.of(log.area, log.tail, true);
            List<String> replayed = new ArrayList<>();
            ScanReport report = new JournalScanner(log.area).scan(log.tail, listing(replayed));

            assertEquals(replayed, dumped.payloads());
            assertEquals(report.sentence(), dumped.end.sentence());
            assertEquals(report.isNew(), dumped.end.isNew());
            assertEquals(report.blockCount(), dumped.blocks.size());
            assertEquals(report.pageCount(), dumped.end.pageCount());
            assertEquals(report.scannedSectors(), dumped.end.usedSectors());
            assertEquals(report.laterPosition(), dumped.end.laterPosition());
            assertTrue(dumped.blocks.stream().allMatch(LogBlock::isValid));
            assertTrue(dumped.broken.size() <= 1);
            assertTrue(dumped.strays.size() <= LENGTH_SECTORS / 8);
        }
    }

    /** Some blocks from some place on, perhaps around the end of the area, perhaps over older ones. */
    private static byte[] filled(TestLog log, Random random) {
        Pages pages = new Pages(64);
        for (int life = random.nextInt(3); life >= 0; life--) {
            log.tail = 8L * random.nextInt(LENGTH_SECTORS / 8);
            JournalAppender appender = new JournalAppender(log.area, log.tail, random.nextInt() & 0xffff_ffffL);
            appender.appendEmptyBlock();
            for (int count = random.nextInt(8), used = 1; count > 0 && used < 50; count--) {
                JournalTransaction transaction = new JournalTransaction(8);
                boolean hasQ = random.nextBoolean();
                pages.fill(transaction, 8L * random.nextInt(100), 1, 1 + random.nextInt(4), hasQ);
                appender.append(List.of(transaction));
                used += 8;
            }
        }
        return log.image();
    }

    /** Flip bits, and now and then forge a header whose checksum is right. */
    private static void damage(byte[] image, Random random, byte[] uuid) {
        for (int count = 1 + random.nextInt(4); count > 0; count--) {
            int page = random.nextInt(LENGTH_SECTORS / 8) * MetaBlockDescriptor.LENGTH;
            switch (random.nextInt(4)) {
                case 0 -> image[random.nextInt(image.length)] ^= (byte) (1 << random.nextInt(8));
                case 1 -> image[page + random.nextInt(64)] ^= (byte) (1 << random.nextInt(8));
                case 2 -> {
                    int other = random.nextInt(LENGTH_SECTORS / 8) * MetaBlockDescriptor.LENGTH;
                    System.arraycopy(image, other, image, page, MetaBlockDescriptor.LENGTH);
                }
                default -> forge(image, page, random, uuid);
            }
        }
    }

    private static void forge(byte[] image, int page, Random random, byte[] uuid) {
        UnsafeBuffer meta = BufferSlab.allocate(MetaBlockDescriptor.LENGTH);
        MetaBlockDescriptor.begin(meta, 0, random.nextInt(), page / DeviceGeometry.SECTOR_LENGTH);
        MetaBlockDescriptor.used(meta, 0, random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(4097));
        for (int at = MetaBlockDescriptor.HEADER_LENGTH; at + 32 < MetaBlockDescriptor.LENGTH; ) {
            int kind = random.nextInt(3);
            meta.putShort(at, (short) kind, ByteOrder.LITTLE_ENDIAN);
            int size = kind == PayloadDescriptor.FLUSH ? 8 * random.nextInt(3) : 8 * (1 + random.nextInt(2));
            meta.putInt(at + 4, random.nextInt(40) == 0 ? random.nextInt() : size, ByteOrder.LITTLE_ENDIAN);
            at += kind == PayloadDescriptor.FLUSH ? 8 + size : PayloadDescriptor.length(size / 8);
        }
        MetaBlockDescriptor.checksum(meta, 0, new JournalChecksum(uuid).of(meta, 0));
        meta.getBytes(0, image, page, MetaBlockDescriptor.LENGTH);
    }

    private static JournalVisitor listing(List<String> lines) {
        return new JournalVisitor() {
            @Override
            public void onData(long arraySector, long pagePosition) {
                lines.add("data " + arraySector + " " + pagePosition);
            }

            @Override
            public void onParity(long memberSector, long pPagePosition, long qPagePosition) {
                lines.add("parity " + memberSector + " " + pPagePosition + " " + qPagePosition);
            }

            @Override
            public void onFlush(long memberSector) {
                lines.add("flush " + memberSector);
            }
        };
    }
}
