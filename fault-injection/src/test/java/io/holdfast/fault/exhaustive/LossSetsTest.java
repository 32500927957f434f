package io.holdfast.fault.exhaustive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class LossSetsTest {
    @Test
    void shouldNameEverySetThatIsTolerated() {
        assertEquals(List.of(0, 1, 2, 4), LossSets.tolerated(3, 1));
        assertEquals(List.of(0, 1, 2, 4, 8, 3, 5, 9, 6, 10, 12), LossSets.tolerated(4, 2));
        assertEquals(1 + 16 + 120, LossSets.tolerated(16, 2).size());
    }

    @Test
    void shouldLetMembersStayAwayGoOrAllComeBack() {
        List<Integer> all = LossSets.tolerated(4, 2);
        assertEquals(List.of(0, 1, 3, 5, 9), LossSets.after(1, all));
        assertEquals(List.of(0, 3), LossSets.after(3, all));
        assertEquals(all, LossSets.after(0, all));
    }
}
