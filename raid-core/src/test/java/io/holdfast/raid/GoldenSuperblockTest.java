package io.holdfast.raid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.MemoryBlockDevice;
import io.holdfast.raid.metadata.BadBlockLog;
import io.holdfast.raid.metadata.ExaminedDevice;
import io.holdfast.raid.metadata.Superblock;
import io.holdfast.raid.metadata.SuperblockFeature;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Superblocks that Linux wrote are valid, and say what the array's facts say. */
class GoldenSuperblockTest {
    private static final int SECTOR_LENGTH = 512;

    static Stream<String> all() {
        return GoldenArrays.names().stream();
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldReadWhatLinuxWrote(String name) {
        GoldenArray golden = GoldenArrays.load(name);
        for (GoldenArray.Device device : golden.devices()) {
            ExaminedDevice examined = GoldenMembers.examine(golden, device.name());
            assertTrue(examined.isValid(), () -> name + ": " + examined.reason());
            assertEquals(golden.metadata(), examined.location().version());
            Superblock superblock = examined.superblock();
            assertTrue(superblock.isChecksumCorrect());
            assertEquals(golden.level(), superblock.level());
            assertEquals(golden.layout(), superblock.layout());
            assertEquals(golden.disks(), superblock.raidDisks());
            assertEquals(golden.chunkLength(), superblock.chunkSectors() * SECTOR_LENGTH);
            assertEquals(golden.memberLength(), superblock.sizeSectors() * SECTOR_LENGTH);
            assertEquals("golden:" + golden.level() + "." + golden.layout(), superblock.setName());
            assertEquals(expectedRole(device), superblock.ownRole(), name + " " + device.name());
            assertEquals(name.startsWith("journal-") || name.startsWith("writeback-"), hasJournal(superblock));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldBeCleanUnlessTheKernelDiedWithoutAJournal(String name) {
        GoldenArray golden = GoldenArrays.load(name);
        Superblock superblock =
                GoldenMembers.examine(golden, golden.devices().get(1).name()).superblock();
        boolean isDirty = name.startsWith("dirty-") || name.endsWith("-dirty");
        assertEquals(!isDirty, superblock.isClean(), name);
    }

    @Test
    void shouldLeaveTheFailedMembersBehindInEvents() {
        GoldenArray golden = GoldenArrays.load("degraded-raid6");
        long current = events(golden, "d1");
        assertEquals(current, events(golden, "d2"));
        assertEquals(current, events(golden, "d4"));
        assertTrue(events(golden, "d0") + 1 < current);
        assertTrue(events(golden, "d3") + 1 < current);
    }

    @Test
    void shouldFindTheBadBlocksThatLinuxListed() {
        GoldenArray golden = GoldenArrays.load("badblocks-raid6");
        try (MemoryBlockDevice device = GoldenMembers.device(golden, "d1")) {
            Superblock superblock = GoldenMembers.examine(golden, "d1").superblock();
            assertTrue(superblock.hasFeature(SuperblockFeature.BAD_BLOCKS));
            assertEquals(
                    List.of(new BadBlockLog.Range(superblock.dataOffsetSectors() + 256, 128)),
                    BadBlockLog.read(device, superblock));
        }
        Superblock healthy = GoldenMembers.examine(golden, "d0").superblock();
        assertTrue(!healthy.hasFeature(SuperblockFeature.BAD_BLOCKS));
    }

    @Test
    void shouldKnowTheFeaturesThatLinuxUsed() {
        assertTrue(feature("bitmap-raid5", SuperblockFeature.BITMAP));
        assertTrue(feature("ppl-raid5", SuperblockFeature.MULTIPLE_PPLS));
        assertTrue(!feature("spare-raid5", SuperblockFeature.KNOWN));
    }

    private static boolean feature(String name, int feature) {
        GoldenArray golden = GoldenArrays.load(name);
        return GoldenMembers.examine(golden, "d0").superblock().hasFeature(feature);
    }

    private static long events(GoldenArray golden, String device) {
        return GoldenMembers.examine(golden, device).superblock().events();
    }

    private static boolean hasJournal(Superblock superblock) {
        return superblock.hasFeature(SuperblockFeature.JOURNAL);
    }

    private static int expectedRole(GoldenArray.Device device) {
        return switch (device.role()) {
            case "journal" -> 0xFFFD;
            case "spare" -> 0xFFFF;
            default -> Integer.parseInt(device.role().replace("stale ", ""));
        };
    }
}
