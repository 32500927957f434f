package io.holdfast.raid.parity;

/**
 * The loops under all parity: XOR, the P and Q syndrome, and products in the field of 256 elements.
 *
 * <p>All memory is off-heap, named by its address. Addresses are multiples of 64 and lengths, in bytes, are positive
 * multiples of 64: callers own buffers of whole blocks, so nothing is checked here, and a wrong address is a crash of the
 * process. Sources and targets do not overlap unless a method says they may. All codecs give the same bytes.
 *
 * <p>Codecs can be shared: any thread may call, several at once. Nothing is allocated, but for what a thread keeps after
 * its first call.
 */
public interface ParityCodec {
    /** The most sources a call may bring: the data of the widest array, and its P and Q. */
    int MAX_SOURCE_COUNT = 258;

    /**
     * What logs and {@code -Dholdfast.parity} call this codec.
     *
     * @return one lower-case word.
     */
    String name();

    /**
     * XOR of some sources.
     *
     * @param sources     addresses.
     * @param sourceCount how many of them, at least 1; none of these is 0.
     * @param target      address written to; may be exactly one of the sources.
     * @param length      of each, in bytes.
     */
    void xor(long[] sources, int sourceCount, long target, int length);

    /**
     * P and Q of some sources: the source at index i is multiplied by the generator to the i in Q.
     *
     * @param sources     addresses by exponent; 0 stands for a source of zeroes.
     * @param sourceCount how many of them, at least 1; the last of these is not 0.
     * @param p           address the XOR is written to.
     * @param q           address the weighted sum is written to.
     * @param length      of each, in bytes.
     */
    void syndrome(long[] sources, int sourceCount, long p, long q, int length);

    /**
     * Weighted sums: each target is the XOR of all sources, each multiplied by its coefficient.
     *
     * @param coefficients row by row, {@code sourceCount} to a row, a row for each target.
     * @param rowCount     1 or 2.
     * @param sources      addresses.
     * @param sourceCount  how many of them, at least 1; none of these is 0.
     * @param targets      addresses written to, {@code rowCount} of them.
     * @param length       of each, in bytes.
     */
    void dot(byte[] coefficients, int rowCount, long[] sources, int sourceCount, long[] targets, int length);

    /**
     * Add a multiple of a source to a target: {@code target ^= coefficient * source}.
     *
     * @param coefficient 0 to 255.
     * @param source      address.
     * @param target      address read and written.
     * @param length      of each, in bytes.
     */
    void multiplyAccumulate(int coefficient, long source, long target, int length);
}
