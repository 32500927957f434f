package io.holdfast.raid.parity;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;

/**
 * Intel's ISA-L, as far as parity needs it, and where it is.
 *
 * <p>Finding the file and loading it are kept apart: loading starts jnr-ffi, which takes longer than a command that only
 * looks at an array.
 */
final class IsaL {
    private static final String FILE_NAME = "libisal.so.2";
    private static final String[] USUAL_FOLDERS = {
        "/usr/local/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/lib64",
        "/lib"
    };

    private IsaL() {}

    /**
     * The C functions. Pointers are given as addresses, lengths are in bytes. Public because jnr-ffi implements it.
     * <p>
     * One pointer of each function of six arguments is a {@link Pointer}: jnr-ffi 2.3.4 compiles calls with nothing but
     * numbers to machine code that passes garbage as the sixth on x86-64. With an object among them it takes another
     * way, as fast and without allocating, which is right.
     */
    public interface Functions {
        /**
         * XOR of all arrays but the last into the last.
         *
         * @param arrayCount at least 3.
         * @param length     of each.
         * @param arrays     address of that many addresses, each aligned to 32.
         * @return 0, or not 0 when an argument is refused.
         */
        int xor_gen(int arrayCount, int length, long arrays);

        /**
         * P and Q of all arrays but the last two into these.
         *
         * @param arrayCount at least 4.
         * @param length     of each, a multiple of 32.
         * @param arrays     address of that many addresses, each aligned to 32.
         * @return 0, or not 0 when an argument is refused.
         */
        int pq_gen(int arrayCount, int length, long arrays);

        /**
         * Expand coefficients into the tables that products are looked up in.
         *
         * @param sourceCount coefficients in a row.
         * @param rowCount    rows.
         * @param matrix      address of the coefficients, row by row.
         * @param tables      address of room for 32 bytes for each coefficient.
         */
        void ec_init_tables(int sourceCount, int rowCount, long matrix, long tables);

        /**
         * Weighted sums.
         *
         * @param length      of each array.
         * @param sourceCount arrays read.
         * @param rowCount    arrays written.
         * @param tables      address of the expanded coefficients.
         * @param sources     address of the addresses read.
         * @param targets     points to the addresses written.
         */
        void ec_encode_data(int length, int sourceCount, int rowCount, long tables, long sources, @In Pointer targets);

        /**
         * Add one source's part to a weighted sum.
         *
         * @param length      of both arrays, at least 64.
         * @param sourceCount that the tables are for.
         * @param sourceIndex of this source.
         * @param tables      points to the expanded coefficients.
         * @param source      address of the array read.
         * @param target      address of the array updated.
         */
        void gf_vect_mad(int length, int sourceCount, int sourceIndex, @In Pointer tables, long source, long target);
    }

    /** The library's file, where the loader's usual places have one. Touches nothing but file names. */
    static Optional<Path> find() {
        for (String variable :
                new String[] {System.getenv("LD_LIBRARY_PATH"), System.getProperty("java.library.path")}) {
            if (variable != null) {
                for (String folder : variable.split(File.pathSeparator, -1)) {
                    Path file = Path.of(folder, FILE_NAME);
                    if (!folder.isEmpty() && Files.isRegularFile(file)) {
                        return Optional.of(file);
                    }
                }
            }
        }
        for (String folder : USUAL_FOLDERS) {
            Path file = Path.of(folder, FILE_NAME);
            if (Files.isRegularFile(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    /**
     * Load the library.
     *
     * @throws UnsatisfiedLinkError when the file is not a library for this machine, or lacks a function.
     */
    static Functions load(Path file) {
        return LibraryLoader.create(Functions.class)
                .failImmediately()
                .load(file.toAbsolutePath().toString());
    }
}
