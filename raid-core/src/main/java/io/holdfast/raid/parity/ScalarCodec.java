package io.holdfast.raid.parity;

import static io.holdfast.raid.parity.Staging.SLICE_LENGTH;

import java.util.Arrays;

/**
 * Plain Java: eight field elements to a long, in loops shaped for the JIT's auto-vectorizer.
 *
 * <p>HotSpot vectorizes loops over arrays and not over raw addresses, by a factor of three to five here. So every source is
 * copied, a {@link Staging} slice at a time, into an array that stays in the first-level cache, and the arithmetic
 * happens there; the copy is what brings the bytes into the cache anyway. Each loop does little: two sources a pass
 * already exceed what the vectorizer takes on.
 */
final class ScalarCodec implements ParityCodec {
    static final String NAME = "scalar";

    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long POLYNOMIALS = 0x0101_0101_0101_0101L * GaloisField.POLYNOMIAL;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void xor(long[] sources, int sourceCount, long target, int length) {
        Staging staging = Staging.ofThread();
        long[] sum = staging.result(0);
        for (int offset = 0; offset < length; offset += SLICE_LENGTH) {
            int sliceLength = Math.min(SLICE_LENGTH, length - offset);
            int longCount = sliceLength >> 3;
            Staging.load(sources[0] + offset, sum, sliceLength);
            int i = 1;
            for (; i + 4 <= sourceCount; i += 4) {
                for (int j = 0; j < 4; j++) {
                    Staging.load(sources[i + j] + offset, staging.source(j), sliceLength);
                }
                add(sum, staging.source(0), staging.source(1), staging.source(2), staging.source(3), longCount);
            }
            for (; i < sourceCount; i++) {
                Staging.load(sources[i] + offset, staging.source(0), sliceLength);
                add(sum, staging.source(0), longCount);
            }
            Staging.store(sum, target + offset, sliceLength);
        }
    }

    @Override
    public void syndrome(long[] sources, int sourceCount, long p, long q, int length) {
        Staging staging = Staging.ofThread();
        long[] pSum = staging.result(0);
        long[] qSum = staging.result(1);
        long[] source = staging.source(0);
        for (int offset = 0; offset < length; offset += SLICE_LENGTH) {
            int sliceLength = Math.min(SLICE_LENGTH, length - offset);
            int longCount = sliceLength >> 3;
            Staging.load(sources[sourceCount - 1] + offset, pSum, sliceLength);
            System.arraycopy(pSum, 0, qSum, 0, longCount);
            for (int i = sourceCount - 2; i >= 0; i--) {
                if (sources[i] == 0) {
                    twice(qSum, longCount);
                } else {
                    Staging.load(sources[i] + offset, source, sliceLength);
                    addToSyndrome(pSum, qSum, source, longCount);
                }
            }
            Staging.store(pSum, p + offset, sliceLength);
            Staging.store(qSum, q + offset, sliceLength);
        }
    }

    @Override
    public void dot(byte[] coefficients, int rowCount, long[] sources, int sourceCount, long[] targets, int length) {
        Staging staging = Staging.ofThread();
        boolean oneApart = rowCount == 2 && areRowsOneApart(coefficients, sourceCount);
        for (int offset = 0; offset < length; offset += SLICE_LENGTH) {
            int sliceLength = Math.min(SLICE_LENGTH, length - offset);
            int longCount = sliceLength >> 3;
            for (int first = 0; first < sourceCount; first += Staging.SOURCE_COUNT) {
                int groupCount = Math.min(Staging.SOURCE_COUNT, sourceCount - first);
                for (int i = 0; i < groupCount; i++) {
                    Staging.load(sources[first + i] + offset, staging.source(i), sliceLength);
                }
                int weightedRowCount = oneApart ? 1 : rowCount;
                for (int row = 0; row < weightedRowCount; row++) {
                    long[] sum = first == 0 ? staging.result(row) : staging.scratch();
                    weightedSum(sum, coefficients, row * sourceCount + first, staging, groupCount, longCount);
                    if (first > 0) {
                        add(staging.result(row), sum, longCount);
                    }
                }
                if (oneApart) {
                    if (first == 0) {
                        Arrays.fill(staging.result(1), 0, longCount, 0);
                    }
                    int chosenCount = 0;
                    for (int i = 0; i < groupCount; i++) {
                        if (coefficients[first + i] != coefficients[sourceCount + first + i]) {
                            staging.chosen[chosenCount++] = staging.source(i);
                        }
                    }
                    addChosen(staging.result(1), staging.chosen, 0, chosenCount, longCount);
                }
            }
            if (oneApart) {
                add(staging.result(1), staging.result(0), longCount);
            }
            for (int row = 0; row < rowCount; row++) {
                Staging.store(staging.result(row), targets[row] + offset, sliceLength);
            }
        }
    }

    @Override
    public void multiplyAccumulate(int coefficient, long source, long target, int length) {
        Staging staging = Staging.ofThread();
        long[] product = staging.result(0);
        long[] sum = staging.result(1);
        for (int offset = 0; offset < length; offset += SLICE_LENGTH) {
            int sliceLength = Math.min(SLICE_LENGTH, length - offset);
            int longCount = sliceLength >> 3;
            Staging.load(source + offset, staging.source(0), sliceLength);
            Staging.load(target + offset, sum, sliceLength);
            staging.single[0] = (byte) coefficient;
            weightedSum(product, staging.single, 0, staging, 1, longCount);
            add(sum, product, longCount);
            Staging.store(sum, target + offset, sliceLength);
        }
    }

    /**
     * The weighted sum of the staged sources, by the bits of the coefficients from the highest down: double what there
     * is, then add the sources whose coefficient has the bit. Seven doublings serve all sources together, which is what
     * makes this cheaper than multiplying each.
     */
    private static void weightedSum(
            long[] sum, byte[] coefficients, int firstCoefficient, Staging staging, int sourceCount, int longCount) {
        Arrays.fill(sum, 0, longCount, 0);
        int anyCoefficient = 0;
        for (int i = 0; i < sourceCount; i++) {
            anyCoefficient |= coefficients[firstCoefficient + i] & 0xff;
        }
        long[][] chosen = staging.chosen;
        for (int bit = 31 - Integer.numberOfLeadingZeros(anyCoefficient); bit >= 0; bit--) {
            int chosenCount = 0;
            for (int i = 0; i < sourceCount; i++) {
                if ((coefficients[firstCoefficient + i] >> bit & 1) != 0) {
                    chosen[chosenCount++] = staging.source(i);
                }
            }
            // Nothing has been added before the highest bit, and twice nothing is nothing.
            boolean isFirst = anyCoefficient >> bit == 1;
            if (isFirst || chosenCount == 0) {
                if (!isFirst) {
                    twice(sum, longCount);
                }
                addChosen(sum, chosen, 0, chosenCount, longCount);
            } else if (chosenCount < 4) {
                twiceAndAdd(sum, chosen[0], longCount);
                addChosen(sum, chosen, 1, chosenCount, longCount);
            } else {
                twiceAndAdd(sum, chosen[0], chosen[1], chosen[2], chosen[3], longCount);
                addChosen(sum, chosen, 4, chosenCount, longCount);
            }
        }
    }

    /**
     * Whether the second of two rows is the first with some coefficients changed by 1, as when two data chunks are
     * recovered: the second sum is then the first and some sources, with nothing to multiply.
     */
    static boolean areRowsOneApart(byte[] coefficients, int sourceCount) {
        for (int i = 0; i < sourceCount; i++) {
            if (((coefficients[i] ^ coefficients[sourceCount + i]) & 0xfe) != 0) {
                return false;
            }
        }
        return true;
    }

    private static void addChosen(long[] sum, long[][] chosen, int from, int to, int longCount) {
        int i = from;
        for (; i + 4 <= to; i += 4) {
            add(sum, chosen[i], chosen[i + 1], chosen[i + 2], chosen[i + 3], longCount);
        }
        for (; i < to; i++) {
            add(sum, chosen[i], longCount);
        }
    }

    private static void add(long[] sum, long[] a, int longCount) {
        for (int i = 0; i < longCount; i++) {
            sum[i] ^= a[i];
        }
    }

    private static void add(long[] sum, long[] a, long[] b, long[] c, long[] d, int longCount) {
        for (int i = 0; i < longCount; i++) {
            sum[i] ^= a[i] ^ b[i] ^ c[i] ^ d[i];
        }
    }

    /** Eight doublings at once: where a byte's high bit was set, its high bit minus 1 masks the polynomial in. */
    private static void twice(long[] sum, int longCount) {
        for (int i = 0; i < longCount; i++) {
            long before = sum[i];
            long high = before & HIGH_BITS;
            sum[i] = ((before ^ high) << 1) ^ ((high - (high >>> 7)) & POLYNOMIALS);
        }
    }

    private static void twiceAndAdd(long[] sum, long[] a, int longCount) {
        for (int i = 0; i < longCount; i++) {
            long before = sum[i];
            long high = before & HIGH_BITS;
            sum[i] = a[i] ^ ((before ^ high) << 1) ^ ((high - (high >>> 7)) & POLYNOMIALS);
        }
    }

    private static void twiceAndAdd(long[] sum, long[] a, long[] b, long[] c, long[] d, int longCount) {
        for (int i = 0; i < longCount; i++) {
            long before = sum[i];
            long high = before & HIGH_BITS;
            sum[i] = a[i] ^ b[i] ^ c[i] ^ d[i] ^ ((before ^ high) << 1) ^ ((high - (high >>> 7)) & POLYNOMIALS);
        }
    }

    private static void addToSyndrome(long[] p, long[] q, long[] source, int longCount) {
        for (int i = 0; i < longCount; i++) {
            long data = source[i];
            long before = q[i];
            long high = before & HIGH_BITS;
            p[i] ^= data;
            q[i] = data ^ ((before ^ high) << 1) ^ ((high - (high >>> 7)) & POLYNOMIALS);
        }
    }
}
