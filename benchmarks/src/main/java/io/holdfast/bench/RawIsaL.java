package io.holdfast.bench;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * ISA-L's C functions with every argument prepared beforehand: what the codecs are measured against.
 *
 * <p>A call costs about ten nanoseconds more than it would from C.
 */
final class RawIsaL {
    private static final int ALIGNMENT = 64;
    private static final int TABLE_LENGTH = 32;

    private final Functions isal =
            LibraryLoader.create(Functions.class).failImmediately().load("libisal.so.2");
    private final jnr.ffi.Runtime runtime = jnr.ffi.Runtime.getRuntime(isal);

    /** The functions used. Public because jnr-ffi implements it. */
    public interface Functions {
        /**
         * XOR of all arrays but the last into the last.
         *
         * @param arrayCount of arrays.
         * @param length     of each, in bytes.
         * @param arrays     address of their addresses.
         * @return 0, or not 0 when an argument is refused.
         */
        int xor_gen(int arrayCount, int length, long arrays);

        /**
         * P and Q of all arrays but the last two into these.
         *
         * @param arrayCount of arrays.
         * @param length     of each, in bytes.
         * @param arrays     address of their addresses.
         * @return 0, or not 0 when an argument is refused.
         */
        int pq_gen(int arrayCount, int length, long arrays);

        /**
         * Expand coefficients.
         *
         * @param sourceCount coefficients in a row.
         * @param rowCount    rows.
         * @param matrix      address of the coefficients.
         * @param tables      address of room for the tables.
         */
        void ec_init_tables(int sourceCount, int rowCount, long matrix, long tables);

        /**
         * Weighted sums.
         *
         * @param length      of each array, in bytes.
         * @param sourceCount arrays read.
         * @param rowCount    arrays written.
         * @param tables      address of the tables.
         * @param sources     address of the addresses read.
         * @param targets     points to the addresses written; an object, as jnr-ffi gets a sixth number wrong.
         */
        void ec_encode_data(int length, int sourceCount, int rowCount, long tables, long sources, @In Pointer targets);
    }

    Functions functions() {
        return isal;
    }

    /** Off-heap pointers, as the C functions take them. */
    UnsafeBuffer pointers(long... addresses) {
        UnsafeBuffer pointers = allocate(addresses.length * Long.BYTES);
        for (int i = 0; i < addresses.length; i++) {
            pointers.putLong(i * Long.BYTES, addresses[i]);
        }
        return pointers;
    }

    Pointer wrap(long address) {
        return Pointer.wrap(runtime, address);
    }

    /** Tables for two rows of coefficients. Which ones makes no difference to the time a product takes. */
    UnsafeBuffer tables(int sourceCount) {
        UnsafeBuffer matrix = allocate(2 * sourceCount);
        for (int i = 0; i < 2 * sourceCount; i++) {
            matrix.putByte(i, (byte) (29 * i + 3));
        }
        UnsafeBuffer tables = allocate(2 * sourceCount * TABLE_LENGTH);
        isal.ec_init_tables(sourceCount, 2, matrix.addressOffset(), tables.addressOffset());
        return tables;
    }

    private static UnsafeBuffer allocate(int length) {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, ALIGNMENT));
    }
}
