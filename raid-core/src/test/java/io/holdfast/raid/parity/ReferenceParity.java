package io.holdfast.raid.parity;

import java.util.List;

/** Parity byte by byte, from the definition: slow, obvious, and sharing nothing with the code under test. */
final class ReferenceParity {
    private ReferenceParity() {}

    /** Schoolbook multiplication of two polynomials, each step reduced by x^8+x^4+x^3+x^2+1. */
    static int multiply(int a, int b) {
        int product = 0;
        for (int bit = 0; bit < 8; bit++) {
            if ((b >> bit & 1) == 1) {
                int shifted = a;
                for (int i = 0; i < bit; i++) {
                    shifted = shifted << 1;
                    if (shifted > 255) {
                        shifted ^= 0x11d;
                    }
                }
                product ^= shifted;
            }
        }
        return product;
    }

    static int power(int exponent) {
        int power = 1;
        for (int i = 0; i < exponent; i++) {
            power = multiply(power, 2);
        }
        return power;
    }

    /** The XOR of all sources, each multiplied by its coefficient. */
    static byte[] weightedSum(List<byte[]> sources, int[] coefficients, int length) {
        byte[] sum = new byte[length];
        for (int i = 0; i < length; i++) {
            int byteSum = 0;
            for (int source = 0; source < sources.size(); source++) {
                byteSum ^= multiply(sources.get(source)[i] & 0xff, coefficients[source]);
            }
            sum[i] = (byte) byteSum;
        }
        return sum;
    }
}
