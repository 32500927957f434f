package io.holdfast.raid;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoLoop;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;
import org.slf4j.LoggerFactory;

/**
 * What an array is started with. Set what matters, hand it to {@link RaidArray#assemble}, and do not change it afterwards;
 * every setting has a default but the devices. Clocks, threads and chance are settings, which is what lets a simulation run
 * the same engine.
 */
public final class ArrayContext {
    /** Names and defaults of the settings that can also be given as system properties. */
    public static final class Configuration {
        private static final long NS_PER_SECOND = 1_000_000_000L;

        /** Property: shards, each with a thread of its own. */
        public static final String SHARD_COUNT_PROPERTY = "holdfast.shards";

        /** Default number of shards. */
        public static final int SHARD_COUNT_DEFAULT = 1;

        /** Property: bytes of stripe buffers for each shard. */
        public static final String CACHE_LENGTH_PROPERTY = "holdfast.cache.length";

        /** Default length of a shard's stripe buffers: 64 MiB. */
        public static final long CACHE_LENGTH_DEFAULT = 64L << 20;

        /** Property: the most requests admitted at once. */
        public static final String REQUEST_COUNT_PROPERTY = "holdfast.requests";

        /** Default number of requests. */
        public static final int REQUEST_COUNT_DEFAULT = 1024;

        /** How long an array without a journal must be idle to be marked clean: md's 200 milliseconds. */
        public static final long IDLE_DELAY_NS_DEFAULT = 200_000_000L;

        /** How often a resync or recovery records its progress: every two seconds. */
        public static final long CHECKPOINT_INTERVAL_NS_DEFAULT = 2_000_000_000L;

        /** Property: seconds that a device may take to answer. */
        public static final String DEVICE_TIME_LIMIT_PROPERTY = "holdfast.device.timeout";

        /** How long a device may take to answer before it is given up: 30 seconds, as long as Linux gives a disk. */
        public static final long DEVICE_TIME_LIMIT_NS_DEFAULT = 30_000_000_000L;

        /** Property: microseconds that the journal waits for more writes before it begins a batch. */
        public static final String JOURNAL_BATCH_DELAY_PROPERTY = "holdfast.journal.batch.delay";

        /** Property: the most seconds that replaying the journal may take; 0 for no bound. */
        public static final String MAX_REPLAY_PROPERTY = "holdfast.replay.max";

        private Configuration() {}

        static long journalBatchDelayNs() {
            return Long.getLong(JOURNAL_BATCH_DELAY_PROPERTY, 0) * 1000;
        }

        static Duration maxReplay() {
            return Duration.ofSeconds(Long.getLong(MAX_REPLAY_PROPERTY, 0));
        }

        static int shardCount() {
            return Integer.getInteger(SHARD_COUNT_PROPERTY, SHARD_COUNT_DEFAULT);
        }

        static long cacheLength() {
            return Long.getLong(CACHE_LENGTH_PROPERTY, CACHE_LENGTH_DEFAULT);
        }

        static long deviceTimeLimitNs() {
            return Long.getLong(DEVICE_TIME_LIMIT_PROPERTY, DEVICE_TIME_LIMIT_NS_DEFAULT / NS_PER_SECOND)
                    * NS_PER_SECOND;
        }

        static int requestCount() {
            return Integer.getInteger(REQUEST_COUNT_PROPERTY, REQUEST_COUNT_DEFAULT);
        }
    }

    private List<BlockDevice> devices = List.of();
    private boolean ownsDevices = true;
    private boolean readOnly;
    private boolean force;
    private boolean run;
    private String uuid;
    private boolean withoutJournal;
    private int shardCount = Configuration.shardCount();
    private long cacheLength = Configuration.cacheLength();
    private int requestCount = Configuration.requestCount();
    private long idleDelayNs = Configuration.IDLE_DELAY_NS_DEFAULT;
    private JournalMode journalMode = JournalMode.WRITE_THROUGH;
    private JournalLossPolicy onJournalLoss;
    private long journalBatchDelayNs = Configuration.journalBatchDelayNs();
    private long deviceTimeLimitNs = Configuration.deviceTimeLimitNs();
    private Duration maxReplay = Configuration.maxReplay();
    private long checkpointIntervalNs = Configuration.CHECKPOINT_INTERVAL_NS_DEFAULT;
    private long bitmapSweepIntervalNs;
    private long overlayLimit = 1L << 30;
    private ArrayListener listener = ArrayListener.NONE;
    private ErrorHandler errorHandler =
            error -> LoggerFactory.getLogger(RaidArray.class).error("an engine thread failed", error);
    private NanoClock nanoClock = SystemNanoClock.INSTANCE;
    private EpochClock epochClock = SystemEpochClock.INSTANCE;
    private LongSupplier random = () -> new SecureRandom().nextLong();
    private Function<String, IoLoop> loops;

    /** Members, spares and the journal, opened, in any order. */
    public List<BlockDevice> devices() {
        return devices;
    }

    /** Members, spares and the journal, opened, in any order. */
    public ArrayContext devices(List<? extends BlockDevice> value) {
        devices = List.copyOf(value);
        return this;
    }

    /** Whether the array closes the devices when it is closed, or when it cannot be started. Default yes. */
    public boolean ownsDevices() {
        return ownsDevices;
    }

    /** Whether the array closes the devices when it is closed, or when it cannot be started. Default yes. */
    public ArrayContext ownsDevices(boolean value) {
        ownsDevices = value;
        return this;
    }

    /** Whether nothing is to be written to any device; a journal is then replayed into memory. Default no. */
    public boolean readOnly() {
        return readOnly;
    }

    /** Whether nothing is to be written to any device; a journal is then replayed into memory. Default no. */
    public ArrayContext readOnly(boolean value) {
        readOnly = value;
        return this;
    }

    /** Whether to start what is not safe to start, accepting what the plan says may be lost. Default no. */
    public boolean force() {
        return force;
    }

    /** Whether to start what is not safe to start, accepting what the plan says may be lost. Default no. */
    public ArrayContext force(boolean value) {
        force = value;
        return this;
    }

    /** Whether to start without members that were there last time. Default no. */
    public boolean run() {
        return run;
    }

    /** Whether to start without members that were there last time. Default no. */
    public ArrayContext run(boolean value) {
        run = value;
        return this;
    }

    /** The array that is meant, in mdadm's uuid form, when devices of several are given; null for whichever is found. */
    public String uuid() {
        return uuid;
    }

    /** The array that is meant, in mdadm's uuid form, when devices of several are given; null for whichever is found. */
    public ArrayContext uuid(String value) {
        uuid = value;
        return this;
    }

    /** Whether a journal that is lost is given up, with what only it held, and the array starts without. Default no. */
    public boolean withoutJournal() {
        return withoutJournal;
    }

    /** Whether a journal that is lost is given up, with what only it held, and the array starts without. Default no. */
    public ArrayContext withoutJournal(boolean value) {
        withoutJournal = value;
        return this;
    }

    /** Shards, each with a thread of its own; 1 to 64. */
    public int shardCount() {
        return shardCount;
    }

    /** Shards, each with a thread of its own; 1 to 64. */
    public ArrayContext shardCount(int value) {
        shardCount = value;
        return this;
    }

    /** Bytes of stripe buffers for each shard. */
    public long cacheLength() {
        return cacheLength;
    }

    /** Bytes of stripe buffers for each shard. */
    public ArrayContext cacheLength(long value) {
        cacheLength = value;
        return this;
    }

    /** The most requests admitted at once; 2 to 65536. */
    public int requestCount() {
        return requestCount;
    }

    /** The most requests admitted at once; 2 to 65536. */
    public ArrayContext requestCount(int value) {
        requestCount = value;
        return this;
    }

    /** Nanoseconds without a write after which an array without a journal is marked clean. */
    public long idleDelayNs() {
        return idleDelayNs;
    }

    /** Nanoseconds without a write after which an array without a journal is marked clean. */
    public ArrayContext idleDelayNs(long value) {
        idleDelayNs = value;
        return this;
    }

    /** Nanoseconds between the checkpoints of a resync or recovery. */
    public long checkpointIntervalNs() {
        return checkpointIntervalNs;
    }

    /** Nanoseconds between the checkpoints of a resync or recovery. */
    public ArrayContext checkpointIntervalNs(long value) {
        checkpointIntervalNs = value;
        return this;
    }

    /** Nanoseconds between two looks for bits of a write-intent bitmap to clear; 0 for what the bitmap itself says. */
    public long bitmapSweepIntervalNs() {
        return bitmapSweepIntervalNs;
    }

    /** Nanoseconds between two looks for bits of a write-intent bitmap to clear; 0, the default, for what the bitmap itself says. */
    public ArrayContext bitmapSweepIntervalNs(long value) {
        bitmapSweepIntervalNs = value;
        return this;
    }

    /** What writes wait for when the array has a journal. */
    public JournalMode journalMode() {
        return journalMode;
    }

    /** What writes wait for when the array has a journal; {@link RaidArray#journalMode(JournalMode)} changes it later. */
    public ArrayContext journalMode(JournalMode value) {
        journalMode = value;
        return this;
    }

    /** What the array does when its journal fails, in this run; null for what is noted with it. */
    public JournalLossPolicy onJournalLoss() {
        return onJournalLoss;
    }

    /**
     * What the array does when its journal fails, in this run; null, which is the default, for what is noted with the array: to
     * go on, unless {@link RaidArray#onJournalLoss(JournalLossPolicy)} said something else.
     */
    public ArrayContext onJournalLoss(JournalLossPolicy value) {
        onJournalLoss = value;
        return this;
    }

    /** Nanoseconds that a device may leave an operation unanswered before it is given up as failed. */
    public long deviceTimeLimitNs() {
        return deviceTimeLimitNs;
    }

    /**
     * Nanoseconds that a device may leave an operation unanswered before it is given up as failed; 1 ms to a day. The array
     * goes on without it, but memory named in such an operation stays the device's until it answers after all: a read
     * straight into a caller's buffer is not answered before that, and closing the array waits.
     */
    public ArrayContext deviceTimeLimitNs(long value) {
        deviceTimeLimitNs = value;
        return this;
    }

    /** Nanoseconds that the journal waits for more writes before it begins a batch. Default 0. */
    public long journalBatchDelayNs() {
        return journalBatchDelayNs;
    }

    /**
     * Nanoseconds that the journal waits for more writes before it begins a batch; 0 to a second. What piles up while a batch is
     * written and flushed shares the next one anyway, so this helps only where flushes are dear and writers many; a lone
     * writer waits as long, for nobody. A thread is kept busy meanwhile.
     */
    public ArrayContext journalBatchDelayNs(long value) {
        journalBatchDelayNs = value;
        return this;
    }

    /** The longest that replaying the journal may take; zero for no bound. */
    public Duration maxReplay() {
        return maxReplay;
    }

    /**
     * The longest that replaying the journal may take after a crash; zero, the default, for no bound of its own. The array then
     * keeps no more of the journal live than can be replayed in that time, at the rate that the last replay showed, or at
     * 200 MB/s before there was one; but at least 8 MiB, or all of a shorter journal. The shorter, the more often the members
     * are flushed. It bounds the whole replay: reads and writes are served long before its end.
     */
    public ArrayContext maxReplay(Duration value) {
        maxReplay = value;
        return this;
    }

    /** Bytes of memory, per device, that a journal may be replayed into when nothing is to be written. Default 1 GiB. */
    public long overlayLimit() {
        return overlayLimit;
    }

    /** Bytes of memory, per device, that a journal may be replayed into when nothing is to be written. Default 1 GiB. */
    public ArrayContext overlayLimit(long value) {
        overlayLimit = value;
        return this;
    }

    /** Told what happens to the array. */
    public ArrayListener listener() {
        return listener;
    }

    /** Told what happens to the array. */
    public ArrayContext listener(ArrayListener value) {
        listener = value;
        return this;
    }

    /** Told when an engine thread meets what can only be a bug. Default: logged. */
    public ErrorHandler errorHandler() {
        return errorHandler;
    }

    /** Told when an engine thread meets what can only be a bug. Default: logged. */
    public ArrayContext errorHandler(ErrorHandler value) {
        errorHandler = value;
        return this;
    }

    /** For intervals. */
    public NanoClock nanoClock() {
        return nanoClock;
    }

    /** For intervals. */
    public ArrayContext nanoClock(NanoClock value) {
        nanoClock = value;
        return this;
    }

    /** For the times in superblocks, which no decision rests on. */
    public EpochClock epochClock() {
        return epochClock;
    }

    /** For the times in superblocks, which no decision rests on. */
    public ArrayContext epochClock(EpochClock value) {
        epochClock = value;
        return this;
    }

    /** For the first sequence number of a new log. */
    public LongSupplier random() {
        return random;
    }

    /** For the first sequence number of a new log. */
    public ArrayContext random(LongSupplier value) {
        random = value;
        return this;
    }

    /** Makes the loops, given a name for each; null for what suits the machine, as {@link io.holdfast.blockdev.IoLoops} has it. */
    public Function<String, IoLoop> loops() {
        return loops;
    }

    /** Makes the loops, given a name for each; null for what suits the machine, as {@link io.holdfast.blockdev.IoLoops} has it. */
    public ArrayContext loops(Function<String, IoLoop> value) {
        loops = value;
        return this;
    }

    /**
     * Check the settings and fill in what was left open.
     *
     * @return this.
     * @throws IllegalArgumentException naming a setting, its value and its range.
     */
    public ArrayContext conclude() {
        if (devices.isEmpty()) {
            throw new IllegalArgumentException("an array needs devices: devices=[]");
        }
        checkRange("shardCount", shardCount, 1, 64);
        checkRange("requestCount", requestCount, 2, 65536);
        checkRange("cacheLength", cacheLength, 1 << 16, 1L << 40);
        checkRange("idleDelayNs", idleDelayNs, 0, Long.MAX_VALUE);
        checkRange("checkpointIntervalNs", checkpointIntervalNs, 0, Long.MAX_VALUE);
        checkRange("bitmapSweepIntervalNs", bitmapSweepIntervalNs, 0, Long.MAX_VALUE);
        if (maxReplay.isNegative() || maxReplay.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("maxReplay=" + maxReplay + " is out of range: PT0S to PT24H");
        }
        checkRange("journalBatchDelayNs", journalBatchDelayNs, 0, Configuration.NS_PER_SECOND);
        checkRange("deviceTimeLimitNs", deviceTimeLimitNs, 1_000_000L, 86_400L * Configuration.NS_PER_SECOND);
        return this;
    }

    private static void checkRange(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + "=" + value + " is out of range: " + least + " to " + most);
        }
    }

    @Override
    public String toString() {
        return "ArrayContext{devices=" + devices.stream().map(BlockDevice::name).toList()
                + ", ownsDevices=" + ownsDevices
                + ", readOnly=" + readOnly
                + ", force=" + force
                + ", run=" + run
                + ", withoutJournal=" + withoutJournal
                + ", shardCount=" + shardCount
                + ", cacheLength=" + cacheLength
                + ", requestCount=" + requestCount
                + ", idleDelayNs=" + idleDelayNs
                + ", checkpointIntervalNs=" + checkpointIntervalNs
                + ", bitmapSweepIntervalNs=" + bitmapSweepIntervalNs
                + ", journalMode=" + journalMode
                + ", onJournalLoss=" + onJournalLoss
                + ", deviceTimeLimitNs=" + deviceTimeLimitNs
                + ", maxReplay=" + maxReplay
                + ", overlayLimit=" + overlayLimit
                + '}';
    }
}
