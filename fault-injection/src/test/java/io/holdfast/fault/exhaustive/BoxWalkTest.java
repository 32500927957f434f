package io.holdfast.fault.exhaustive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.JournalUse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done once for many images must be what each of them would have got by itself. */
class BoxWalkTest {
    private static final long MOST_IMAGES = 300;

    private record Group(Recovery recovery, Box box) {}

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTreatEveryImageAsARunOfItsOwnWould(boolean isJournaled) {
        ExhaustiveOptions options =
                ExhaustiveOptions.of(5, 3, 4096, isJournaled ? JournalUse.WRITE_THROUGH : JournalUse.NONE, 3, 1);
        Recording recording = new Recorder(options, UnaryOperator.identity()).record();
        assertEquals("", recording.problem());
        ArraySite site = ArraySite.of(options);
        TraceWorld world = site.newWorld(new PagePool(recording.pool()));
        RecoveryRunner runner = new RecoveryRunner(site, world, new ContentTable(), UnaryOperator.identity());
        long saved = 0;
        for (int lost : new int[] {0, 2}) {
            BoxWalk walk = new BoxWalk(runner, world, lost, false);
            long imageCount = 0;
            for (int i = recording.points().size() - 1; i >= 0 && imageCount < MOST_IMAGES; i--) {
                Box box = recording.points().get(i).box();
                List<Group> groups = groups(walk, box);
                assertEquals(
                        box.size(),
                        groups.stream().mapToLong(group -> group.box.size()).sum());
                imageCount += box.size();
                saved += box.size() - groups.size();
                compare(runner, world, box, groups, lost);
            }
        }
        assertTrue(!isJournaled || saved > 0, "no two images were recovered alike");
    }

    private static List<Group> groups(BoxWalk walk, Box box) {
        List<Group> groups = new ArrayList<>();
        boolean wereAll = walk.walk(box, Long.MAX_VALUE, new BoxWalk.Visitor() {
            @Override
            public void onGroup(Recovery recovery, Box group, int[] chosen) {
                groups.add(new Group(recovery, group));
            }

            @Override
            public boolean isToGoOn() {
                return true;
            }
        });
        assertTrue(wereAll);
        return groups;
    }

    private static void compare(RecoveryRunner runner, TraceWorld world, Box box, List<Group> groups, int lost) {
        int[] chosen = new int[box.listed()];
        int[] image = new int[world.pageCount()];
        while (true) {
            box.image(chosen, image);
            Recovery own = runner.run(image, lost, false);
            int matches = 0;
            for (Group group : groups) {
                if (isIn(image, group.box)) {
                    matches++;
                    assertEquals(own.outcome(), group.recovery.outcome());
                    assertEquals(own.content(), group.recovery.content());
                    assertEquals(own.isHealthy(), group.recovery.isHealthy());
                    assertArrayEquals(own.events(), group.recovery.events());
                }
            }
            assertEquals(1, matches, "groups that hold the image: " + Arrays.toString(chosen));
            int place = 0;
            while (place < chosen.length && ++chosen[place] == box.contents(place).length) {
                chosen[place++] = 0;
            }
            if (place == chosen.length) {
                return;
            }
        }
    }

    private static boolean isIn(int[] image, Box box) {
        for (int i = 0; i < box.listed(); i++) {
            boolean isIn = false;
            for (int content : box.contents(i)) {
                isIn |= content == image[box.page(i)];
            }
            if (!isIn) {
                return false;
            }
        }
        return true;
    }
}
