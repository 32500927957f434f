package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.ReadErrorDevice;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncProgress.Outcome;
import io.holdfast.raid.layout.StripeMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sectors that cannot be read, in every block of every member of a small array in turn: healthy, degraded, while a spare is
 * filled, and while parity is checked. Where the level can do without the block, reads are right and it is rewritten; where
 * it cannot, exactly the blocks that need it fail.
 */
class UnreadableScenarioTest {
    private static final int BLOCK = Scene.BLOCK;
    private static final int ROW_COUNT = 16;

    private final Map<String, ReadErrorDevice> devices = new TreeMap<>();

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldReconstructAndRewriteAnyBlockWhileHealthy(int level) {
        Snapshot made = make(level, 0, false);
        for (int slot = 0; slot < made.shape().memberCount(); slot++) {
            for (int row = 0; row < ROW_COUNT; row++) {
                Scene scene = Scene.of(made, 1);
                scene.start(this::wrap);
                damage(scene, slot, row);
                boolean isData = isData(scene, slot, row);
                String what = "slot=" + slot + " row=" + row;
                assertArrayEquals(scene.oracle().newest(), scene.readAll(), what);
                assertTrue(scene.settle());
                assertEquals(isData, device(slot).isHealed(), what);
                assertEquals(isData ? 1 : 0, scene.events().count("corrected d" + slot), what);
                assertEquals(Condition.HEALTHY, scene.condition(), what);
                assertTrue(scene.tryStop());
                scene.assertParityFits(what);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldWriteIntoAnyRowOfWhichABlockCannotBeRead(int level) {
        for (boolean isJournaled : new boolean[] {false, true}) {
            Snapshot made = make(level, 0, isJournaled);
            for (int slot = 0; slot < made.shape().memberCount(); slot++) {
                // Every place once, in turn with and without a journal.
                for (int row = (slot + (isJournaled ? 1 : 0)) % 2; row < ROW_COUNT; row += 2) {
                    Scene scene = Scene.of(made, 1);
                    scene.start(this::wrap);
                    damage(scene, slot, row);
                    long first = row * (long) scene.layout().dataCount() * BLOCK;
                    String what = "slot=" + slot + " row=" + row + " isJournaled=" + isJournaled;
                    assertEquals(IoStatus.OK, scene.write(first + 1000, Scene.bytes(row, 700)), what);
                    assertArrayEquals(scene.oracle().newest(), scene.readAll(), what);
                    assertEquals(Condition.HEALTHY, scene.condition(), what);
                    scene.stop();
                    scene.assertParityFits(what);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldFailExactlyTheBlocksThatNeedItWhileDegraded(int level) {
        Snapshot made = make(level, 0, false);
        int parityCount = made.shape().parityCount();
        for (int slot = parityCount; slot < made.shape().memberCount(); slot++) {
            for (int row = 0; row < ROW_COUNT; row++) {
                Scene scene = Scene.of(made, 1);
                Set<Integer> missing = parityCount == 1 ? Set.of(0) : Set.of(0, 1);
                scene.absent().addAll(missing);
                scene.start(this::wrap);
                damage(scene, slot, row);
                Set<Integer> lost = new TreeSet<>();
                addIfData(scene, slot, row, lost);
                for (int absent : missing) {
                    addIfData(scene, absent, row, lost);
                }
                scene.assertOnlyTheseFail(lost, "slot=" + slot + " row=" + row);
                assertEquals(Condition.DEGRADED, scene.condition());
            }
        }
    }

    /** Level 6 without one member: also parity that was only met because it was needed is rewritten. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void shouldReconstructWithWhatIsLeftOfLevelSix(int missing) {
        Snapshot made = make(6, 0, false);
        int healedParityCount = 0;
        for (int slot = 0; slot < made.shape().memberCount(); slot++) {
            for (int row = 0; row < ROW_COUNT && slot != missing; row++) {
                Scene scene = Scene.of(made, 1);
                scene.absent().add(missing);
                scene.start(this::wrap);
                damage(scene, slot, row);
                String what = "slot=" + slot + " row=" + row;
                assertArrayEquals(scene.oracle().newest(), scene.readAll(), what);
                assertTrue(scene.settle());
                assertEquals(device(slot).errorCount() > 0, device(slot).isHealed(), what);
                assertTrue(device(slot).isHealed() || !isData(scene, slot, row), what);
                healedParityCount += device(slot).isHealed() && !isData(scene, slot, row) ? 1 : 0;
                assertEquals(Condition.DEGRADED, scene.condition());
            }
        }
        assertTrue(healedParityCount > 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldHealAnyBlockInACheck(int level) {
        Snapshot made = make(level, 0, false);
        for (int slot = 0; slot < made.shape().memberCount(); slot++) {
            for (int row = 0; row < ROW_COUNT; row++) {
                Scene scene = Scene.of(made, 1);
                scene.start(this::wrap);
                damage(scene, slot, row);
                SyncProgress progress = scene.await(scene.check(false));
                String what = "slot=" + slot + " row=" + row;
                assertEquals(Outcome.COMPLETE, progress.outcome(), what);
                assertEquals(0, progress.mismatchedSectors(), what);
                assertTrue(device(slot).isHealed(), what);
                assertArrayEquals(scene.oracle().newest(), scene.readAll(), what);
                scene.stop();
                scene.assertParityFits(what);
            }
        }
    }

    /** At level 6 the second parity stands in; at levels 4 and 5 nothing does: it costs that row of blocks, and not the array. */
    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldRebuildAsFarAsCanBeWhenASecondMemberCannotBeRead(int level) {
        Snapshot made = make(level, 1, false);
        int count = made.shape().memberCount();
        for (int slot = 1; slot < count; slot++) {
            for (int row = 0; row < ROW_COUNT; row++) {
                String what = "slot=" + slot + " row=" + row;
                Scene scene = Scene.of(made, 1);
                scene.absent().add(0);
                int damagedSlot = slot;
                int damagedRow = row;
                scene.start(device -> {
                    BlockDevice wrapped = wrap(device);
                    if (device.name().equals("d" + damagedSlot)) {
                        device("d" + damagedSlot).failReads(scene.memberOffset(damagedRow) + 512, 512);
                    }
                    return wrapped;
                });
                assertTrue(scene.settle(), what);
                if (level == 6) {
                    assertEquals(Condition.HEALTHY, scene.condition(), what);
                    assertTrue(device(slot).isHealed(), what);
                    assertArrayEquals(scene.oracle().newest(), scene.readAll(), what);
                    scene.stop();
                    continue;
                }
                assertEquals(Condition.HEALTHY, scene.condition(), () -> what + scene.events());
                assertEquals(1, scene.events().count("listed d" + damagedSlot), () -> what + scene.events());
                assertEquals(1, scene.events().count("listed d" + count), () -> what + scene.events());
                Set<Integer> lost = new TreeSet<>();
                addIfData(scene, slot, row, lost);
                addIfData(scene, 0, row, lost);
                scene.assertOnlyTheseFail(lost, what);

                // Written anew, what was lost is there again, and nothing is listed any more.
                long rowLength = (long) BLOCK * scene.layout().dataCount();
                assertEquals(IoStatus.OK, scene.write(row * rowLength, Scene.bytes(row, (int) rowLength)), what);
                assertTrue(device(slot).isHealed(), what);
                assertEquals(2, scene.events().count("cleared"), () -> what + scene.events());
                scene.stop();
                scene.start(this::wrap);
                assertTrue(scene.settle());
                assertEquals(Condition.HEALTHY, scene.condition(), () -> what + scene.events());
                assertArrayEquals(scene.oracle().newest(), scene.readAll(), what);
                scene.stop();
                scene.assertParityFits(what);
            }
        }
    }

    private static Snapshot make(int level, int spareCount, boolean isJournaled) {
        return Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, BLOCK, ROW_COUNT, isJournaled, 512, 1, true),
                spareCount,
                256 * 1024);
    }

    private BlockDevice wrap(BlockDevice device) {
        ReadErrorDevice wrapped = new ReadErrorDevice(device);
        devices.put(device.name(), wrapped);
        return wrapped;
    }

    private ReadErrorDevice device(int index) {
        return device("d" + index);
    }

    private ReadErrorDevice device(String name) {
        return devices.get(name);
    }

    private void damage(Scene scene, int slot, int row) {
        device(slot).failReads(scene.memberOffset(row) + 3 * 512, 512);
    }

    private static boolean isData(Scene scene, int slot, int row) {
        return scene.layout().stripe(row).dataIndex(slot) >= 0;
    }

    private static void addIfData(Scene scene, int slot, int row, Set<Integer> offsets) {
        StripeMap stripe = scene.layout().stripe(row);
        int index = stripe.dataIndex(slot);
        if (index >= 0) {
            offsets.add((row * scene.layout().dataCount() + index) * BLOCK);
        }
    }
}
