package io.holdfast.journal;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.blockdev.ManualLoop;
import io.holdfast.blockdev.MemoryBlockDevice;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** A log on a scripted device in memory, with a writer that a test steps. */
final class TestLog implements AutoCloseable {
    static final int PAGE = MetaBlockDescriptor.LENGTH;
    static final byte[] UUID = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f");
    static final long FIRST_SEQUENCE = 0x83b1_5525L;
    private static final long OFFSET_SECTORS = 24;

    static final long TIME_LIMIT_NS = 1_000_000;

    final ScriptedDevice device;
    final JournalArea area;
    final ManualLoop loop = new ManualLoop("journal");
    final JournalScanner scanner;
    JournalWriter writer;
    long tail;
    long nowNs = 1;

    TestLog(long lengthSectors) {
        this(
                new MemoryBlockDevice("j.img", (OFFSET_SECTORS + lengthSectors + 8) * DeviceGeometry.SECTOR_LENGTH),
                lengthSectors);
    }

    private TestLog(BlockDevice memory, long lengthSectors) {
        device = new ScriptedDevice(memory);
        area = new JournalArea(device, OFFSET_SECTORS, lengthSectors, UUID);
        scanner = new JournalScanner(area);
    }

    /** An empty log and a writer behind its empty block. */
    static TestLog started(long lengthSectors, int ringSize) {
        TestLog log = new TestLog(lengthSectors);
        JournalAppender appender = new JournalAppender(log.area, 0, FIRST_SEQUENCE);
        appender.appendEmptyBlock();
        appender.flush();
        log.start(0, FIRST_SEQUENCE, ringSize);
        return log;
    }

    void start(long tailPosition, long tailSequence, int ringSize) {
        start(LogStart.behindEmptyBlock(area, tailPosition, tailSequence), ringSize);
    }

    /** Another writer, in place of the one before. */
    void start(LogStart start, int ringSize) {
        if (writer != null) {
            loop.stop(writer);
        }
        tail = start.tailPosition();
        writer = new JournalWriter(area, loop, start, ringSize, () -> nowNs, TIME_LIMIT_NS);
        loop.start(writer);
        device.writes = 0;
        device.flushes = 0;
    }

    void step() {
        loop.doWork();
    }

    void settle() {
        loop.doWorkUntilIdle(10_000);
    }

    /** What the conductor does when space is wanted. */
    void moveTail() {
        tail = writer.reclaimablePosition();
        writer.tailMoved(tail);
    }

    /** What a start after a crash would see now. */
    Replay replay() {
        return new Replay(scanner, tail);
    }

    byte[] image() {
        byte[] image = new byte[(int) area.lengthSectors() * DeviceGeometry.SECTOR_LENGTH];
        UnsafeBuffer buffer = BufferSlab.allocate(image.length);
        device.memory.read(area.deviceOffset(0), buffer, 0, image.length);
        buffer.getBytes(0, image);
        return image;
    }

    void restore(byte[] image) {
        UnsafeBuffer buffer = BufferSlab.allocate(image.length);
        buffer.putBytes(0, image);
        device.memory.write(area.deviceOffset(0), buffer, 0, image.length);
    }

    @Override
    public void close() {
        loop.close();
        device.close();
    }

    /** A listener that keeps what it is told. */
    static final class Told implements JournalListener {
        final List<JournalTransaction> durable = new ArrayList<>();
        final List<JournalTransaction> failed = new ArrayList<>();

        @Override
        public void onDurable(JournalTransaction transaction) {
            durable.add(transaction);
        }

        @Override
        public void onFailed(JournalTransaction transaction, io.holdfast.blockdev.IoStatus status) {
            failed.add(transaction);
        }
    }

    /** What a scan reports, one line for each payload. */
    static final class Replay implements JournalVisitor {
        final List<String> payloads = new ArrayList<>();
        final ScanReport report;
        private final JournalScanner scanner;
        private final UnsafeBuffer page = BufferSlab.allocate(PAGE);

        Replay(JournalScanner scanner, long tail) {
            this.scanner = scanner;
            report = scanner.scan(tail, this);
        }

        @Override
        public void onData(long arraySector, long pagePosition) {
            payloads.add("data " + arraySector + " " + read(pagePosition));
        }

        @Override
        public void onParity(long memberSector, long pPagePosition, long qPagePosition) {
            String q = qPagePosition < 0 ? "" : " " + read(qPagePosition);
            payloads.add("parity " + memberSector + " " + read(pPagePosition) + q);
        }

        @Override
        public void onFlush(long memberSector) {
            payloads.add("flush " + memberSector);
        }

        private long read(long position) {
            scanner.readPage(position, page, 0);
            return contentOf(page, 0);
        }
    }

    /** Pages of known content, and the transactions that carry them. */
    static final class Pages {
        private final UnsafeBuffer memory;
        private int used;
        private long next;

        Pages(int count) {
            memory = BufferSlab.allocate(count * PAGE);
        }

        /** Fill the next page with a content of its own; earlier ones are used again in turn. */
        long nextPage() {
            if ((used + 1) * PAGE > memory.capacity()) {
                used = 0;
            }
            int index = used++ * PAGE;
            long content = ++next;
            for (int i = 0; i < PAGE; i += Long.BYTES) {
                memory.putLong(index + i, content);
            }
            return memory.addressOffset() + index;
        }

        long content() {
            return next;
        }

        /** Groups with one P page each; returns what a replay should report of them. */
        List<String> fill(
                JournalTransaction transaction, long firstSector, int groupCount, int dataPageCount, boolean hasQ) {
            List<String> expected = new ArrayList<>();
            transaction.reset();
            for (int group = 0; group < groupCount; group++) {
                for (int i = 0; i < dataPageCount; i++) {
                    long sector = firstSector + 8L * (group * dataPageCount + i);
                    transaction.addData(sector, nextPage());
                    expected.add("data " + sector + " " + content());
                }
                long p = nextPage();
                String line = "parity " + (firstSector + 8L * group) + " " + content();
                long q = 0;
                if (hasQ) {
                    q = nextPage();
                    line += " " + content();
                }
                transaction.addParity(firstSector + 8L * group, p, q);
                expected.add(line);
            }
            return expected;
        }
    }

    /** The one number that a page of {@link Pages} is full of; negative when it is a mixture. */
    private static long contentOf(UnsafeBuffer page, int index) {
        long first = page.getLong(index);
        for (int i = 0; i < PAGE; i += Long.BYTES) {
            if (page.getLong(index + i) != first) {
                return -1;
            }
        }
        return first;
    }
}
