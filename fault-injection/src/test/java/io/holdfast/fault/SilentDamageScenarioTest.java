package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.raid.SyncProgress;
import io.holdfast.raid.SyncProgress.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Damage that no disk reports, wound around the array like a helix: row {@code r} is damaged on the members {@code r},
 * {@code r + 1}, ... modulo their number, so that every member is hit in every role. A check counts it exactly and changes
 * nothing; a repair undoes what P and Q prove wrong, and elsewhere changes parity, and nothing but parity.
 */
class SilentDamageScenarioTest {
    private static final int BLOCK = Scene.BLOCK;
    private static final int CHUNK_BLOCKS = 2;
    private static final int CHUNK = CHUNK_BLOCKS * BLOCK;
    private static final int SECTORS_PER_BLOCK = 8;

    static Stream<Arguments> layouts() {
        List<Arguments> all = new ArrayList<>();
        all.add(Arguments.of(4, 0, 1));
        for (int algorithm : new int[] {0, 1, 2, 3, 4, 5}) {
            all.add(Arguments.of(5, algorithm, 1));
        }
        for (int algorithm : new int[] {0, 1, 2, 3, 4, 5, 8, 9, 10, 16, 17, 18, 19, 20}) {
            all.add(Arguments.of(6, algorithm, 1));
            all.add(Arguments.of(6, algorithm, 2));
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void shouldCountDamageExactlyAndRepairNothingElse(int level, int algorithm, int damagedCount) {
        int memberCount = 5;
        ArrayShape shape = new ArrayShape(level, algorithm, memberCount, CHUNK, 2 * memberCount, false, 512, 1, true);
        Snapshot made = Scene.make(shape, 0, 0);
        for (boolean isSparing : new boolean[] {false, true}) {
            List<SparseContents> damaged = new ArrayList<>();
            made.contents().forEach(contents -> damaged.add(contents.fork()));
            Set<Integer> damagedRows = new TreeSet<>();
            byte[] whole = made.oracle().newest();
            byte[] expected = made.oracle().newest();
            for (int row = 0; row < shape.rowCount(); row++) {
                if (isSparing && row % 3 == 0) {
                    continue;
                }
                damagedRows.add(row);
                for (int i = 0; i < damagedCount; i++) {
                    damage(damaged, expected, shape, row, (row + i) % memberCount, i);
                }
            }
            Scene scene = Scene.of(
                    new Snapshot(shape, -1, damaged, made.lengths(), new Oracle(expected, shape.unitLength())), 1);
            scene.start();
            assertTrue(scene.settle());
            assertArrayEquals(expected, scene.readAll(), "a read believes the disk");
            long damagedBlocks = damagedRows.size();
            SyncProgress check = scene.await(scene.check(false));
            assertEquals(Outcome.COMPLETE, check.outcome());
            assertEquals(damagedBlocks * SECTORS_PER_BLOCK, check.mismatchedSectors());
            for (int slot = 0; slot < memberCount; slot++) {
                assertTrue(
                        dataOf(scene.contents().get(slot), shape).equals(dataOf(damaged.get(slot), shape)),
                        "a check changed member " + slot);
            }
            assertEquals(damagedRows.size(), scene.auditParity().size());

            SyncProgress repair = scene.await(scene.check(true));
            assertEquals(damagedBlocks * SECTORS_PER_BLOCK, repair.mismatchedSectors());
            boolean isProvable = level == 6 && damagedCount == 1;
            assertArrayEquals(
                    isProvable ? whole : expected,
                    scene.readAll(),
                    isProvable ? "a repair undoes what is proven wrong" : "a repair changed data");
            scene.assertParityFits("after a repair");
            assertEquals(0, scene.await(scene.check(false)).mismatchedSectors());
            scene.stop();
        }
    }

    /** A write into a damaged row keeps the damage where a check finds it, or makes parity that fits what can be read. */
    @ParameterizedTest
    @MethodSource("layouts")
    void shouldNotSpreadDamageToOtherBlocksByWriting(int level, int algorithm, int damagedCount) {
        int memberCount = 5;
        ArrayShape shape = new ArrayShape(level, algorithm, memberCount, CHUNK, memberCount, false, 512, 1, true);
        Snapshot made = Scene.make(shape, 0, 0);
        for (int writtenIndex = 0; writtenIndex < shape.layout().dataCount(); writtenIndex++) {
            List<SparseContents> damaged = new ArrayList<>();
            made.contents().forEach(contents -> damaged.add(contents.fork()));
            byte[] expected = made.oracle().newest();
            for (int row = 0; row < shape.rowCount(); row++) {
                for (int i = 0; i < damagedCount; i++) {
                    damage(damaged, expected, shape, row, (row + i) % memberCount, i);
                }
            }
            Scene scene = Scene.of(
                    new Snapshot(shape, -1, damaged, made.lengths(), new Oracle(expected, shape.unitLength())), 1);
            scene.start();
            for (int row = 0; row < shape.rowCount(); row++) {
                long offset = ((long) row * shape.layout().dataCount() + writtenIndex) * CHUNK;
                scene.write(offset, Scene.bytes(row, 1000));
            }
            assertArrayEquals(scene.oracle().newest(), scene.readAll(), "writing changed blocks that nobody wrote");
            scene.stop();
        }
    }

    /** Change a byte of the first block of a chunk, another for each {@code i}, on the disk and in what is expected. */
    private static void damage(
            List<SparseContents> contents, byte[] expected, ArrayShape shape, int row, int slot, int i) {
        long at = Scene.DATA_OFFSET + (long) row * CHUNK;
        UnsafeBuffer sector = new UnsafeBuffer(new byte[512]);
        contents.get(slot).read(at, sector, 0, 512);
        byte[] changed = new byte[512];
        sector.getBytes(0, changed);
        changed[100 + i] ^= (byte) 0x5A;
        contents.get(slot).write(at, changed, 0, 512);
        int index = shape.layout().stripe(row).dataIndex(slot);
        if (index >= 0) {
            expected[(row * shape.layout().dataCount() + index) * CHUNK + 100 + i] ^= (byte) 0x5A;
        }
    }

    private static List<Integer> dataOf(SparseContents contents, ArrayShape shape) {
        List<Integer> hashes = new ArrayList<>();
        byte[] bytes = new byte[CHUNK];
        UnsafeBuffer chunk = new UnsafeBuffer(bytes);
        for (int row = 0; row < shape.rowCount(); row++) {
            contents.read(Scene.DATA_OFFSET + (long) row * CHUNK, chunk, 0, CHUNK);
            hashes.add(Arrays.hashCode(bytes));
        }
        assertFalse(hashes.isEmpty());
        return hashes;
    }
}
