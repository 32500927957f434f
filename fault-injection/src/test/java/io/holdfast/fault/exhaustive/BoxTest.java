package io.holdfast.fault.exhaustive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BoxTest {
    private static final int PAGE_COUNT = 8;
    private static final int[] BASE = new int[PAGE_COUNT];

    private static Box draw(SplittableRandom random) {
        int[] pages = random.ints(0, PAGE_COUNT)
                .distinct()
                .limit(random.nextInt(5))
                .sorted()
                .toArray();
        int[][] contents = new int[pages.length][];
        for (int i = 0; i < pages.length; i++) {
            contents[i] =
                    random.ints(0, 4).distinct().limit(1 + random.nextInt(3)).toArray();
        }
        return new Box(BASE, pages, contents, new int[pages.length][0]);
    }

    @Test
    void shouldCountAndCompareAsTheImagesInItDo() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 2000; i++) {
            Box a = draw(random);
            Box b = draw(random);
            Set<List<Integer>> ofA = CrashPointsTest.images(a);
            Set<List<Integer>> ofB = CrashPointsTest.images(b);
            assertEquals(ofA.size(), a.size());
            Set<List<Integer>> common = new HashSet<>(ofA);
            common.retainAll(ofB);
            assertEquals(common.size(), a.common(b));
            assertEquals(ofB.containsAll(ofA), a.isWithin(b));
        }
    }

    @Test
    void shouldHoldOnlyWhatWasChosenWhenNarrowed() {
        Box box = new Box(BASE, new int[] {1, 2}, new int[][] {{5, 6}, {7, 8}}, new int[2][0]);
        Box narrowed = box.narrowed(new int[] {1, -1});
        assertEquals(2, narrowed.size());
        assertTrue(narrowed.isWithin(box));
        assertFalse(box.isWithin(narrowed));
        assertEquals(6, narrowed.contentsOf(1)[0]);
    }

    @Test
    void shouldStopCountingAtTheMostThereIs() {
        assertEquals(Long.MAX_VALUE, Box.times(Long.MAX_VALUE / 2, 3));
        assertEquals(6, Box.times(2, 3));
        assertEquals(0, Box.times(0, 3));
    }
}
