package io.holdfast.raid.parity;

/**
 * The field of 256 elements that Q is computed in: polynomial x^8+x^4+x^3+x^2+1, generator 2.
 *
 * <p>Elements are ints of 0 to 255; addition is XOR.
 */
final class GaloisField {
    /** How often the generator can be multiplied by itself before the powers repeat. */
    static final int ORDER = 255;
    /** What a byte that overflows when doubled is corrected by. */
    static final int POLYNOMIAL = 0x1d;

    // Twice the period, so that the sum of two logarithms needs no remainder.
    private static final byte[] POWERS = new byte[2 * ORDER];
    private static final byte[] LOGARITHMS = new byte[256];

    static {
        int power = 1;
        for (int exponent = 0; exponent < ORDER; exponent++) {
            POWERS[exponent] = (byte) power;
            POWERS[exponent + ORDER] = (byte) power;
            LOGARITHMS[power] = (byte) exponent;
            power = (power << 1) ^ (power >= 0x80 ? 0x100 | POLYNOMIAL : 0);
        }
    }

    private GaloisField() {}

    /** The generator to a power: any exponent, negative ones too. */
    static int power(int exponent) {
        return POWERS[Math.floorMod(exponent, ORDER)] & 0xff;
    }

    /** The exponent that gives an element. Zero has none: asking is a bug, answered with 0. */
    static int logarithm(int element) {
        return LOGARITHMS[element] & 0xff;
    }

    static int multiply(int a, int b) {
        return a == 0 || b == 0 ? 0 : POWERS[logarithm(a) + logarithm(b)] & 0xff;
    }

    /** What an element, not zero, is multiplied by to give 1. */
    static int inverse(int element) {
        return power(-logarithm(element));
    }
}
