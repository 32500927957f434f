package io.holdfast.raid.parity;

import org.agrona.UnsafeApi;

/**
 * A thread's own arrays into which the Java codecs copy a slice of each source, to compute where the JIT vectorizes.
 *
 * <p>A slice is one block: eight sources and two results together stay within a first-level cache.
 */
final class Staging {
    static final int SLICE_LENGTH = 4096;
    /** Sources held at once. */
    static final int SOURCE_COUNT = 16;

    private static final long BASE = UnsafeApi.arrayBaseOffset(long[].class);
    private static final ThreadLocal<Staging> OF_THREAD = ThreadLocal.withInitial(Staging::new);

    /** Room for the sources a step picks out. */
    final long[][] chosen = new long[SOURCE_COUNT][];
    /** Room for a single coefficient. */
    final byte[] single = new byte[1];

    private final long[][] sources = new long[SOURCE_COUNT][SLICE_LENGTH / Long.BYTES];
    private final long[][] results = new long[2][SLICE_LENGTH / Long.BYTES];
    private final long[] scratch = new long[SLICE_LENGTH / Long.BYTES];

    private Staging() {}

    static Staging ofThread() {
        return OF_THREAD.get();
    }

    long[] source(int index) {
        return sources[index];
    }

    long[] result(int index) {
        return results[index];
    }

    long[] scratch() {
        return scratch;
    }

    static void load(long address, long[] array, int length) {
        UnsafeApi.copyMemory(null, address, array, BASE, length);
    }

    static void store(long[] array, long address, int length) {
        UnsafeApi.copyMemory(array, BASE, null, address, length);
    }
}
