package io.holdfast.raid.parity;

import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.agrona.UnsafeApi;

/**
 * The JDK's Vector API: doublings by a masked polynomial, products by two sixteen-entry tables in a register.
 *
 * <p>Sources are staged in arrays, as in {@link ScalarCodec}, and for one more reason: the API's way to off-heap memory
 * was another one in every Java release, its way to arrays the same in all. This class is compiled apart, because it
 * needs a module that may not be there; it is only ever named by {@link ParityCodecs}, after asking for that module.
 */
final class VectorCodec implements ParityCodec {
    /** The machine's width, unless a length that codecs must serve is no multiple of it, or a table would not fit. */
    private static final VectorSpecies<Byte> SPECIES = ByteVector.SPECIES_PREFERRED.length() > 64
            ? ByteVector.SPECIES_512
            : ByteVector.SPECIES_PREFERRED.length() < 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_PREFERRED;

    private static final int SLICE_LENGTH = Staging.SLICE_LENGTH;
    private static final int WIDTH = SPECIES.length();
    private static final long BASE = UnsafeApi.arrayBaseOffset(byte[].class);
    private static final byte POLYNOMIAL = GaloisField.POLYNOMIAL;
    private static final byte NIBBLE = 0x0f;

    /** For each coefficient a vector of its products with 0 to 15, and one of its products with 16 times these. */
    private static final byte[] LOW_PRODUCTS = products(1);

    private static final byte[] HIGH_PRODUCTS = products(16);

    private final ParityCodec scalar = new ScalarCodec();
    private final ThreadLocal<byte[][]> slicesOfThread = ThreadLocal.withInitial(() -> new byte[3][SLICE_LENGTH]);

    @Override
    public String name() {
        return "vector";
    }

    /** XOR is what the JIT vectorizes as well as can be. */
    @Override
    public void xor(long[] sources, int sourceCount, long target, int length) {
        scalar.xor(sources, sourceCount, target, length);
    }

    @Override
    public void syndrome(long[] sources, int sourceCount, long p, long q, int length) {
        byte[][] slices = slicesOfThread.get();
        byte[] pSum = slices[1];
        byte[] qSum = slices[2];
        for (int offset = 0; offset < length; offset += SLICE_LENGTH) {
            int sliceLength = Math.min(SLICE_LENGTH, length - offset);
            load(sources[sourceCount - 1], offset, pSum, sliceLength);
            System.arraycopy(pSum, 0, qSum, 0, sliceLength);
            for (int i = sourceCount - 2; i >= 0; i--) {
                load(sources[i], offset, slices[0], sliceLength);
                addToSyndrome(pSum, qSum, slices[0], sliceLength);
            }
            store(pSum, p + offset, sliceLength);
            store(qSum, q + offset, sliceLength);
        }
    }

    @Override
    public void dot(byte[] coefficients, int rowCount, long[] sources, int sourceCount, long[] targets, int length) {
        byte[][] slices = slicesOfThread.get();
        byte[] sumA = slices[1];
        byte[] sumB = slices[2];
        boolean oneApart = rowCount == 2 && ScalarCodec.areRowsOneApart(coefficients, sourceCount);
        for (int offset = 0; offset < length; offset += SLICE_LENGTH) {
            int sliceLength = Math.min(SLICE_LENGTH, length - offset);
            Arrays.fill(sumA, 0, sliceLength, (byte) 0);
            Arrays.fill(sumB, 0, sliceLength, (byte) 0);
            for (int i = 0; i < sourceCount; i++) {
                load(sources[i], offset, slices[0], sliceLength);
                int ofA = coefficients[i] & 0xff;
                if (oneApart && coefficients[i] != coefficients[sourceCount + i]) {
                    addProductAndSource(sumA, ofA, sumB, slices[0], sliceLength);
                } else if (oneApart || rowCount == 1) {
                    addProduct(sumA, ofA, slices[0], sliceLength);
                } else {
                    addProducts(sumA, ofA, sumB, coefficients[sourceCount + i] & 0xff, slices[0], sliceLength);
                }
            }
            if (oneApart) {
                addSource(sumB, sumA, sliceLength);
            }
            store(sumA, targets[0] + offset, sliceLength);
            if (rowCount == 2) {
                store(sumB, targets[1] + offset, sliceLength);
            }
        }
    }

    @Override
    public void multiplyAccumulate(int coefficient, long source, long target, int length) {
        byte[][] slices = slicesOfThread.get();
        for (int offset = 0; offset < length; offset += SLICE_LENGTH) {
            int sliceLength = Math.min(SLICE_LENGTH, length - offset);
            load(source, offset, slices[0], sliceLength);
            load(target, offset, slices[1], sliceLength);
            addProduct(slices[1], coefficient, slices[0], sliceLength);
            store(slices[1], target + offset, sliceLength);
        }
    }

    private static void addToSyndrome(byte[] p, byte[] q, byte[] a, int length) {
        ByteVector polynomial = ByteVector.broadcast(SPECIES, POLYNOMIAL);
        for (int i = 0; i < length; i += WIDTH) {
            ByteVector data = ByteVector.fromArray(SPECIES, a, i);
            add(ByteVector.fromArray(SPECIES, p, i), data).intoArray(p, i);
            add(twice(ByteVector.fromArray(SPECIES, q, i), polynomial), data).intoArray(q, i);
        }
    }

    private static void addProduct(byte[] sum, int coefficient, byte[] source, int length) {
        ByteVector lowProducts = ByteVector.fromArray(SPECIES, LOW_PRODUCTS, coefficient * WIDTH);
        ByteVector highProducts = ByteVector.fromArray(SPECIES, HIGH_PRODUCTS, coefficient * WIDTH);
        for (int i = 0; i < length; i += WIDTH) {
            ByteVector data = ByteVector.fromArray(SPECIES, source, i);
            ByteVector product = add(
                    data.and(NIBBLE).selectFrom(lowProducts), highNibbles(data).selectFrom(highProducts));
            add(ByteVector.fromArray(SPECIES, sum, i), product).intoArray(sum, i);
        }
    }

    private static void addProductAndSource(byte[] sumA, int ofA, byte[] sumB, byte[] source, int length) {
        ByteVector lowProducts = ByteVector.fromArray(SPECIES, LOW_PRODUCTS, ofA * WIDTH);
        ByteVector highProducts = ByteVector.fromArray(SPECIES, HIGH_PRODUCTS, ofA * WIDTH);
        for (int i = 0; i < length; i += WIDTH) {
            ByteVector data = ByteVector.fromArray(SPECIES, source, i);
            ByteVector product = add(
                    data.and(NIBBLE).selectFrom(lowProducts), highNibbles(data).selectFrom(highProducts));
            add(ByteVector.fromArray(SPECIES, sumA, i), product).intoArray(sumA, i);
            add(ByteVector.fromArray(SPECIES, sumB, i), data).intoArray(sumB, i);
        }
    }

    private static void addSource(byte[] sum, byte[] source, int length) {
        for (int i = 0; i < length; i += WIDTH) {
            ByteVector data = ByteVector.fromArray(SPECIES, source, i);
            add(ByteVector.fromArray(SPECIES, sum, i), data).intoArray(sum, i);
        }
    }

    private static void addProducts(byte[] sumA, int ofA, byte[] sumB, int ofB, byte[] source, int length) {
        ByteVector lowA = ByteVector.fromArray(SPECIES, LOW_PRODUCTS, ofA * WIDTH);
        ByteVector highA = ByteVector.fromArray(SPECIES, HIGH_PRODUCTS, ofA * WIDTH);
        ByteVector lowB = ByteVector.fromArray(SPECIES, LOW_PRODUCTS, ofB * WIDTH);
        ByteVector highB = ByteVector.fromArray(SPECIES, HIGH_PRODUCTS, ofB * WIDTH);
        for (int i = 0; i < length; i += WIDTH) {
            ByteVector data = ByteVector.fromArray(SPECIES, source, i);
            ByteVector low = data.and(NIBBLE);
            ByteVector high = highNibbles(data);
            ByteVector productA = add(low.selectFrom(lowA), high.selectFrom(highA));
            add(ByteVector.fromArray(SPECIES, sumA, i), productA).intoArray(sumA, i);
            ByteVector productB = add(low.selectFrom(lowB), high.selectFrom(highB));
            add(ByteVector.fromArray(SPECIES, sumB, i), productB).intoArray(sumB, i);
        }
    }

    private static ByteVector add(ByteVector a, ByteVector b) {
        return a.lanewise(VectorOperators.XOR, b);
    }

    private static ByteVector twice(ByteVector a, ByteVector polynomial) {
        VectorMask<Byte> overflows = a.compare(VectorOperators.LT, (byte) 0);
        return add(a.add(a), ByteVector.zero(SPECIES).blend(polynomial, overflows));
    }

    /** Shifts of longs, because processors have no shifts of bytes; what crosses over is masked away. */
    private static ByteVector highNibbles(ByteVector data) {
        return data.reinterpretAsLongs()
                .lanewise(VectorOperators.LSHR, 4)
                .reinterpretAsBytes()
                .and(NIBBLE);
    }

    private static void load(long source, int offset, byte[] slice, int length) {
        if (source == 0) {
            Arrays.fill(slice, 0, length, (byte) 0);
        } else {
            UnsafeApi.copyMemory(null, source + offset, slice, BASE, length);
        }
    }

    private static void store(byte[] slice, long target, int length) {
        UnsafeApi.copyMemory(slice, BASE, null, target, length);
    }

    private static byte[] products(int unit) {
        byte[] products = new byte[256 * WIDTH];
        for (int coefficient = 0; coefficient < 256; coefficient++) {
            for (int lane = 0; lane < WIDTH; lane++) {
                products[coefficient * WIDTH + lane] = (byte) GaloisField.multiply(coefficient, (lane & NIBBLE) * unit);
            }
        }
        return products;
    }
}
