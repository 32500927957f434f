package io.holdfast.raid.parity;

import java.nio.ByteBuffer;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.NanoClock;

/**
 * How fast a codec is here, from a few milliseconds of each of its loops.
 *
 * <p>Buffers are the size of a typical window and stay in the caches, where codecs differ most. Rounds are bounded in
 * number as well as in time, so that a clock that stands still ends it too.
 */
final class CodecCalibration {
    private static final int SOURCE_COUNT = 6;
    private static final int LENGTH = 16384;
    private static final long WARM_UP_NS = 15_000_000;
    private static final int MAX_WARM_UP_ROUNDS = 400;
    private static final int MEASURED_ROUNDS = 10;

    private final NanoClock clock;
    private final long[] sources = new long[SOURCE_COUNT];
    private final long[] targets = new long[2];
    private final byte[] coefficients = new byte[2 * SOURCE_COUNT];
    private final ByteBuffer memory = BufferUtil.allocateDirectAligned((SOURCE_COUNT + 2) * LENGTH, 4096);
    private long xorNs;
    private long syndromeNs;
    private long dotNs;

    CodecCalibration(NanoClock clock) {
        this.clock = clock;
        long address = BufferUtil.address(memory);
        for (int i = 0; i < SOURCE_COUNT; i++) {
            sources[i] = address + (long) i * LENGTH;
            UnsafeApi.setMemory(sources[i], LENGTH, (byte) (i + 1));
        }
        targets[0] = address + (long) SOURCE_COUNT * LENGTH;
        targets[1] = targets[0] + LENGTH;
        for (int i = 0; i < coefficients.length; i++) {
            coefficients[i] = (byte) GaloisField.power(17 * i + 5);
        }
    }

    void measure(ParityCodec codec) {
        long deadlineNs = clock.nanoTime() + WARM_UP_NS;
        for (int i = 0; i < MAX_WARM_UP_ROUNDS && clock.nanoTime() - deadlineNs < 0; i++) {
            round(codec);
        }
        xorNs = Long.MAX_VALUE;
        syndromeNs = Long.MAX_VALUE;
        dotNs = Long.MAX_VALUE;
        for (int i = 0; i < MEASURED_ROUNDS; i++) {
            round(codec);
        }
    }

    private void round(ParityCodec codec) {
        long startNs = clock.nanoTime();
        codec.xor(sources, SOURCE_COUNT, targets[0], LENGTH);
        long xorEndNs = clock.nanoTime();
        codec.syndrome(sources, SOURCE_COUNT, targets[0], targets[1], LENGTH);
        long syndromeEndNs = clock.nanoTime();
        codec.dot(coefficients, 2, sources, SOURCE_COUNT, targets, LENGTH);
        long dotEndNs = clock.nanoTime();
        xorNs = Math.min(xorNs, Math.max(1, xorEndNs - startNs));
        syndromeNs = Math.min(syndromeNs, Math.max(1, syndromeEndNs - xorEndNs));
        dotNs = Math.min(dotNs, Math.max(1, dotEndNs - syndromeEndNs));
    }

    /** Of the last codec measured: source bytes through all three loops, in MB/s. */
    double rate() {
        return 3e3 * SOURCE_COUNT * LENGTH / (xorNs + syndromeNs + dotNs);
    }

    @Override
    public String toString() {
        return "xor=" + rate(xorNs) + " syndrome=" + rate(syndromeNs) + " dot=" + rate(dotNs) + " MB/s";
    }

    private static long rate(long durationNs) {
        return 1000L * SOURCE_COUNT * LENGTH / durationNs;
    }
}
