package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.raid.metadata.AssemblyDecision.Input;
import io.holdfast.raid.metadata.AssemblyDecision.Outcome;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AssemblyDecisionTest {
    private static final Input[] INPUTS = Input.values();

    @Test
    void shouldMatchExactlyOneRowForEveryCombinationOfInputs() {
        Set<AssemblyDecision> reached = EnumSet.noneOf(AssemblyDecision.class);
        for (int bits = 0; bits < 1 << INPUTS.length; bits++) {
            Set<Input> inputs = inputs(bits);
            long matching = Arrays.stream(AssemblyDecision.values())
                    .filter(row -> row.matches(inputs))
                    .count();
            assertEquals(1, matching, () -> "rows for " + inputs);
            reached.add(AssemblyDecision.of(inputs));
        }
        assertEquals(EnumSet.allOf(AssemblyDecision.class), reached);
    }

    @Test
    void shouldStartForWritingOnlyWhatIsSafe() {
        for (int bits = 0; bits < 1 << INPUTS.length; bits++) {
            Set<Input> inputs = inputs(bits);
            Outcome outcome = AssemblyDecision.of(inputs).outcome();
            boolean starts = outcome != Outcome.REFUSED && outcome != Outcome.READ_ONLY;
            boolean safe = !inputs.contains(Input.UNSUPPORTED)
                    && !inputs.contains(Input.CONFLICT)
                    && !inputs.contains(Input.TOO_FEW)
                    && !inputs.contains(Input.INCOMPLETE)
                    && !inputs.contains(Input.JOURNAL_LOST)
                    && !inputs.contains(Input.LIMITED)
                    && !inputs.contains(Input.READ_ONLY)
                    && (!inputs.contains(Input.DIRTY)
                            || !inputs.contains(Input.DEGRADED)
                            || inputs.contains(Input.FORCE));
            assertEquals(safe, starts, () -> "outcome for " + inputs);
        }
    }

    @Test
    void shouldResyncExactlyWhatIsDirtyAndWhole() {
        for (int bits = 0; bits < 1 << INPUTS.length; bits++) {
            Set<Input> inputs = inputs(bits);
            Outcome outcome = AssemblyDecision.of(inputs).outcome();
            if (outcome == Outcome.START_RESYNC || outcome == Outcome.START_CLEAN) {
                assertEquals(
                        inputs.contains(Input.DIRTY), outcome == Outcome.START_RESYNC, () -> "outcome for " + inputs);
                assertEquals(false, inputs.contains(Input.DEGRADED), () -> "outcome for " + inputs);
            }
        }
    }

    private static Set<Input> inputs(int bits) {
        Set<Input> inputs = EnumSet.noneOf(Input.class);
        for (Input input : INPUTS) {
            if ((bits & input.mask()) != 0) {
                inputs.add(input);
            }
        }
        return inputs;
    }
}
