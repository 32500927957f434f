package io.holdfast.raid.parity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/** Every codec that can run here, against the definition. */
class ParityCodecProperties {
    private static final int MAX_SOURCE_COUNT = 40;
    private static final int MAX_LENGTH = 3 * 4096;
    private static final int TARGET_A = MAX_SOURCE_COUNT;
    private static final int TARGET_B = MAX_SOURCE_COUNT + 1;

    private final Blocks blocks = new Blocks(MAX_SOURCE_COUNT + 2, MAX_LENGTH);

    @Provide
    Arbitrary<ParityCodec> codecs() {
        return Arbitraries.of(ParityCodecs.available());
    }

    @Provide
    Arbitrary<Integer> counts() {
        return Arbitraries.frequencyOf(
                Tuple.of(9, Arbitraries.integers().between(1, 20)),
                Tuple.of(1, Arbitraries.integers().between(21, MAX_SOURCE_COUNT)));
    }

    @Provide
    Arbitrary<Integer> lengths() {
        return Arbitraries.oneOf(
                Arbitraries.integers().between(1, MAX_LENGTH / 64).map(units -> units * 64),
                Arbitraries.of(64, 128, 4096, 4096 + 64, 8192));
    }

    @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
    void xorAddsAllSources(
            @ForAll("codecs") ParityCodec codec,
            @ForAll("counts") int count,
            @ForAll("lengths") int length,
            @ForAll long seed) {
        Sources sources = new Sources(seed, count, length);
        blocks.put(TARGET_A, new byte[length]);
        codec.xor(sources.addresses, count, blocks.address(TARGET_A), length);
        assertArrayEquals(
                ReferenceParity.weightedSum(sources.bytes, ones(count), length), blocks.get(TARGET_A, length));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void xorMayReplaceOneOfItsSources(
            @ForAll("codecs") ParityCodec codec,
            @ForAll("counts") int count,
            @ForAll("lengths") int length,
            @ForAll @IntRange(max = MAX_SOURCE_COUNT) int replaced,
            @ForAll long seed) {
        Sources sources = new Sources(seed, count, length);
        codec.xor(sources.addresses, count, sources.addresses[replaced % count], length);
        assertArrayEquals(
                ReferenceParity.weightedSum(sources.bytes, ones(count), length), blocks.get(replaced % count, length));
    }

    @Property(tries = 600, edgeCases = EdgeCasesMode.NONE)
    void syndromeWeighsByPowersOfTheGeneratorAndSkipsHoles(
            @ForAll("codecs") ParityCodec codec,
            @ForAll("counts") int count,
            @ForAll("lengths") int length,
            @ForAll long holes,
            @ForAll long seed) {
        Sources sources = new Sources(seed, count, length);
        int[] powers = new int[count];
        for (int i = 0; i < count; i++) {
            powers[i] = ReferenceParity.power(i);
            // The shift makes most cases without holes, some with a few, some with many.
            if (i < count - 1 && (holes >>> (holes & 63) >>> i & 1) == 1) {
                sources.bytes.set(i, new byte[length]);
                sources.addresses[i] = 0;
            }
        }
        blocks.put(TARGET_A, new byte[length]);
        blocks.put(TARGET_B, new byte[length]);
        codec.syndrome(sources.addresses, count, blocks.address(TARGET_A), blocks.address(TARGET_B), length);
        assertArrayEquals(
                ReferenceParity.weightedSum(sources.bytes, ones(count), length), blocks.get(TARGET_A, length));
        assertArrayEquals(ReferenceParity.weightedSum(sources.bytes, powers, length), blocks.get(TARGET_B, length));
    }

    @Property(tries = 600, edgeCases = EdgeCasesMode.NONE)
    void dotWeighsByAnyCoefficients(
            @ForAll("codecs") ParityCodec codec,
            @ForAll @IntRange(min = 1, max = 2) int rowCount,
            @ForAll("counts") int count,
            @ForAll("lengths") int length,
            @ForAll boolean rowsOneApart,
            @ForAll long seed) {
        Sources sources = new Sources(seed, count, length);
        byte[] coefficients = Blocks.random(new SplittableRandom(~seed), rowCount * count);
        for (int i = 0; rowsOneApart && rowCount == 2 && i < count; i++) {
            coefficients[count + i] = (byte) (coefficients[i] ^ (coefficients[count + i] & 1));
        }
        // Zero and one are likely places for shortcuts.
        coefficients[(int) Math.floorMod(seed, (long) coefficients.length)] = (byte) (seed & 1);
        blocks.put(TARGET_A, new byte[length]);
        blocks.put(TARGET_B, new byte[length]);
        long[] targets = {blocks.address(TARGET_A), blocks.address(TARGET_B)};
        codec.dot(coefficients, rowCount, sources.addresses, count, targets, length);
        for (int row = 0; row < 2; row++) {
            int[] ofRow = new int[count];
            for (int i = 0; i < count && row < rowCount; i++) {
                ofRow[i] = coefficients[row * count + i] & 0xff;
            }
            assertArrayEquals(
                    ReferenceParity.weightedSum(sources.bytes, ofRow, length),
                    blocks.get(TARGET_A + row, length),
                    "row " + row);
        }
    }

    @Property(tries = 600, edgeCases = EdgeCasesMode.NONE)
    void multiplyAccumulateAddsTheProduct(
            @ForAll("codecs") ParityCodec codec,
            @ForAll @IntRange(max = 255) int coefficient,
            @ForAll("lengths") int length,
            @ForAll long seed) {
        Sources sources = new Sources(seed, 2, length);
        codec.multiplyAccumulate(coefficient, sources.addresses[0], sources.addresses[1], length);
        assertArrayEquals(
                ReferenceParity.weightedSum(sources.bytes, new int[] {coefficient, 1}, length), blocks.get(1, length));
        assertArrayEquals(sources.bytes.get(0), blocks.get(0, length));
    }

    private static int[] ones(int count) {
        int[] ones = new int[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private final class Sources {
        final List<byte[]> bytes = new ArrayList<>();
        final long[] addresses;

        Sources(long seed, int count, int length) {
            SplittableRandom random = new SplittableRandom(seed);
            addresses = new long[count];
            for (int i = 0; i < count; i++) {
                bytes.add(Blocks.random(random, length));
                blocks.put(i, bytes.get(i));
                addresses[i] = blocks.address(i);
            }
        }
    }
}
