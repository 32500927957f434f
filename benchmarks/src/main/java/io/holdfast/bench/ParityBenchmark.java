package io.holdfast.bench;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.raid.layout.ArrayLayout;
import io.holdfast.raid.layout.LayoutAlgorithm;
import io.holdfast.raid.layout.RaidLevel;
import io.holdfast.raid.layout.StripeMap;
import io.holdfast.raid.parity.ParityCodecs;
import io.holdfast.raid.parity.StripeParity;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import jnr.ffi.Pointer;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * P, P and Q, and the recovery of two data chunks, of stripes with eight data chunks of 64 KiB: each codec as the engine
 * calls it, against ISA-L called bare.
 *
 * <p>Every call is timed for itself, so that a median is worth something on a machine that has other things to do.
 *
 * <p>One stripe stays in a second-level cache; 32 stripes are 20 MiB, 1024 are 640 MiB.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
            "--add-modules=jdk.incubator.vector",
            "-XX:MaxDirectMemorySize=2g"
        })
public class ParityBenchmark {
    /** What stands for ISA-L called bare. */
    static final String RAW = "raw";

    /** Bytes of data in a stripe: what a time per operation is for. */
    static final int DATA_LENGTH = 8 * 65536;

    private static final int DATA_COUNT = 8;
    private static final int LENGTH = DATA_LENGTH / DATA_COUNT;
    private static final int P_SLOT = DATA_COUNT;
    private static final int Q_SLOT = DATA_COUNT + 1;

    /** The codec, or {@value #RAW}. */
    @Param({RAW, "isal", "vector", "scalar"})
    public String codec;

    /** How many stripes take turns. */
    @Param({"1", "32", "1024"})
    public int stripeCount;

    private long[][] slotAddress;
    private long[][] slotAddressWithoutQ;
    private StripeMap stripeWithP;
    private StripeMap stripeWithQ;
    private StripeParity parityWithP;
    private StripeParity parityWithQ;
    private final List<UnsafeBuffer> chunks = new ArrayList<>();
    private int next;

    private RawIsaL.Functions isal;
    private UnsafeBuffer[] pointersForP;
    private UnsafeBuffer[] pointersForQ;
    private UnsafeBuffer[] pointersOfSurvivors;
    private UnsafeBuffer[] pointersOfLost;
    private Pointer[] lost;
    private UnsafeBuffer tables;

    /** Fill the stripes, and prepare the pointers that bare calls take. */
    @Setup
    public void prepare() {
        SplittableRandom random = new SplittableRandom(1);
        slotAddress = new long[stripeCount][DATA_COUNT + 2];
        slotAddressWithoutQ = new long[stripeCount][DATA_COUNT + 1];
        for (int stripe = 0; stripe < stripeCount; stripe++) {
            BufferSlab slab = new BufferSlab((DATA_COUNT + 2) * LENGTH);
            for (int slot = 0; slot < DATA_COUNT + 2; slot++) {
                UnsafeBuffer chunk = slab.carve(LENGTH);
                for (int i = 0; i < LENGTH; i += Long.BYTES) {
                    chunk.putLong(i, random.nextLong());
                }
                slotAddress[stripe][slot] = chunk.addressOffset();
                chunks.add(chunk);
            }
            System.arraycopy(slotAddress[stripe], 0, slotAddressWithoutQ[stripe], 0, DATA_COUNT + 1);
        }
        int parityLast = LayoutAlgorithm.PARITY_LAST.number();
        ArrayLayout withP = new ArrayLayout(RaidLevel.RAID5, parityLast, DATA_COUNT + 1, LENGTH, LENGTH);
        ArrayLayout withQ = new ArrayLayout(RaidLevel.RAID6, parityLast, DATA_COUNT + 2, LENGTH, LENGTH);
        stripeWithP = withP.stripe(0);
        stripeWithQ = withQ.stripe(0);
        if (codec.equals(RAW)) {
            prepareRaw(new RawIsaL());
        } else {
            parityWithP = new StripeParity(ParityCodecs.named(codec), withP);
            parityWithQ = new StripeParity(ParityCodecs.named(codec), withQ);
        }
    }

    private void prepareRaw(RawIsaL raw) {
        isal = raw.functions();
        tables = raw.tables(DATA_COUNT);
        pointersForP = new UnsafeBuffer[stripeCount];
        pointersForQ = new UnsafeBuffer[stripeCount];
        pointersOfSurvivors = new UnsafeBuffer[stripeCount];
        pointersOfLost = new UnsafeBuffer[stripeCount];
        lost = new Pointer[stripeCount];
        for (int stripe = 0; stripe < stripeCount; stripe++) {
            long[] slots = slotAddress[stripe];
            pointersForP[stripe] = raw.pointers(slotAddressWithoutQ[stripe]);
            pointersForQ[stripe] = raw.pointers(slots);
            pointersOfSurvivors[stripe] = raw.pointers(
                    slots[0], slots[2], slots[3], slots[4], slots[6], slots[7], slots[P_SLOT], slots[Q_SLOT]);
            pointersOfLost[stripe] = raw.pointers(slots[1], slots[5]);
            lost[stripe] = raw.wrap(pointersOfLost[stripe].addressOffset());
        }
    }

    private int nextStripe() {
        next = next + 1 == stripeCount ? 0 : next + 1;
        return next;
    }

    /** P of a stripe of level 5. */
    @Benchmark
    public void p() {
        int stripe = nextStripe();
        if (isal != null) {
            isal.xor_gen(DATA_COUNT + 1, LENGTH, pointersForP[stripe].addressOffset());
        } else {
            parityWithP.compute(stripeWithP, slotAddressWithoutQ[stripe], LENGTH);
        }
    }

    /** P and Q of a stripe of level 6. */
    @Benchmark
    public void pAndQ() {
        int stripe = nextStripe();
        if (isal != null) {
            isal.pq_gen(DATA_COUNT + 2, LENGTH, pointersForQ[stripe].addressOffset());
        } else {
            parityWithQ.compute(stripeWithQ, slotAddress[stripe], LENGTH);
        }
    }

    /** Data slots 1 and 5 from the other data, P and Q. */
    @Benchmark
    public void recoverTwo() {
        int stripe = nextStripe();
        if (isal != null) {
            isal.ec_encode_data(
                    LENGTH,
                    DATA_COUNT,
                    2,
                    tables.addressOffset(),
                    pointersOfSurvivors[stripe].addressOffset(),
                    lost[stripe]);
        } else {
            parityWithQ.recover(stripeWithQ, slotAddress[stripe], 1, 5, LENGTH);
        }
    }
}
