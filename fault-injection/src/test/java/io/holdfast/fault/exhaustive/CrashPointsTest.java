package io.holdfast.fault.exhaustive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.blockdev.BufferSlab;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class CrashPointsTest {
    private static final int PAGE_COUNT = 8;

    private final PagePool pool = new PagePool();
    private final int[] base = new int[PAGE_COUNT];
    private final TraceLog log = new TraceLog();

    private CrashPoints start(int logicalBlockLength) {
        return new CrashPoints(pool, base, Box.of(base), logicalBlockLength);
    }

    private Box after() {
        CrashPoints crash = start(4096);
        int[] words = log.toArray();
        for (int at = 0; at < words.length; ) {
            at = crash.pass(words, at);
        }
        return crash.box();
    }

    private int content(int number) {
        UnsafeBuffer page = BufferSlab.allocate(PagePool.PAGE_LENGTH);
        page.setMemory(0, PagePool.PAGE_LENGTH, (byte) number);
        return pool.intern(page, 0);
    }

    private int write(int device, int... pagesAndContents) {
        int operation = log.writeBegan(device, pagesAndContents.length / 2);
        for (int i = 0; i < pagesAndContents.length; i += 2) {
            log.page(pagesAndContents[i], pagesAndContents[i + 1], PagePool.WHOLE);
        }
        return operation;
    }

    @Test
    void shouldLeaveEachPageOfAWriteOldOrNew() {
        write(0, 1, content(1), 2, content(2));
        Box box = after();
        assertEquals(4, box.size());
        assertArrayEquals(new int[] {PagePool.ZERO, content(1)}, box.contentsOf(1));
        assertArrayEquals(new int[] {PagePool.ZERO, content(2)}, box.contentsOf(2));
    }

    @Test
    void shouldLeaveAWriteInDoubtUntilAFlushThatBeganAfterItsEndHasEnded() {
        int first = write(0, 1, content(1));
        int flush = log.flushBegan(0);
        log.writeEnded(first);
        log.flushEnded(flush);
        assertEquals(2, after().size());
        int second = log.flushBegan(0);
        assertEquals(2, after().size());
        log.flushEnded(second);
        assertEquals(1, after().size());
        assertArrayEquals(new int[] {content(1)}, after().contentsOf(1));
    }

    @Test
    void shouldNotCountTheFlushOfAnotherDevice() {
        log.writeEnded(write(0, 1, content(1)));
        log.flushEnded(log.flushBegan(1));
        assertEquals(2, after().size());
    }

    @Test
    void shouldKnowEveryVersionOfAPageThatWasOverwritten() {
        log.writeEnded(write(0, 1, content(1)));
        log.writeEnded(write(0, 1, content(2)));
        assertArrayEquals(new int[] {PagePool.ZERO, content(1), content(2)}, after().contentsOf(1));
        log.flushEnded(log.flushBegan(0));
        assertArrayEquals(new int[] {content(2)}, after().contentsOf(1));
    }

    @Test
    void shouldKeepWhatEndedWhenAProcessIsKilled() {
        log.writeEnded(write(0, 1, content(1)));
        write(0, 2, content(2));
        CrashPoints crash = start(4096);
        int[] words = log.toArray();
        for (int at = 0; at < words.length; ) {
            at = crash.pass(words, at);
        }
        assertEquals(4, crash.box().size());
        assertEquals(2, crash.killed().size());
        assertArrayEquals(new int[] {content(1)}, crash.killed().contentsOf(1));
    }

    @Test
    void shouldLetWhatAKillLeftInACacheBeLostUntilAFlush() {
        Box beneath = new Box(base, new int[] {1}, new int[][] {{PagePool.ZERO, content(1)}}, new int[1][0]);
        Box seen = new Box(base, new int[] {1}, new int[][] {{content(1)}}, new int[1][0]);
        CrashPoints crash = new CrashPoints(pool, base, seen, 4096).over(beneath, page -> 0);
        assertEquals(2, crash.box().size());
        log.flushEnded(log.flushBegan(1));
        int at = crash.pass(log.toArray(), 0);
        crash.pass(log.toArray(), at);
        assertEquals(2, crash.box().size());
        log.clear();
        log.flushEnded(log.flushBegan(0));
        at = crash.pass(log.toArray(), 0);
        crash.pass(log.toArray(), at);
        assertEquals(1, crash.box().size());
        assertArrayEquals(new int[] {content(1)}, crash.box().contentsOf(1));
    }

    @Test
    void shouldNotCallAPageOpenThatIsWrittenWithWhatItHolds() {
        log.writeEnded(write(0, 1, PagePool.ZERO));
        assertEquals(0, after().openCount());
    }

    @Test
    void shouldRefuseToOrderWritesThatAreOnTheirWayTogether() {
        write(0, 1, content(1));
        write(0, 1, content(2));
        assertThrows(IllegalStateException.class, this::after);
    }

    @Test
    void shouldTearAPageBetweenSectorsOnly() {
        write(0, 1, content(1));
        CrashPoints crash = start(512);
        crash.pass(log.toArray(), 0);
        Box box = crash.box();
        assertEquals(2, box.size());
        Box[] torn = box.tornBoxes();
        assertEquals(1, torn.length);
        assertEquals(CrashPoints.TORN_MASKS.length, torn[0].size());
        for (int i = 0; i < CrashPoints.TORN_MASKS.length; i++) {
            assertEquals(pool.compose(PagePool.ZERO, content(1), CrashPoints.TORN_MASKS[i]), torn[0].contentsOf(1)[i]);
        }
        assertEquals(0, after().tornBoxes().length);
    }

    @Test
    void shouldWritePartsOfAPageOnTopOfEachOther() {
        int half = log.writeBegan(0, 1);
        log.page(1, content(1), 0x0F);
        log.writeEnded(half);
        log.writeBegan(0, 1);
        log.page(1, content(2), 0xF0);
        int low = pool.compose(PagePool.ZERO, content(1), 0x0F);
        int high = pool.compose(PagePool.ZERO, content(2), 0xF0);
        assertArrayEquals(
                new int[] {PagePool.ZERO, low, high, pool.compose(low, content(2), 0xF0)}, after().contentsOf(1));
    }

    @Test
    void shouldFindTheBoxesThatHoldAllOthers() {
        write(0, 1, content(1));
        log.writeEnded(write(0, 2, content(2)));
        log.flushEnded(log.flushBegan(0));
        log.flushEnded(log.flushBegan(0));
        write(0, 3, content(3));
        List<Box> boxes = start(4096).passAll(log.toArray());
        assertEquals(2, boxes.size());
        assertEquals(4, boxes.get(0).size());
        assertEquals(4, boxes.get(1).size());
        CrashPoints crash = start(4096);
        int[] words = log.toArray();
        for (int at = 0; at < words.length; ) {
            at = crash.pass(words, at);
            Box box = crash.box();
            assertEquals(true, boxes.stream().anyMatch(box::isWithin));
        }
    }

    /** Sets of writes counted one by one against the product that a box stands for. */
    @Test
    void shouldAgreeWithTryingEverySubset() {
        int[] contents = {content(1), content(2), content(3), content(4), content(5)};
        int[] pages = {1, 2, 3, 2, 4};
        for (int i = 0; i < pages.length; i++) {
            log.writeEnded(write(0, pages[i], contents[i]));
        }
        Set<List<Integer>> bySubset = new HashSet<>();
        for (int subset = 0; subset < 1 << pages.length; subset++) {
            Integer[] image = {0, 0, 0, 0, 0, 0, 0, 0};
            for (int i = 0; i < pages.length; i++) {
                if ((subset >>> i & 1) != 0) {
                    image[pages[i]] = contents[i];
                }
            }
            bySubset.add(List.of(image));
        }
        assertEquals(bySubset, images(after()));
        assertEquals(bySubset.size(), after().size());
    }

    static Set<List<Integer>> images(Box box) {
        Set<List<Integer>> images = new HashSet<>();
        int[] chosen = new int[box.listed()];
        int[] image = new int[PAGE_COUNT];
        while (true) {
            box.image(chosen, image);
            images.add(java.util.Arrays.stream(image).boxed().toList());
            int place = 0;
            while (place < chosen.length && ++chosen[place] == box.contents(place).length) {
                chosen[place++] = 0;
            }
            if (place == chosen.length) {
                return images;
            }
        }
    }
}
