package io.holdfast.raid.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayoutAlgorithmTest {
    @ParameterizedTest
    @CsvSource({
        "5, left-asymmetric, 0",
        "5, la, 0",
        "5, ddf-N-restart, 0",
        "5, right-asymmetric, 1",
        "5, ra, 1",
        "5, ddf-zero-restart, 1",
        "5, left-symmetric, 2",
        "5, ls, 2",
        "5, default, 2",
        "5, ddf-N-continue, 2",
        "5, right-symmetric, 3",
        "5, rs, 3",
        "5, parity-first, 4",
        "5, parity-last, 5",
        "6, la, 0",
        "6, ra, 1",
        "6, ls, 2",
        "6, rs, 3",
        "6, default, 2",
        "6, parity-first, 4",
        "6, parity-last, 5",
        "6, ddf-zero-restart, 8",
        "6, ddf-N-restart, 9",
        "6, ddf-N-continue, 10",
        "6, left-asymmetric-6, 16",
        "6, right-asymmetric-6, 17",
        "6, left-symmetric-6, 18",
        "6, right-symmetric-6, 19",
        "6, parity-first-6, 20",
    })
    void shouldKnowTheNameAtThatLevel(int level, String name, int number) {
        assertEquals(number, LayoutAlgorithm.named(RaidLevel.of(level), name).number());
    }

    @ParameterizedTest
    @CsvSource({"5, left-symmetric-6", "5, parity-first-6", "5, foo", "5, LS", "6, ddf-n-restart", "6, 2", "6, ''"})
    void shouldRefuseTheNameAtThatLevel(int level, String name) {
        RaidLevel raidLevel = RaidLevel.of(level);
        String message = assertThrows(IllegalArgumentException.class, () -> LayoutAlgorithm.named(raidLevel, name))
                .getMessage();
        assertEquals("layout " + name + " not understood for raid" + level + ".", message);
    }

    @Test
    void shouldRefuseAnyNameAtLevel4() {
        String message = assertThrows(
                        IllegalArgumentException.class, () -> LayoutAlgorithm.named(RaidLevel.RAID4, "parity-last"))
                .getMessage();
        assertEquals("layout not meaningful for raid4 arrays.", message);
    }

    @Test
    void shouldAcceptExactlyTheNumbersLinuxAccepts() {
        assertEquals("[0, 1, 2, 3, 4, 5]", accepted(RaidLevel.RAID5));
        assertEquals("[0, 1, 2, 3, 4, 5, 8, 9, 10, 16, 17, 18, 19, 20]", accepted(RaidLevel.RAID6));
    }

    private static String accepted(RaidLevel level) {
        return Arrays.toString(
                IntStream.range(-3, 300).filter(number -> knows(level, number)).toArray());
    }

    private static boolean knows(RaidLevel level, int number) {
        try {
            return LayoutAlgorithm.of(level, number).number() == number;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Test
    void shouldIgnoreTheNumberAtLevel4() {
        assertEquals(LayoutAlgorithm.PARITY_LAST, LayoutAlgorithm.of(RaidLevel.RAID4, 0));
        assertEquals(LayoutAlgorithm.PARITY_LAST, LayoutAlgorithm.of(RaidLevel.RAID4, 12345));
        assertTrue(LayoutAlgorithm.PARITY_LAST.isValidFor(RaidLevel.RAID4));
        assertFalse(LayoutAlgorithm.LEFT_SYMMETRIC.isValidFor(RaidLevel.RAID4));
    }

    @Test
    void shouldPrintNamesByLevel() {
        assertEquals("left-symmetric", LayoutAlgorithm.nameOf(RaidLevel.RAID5, 2));
        assertEquals("-unknown-", LayoutAlgorithm.nameOf(RaidLevel.RAID5, 8));
        assertEquals("ddf-zero-restart", LayoutAlgorithm.nameOf(RaidLevel.RAID6, 8));
        assertEquals("-unknown-", LayoutAlgorithm.nameOf(RaidLevel.RAID6, 7));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, 3, 7, 10})
    void shouldRefuseOtherLevels(int number) {
        assertThrows(IllegalArgumentException.class, () -> RaidLevel.of(number));
    }
}
