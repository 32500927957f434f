package io.holdfast.raid.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReplayMapTest {
    private final UnreplayedWindow low = window(3);
    private final UnreplayedWindow middle = window(70_000);
    private final UnreplayedWindow high = window(1L << 40);
    private final ReplayMap map = new ReplayMap(List.of(high, low, middle));

    private static UnreplayedWindow window(long number) {
        return new UnreplayedWindow(number, new long[] {UnreplayedWindow.page(8, 0, 0)}, new int[1]);
    }

    @Test
    void shouldGiveThemInOrderButNotThoseThatAreDone() {
        map.done(middle);
        assertEquals(3, map.pollNext());
        assertEquals(1L << 40, map.pollNext());
        assertEquals(ReplayMap.NONE, map.pollNext());
        assertEquals(ReplayMap.NONE, map.pollNext());
        assertNull(map.get(70_000));
        assertEquals(low, map.get(3));
    }

    @Test
    void shouldBeOverWhenNothingIsLeftButWhatIsDamaged() {
        assertFalse(map.isOver());
        map.done(high);
        map.damaged(low);
        assertFalse(map.isOver());
        assertEquals(70_000, map.pollNext());
        map.done(middle);
        assertTrue(map.isOver());
        assertFalse(map.isEmpty());
        assertTrue(map.get(3).isDamaged());
    }

    @Test
    void shouldBeOverWithNothingInIt() {
        ReplayMap empty = new ReplayMap(List.of());
        assertTrue(empty.isOver());
        assertTrue(empty.isEmpty());
        assertEquals(ReplayMap.NONE, empty.pollNext());
    }

    @Test
    void shouldKeepWhereAPageLiesAndGoes() {
        long position = (1L << 42) + 8;
        long[] pages = {UnreplayedWindow.page(0, 202, 15), UnreplayedWindow.page(position, 0, 7)};
        UnreplayedWindow window = new UnreplayedWindow(1, pages, new int[] {-1, 5});
        assertEquals(2, window.pageCount());
        assertEquals(0, window.position(0));
        assertEquals(202, window.slot(0));
        assertEquals(15, window.block(0));
        assertEquals(-1, window.checksum(0));
        assertEquals(position, window.position(1));
        assertEquals(0, window.slot(1));
        assertEquals(7, window.block(1));
    }
}
