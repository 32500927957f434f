package io.holdfast.raid.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ReplayBudgetTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void shouldNotLimitWhatNobodyBounds() {
        assertEquals(Long.MAX_VALUE, new ReplayBudget(0).liveLimit());
    }

    @Test
    void shouldAssumeARateUntilOneIsSeen() {
        ReplayBudget budget = new ReplayBudget(5 * SECOND);
        assertEquals(5 * ReplayBudget.ASSUMED_RATE, budget.liveLimit());
        budget.observe(1L << 30, 2 * SECOND);
        assertEquals(5 * (1L << 29), budget.liveLimit());
    }

    @Test
    void shouldNotBelieveReplaysThatAreTooShortToTell() {
        ReplayBudget budget = new ReplayBudget(SECOND);
        budget.observe(1 << 20, 1000);
        budget.observe(1L << 30, 0);
        assertEquals(ReplayBudget.ASSUMED_RATE, budget.liveLimit());
    }

    @Test
    void shouldNotBelieveEverything() {
        ReplayBudget budget = new ReplayBudget(SECOND);
        budget.observe(1L << 30, 1);
        assertEquals(10 * ReplayBudget.ASSUMED_RATE, budget.liveLimit());
        budget.observe(1L << 30, 3600 * SECOND);
        assertEquals(ReplayBudget.ASSUMED_RATE / 10, budget.liveLimit());
    }

    @Test
    void shouldNotOverflow() {
        ReplayBudget budget = new ReplayBudget(Long.MAX_VALUE);
        budget.observe(1L << 30, 1);
        assertEquals(Long.MAX_VALUE, budget.liveLimit());
    }
}
