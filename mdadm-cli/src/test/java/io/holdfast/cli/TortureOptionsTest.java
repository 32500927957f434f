package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TortureOptionsTest {
    private static final List<String> OPTIONS = List.of(
            "seed",
            "steps",
            "seconds",
            "level",
            "members",
            "chunk",
            "journal",
            "faults",
            "only",
            "exhaustive",
            "writes",
            "target",
            "report",
            "json");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--seed twelve | --seed twelve is not a number of 64 bits",
                "--level 7 | --level 7: use a number from 4 to 6",
                "--level 6 --members 3 | level 6 needs at least 4 members",
                "--members two | --members two: use a number from 3 to 32",
                "--chunk 12K | --chunk 12K: use a power of two from 4K to 1M",
                "--journal write-behind | --journal write-behind: use none, bitmap, write-through, write-back or changing",
                "--steps 0 | --steps 0: use a number from 1",
                "--writes 3 | add --exhaustive",
                "--exhaustive --target x | do not go together",
                "--exhaustive --faults eio | --faults means nothing to --exhaustive",
                "--target x --level 5 | --level means nothing to --target",
            })
    void shouldRefuseWhatCannotBeMeant(String options, String sentence) {
        CommandRun run = CommandRun.of("torture " + options, List.of());
        assertEquals(Session.USAGE, run.exitCode(), run.err());
        assertTrue(run.err().contains(sentence), run.err());
    }

    @Test
    void shouldExplainEveryOption() {
        CommandRun run = CommandRun.of("torture", "--help");
        assertEquals(Session.OK, run.exitCode());
        for (String option : OPTIONS) {
            assertTrue(run.out().contains("--" + option), option + "\n" + run.out());
        }
    }
}
