package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.ReadErrorDevice;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncProgress.Outcome;
import io.holdfast.raid.SyncTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bad places that come together, as they do: the same place of two members, neighbours, clusters that overlap. As long as no
 * row of blocks has more of them than there is parity, all is read and rewritten; where a row has more, exactly its blocks
 * fail, and writing them makes them good.
 */
class CorrelatedDamageScenarioTest {
    private static final int BLOCK = Scene.BLOCK;
    private static final int CHUNK_BLOCKS = 8;
    private static final int CHUNK = CHUNK_BLOCKS * BLOCK;
    private static final int ROW_COUNT = 3;
    private static final int MEMBER_BLOCKS = ROW_COUNT * CHUNK_BLOCKS;
    private static final int MEMBER_COUNT = 5;

    /** Blocks of one member, from {@code first} to before {@code end}, counted from the start of its data. */
    private record Cluster(int slot, int first, int end) {
        boolean covers(int askedSlot, int block) {
            return slot == askedSlot && block >= first && block < end;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldMeetTheSamePlaceOfSeveralMembers(int level) {
        Snapshot made = make(level);
        for (int block = 0; block < MEMBER_BLOCKS; block += 7) {
            for (int a = 0; a < MEMBER_COUNT; a++) {
                int b = (a + 1 + block % (MEMBER_COUNT - 1)) % MEMBER_COUNT;
                int c = (a + 2) % MEMBER_COUNT;
                damageAndJudge(made, List.of(new Cluster(a, block, block + 1), new Cluster(b, block, block + 1)));
                damageAndJudge(
                        made,
                        List.of(
                                new Cluster(a, block, block + 1),
                                new Cluster(b, block, block + 1),
                                new Cluster(c, block, block + 1)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldMeetNeighboursAndClusters(int level) {
        Snapshot made = make(level);
        for (int a = 0; a < MEMBER_COUNT; a++) {
            int b = (a + 1) % MEMBER_COUNT;
            int c = (a + 3) % MEMBER_COUNT;
            for (int first = 0; first < MEMBER_BLOCKS - 6; first += 4) {
                // Neighbours on one member, also across a chunk's end; then next to each other on two.
                damageAndJudge(made, List.of(new Cluster(a, first, first + 6)));
                damageAndJudge(made, List.of(new Cluster(a, first, first + 3), new Cluster(b, first + 3, first + 6)));
                // Clusters that overlap in part, on two and on three members.
                damageAndJudge(made, List.of(new Cluster(a, first, first + 4), new Cluster(b, first + 2, first + 6)));
                damageAndJudge(
                        made,
                        List.of(
                                new Cluster(a, first, first + 4),
                                new Cluster(b, first + 2, first + 6),
                                new Cluster(c, first + 3, first + 5)));
            }
        }
    }

    private static Snapshot make(int level) {
        return Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, MEMBER_COUNT, CHUNK, ROW_COUNT, false, 512, 1, true), 0, 0);
    }

    private static void damageAndJudge(Snapshot made, List<Cluster> clusters) {
        String what = made.shape() + " " + clusters;
        Scene scene = Scene.of(made, 1);
        List<ReadErrorDevice> devices = new ArrayList<>();
        scene.start(device -> {
            devices.add(new ReadErrorDevice(device));
            return devices.get(devices.size() - 1);
        });
        for (Cluster cluster : clusters) {
            devices.get(cluster.slot)
                    .failReads(
                            Scene.DATA_OFFSET + cluster.first * (long) BLOCK,
                            (cluster.end - cluster.first) * (long) BLOCK);
        }
        Set<Integer> lost = new TreeSet<>();
        int length = scene.oracle().length();
        for (int offset = 0; offset < length; offset += BLOCK) {
            int block = (int) (scene.layout().memberOffset(offset) / BLOCK);
            if (isBad(clusters, scene.layout().slot(offset), block)
                    && badCount(clusters, block) > made.shape().parityCount()) {
                lost.add(offset);
            }
        }
        scene.assertOnlyTheseFail(lost, what);
        assertEquals(Condition.HEALTHY, scene.condition(), what);
        boolean isAnyRowLost = false;
        for (int block = 0; block < MEMBER_BLOCKS; block++) {
            isAnyRowLost |= badCount(clusters, block) > made.shape().parityCount();
        }
        SyncTask task = scene.check(false);
        SyncProgress check = scene.await(task);
        assertEquals(Outcome.COMPLETE, check.outcome(), what);
        assertEquals(isAnyRowLost, !task.report().lost().isEmpty(), what);
        assertEquals(isAnyRowLost, scene.events().count("listed") > 0, what);
        assertEquals(0, check.mismatchedSectors(), what);
        if (isAnyRowLost) {
            assertEquals(IoStatus.OK, scene.write(0, Scene.bytes(17, length)), what);
            assertArrayEquals(scene.oracle().newest(), scene.readAll(), what);
        }
        assertTrue(devices.stream().allMatch(ReadErrorDevice::isHealed), what);
        assertEquals(scene.events().count("listed") > 0, scene.events().count("cleared") > 0, what);
        assertEquals(Condition.HEALTHY, scene.condition(), what);
        scene.stop();
        scene.assertParityFits(what);
    }

    private static boolean isBad(List<Cluster> clusters, int slot, int block) {
        return clusters.stream().anyMatch(cluster -> cluster.covers(slot, block));
    }

    private static int badCount(List<Cluster> clusters, int block) {
        int count = 0;
        for (int slot = 0; slot < MEMBER_COUNT; slot++) {
            count += isBad(clusters, slot, block) ? 1 : 0;
        }
        return count;
    }
}
