package io.holdfast.bench;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.FileBlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.blockdev.ThreadLoop;
import io.holdfast.journal.JournalChecksum;
import io.holdfast.journal.MetaBlockDescriptor;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.IoCallback;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.ReplayProgress;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewDevice;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Builds a journal with a good deal to replay, lets go of the array as a crash would, and measures how long the next start
 * takes until the first read and the first write are answered, and until all is replayed. Then once more with the whole replay
 * before the start, as it is for a log that Linux left.
 *
 * <pre>
 * java ... io.holdfast.bench.ReplayRunner [MiB of log] [rounds] [sequential|random|both] [directory]
 * </pre>
 *
 * The first round of a run is the cold one: nothing of replay has been compiled before it. With a directory the devices are
 * files there, and what these do by themselves is measured last, for comparison.
 */
public final class ReplayRunner {
    private static final int MEMBER_COUNT = 5;
    private static final int CHUNK = 64 * 1024;
    private static final int DEPTH = 64;
    private static final long JOURNAL_LENGTH = 8L << 30;
    private static final double MS = 1e6;
    /** Of a meta block. */
    private static final int WRITER_OFFSET = 10;

    private static final int CHECKSUM_OFFSET = 4;

    /** Null for memory. */
    private static Path directory;

    private ReplayRunner() {}

    /**
     * Run.
     *
     * @param args MiB of log (default 1024), rounds (default 3), the load that fills the log (default both), a directory
     *             (default none: memory).
     * @throws IOException when files cannot be made.
     */
    public static void main(String[] args) throws IOException {
        long logLength = (args.length > 0 ? Long.parseLong(args[0]) : 1024) << 20;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 3;
        String load = args.length > 2 ? args[2] : "both";
        directory = args.length > 3 ? Path.of(args[3]) : null;
        System.out.printf(
                Locale.ROOT,
                "RAID5 4+1, %d MiB of log, %s %s%n",
                logLength >> 20,
                System.getProperty("java.vm.name"),
                System.getProperty("java.version"));
        for (int round = 0; round < rounds; round++) {
            if (!load.equals("random")) {
                run("1 MiB sequential writes", 1 << 20, true, logLength, round);
            }
            if (!load.equals("sequential")) {
                run("4 KiB random writes", 4096, false, logLength, round);
            }
        }
    }

    private static void run(String name, int length, boolean sequential, long logLength, int round) throws IOException {
        List<BlockDevice> devices = new ArrayList<>();
        try {
            make(devices, logLength);
            fill(devices, length, sequential, logLength);
            measure(name, devices, round);
            fill(devices, length, sequential, logLength);
            disown(devices.get(MEMBER_COUNT));
            measureBlocking(name, devices, round);
            if (directory != null) {
                measureBare(devices, logLength);
            }
        } finally {
            devices.forEach(BlockDevice::close);
        }
    }

    private static void make(List<BlockDevice> devices, long logLength) throws IOException {
        NewArray array = new NewArray()
                .level(5)
                .raidDisks(MEMBER_COUNT)
                .chunkSectors(CHUNK / 512)
                .name("bench")
                .assumeClean(true)
                .random(new SplittableRandom(1));
        for (int i = 0; i < MEMBER_COUNT; i++) {
            devices.add(device("d" + i, logLength / 4 + (64 << 20)));
            array.device(NewDevice.member("d" + i, devices.get(i).geometry()));
        }
        devices.add(device("journal", JOURNAL_LENGTH));
        array.device(NewDevice.journal("journal", devices.get(MEMBER_COUNT).geometry()));
        RaidArray.create(array.plan(), devices, new SplittableRandom(2));
    }

    private static BlockDevice device(String name, long length) throws IOException {
        if (directory == null) {
            return new MemoryBlockDevice(name, length);
        }
        Path path = directory.resolve(name + ".img");
        Files.deleteIfExists(path);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(length);
        }
        return FileBlockDevice.open(path);
    }

    /** What the files do by themselves: the log read, and as much written to members, a megabyte at a time. */
    private static void measureBare(List<BlockDevice> devices, long logLength) {
        UnsafeBuffer buffer = BufferSlab.allocate(1 << 20);
        long offset = 4 << 20;
        long start = System.nanoTime();
        for (long done = 0; done < logLength; done += buffer.capacity()) {
            devices.get(MEMBER_COUNT).read(offset + done, buffer, 0, buffer.capacity());
        }
        double read = logLength * 1e3 / (System.nanoTime() - start);
        long perMember = logLength / MEMBER_COUNT & -(1L << 20);
        start = System.nanoTime();
        for (int member = 0; member < MEMBER_COUNT; member++) {
            for (long done = 0; done < perMember; done += buffer.capacity()) {
                devices.get(member).write(offset + done, buffer, 0, buffer.capacity());
            }
            devices.get(member).flush();
        }
        double written = MEMBER_COUNT * perMember * 1e3 / (System.nanoTime() - start);
        System.out.printf(
                Locale.ROOT,
                "the files themselves: log read at %.0f MB/s, members written at %.0f MB/s%n",
                read,
                written);
    }

    /** Take our mark off the block that the tail designates. */
    private static void disown(BlockDevice journal) {
        Superblock superblock = SuperblockReader.examine(journal).superblock();
        long offset = (superblock.dataOffsetSectors() + superblock.journalTailSectors()) * 512;
        UnsafeBuffer block = BufferSlab.allocate(MetaBlockDescriptor.LENGTH);
        journal.read(offset, block, 0, MetaBlockDescriptor.LENGTH);
        block.putShort(WRITER_OFFSET, (short) 0);
        block.putInt(CHECKSUM_OFFSET, 0);
        int checksum = new JournalChecksum(superblock.setUuid()).of(block, 0);
        block.putInt(CHECKSUM_OFFSET, checksum, ByteOrder.LITTLE_ENDIAN);
        journal.write(offset, block, 0, MetaBlockDescriptor.LENGTH);
    }

    private static long cpuNs() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static ArrayContext context(List<BlockDevice> devices) {
        ArrayContext context = new ArrayContext()
                .devices(devices)
                .ownsDevices(false)
                .journalMode(JournalMode.WRITE_THROUGH)
                .maxReplay(Duration.ofMinutes(1));
        return directory == null ? context.loops(name -> new ThreadLoop(name, Throwable::printStackTrace)) : context;
    }

    /** Write until the log is as long as it should be, and let go of the array. */
    private static void fill(List<BlockDevice> devices, int length, boolean sequential, long logLength) {
        RaidArray array = RaidArray.assemble(context(devices));
        SplittableRandom random = new SplittableRandom(3);
        Semaphore free = new Semaphore(DEPTH);
        AtomicReference<IoStatus> failure = new AtomicReference<>();
        IoCallback callback = (token, status) -> {
            if (status != IoStatus.OK) {
                failure.set(status);
            }
            free.release();
        };
        ByteBuffer buffer = BufferUtil.allocateDirectAligned(length, 4096);
        for (int i = 0; i < length; i += 8) {
            buffer.putLong(i, random.nextLong());
        }
        // Of a record: data, a quarter of it or all of it again for the parity, and the meta block.
        long slots = array.length() / length;
        long pages = length / 4096;
        long perWrite = (sequential ? pages + pages / 4 : 2 * pages) * 4096 + 4096 / 16;
        for (long i = 0; i * perWrite < logLength; i++) {
            free.acquireUninterruptibly();
            long slot = sequential ? i % slots : random.nextLong(slots);
            while (!array.write(buffer, slot * length, false, callback, i)) {
                LockSupport.parkNanos(10_000);
            }
        }
        free.acquireUninterruptibly(DEPTH);
        if (failure.get() != null) {
            throw new IllegalStateException("a write failed: " + failure.get());
        }
        array.abandon();
    }

    private static void measure(String name, List<BlockDevice> devices, int round) {
        ByteBuffer block = BufferUtil.allocateDirectAligned(4096, 4096);
        long start = System.nanoTime();
        long startCpu = cpuNs();
        RaidArray array = RaidArray.assemble(context(devices));
        double assembled = (System.nanoTime() - start) / MS;
        double cpu = (cpuNs() - startCpu) / MS;
        array.read(block, array.length() / 2);
        double read = (System.nanoTime() - start) / MS;
        array.write(block.clear(), array.length() / 3 & -4096L);
        double written = (System.nanoTime() - start) / MS;
        ReplayProgress progress = array.replayProgress();
        double doneBefore = (double) progress.lengthDone() / Math.max(1, progress.length());
        while (!array.replayProgress().isOver()) {
            LockSupport.parkNanos(1_000_000);
        }
        progress = array.replayProgress();
        double over = (System.nanoTime() - start) / MS;
        System.out.printf(
                Locale.ROOT,
                "%-24s round %d: assembled %.0f ms (%.0f of processor), first read %.0f ms, first write %.0f ms (%.0f %% replayed),"
                        + " all replayed %.0f ms: %d MiB in %d windows, %.0f MB/s in the background, %.0f MB/s in all%n",
                name,
                round,
                assembled,
                cpu,
                read,
                written,
                100 * doneBefore,
                over,
                progress.length() >> 20,
                progress.windowCount(),
                progress.bytesPerSecond() / 1e6,
                progress.length() / 1e3 / over);
        array.close();
    }

    /** With a log that another writer seems to have begun, of which nobody knows what was in flight. */
    private static void measureBlocking(String name, List<BlockDevice> devices, int round) {
        long start = System.nanoTime();
        long startCpu = cpuNs();
        RaidArray array = RaidArray.assemble(context(devices));
        double assembled = (System.nanoTime() - start) / MS;
        List<String> lines = array.description().summary().lines().toList();
        System.out.printf(
                Locale.ROOT,
                "%-24s round %d: replay before the start %.0f ms, of which %.0f ms of processor; %s%n",
                name,
                round,
                assembled,
                (cpuNs() - startCpu) / MS,
                lines.get(lines.size() - 1));
        array.abandon();
    }
}
