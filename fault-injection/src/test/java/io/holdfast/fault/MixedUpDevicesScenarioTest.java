package io.holdfast.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BlockDevice;
import io.holdfast.fault.Scene.Snapshot;
import io.holdfast.fault.device.SimulatedDevice;
import io.holdfast.fault.device.SparseContents;
import io.holdfast.raid.ArrayException;
import io.holdfast.raid.ArrayState.Condition;
import io.holdfast.raid.metadata.SuperblockDescriptor;
import io.holdfast.raid.metadata.SuperblockReader;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices in another order, twice, from another array, or with a superblock of which one field lies. */
class MixedUpDevicesScenarioTest {
    private static final int CHUNK = 4096;

    @ParameterizedTest
    @CsvSource({"4, false", "5, true", "6, false"})
    void shouldFindEveryMemberItsSlotInWhateverOrderTheyCome(int level, boolean isJournaled) {
        Snapshot made = make(level, isJournaled, 2);
        List<List<Integer>> orders = new ArrayList<>();
        permute(made.contents().size(), new ArrayList<>(), orders::add);
        for (List<Integer> order : orders) {
            Scene scene = Scene.of(made, 1);
            List<BlockDevice> devices = new ArrayList<>();
            order.forEach(index -> devices.add(scene.device(index)));
            scene.start(scene.context(device -> device).devices(devices).readOnly(true));
            assertArrayEquals(scene.oracle().newest(), scene.readAll(), order::toString);
            for (int slot = 0; slot < 4; slot++) {
                assertEquals("d" + slot, scene.array().state().slots().get(slot).deviceName(), order::toString);
            }
            assertTrue(scene.tryStop());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldRefuseTwoThatAreTheSameAndIgnoreAnOldCopy(int level) {
        Snapshot made = make(level, false, 2);
        for (int original = 0; original < 4; original++) {
            // The copy beside the original, and in the place of another.
            for (int replaced = -1; replaced < 4; replaced++) {
                if (replaced == original) {
                    continue;
                }
                Scene scene = Scene.of(made, 1);
                List<BlockDevice> devices = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    if (i != replaced) {
                        devices.add(scene.device(i));
                    }
                }
                devices.add(copy(scene, made.contents().get(original)));
                ArrayException e = assertThrows(
                        ArrayException.class,
                        () -> scene.start(scene.context(device -> device).devices(devices)));
                assertTrue(
                        e.getMessage().contains("d" + original)
                                && e.getMessage().contains("copy"),
                        e::getMessage);
            }
            // A copy from before the array was last used.
            Scene scene = Scene.of(made, 2);
            for (int i = 0; i < 2; i++) {
                scene.start();
                scene.write(0, Scene.bytes(i, 2 * CHUNK));
                assertTrue(scene.settle());
                scene.stop();
            }
            List<BlockDevice> devices = new ArrayList<>();
            devices.add(copy(scene, made.contents().get(original)));
            for (int i = 0; i < 4; i++) {
                devices.add(scene.device(i));
            }
            scene.start(scene.context(device -> device).devices(devices));
            assertEquals(Condition.HEALTHY, scene.condition());
            scene.assertAllThere("beside an old copy of " + original);
            scene.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void shouldRefuseAMemberOfAnotherArrayByName(int level) {
        Snapshot made = make(level, false, 2);
        Snapshot other = make(level, false, 3);
        for (int slot = 0; slot < 4; slot++) {
            Scene scene = Scene.of(made, 1);
            List<BlockDevice> devices = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                devices.add(i == slot ? copy(scene, other.contents().get(i)) : scene.device(i));
            }
            ArrayException e = assertThrows(
                    ArrayException.class,
                    () -> scene.start(
                            scene.context(device -> device).devices(devices).run(false)));
            assertTrue(e.getMessage().contains("d9 belongs to another array"), e::getMessage);
            scene.start(scene.context(device -> device).devices(devices));
            assertEquals(Condition.DEGRADED, scene.condition());
            scene.assertAllThere("without the one of another array");
            scene.stop();
        }
    }

    /**
     * One byte of one member's superblock differs, and its checksum fits all the same, as from a program gone wrong. What the
     * members must agree upon, they are asked about; the array starts with the right bytes, perhaps without that member, or
     * it does not start. What a device says of nothing but itself is left out: where its data begins, how far it is rebuilt, and its
     * own number and size. Nobody else could know better.
     */
    @ParameterizedTest
    @CsvSource({"4, 0", "5, 1", "6, 2"})
    void shouldNotBeLedAstrayByOneFieldThatLies(int level, int liar) {
        Snapshot made = make(level, false, 2);
        BitSet ownFields = new BitSet();
        ownFields.set(SuperblockDescriptor.DATA_OFFSET_OFFSET, SuperblockDescriptor.SUPER_OFFSET_OFFSET);
        ownFields.set(SuperblockDescriptor.CHECKSUM_OFFSET, SuperblockDescriptor.CHECKSUM_OFFSET + 4);
        int refusedCount = 0;
        int startedCount = 0;
        for (int at = 0; at < SuperblockDescriptor.ROLES_OFFSET + 2 * 4; at++) {
            for (int flipped : new int[] {0x01, 0x80}) {
                if (ownFields.get(at)) {
                    continue;
                }
                List<SparseContents> contents = new ArrayList<>();
                made.contents().forEach(each -> contents.add(each.fork()));
                lie(made, contents.get(liar), liar, at, flipped);
                Snapshot changed = new Snapshot(made.shape(), -1, contents, made.lengths(), made.oracle());
                Scene scene = Scene.of(changed, 1);
                String what = made.shape() + " liar=" + liar + " at=" + at + " flipped=" + flipped;
                try {
                    scene.start();
                } catch (ArrayException e) {
                    refusedCount++;
                    for (int i = 0; i < contents.size(); i++) {
                        assertTrue(contents.get(i).sameAs(scene.device(i).contents()), what + " written to: " + i);
                    }
                    continue;
                }
                startedCount++;
                assertTrue(scene.settle(), what);
                assertArrayEquals(scene.oracle().newest(), scene.readAll(), what);
                assertTrue(scene.tryStop(), what);
                if (scene.condition() == Condition.HEALTHY) {
                    scene.assertParityFits(what);
                }
            }
        }
        assertTrue(refusedCount > 30 && startedCount > 100, "refused=" + refusedCount + " started=" + startedCount);
    }

    private static void lie(Snapshot made, SparseContents contents, int liar, int at, int flipped) {
        Scene scene = Scene.of(made, 1);
        var superblock = SuperblockReader.examine(scene.device(liar)).superblock();
        long offset = superblock.superOffsetSectors() * 512;
        byte[] bytes = new byte[512];
        superblock.buffer().getBytes(superblock.offset(), bytes);
        bytes[at] ^= (byte) flipped;
        UnsafeBuffer view = new UnsafeBuffer(new byte[SuperblockDescriptor.LENGTH]);
        view.putBytes(0, bytes);
        int maxDev = view.getInt(SuperblockDescriptor.MAX_DEV_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (maxDev >= 0 && maxDev <= SuperblockDescriptor.MAX_DEVICE_COUNT) {
            view.putInt(
                    SuperblockDescriptor.CHECKSUM_OFFSET,
                    SuperblockDescriptor.checksum(view, 0, maxDev),
                    ByteOrder.LITTLE_ENDIAN);
            view.getBytes(0, bytes);
        }
        contents.write(offset, bytes, 0, 512);
    }

    private static Snapshot make(int level, boolean isJournaled, long seed) {
        return Scene.make(
                new ArrayShape(level, level == 4 ? 0 : 2, 4, CHUNK, 2, isJournaled, 512, 1, true), 0, 128 * 1024, seed);
    }

    private static SimulatedDevice copy(Scene scene, SparseContents contents) {
        return new SimulatedDevice(
                "d9", scene.device(0).geometry(), contents, scene.simulation().power(), 99);
    }

    private static void permute(int count, List<Integer> chosen, Consumer<List<Integer>> action) {
        if (chosen.size() == count) {
            action.accept(List.copyOf(chosen));
            return;
        }
        for (int i = 0; i < count; i++) {
            if (!chosen.contains(i)) {
                chosen.add(i);
                permute(count, chosen, action);
                chosen.remove(chosen.size() - 1);
            }
        }
    }
}
