package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExhaustiveTortureTest {
    private static final String SMALL = "torture --exhaustive --seed 1 --level 5 --members 3 --writes 1";

    @Test
    void shouldTryASmallWorkloadWithAndWithoutAJournal() {
        CommandRun run = CommandRun.of(SMALL, List.of());
        assertEquals(Session.OK, run.exitCode(), run.err());
        assertTrue(run.out().contains("raid5 of 3, write-through"), run.out());
        assertTrue(run.out().contains("raid5 of 3, write-back"), run.out());
        assertTrue(run.out().contains("raid5 of 3, no journal"), run.out());
        assertTrue(run.out().contains("starts of the engine in"), run.out());
    }

    @Test
    void shouldSayTheSameAsJson() {
        CommandRun run = CommandRun.of(SMALL + " --journal none --json", List.of());
        assertEquals(Session.OK, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("{"), run.out());
        assertTrue(run.out().contains("\"findingCount\": 0"), run.out());
        assertTrue(run.out().contains("\"isComplete\": true"), run.out());
    }

    @Test
    void shouldGoThroughOneStateAgain() {
        CommandRun run = CommandRun.of(SMALL + " --journal write-through --only 0.1._", List.of());
        // The name of a state fits one workload; this is none of its states.
        assertEquals(Session.USAGE, run.exitCode(), run.out());
        assertTrue(run.err().contains("there is no such crash state"), run.err());
        run = CommandRun.of(SMALL + " --journal write-through --only 0.1.", List.of());
        assertEquals(Session.OK, run.exitCode(), run.err());
        assertTrue(run.out().contains("members missing afterwards: d0"), run.out());
        assertTrue(run.out().contains("nothing is wrong"), run.out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--members 17 | --exhaustive tries arrays of up to 16 members",
                "--chunk 128K | --exhaustive tries chunks of up to 64K",
                "--only 0.0._ | --only names a state of one array",
                "--journal changing | --exhaustive tries write-through or write-back",
                "--steps 5 | --steps means nothing to --exhaustive",
            })
    void shouldRefuseWhatCannotBeTried(String options, String sentence) {
        CommandRun run = CommandRun.of("torture --exhaustive " + options, List.of());
        assertEquals(Session.USAGE, run.exitCode(), run.err());
        assertTrue(run.err().contains(sentence), run.err());
    }
}
