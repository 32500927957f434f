package io.holdfast.bench;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.FileBlockDevice;
import io.holdfast.blockdev.IoChannel;
import io.holdfast.blockdev.IoCompletionHandler;
import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoLoops;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.raid.ArrayContext;
import io.holdfast.raid.JournalMode;
import io.holdfast.raid.RaidArray;
import io.holdfast.raid.metadata.NewArray;
import io.holdfast.raid.metadata.NewDevice;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BufferUtil;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a durable 4 KiB write costs through the journal, in ratios to the journal's bare device in the same run: latency of one
 * writer, against a write with O_DIRECT and fdatasync; and writes a second at depth 32, against writes that nobody flushes.
 * Members are memory, so that the journal is what is measured.
 *
 * <pre>
 * java ... io.holdfast.bench.JournalRunner DIRECTORY [seconds] [rounds]
 * </pre>
 */
public final class JournalRunner {
    private static final int MEMBER_COUNT = 5;
    private static final int BLOCK = 4096;
    private static final int DEPTH = 32;
    private static final long JOURNAL_LENGTH = 1L << 30;
    private static final long MEMBER_LENGTH = 256L << 20;
    private static final double US = 1e3;
    private static final double NS_PER_SECOND = 1e9;

    private final Path directory;
    private final double seconds;

    private JournalRunner(Path directory, double seconds) {
        this.directory = directory;
        this.seconds = seconds;
    }

    /**
     * Run.
     *
     * @param args a directory on the device to measure, seconds for each measurement (default 3), rounds (default 5).
     * @throws IOException when the files cannot be made.
     * @throws InterruptedException never in practice.
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path directory = Path.of(args.length > 0 ? args[0] : ".");
        double seconds = args.length > 1 ? Double.parseDouble(args[1]) : 3;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        JournalRunner runner = new JournalRunner(directory, seconds);
        double[][] all = new double[8][rounds];
        for (int round = 0; round < rounds; round++) {
            all[0][round] = runner.bareLatencyNs();
            all[1][round] = runner.arrayLatencyNs(JournalMode.WRITE_BACK);
            all[2][round] = runner.arrayLatencyNs(JournalMode.WRITE_THROUGH);
            all[3][round] = runner.bareRate();
            all[4][round] = runner.arrayRate(JournalMode.WRITE_BACK);
            all[5][round] = runner.arrayRate(JournalMode.WRITE_THROUGH);
            all[6][round] = all[1][round] / all[0][round];
            all[7][round] = all[4][round] / all[3][round];
        }
        System.out.printf(Locale.ROOT, "%d rounds of %.1f s; medians%n", rounds, seconds);
        System.out.printf(Locale.ROOT, "depth 1, bare write and fdatasync: %.0f us%n", median(all[0]) / US);
        System.out.printf(
                Locale.ROOT,
                "depth 1, write-back: %.0f us, ratio %.2f (%s)%n",
                median(all[1]) / US,
                median(all[6]),
                range(all[6]));
        System.out.printf(
                Locale.ROOT,
                "depth 1, write-through: %.0f us, ratio %.2f%n",
                median(all[2]) / US,
                median(all[2]) / median(all[0]));
        System.out.printf(Locale.ROOT, "depth %d, bare writes: %.0f a second%n", DEPTH, median(all[3]));
        System.out.printf(
                Locale.ROOT,
                "depth %d, write-back: %.0f a second, ratio %.2f (%s)%n",
                DEPTH,
                median(all[4]),
                median(all[7]),
                range(all[7]));
        System.out.printf(
                Locale.ROOT,
                "depth %d, write-through: %.0f a second, ratio %.2f%n",
                DEPTH,
                median(all[5]),
                median(all[5]) / median(all[3]));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String range(double[] values) {
        return String.format(
                Locale.ROOT,
                "%.2f to %.2f",
                Arrays.stream(values).min().orElseThrow(),
                Arrays.stream(values).max().orElseThrow());
    }

    // ---- the bare device ----

    /** A file that has been written once, so that no measurement allocates. */
    private Path file(String name) throws IOException {
        Path path = directory.resolve(name);
        if (!Files.exists(path)) {
            byte[] chunk = new byte[1 << 20];
            try (RandomAccessFile made = new RandomAccessFile(path.toFile(), "rw")) {
                for (long at = 0; at < JOURNAL_LENGTH; at += chunk.length) {
                    made.write(chunk);
                }
                made.getFD().sync();
            }
        }
        return path;
    }

    private double bareLatencyNs() throws IOException {
        try (BlockDevice device = FileBlockDevice.open(file("bare.img"))) {
            UnsafeBuffer buffer = BufferSlab.allocate(BLOCK);
            return latencyNs(i -> {
                device.write(i * BLOCK % JOURNAL_LENGTH, buffer, 0, BLOCK);
                device.flush();
            });
        }
    }

    private double bareRate() throws IOException, InterruptedException {
        try (BlockDevice device = FileBlockDevice.open(file("bare.img"));
                IoLoops loops = IoLoops.create(Throwable::printStackTrace);
                IoLoop loop = loops.newLoop("bare")) {
            Writer writer = new Writer(device, loop);
            loop.start(writer);
            Thread.sleep((long) (seconds * 1000 / 2));
            long before = writer.done.get();
            long start = System.nanoTime();
            Thread.sleep((long) (seconds * 1000));
            double rate = (writer.done.get() - before) / ((System.nanoTime() - start) / NS_PER_SECOND);
            writer.ending = true;
            loop.wake();
            writer.ended.await();
            loop.stop(writer);
            return rate;
        }
    }

    /** Keeps a device busy with random writes. */
    private static final class Writer implements Agent, IoCompletionHandler {
        private final BlockDevice device;
        private final IoLoop loop;
        private final UnsafeBuffer buffer = BufferSlab.allocate(DEPTH * BLOCK);
        private final SplittableRandom random = new SplittableRandom(3);
        private final AtomicLong done = new AtomicLong();
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile boolean ending;
        private IoChannel channel;

        Writer(BlockDevice device, IoLoop loop) {
            this.device = device;
            this.loop = loop;
        }

        @Override
        public String roleName() {
            return "writer";
        }

        @Override
        public void onStart() {
            channel = device.openChannel(loop, DEPTH);
            for (int i = 0; i < DEPTH; i++) {
                submit(i);
            }
        }

        @Override
        public void onClose() {
            channel.close();
        }

        private void submit(long token) {
            long offset = random.nextLong(JOURNAL_LENGTH / BLOCK) * BLOCK;
            channel.write(offset, buffer, (int) token * BLOCK, BLOCK, token);
        }

        @Override
        public void onCompletion(long token, IoStatus status) {
            done.lazySet(done.get() + 1);
            if (!ending) {
                submit(token);
            }
        }

        @Override
        public int doWork() {
            int work = channel.poll(this);
            if (ending && channel.outstanding() == 0) {
                ended.countDown();
            }
            return work;
        }
    }

    // ---- through the journal ----

    private RaidArray array(JournalMode mode) throws IOException {
        NewArray request = new NewArray()
                .level(5)
                .raidDisks(MEMBER_COUNT)
                .chunkSectors(128)
                .name("bench")
                .assumeClean(true)
                .random(new SplittableRandom(1));
        List<BlockDevice> devices = new ArrayList<>();
        for (int i = 0; i < MEMBER_COUNT; i++) {
            devices.add(touched(new MemoryBlockDevice("d" + i, MEMBER_LENGTH)));
            request.device(NewDevice.member("d" + i, devices.get(i).geometry()));
        }
        devices.add(FileBlockDevice.open(file("journal.img")));
        request.device(NewDevice.journal("journal", devices.get(MEMBER_COUNT).geometry()));
        RaidArray.create(request.plan(), devices, new SplittableRandom(2));
        return RaidArray.assemble(new ArrayContext().devices(devices).journalMode(mode));
    }

    /** Memory that the machine has handed out already: the first touch of a page costs more than a write. */
    private static BlockDevice touched(BlockDevice device) {
        UnsafeBuffer zeroes = BufferSlab.allocate(1 << 20);
        for (long at = 0; at < MEMBER_LENGTH; at += zeroes.capacity()) {
            device.write(at, zeroes, 0, zeroes.capacity());
        }
        return device;
    }

    private double arrayLatencyNs(JournalMode mode) throws IOException {
        try (RaidArray array = array(mode)) {
            ByteBuffer block = BufferUtil.allocateDirectAligned(BLOCK, BLOCK);
            return latencyNs(i -> array.write(block.clear(), i * BLOCK % array.length()));
        }
    }

    private double arrayRate(JournalMode mode) throws IOException, InterruptedException {
        try (RaidArray array = array(mode)) {
            SplittableRandom random = new SplittableRandom(4);
            AtomicLong done = new AtomicLong();
            AtomicInteger running = new AtomicInteger(DEPTH);
            CountDownLatch ended = new CountDownLatch(1);
            boolean[] ending = new boolean[1];
            for (int i = 0; i < DEPTH; i++) {
                ByteBuffer block = BufferUtil.allocateDirectAligned(BLOCK, BLOCK);
                submit(array, block, random.split(), done, running, ended, ending);
            }
            Thread.sleep((long) (seconds * 1000 / 2));
            long before = done.get();
            long start = System.nanoTime();
            Thread.sleep((long) (seconds * 1000));
            double rate = (done.get() - before) / ((System.nanoTime() - start) / NS_PER_SECOND);
            synchronized (ending) {
                ending[0] = true;
            }
            ended.await();
            return rate;
        }
    }

    private static void submit(
            RaidArray array,
            ByteBuffer block,
            SplittableRandom random,
            AtomicLong done,
            AtomicInteger running,
            CountDownLatch ended,
            boolean[] ending) {
        long offset = random.nextLong(array.length() / BLOCK) * BLOCK;
        array.write(
                block.clear(),
                offset,
                false,
                (token, status) -> {
                    if (status != IoStatus.OK) {
                        throw new IllegalStateException("a write failed: " + status);
                    }
                    done.incrementAndGet();
                    boolean isOver;
                    synchronized (ending) {
                        isOver = ending[0];
                    }
                    if (!isOver) {
                        submit(array, block, random, done, running, ended, ending);
                    } else if (running.decrementAndGet() == 0) {
                        ended.countDown();
                    }
                },
                0);
    }

    /** One write at a time. */
    private interface Write {
        void run(long index);
    }

    /** The median, after a warm-up of half the time. */
    private double latencyNs(Write write) {
        long[] taken = new long[1 << 20];
        long begin = System.nanoTime();
        long index = 0;
        while (System.nanoTime() - begin < seconds * NS_PER_SECOND / 2) {
            write.run(index++);
        }
        int count = 0;
        begin = System.nanoTime();
        while (System.nanoTime() - begin < seconds * NS_PER_SECOND && count < taken.length) {
            long start = System.nanoTime();
            write.run(index++);
            taken[count++] = System.nanoTime() - start;
        }
        Arrays.sort(taken, 0, count);
        return taken[count / 2];
    }
}
