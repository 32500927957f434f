package io.holdfast.raid.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The placements as drawn in the description of the format, picture by picture. */
class StripeMapTest {
    static Stream<Arguments> drawings() {
        return Stream.of(
                arguments(4, 0, "0 1 2 P"),
                arguments(5, 0, "0 1 2 P / 0 1 P 2 / 0 P 1 2 / P 0 1 2"),
                arguments(5, 1, "P 0 1 2 / 0 P 1 2 / 0 1 P 2 / 0 1 2 P"),
                arguments(5, 2, "0 1 2 P / 1 2 P 0 / 2 P 0 1 / P 0 1 2"),
                arguments(5, 3, "P 0 1 2 / 2 P 0 1 / 1 2 P 0 / 0 1 2 P"),
                arguments(5, 4, "P 0 1 2"),
                arguments(5, 5, "0 1 2 P"),
                arguments(6, 0, "Q 0 1 2 P / 0 1 2 P Q / 0 1 P Q 2 / 0 P Q 1 2 / P Q 0 1 2"),
                arguments(6, 2, "Q 0 1 2 P / 0 1 2 P Q / 1 2 P Q 0 / 2 P Q 0 1 / P Q 0 1 2"),
                arguments(6, 4, "P Q 0 1 2"),
                arguments(6, 5, "0 1 2 P Q"),
                arguments(6, 8, "P Q 0 1 2 / 0 P Q 1 2 / 0 1 P Q 2 / 0 1 2 P Q / Q 0 1 2 P"),
                arguments(6, 9, "0 1 2 P Q / 0 1 P Q 2 / 0 P Q 1 2 / P Q 0 1 2 / Q 0 1 2 P"),
                arguments(6, 10, "0 1 2 Q P / 1 2 Q P 0 / 2 Q P 0 1 / Q P 0 1 2 / P 0 1 2 Q"),
                arguments(6, 18, "0 1 2 P Q / 1 2 P 0 Q / 2 P 0 1 Q / P 0 1 2 Q"),
                arguments(6, 20, "P 0 1 2 Q"));
    }

    @ParameterizedTest
    @MethodSource("drawings")
    void shouldPlaceRowsAsDrawn(int level, int algorithm, String drawing) {
        String[] rows = drawing.split(" / ", -1);
        int memberCount = rows[0].split(" ", -1).length;
        ArrayLayout layout = new ArrayLayout(RaidLevel.of(level), algorithm, memberCount, 4096, 4096L * 60);
        List<String> placed = new ArrayList<>();
        for (int row = 0; row < rows.length; row++) {
            placed.add(layout.stripe(row).toString());
        }
        assertEquals(List.of(rows), placed);
        assertEquals(rows[0], layout.stripe(rows.length).toString(), "the drawing is one whole period");
    }

    static Stream<Arguments> coefficients() {
        return Stream.of(
                arguments(0, "D0 D1 D2 / D0 D1 D2 / D2 D0 D1 / D1 D2 D0 / D0 D1 D2"),
                arguments(2, "D0 D1 D2 / D0 D1 D2 / D0 D1 D2 / D0 D1 D2 / D0 D1 D2"),
                arguments(8, ". . D0 D1 D2 / D0 . . D1 D2 / D0 D1 . . D2 / D0 D1 D2 . . / . D0 D1 D2 ."),
                arguments(9, "D0 D1 D2 . . / D0 D1 . . D2 / D0 . . D1 D2 / . . D0 D1 D2 / . D0 D1 D2 ."),
                arguments(10, "D0 D1 D2 . . / D1 D2 . . D0 / D2 . . D0 D1 / . . D0 D1 D2 / . D0 D1 D2 ."),
                arguments(18, "D0 D1 D2 / D1 D2 D0 / D2 D0 D1 / D0 D1 D2"));
    }

    /** Each row lists the data chunks by exponent: the first is multiplied by 1, the next by g, and so on. */
    @ParameterizedTest
    @MethodSource("coefficients")
    void shouldOrderQCoefficientsAsDrawn(int algorithm, String drawing) {
        String[] rows = drawing.split(" / ", -1);
        ArrayLayout layout = new ArrayLayout(RaidLevel.RAID6, algorithm, 5, 4096, 4096L * 60);
        for (int row = 0; row < rows.length; row++) {
            String[] byExponent = new String[rows[row].split(" ", -1).length];
            Arrays.fill(byExponent, ".");
            StripeMap stripe = layout.stripe(row);
            for (int dataIndex = 0; dataIndex < 3; dataIndex++) {
                byExponent[stripe.exponent(stripe.dataSlot(dataIndex))] = "D" + dataIndex;
            }
            assertEquals(rows[row], String.join(" ", byExponent), "row " + row);
        }
    }
}
