package io.holdfast.fault.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepSelectionTest {
    private static final History HISTORY =
            HistoryGenerator.generate(3, TortureSettings.open().stepCount(60));

    @ParameterizedTest
    @ValueSource(strings = {"3", "3,5", "3,4", "3-5", "0-2,7,9-12", "3,17:512,20-24", "3-5,6:1,7-9"})
    void shouldBeWrittenAsItIsRead(String text) {
        assertEquals(text, StepSelection.parse(text).toString());
    }

    @Test
    void shouldKeepOrderNumbersAndChance() {
        List<Step> kept = HISTORY.only(StepSelection.parse("9-11,4")).steps();
        List<Step> drawn = HISTORY.drawn();
        assertEquals(List.of(drawn.get(4), drawn.get(9), drawn.get(10), drawn.get(11)), kept);
    }

    @Test
    void shouldShortenRequestsAndBringCutsForwardAndNothingElse() {
        for (Step step : HISTORY.drawn()) {
            Step kept = HISTORY.only(StepSelection.parse(step.index() + ":1"))
                    .steps()
                    .get(0);
            assertEquals(step.isRequest() ? 1 : step.length(), kept.length());
            boolean isCut = step.fault() == FaultKind.POWER || step.fault() == FaultKind.KILL;
            assertEquals(isCut ? Math.min(1, step.amount()) : step.amount(), kept.amount());
            assertEquals(step.seed(), kept.seed());
        }
    }

    @Test
    void shouldSayWhatWasKept() {
        List<Step> drawn = HISTORY.drawn();
        Step request = drawn.stream()
                .filter(step -> step.isRequest() && step.length() > 1)
                .findFirst()
                .orElseThrow();
        StepSelection selection = StepSelection.of(List.of(request.withSize(1)), drawn);
        assertEquals(request.index() + ":1", selection.toString());
        assertEquals("0-59", StepSelection.of(drawn, drawn).toString());
    }

    @Test
    void shouldIgnoreStepsThatTheHistoryDoesNotHave() {
        assertEquals(1, HISTORY.only(StepSelection.parse("59-70")).steps().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "3,", "1-", "-2", "3:", "4:x", "99999999999"})
    void shouldRefuseWhatIsNoSelection(String text) {
        assertThrows(IllegalArgumentException.class, () -> StepSelection.parse(text));
    }
}
