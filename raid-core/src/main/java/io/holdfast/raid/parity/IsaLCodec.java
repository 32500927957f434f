package io.holdfast.raid.parity;

import java.nio.ByteOrder;
import java.util.Arrays;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * ISA-L's hand-written loops, called through jnr-ffi with nothing but ints and addresses, so that a call costs tens of
 * nanoseconds and allocates nothing.
 */
final class IsaLCodec implements ParityCodec {
    static final String NAME = "isal";

    private static final int ALIGNMENT = 64;
    private static final int TABLE_LENGTH = 32;
    private static final int MAX_ROW_COUNT = 2;
    /** What a hole is pointed at is this long; longer buffers with holes are worked through in parts. */
    private static final int ZEROES_LENGTH = 65536;
    /** The least sources that ISA-L's XOR and syndrome take. */
    private static final int MIN_SOURCE_COUNT = 2;

    private final IsaL.Functions isal;
    private final UnsafeBuffer zeroes = allocate(ZEROES_LENGTH);
    private final UnsafeBuffer productTables = allocate(256 * TABLE_LENGTH);
    private final Pointer[] productTable = new Pointer[256];
    private final ThreadLocal<Arguments> argumentsOfThread = ThreadLocal.withInitial(Arguments::new);

    IsaLCodec(IsaL.Functions isal) {
        this.isal = isal;
        UnsafeBuffer matrix = allocate(1);
        for (int coefficient = 0; coefficient < 256; coefficient++) {
            matrix.putByte(0, (byte) coefficient);
            long table = productTables.addressOffset() + (long) coefficient * TABLE_LENGTH;
            isal.ec_init_tables(1, 1, matrix.addressOffset(), table);
            productTable[coefficient] = Pointer.wrap(Runtime.getSystemRuntime(), table);
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void xor(long[] sources, int sourceCount, long target, int length) {
        if (sourceCount < MIN_SOURCE_COUNT) {
            UnsafeApi.copyMemory(sources[0], target, length);
            return;
        }
        Arguments arguments = argumentsOfThread.get();
        for (int i = 0; i < sourceCount; i++) {
            arguments.array(i, sources[i]);
        }
        arguments.array(sourceCount, target);
        check("xor_gen", isal.xor_gen(sourceCount + 1, length, arguments.arrays));
    }

    @Override
    public void syndrome(long[] sources, int sourceCount, long p, long q, int length) {
        boolean hasHoles = sourceCount < MIN_SOURCE_COUNT;
        for (int i = 0; i < sourceCount; i++) {
            hasHoles |= sources[i] == 0;
        }
        int partLength = hasHoles ? Math.min(length, ZEROES_LENGTH) : length;
        int arrayCount = Math.max(sourceCount, MIN_SOURCE_COUNT);
        Arguments arguments = argumentsOfThread.get();
        for (int offset = 0; offset < length; offset += partLength) {
            for (int i = 0; i < arrayCount; i++) {
                boolean hole = i >= sourceCount || sources[i] == 0;
                arguments.array(i, hole ? zeroes.addressOffset() : sources[i] + offset);
            }
            arguments.array(arrayCount, p + offset);
            arguments.array(arrayCount + 1, q + offset);
            check("pq_gen", isal.pq_gen(arrayCount + 2, Math.min(partLength, length - offset), arguments.arrays));
        }
    }

    @Override
    public void dot(byte[] coefficients, int rowCount, long[] sources, int sourceCount, long[] targets, int length) {
        Arguments arguments = argumentsOfThread.get();
        for (int i = 0; i < sourceCount; i++) {
            arguments.array(i, sources[i]);
        }
        for (int row = 0; row < rowCount; row++) {
            arguments.target(row, targets[row]);
        }
        isal.ec_encode_data(
                length,
                sourceCount,
                rowCount,
                arguments.tables(coefficients, rowCount, sourceCount),
                arguments.arrays,
                arguments.targets);
    }

    @Override
    public void multiplyAccumulate(int coefficient, long source, long target, int length) {
        isal.gf_vect_mad(length, 1, 0, productTable[coefficient], source, target);
    }

    private static UnsafeBuffer allocate(int length) {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, ALIGNMENT));
    }

    private static void check(String function, int result) {
        if (result != 0) {
            throw new IllegalStateException(function + " refused its arguments: result=" + result);
        }
    }

    /** A thread's own off-heap room for pointer arrays and expanded coefficients. */
    private final class Arguments {
        private final UnsafeBuffer pointers = allocate((MAX_SOURCE_COUNT + MAX_ROW_COUNT) * Long.BYTES);
        private final UnsafeBuffer targetPointers = allocate(MAX_ROW_COUNT * Long.BYTES);
        private final UnsafeBuffer matrix = allocate(MAX_SOURCE_COUNT * MAX_ROW_COUNT);
        private final UnsafeBuffer tables = allocate(MAX_SOURCE_COUNT * MAX_ROW_COUNT * TABLE_LENGTH);
        private final long arrays = pointers.addressOffset();
        private final Pointer targets = Pointer.wrap(Runtime.getSystemRuntime(), targetPointers.addressOffset());
        private final byte[] expanded = new byte[MAX_SOURCE_COUNT * MAX_ROW_COUNT];
        private int expandedRowCount;
        private int expandedSourceCount;

        void array(int index, long address) {
            UnsafeApi.putLong(arrays + (long) index * Long.BYTES, address);
        }

        void target(int row, long address) {
            targetPointers.putLong(row * Long.BYTES, address, ByteOrder.nativeOrder());
        }

        /** The address of the tables, which last time's serve again where the coefficients are the same: in a rebuild. */
        long tables(byte[] coefficients, int rowCount, int sourceCount) {
            int count = rowCount * sourceCount;
            if (rowCount != expandedRowCount
                    || sourceCount != expandedSourceCount
                    || !Arrays.equals(coefficients, 0, count, expanded, 0, count)) {
                matrix.putBytes(0, coefficients, 0, count);
                isal.ec_init_tables(sourceCount, rowCount, matrix.addressOffset(), tables.addressOffset());
                System.arraycopy(coefficients, 0, expanded, 0, count);
                expandedRowCount = rowCount;
                expandedSourceCount = sourceCount;
            }
            return tables.addressOffset();
        }
    }
}
