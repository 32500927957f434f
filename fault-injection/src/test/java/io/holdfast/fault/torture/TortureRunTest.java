package io.holdfast.fault.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

class TortureRunTest {
    @Test
    void shouldLiveTheSameHistoryTwiceForTheSameSeed() {
        for (int seed = 0; seed < 3; seed++) {
            History history =
                    HistoryGenerator.generate(seed, TortureSettings.open().faults(FaultPlan.parse("all")));
            TortureResult first = TortureRun.live(history, true);
            TortureResult second = TortureRun.live(HistoryGenerator.generate(seed, history.settings()), true);
            assertEquals(first.story(), second.story());
            assertEquals(first.traceHash(), second.traceHash());
            assertFalse(first.isFailure(), first::describe);
        }
    }
}
