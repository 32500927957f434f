package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.raid.ArrayState.Condition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.CloseHelper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Arrays that Linux left behind, started by the engine: every answered byte is there, whole and degraded. */
@Timeout(60)
class GoldenRecoveryTest {
    static Stream<String> all() {
        return GoldenArrays.names().stream();
    }

    /** What may be written to: no partial parity log. */
    static Stream<String> writable() {
        return all().filter(name -> !name.startsWith("ppl-"));
    }

    /** What loses nothing with as many members as the level tolerates. A member's bad blocks count as missing already. */
    static Stream<String> tolerant() {
        return writable()
                .filter(name -> !name.startsWith("degraded-")
                        && !name.startsWith("dirty-")
                        && !name.endsWith("-dirty")
                        && !name.startsWith("badblocks-"));
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldReadWithoutWriting(String name) {
        GoldenArray golden = GoldenArrays.load(name);
        List<MemoryBlockDevice> devices = open(golden, Set.of());
        try {
            assertEquals("", golden.compare(readAll(context(devices).readOnly(true))));
            for (MemoryBlockDevice device : devices) {
                assertEquals(-1, firstDifference(golden, device), name + ": written to although opened read-only");
            }
        } finally {
            CloseHelper.closeAll(devices);
        }
    }

    @ParameterizedTest
    @MethodSource("writable")
    void shouldReadTwiceWhatWasAnswered(String name) {
        GoldenArray golden = GoldenArrays.load(name);
        List<MemoryBlockDevice> devices = open(golden, Set.of());
        try {
            assertEquals("", golden.compare(readAll(context(devices))));
            assertEquals("", golden.compare(readAll(context(devices))), "the second time");
        } finally {
            CloseHelper.closeAll(devices);
        }
    }

    @ParameterizedTest
    @MethodSource("tolerant")
    void shouldReadWithAnyMembersMissingThatTheLevelTolerates(String name) {
        GoldenArray golden = GoldenArrays.load(name);
        for (int first = 0; first < golden.disks(); first++) {
            Set<Integer> missing = new HashSet<>(Set.of(first));
            if (golden.level() == 6) {
                missing.add((first + 1 + first % (golden.disks() - 1)) % golden.disks());
            }
            List<MemoryBlockDevice> devices = open(golden, missing);
            try {
                assertEquals("", golden.compare(readAll(context(devices).run(true))), name + " without " + missing);
            } finally {
                CloseHelper.closeAll(devices);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("writable")
    void shouldHaveRightParityAfterwards(String name) {
        GoldenArray golden = GoldenArrays.load(name);
        List<MemoryBlockDevice> devices = open(golden, Set.of());
        try (RaidArray array = RaidArray.assemble(context(devices))) {
            SyncTask resync = array.currentSync();
            if (resync != null) {
                resync.completion().join();
            }
            if (array.state().condition() == Condition.HEALTHY) {
                SyncProgress progress = array.check(false).completion().join();
                assertEquals(SyncProgress.Outcome.COMPLETE, progress.outcome());
                assertEquals(0, progress.mismatchedSectors(), name);
            } else {
                assertTrue(name.startsWith("degraded-"), name);
            }
        } finally {
            CloseHelper.closeAll(devices);
        }
    }

    @Test
    void shouldRefuseToWriteWhatItCannotKeep() {
        GoldenArray golden = GoldenArrays.load("ppl-raid5");
        List<MemoryBlockDevice> devices = open(golden, Set.of());
        try (RaidArray array = RaidArray.assemble(context(devices))) {
            assertEquals(Condition.READ_ONLY, array.state().condition());
            assertThrows(ArrayException.class, () -> array.write(ByteBuffer.allocate(4096), 0));
            assertTrue(array.description().summary().contains("partial parity log"), array.description()::summary);
        } finally {
            CloseHelper.closeAll(devices);
        }
    }

    private static ArrayContext context(List<MemoryBlockDevice> devices) {
        return new ArrayContext().devices(devices).ownsDevices(false).cacheLength(8 << 20);
    }

    private static List<MemoryBlockDevice> open(GoldenArray golden, Set<Integer> missing) {
        List<MemoryBlockDevice> devices = new ArrayList<>();
        for (GoldenArray.Device device : golden.devices()) {
            if (!missing.contains(device.slot())) {
                devices.add(golden.device(device.name()));
            }
        }
        return devices;
    }

    private static byte[] readAll(ArrayContext context) {
        try (RaidArray array = RaidArray.assemble(context)) {
            ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(array.length()));
            array.read(content, 0);
            return content.array();
        }
    }

    private static int firstDifference(GoldenArray golden, MemoryBlockDevice device) {
        byte[] before = golden.bytes(device.name());
        byte[] after = GoldenMembers.contentOf(device);
        return IntStream.range(0, before.length)
                .filter(i -> before[i] != after[i])
                .findFirst()
                .orElse(-1);
    }
}
