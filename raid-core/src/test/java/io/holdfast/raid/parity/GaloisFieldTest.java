package io.holdfast.raid.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GaloisFieldTest {
    @Test
    void shouldMultiplyLikeTheDefinition() {
        for (int a = 0; a < 256; a++) {
            for (int b = 0; b < 256; b++) {
                assertEquals(ReferenceParity.multiply(a, b), GaloisField.multiply(a, b), a + " * " + b);
            }
        }
    }

    @Test
    void shouldKnowThePublishedPowers() {
        assertEquals(
                "01 02 04 08 10 20 40 80 1d 3a 74 e8 cd 87 13 26 4c 98 2d 5a b4 75 ea c9",
                IntStream.range(0, 24)
                        .mapToObj(exponent -> String.format("%02x", GaloisField.power(exponent)))
                        .collect(Collectors.joining(" ")));
        assertEquals(0x8e, GaloisField.power(254));
        assertEquals(0x8e, GaloisField.power(-1));
        assertEquals(1, GaloisField.power(255));
        assertEquals(25, GaloisField.logarithm(3));
        assertEquals(8, GaloisField.logarithm(0x1d));
        assertEquals(0xf4, GaloisField.inverse(3));
    }

    @Test
    void shouldInvertEveryElement() {
        for (int element = 1; element < 256; element++) {
            assertEquals(1, ReferenceParity.multiply(element, GaloisField.inverse(element)));
            assertEquals(element, GaloisField.power(GaloisField.logarithm(element)));
        }
    }
}
