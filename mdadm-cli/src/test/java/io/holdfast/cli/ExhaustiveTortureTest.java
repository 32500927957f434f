package io.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ExhaustiveTortureTest {
    @Test
    void shouldTryEveryStateOfASmallWorkloadAndSayHowMany() {
        CommandRun run =
                CommandRun.of("torture", "--exhaustive", "--level", "5", "--members", "3", "--writes", "1", "--quiet");
        assertEquals(0, run.exitCode(), run::toString);
        assertTrue(run.out().contains("with a journal"), run::toString);
        assertTrue(run.out().contains("Every promise was kept."), run::toString);
    }

    @Test
    void shouldShowTheWriteHoleWithoutAJournal() {
        CommandRun run = CommandRun.of(
                "torture", "--exhaustive", "--members", "3", "--journal", "none", "--writes", "2", "--quiet", "--json");
        assertEquals(0, run.exitCode(), run::toString);
        assertTrue(run.out().matches("(?s).*\"holeStates\": [1-9].*"), run::toString);
    }

    @Test
    void shouldRefuseAStateThatIsNone() {
        CommandRun run = CommandRun.of("torture", "--exhaustive", "--writes", "1", "--only", "nonsense");
        assertEquals(2, run.exitCode(), run::toString);
        assertTrue(run.err().contains("--only"), run::toString);
    }
}
