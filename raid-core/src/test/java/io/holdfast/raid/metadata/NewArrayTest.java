package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.DeviceGeometry;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NewArrayTest {
    private static final long MIB = 2048;
    private static final long GIB = 1024 * MIB;
    private static final long TIB = 1024 * GIB;

    @Test
    void shouldShareOutDevicesAsMdadmDoes() {
        assertSpace(array(32 * MIB).chunkSectors(128), 2048, 63488, 63488, 16);
        assertSpace(array(100 * MIB), 4096, 200704, 200704, 16);
        assertSpace(array(GIB), 4096, 2093056, 2093056, 16);
        assertSpace(array(GIB).location(SuperblockLocation.V1_0), 0, 2096128, 2097120, -8);
        assertSpace(array(250 * GIB), 264192, 524023808, 524023808, 264);
        assertSpace(array(4 * TIB).sizeSectors(10 * GIB), 264192, 20971520, 4 * TIB - 264192, 136);
    }

    @Test
    void shouldPlaceVersion10WhereMdadmDoes() {
        Superblock superblock =
                plan(array(GIB).location(SuperblockLocation.V1_0)).get(0);

        assertEquals(2097136, superblock.superOffsetSectors());
        assertEquals(2097120, superblock.dataSizeSectors());
        assertEquals(
                524286976,
                plan(array(250 * GIB).location(SuperblockLocation.V1_0)).get(0).sizeSectors());
        assertEquals(
                8589933568L,
                plan(array(4 * TIB).location(SuperblockLocation.V1_0)).get(0).sizeSectors());
    }

    @Test
    void shouldComputeTheExamplesWithBitmapOrPartialParityLog() {
        // The lengths of arrays that carry these, which can be read if not made.
        assertEquals(264192, MemberSpace.dataOffset(250 * GIB, 1024, MemberSpace.bitmapReserve(250 * GIB)));
        assertEquals(266240, MemberSpace.dataOffset(250 * GIB, 1024, 2048));
        assertEquals(524021760, MemberSpace.usable(SuperblockLocation.V1_2, 250 * GIB, 266240, 2048, 1024));
        assertEquals(264192, MemberSpace.dataOffset(4 * TIB, 1024, MemberSpace.bitmapReserve(4 * TIB)));
        assertEquals(8589670400L, MemberSpace.usable(SuperblockLocation.V1_2, 4 * TIB, 264192, 256, 1024));
        assertEquals(16, MemberSpace.badBlockLogOffset(SuperblockLocation.V1_2, 8, 4096, 8));
        assertEquals(2056, MemberSpace.badBlockLogOffset(SuperblockLocation.V1_2, 8, 266240, 2048));
        assertEquals(32, MemberSpace.badBlockLogOffset(SuperblockLocation.V1_2, 8, 264192, 24));
        assertEquals(2097120, MemberSpace.dataSize(SuperblockLocation.V1_0, GIB, 0, 8, 2096128));
    }

    @Test
    void shouldPutTheBadBlockLogBeforeTheDataWhenThereIsLittleRoom() {
        assertEquals(8, MemberSpace.badBlockLogOffset(SuperblockLocation.V1_2, 8, 24, 8));
        assertEquals(0, MemberSpace.badBlockLogOffset(SuperblockLocation.V1_2, 8, 16, 8));
    }

    @Test
    void shouldTurnTheLastMemberOfARaid5IntoASpareAndLeaveAGap() {
        List<Superblock> superblocks = plan(array(32 * MIB, 5, 4, 1));

        assertEquals(List.of(0, 1, 2, 5, 4), numbers(superblocks));
        assertEquals(List.of(0, 1, 2, Role.SPARE, Role.SPARE), roles(superblocks));
        for (Superblock superblock : superblocks) {
            assertTrue(superblock.isClean());
            assertEquals(Role.SPARE, superblock.role(3));
            assertEquals(0, superblock.events());
            assertEquals(128, superblock.maxDev());
            assertEquals(4, superblock.raidDisks());
            assertEquals(0x6b014434L, superblock.creationTime());
            assertEquals(0x6b014434L, superblock.updateTime());
            assertTrue(superblock.isChecksumCorrect());
        }
        assertEquals(List.of(0, 1, 2, 4), numbers(plan(array(32 * MIB, 4, 4, 0))));
    }

    @Test
    void shouldTakeDevicesAsListedWhenCleanOrForced() {
        List<Superblock> clean = plan(array(32 * MIB, 5, 4, 0).assumeClean(true));
        assertEquals(List.of(0, 1, 2, 3), roles(clean));
        assertTrue(clean.get(0).isClean());

        List<Superblock> forced = plan(array(32 * MIB, 5, 4, 0).force(true));
        assertEquals(List.of(0, 1, 2, 3), roles(forced));
        assertEquals(0, forced.get(0).resyncOffsetSectors());
    }

    @Test
    void shouldResyncAFreshRaid6() {
        List<Superblock> superblocks = plan(array(32 * MIB, 6, 4, 0));

        assertEquals(List.of(0, 1, 2, 3), roles(superblocks));
        assertEquals(0, superblocks.get(0).resyncOffsetSectors());
        assertTrue(plan(array(32 * MIB, 6, 4, 0).assumeClean(true)).get(0).isClean());
    }

    @Test
    void shouldStartDegradedWithAMissingMember() {
        NewArray raid5 = empty().raidDisks(3);
        raid5.device(member("a")).device(NewDevice.missing()).device(member("c"));
        List<Superblock> superblocks = plan(raid5);
        assertEquals(List.of(0, 2), numbers(superblocks));
        assertEquals(List.of(0, 2), roles(superblocks));
        assertTrue(superblocks.get(0).isClean());

        NewArray raid6 = empty().level(6).raidDisks(4);
        raid6.device(member("a")).device(member("b")).device(member("c")).device(NewDevice.missing());
        List<Superblock> oneTurned = plan(raid6);
        assertEquals(List.of(0, 1, 4), numbers(oneTurned));
        assertEquals(List.of(0, 1, Role.SPARE), roles(oneTurned));
        assertTrue(oneTurned.get(0).isClean());
    }

    @Test
    void shouldCountTheJournalWhereItStandsInTheList() {
        NewArray first = empty().raidDisks(3).assumeClean(true);
        first.device(NewDevice.journal("j", TestArray.GEOMETRY));
        first.device(member("a")).device(member("b")).device(member("c"));
        List<Superblock> superblocks = plan(first);
        assertEquals(List.of(0, 1, 2, 3), numbers(superblocks));
        assertEquals(List.of(Role.JOURNAL, 0, 1, 2), roles(superblocks));
        assertEquals(1, superblocks.get(0).events());
        assertEquals(0, superblocks.get(1).events());
        superblocks.forEach(s -> assertTrue(s.hasFeature(SuperblockFeature.JOURNAL)));

        NewArray last = empty().raidDisks(3).assumeClean(true);
        last.device(member("a")).device(member("b")).device(member("c"));
        last.device(NewDevice.journal("j", TestArray.GEOMETRY));
        assertEquals(List.of(0, 1, 2, Role.JOURNAL), roles(plan(last)));
        assertEquals(0, plan(last).get(3).events());
    }

    @Test
    void shouldDealOutRolesAsMdadmWasSeenToDo() {
        // Each row: level, slots, list (j journal, - missing), then number:role of each device, and whether clean.
        assertRoles(5, 3, "j a b c", "0:j 1:0 4:s 3:2", true);
        assertRoles(5, 3, "a b c j", "0:0 1:1 4:s 3:j", true);
        assertRoles(5, 3, "j a - c", "0:j 1:0 3:2", true);
        assertRoles(5, 2, "j a b", "0:j 3:s 2:1", true);
        assertRoles(5, 3, "j a b c d", "0:j 1:0 5:s 3:2 4:s", true);
        assertRoles(5, 3, "a b c d", "0:0 1:1 4:s 3:s", true);
        assertRoles(4, 3, "a b c j d", "0:0 1:1 5:s 3:j 4:s", true);
        assertRoles(6, 4, "a - b c", "0:0 2:2 4:s", true);
        assertRoles(6, 4, "j a b c d", "0:j 1:0 2:1 3:2 4:3", false);
        assertRoles(6, 5, "a - - b c", "0:0 3:3 4:4", true);
        // Here mdadm miscounts and makes an array that cannot start; the sensible reading is taken instead.
        assertRoles(6, 4, "j a b c -", "0:j 1:0 2:1 5:s", true);
        assertRoles(5, 3, "j a b -", "0:j 1:0 2:1", true);
        assertRoles(5, 3, "a b j c", "0:0 1:1 2:j 4:s", true);
    }

    @Test
    void shouldNotCallAForcedRaid6WithOneMissingClean() {
        NewArray options = empty().level(6).raidDisks(4).force(true);
        options.device(member("a")).device(member("b")).device(member("c")).device(NewDevice.missing());

        assertEquals(0, plan(options).get(0).resyncOffsetSectors());
        assertTrue(plan(options.assumeClean(true)).get(0).isClean());
    }

    @Test
    void shouldMakeTheVeryFieldsThatLinuxHadInAJournaledArray() {
        Superblock linux = TestSuperblocks.linuxMember();
        NewArray options = empty().raidDisks(3)
                .assumeClean(true)
                .name("0")
                .homehost("vmhost")
                .uuid(linux.setUuid())
                .creationTimeSeconds(linux.creationTime());
        options.device(NewDevice.journal("j", TestArray.GEOMETRY));
        options.device(member("a").withPrevious(linux)).device(member("b")).device(member("c"));

        Superblock ours = plan(options).get(1).events(linux.events()).updateChecksum();

        assertEquals(linux.checksum(), ours.checksum());
        byte[] expected = new byte[512];
        byte[] actual = new byte[512];
        linux.buffer().getBytes(0, expected);
        ours.buffer().getBytes(0, actual);
        assertArrayEquals(expected, actual);
    }

    @Test
    void shouldNameTheArrayAfterItsHostWhereItFits() {
        assertEquals("host:md0", name("host", "md0"));
        assertEquals("md0", name("", "md0"));
        assertEquals("a:b", name("host", "a:b"));
        assertEquals("h:" + "n".repeat(29), name("h", "n".repeat(29)));
        assertEquals("n".repeat(30), name("h", "n".repeat(30)));
        assertEquals("n".repeat(31), name("", "n".repeat(40)));
    }

    @Test
    void shouldMakeRoomForManyDevices() {
        assertEquals(128, MemberSpace.maxDev(128));
        assertEquals(384, MemberSpace.maxDev(129));
    }

    @Test
    void shouldRefuseInMdadmsWords() {
        assertRefused("at least 4 raid-devices needed for level 6", array(32 * MIB, 6, 3, 0));
        assertRefused("at least 2 raid-devices needed for level 5", array(32 * MIB, 5, 1, 0));
        assertRefused("invalid raid level: 7", array(32 * MIB, 5, 3, 0).level(7));
        assertRefused(
                "layout 6 not understood for raid5.", array(32 * MIB, 5, 3, 0).layout(6));
        assertRefused(
                "You haven't given enough devices (real or missing) to create this array",
                array(32 * MIB, 5, 3, 0).raidDisks(4));
        assertRefused(
                "You have listed more devices (3) than are in the array(2)!",
                array(32 * MIB, 5, 3, 0).raidDisks(2));
        assertRefused("no free space left on d0", array(1024, 5, 3, 0));
        assertRefused("no free space left on d0", array(10, 5, 3, 0));
        assertRefused(
                "d0 is smaller than given size. 31744K < 40960K + metadata",
                array(32 * MIB, 5, 3, 0).sizeSectors(40 * MIB));
        assertRefused("chunk size: 48K", array(32 * MIB, 5, 3, 0).chunkSectors(96));
        assertRefused("chunk size: 2K", array(32 * MIB, 5, 3, 0).chunkSectors(4));
        assertRefused("less than a chunk", array(32 * MIB, 5, 3, 0).sizeSectors(64));
        assertRefused("at most 256", array(32 * MIB, 6, 257, 0));
        assertRefused("data-offset", array(32 * MIB, 5, 3, 0).dataOffsetSectors(12));
        assertRefused("data-offset", array(32 * MIB, 5, 3, 0).dataOffsetSectors(8));
        assertRefused(
                "invalid number of spare-devices", array(32 * MIB, 5, 3, 0).spareDisks(-1));
        assertRefused(
                "Subdevs can't be all missing",
                empty().raidDisks(2).device(NewDevice.missing()).device(NewDevice.missing()));
        assertRefused(
                "a is listed twice", empty().raidDisks(2).device(member("a")).device(member("a")));
        NewArray journals = array(32 * MIB, 5, 3, 0);
        for (String name : List.of("j", "k", "l", "m", "n")) {
            journals.device(NewDevice.journal(name, TestArray.GEOMETRY));
        }
        assertRefused("at most 4 devices can hold copies", journals);
        assertRefused("at most 203", array(32 * MIB, 5, 204, 0).device(NewDevice.journal("j", TestArray.GEOMETRY)));
    }

    @Test
    void shouldWarnWhenALotOfADeviceWouldGoUnused() {
        NewArray options = empty().raidDisks(2).device(member("a"));
        options.device(NewDevice.member("b", geometry(64 * MIB)));
        NewArrayPlan plan = options.plan();

        assertEquals(List.of("largest drive (b) exceeds size (31744K) by more than 1%"), plan.warnings());
        assertEquals(List.of(), array(32 * MIB, 5, 3, 0).plan().warnings());
        assertEquals(63488, plan.sizeSectors());
    }

    @Test
    void shouldWriteOnlyWhatItsOwnReaderBelieves() {
        for (SuperblockLocation location : SuperblockLocation.values()) {
            for (long sectors : new long[] {4096, 8192, 32 * MIB, 250 * GIB, 4 * TIB + 8}) {
                for (int blockLength : List.of(512, 4096)) {
                    NewArray options = empty().location(location).raidDisks(3).chunkSectors(8);
                    for (int i = 0; i < 3; i++) {
                        options.device(NewDevice.member(
                                "d" + i, new DeviceGeometry(sectors * 512, blockLength, blockLength, 512)));
                    }
                    for (Superblock superblock : plan(options)) {
                        TestDevice device = new TestDevice(sectors, blockLength);
                        SuperblockWriter.write(device, superblock);
                        assertTrue(SuperblockReader.examine(device).isValid());
                    }
                }
            }
        }
    }

    @Test
    void shouldAddASpareUnderTheLowestFreeNumber() {
        List<Superblock> superblocks = plan(array(32 * MIB, 5, 4, 1));
        Superblock member = superblocks.get(0);

        Superblock spare =
                AddedDevice.spare(member, superblocks, "new", geometry(33 * MIB), null, new SplittableRandom(1));

        assertEquals(6, spare.deviceNumber());
        assertEquals(Role.SPARE, spare.ownRole());
        assertEquals(0, spare.events());
        assertEquals(member.setUuidText(), spare.setUuidText());
        assertEquals(member.dataOffsetSectors(), spare.dataOffsetSectors());
        assertEquals(33 * MIB - 2048, spare.dataSizeSectors());
        assertTrue(spare.isChecksumCorrect());
        SuperblockWriter.checkWritable(spare, "new", geometry(33 * MIB));

        List<Superblock> four = List.of(superblocks.get(0), superblocks.get(1), superblocks.get(2), superblocks.get(3));
        Superblock inTheGap =
                AddedDevice.spare(member, four, "new", geometry(33 * MIB), superblocks.get(4), new SplittableRandom(1));
        assertEquals(4, inTheGap.deviceNumber());
        assertArrayEquals(superblocks.get(4).deviceUuid(), inTheGap.deviceUuid());

        ConfigurationException refused = assertThrows(
                ConfigurationException.class,
                () -> AddedDevice.spare(member, four, "new", geometry(31 * MIB), null, new SplittableRandom(1)));
        assertTrue(refused.getMessage().startsWith("new not large enough to join array"), refused.getMessage());
        assertThrows(
                ConfigurationException.class,
                () -> AddedDevice.spare(member, four, "new", geometry(8), null, new SplittableRandom(1)));
    }

    @Test
    void shouldAddAJournal() {
        List<Superblock> superblocks = plan(array(32 * MIB, 5, 3, 0).assumeClean(true));

        Superblock journal = AddedDevice.journal(
                superblocks.get(0), superblocks, "j", geometry(4 * MIB), null, new SplittableRandom(1));

        assertEquals(3, journal.deviceNumber());
        assertEquals(Role.JOURNAL, journal.ownRole());
        assertTrue(journal.hasFeature(SuperblockFeature.JOURNAL));
        assertEquals(0, journal.journalTailSectors());
        SuperblockWriter.checkWritable(journal, "j", geometry(4 * MIB));
        assertFalse(superblocks.get(0).hasFeature(SuperblockFeature.JOURNAL));
    }

    private static void assertRoles(int level, int raidDisks, String list, String expected, boolean clean) {
        NewArray options = empty().level(level).raidDisks(raidDisks);
        String[] places = list.split(" ", -1);
        int members = 0;
        for (String place : places) {
            switch (place) {
                case "j" -> options.device(NewDevice.journal("j", TestArray.GEOMETRY));
                case "-" -> options.device(NewDevice.missing());
                default -> options.device(member(place));
            }
            members += place.equals("j") ? 0 : 1;
        }
        List<Superblock> superblocks = plan(options.spareDisks(members - raidDisks));
        List<String> actual = new ArrayList<>();
        for (Superblock superblock : superblocks) {
            int role = superblock.ownRole();
            String text = role == Role.JOURNAL ? "j" : role == Role.SPARE ? "s" : Integer.toString(role);
            actual.add(superblock.deviceNumber() + ":" + text);
        }
        assertEquals(expected, String.join(" ", actual), list);
        assertEquals(clean, superblocks.get(0).isClean(), list);
    }

    private static void assertSpace(NewArray options, long dataOffset, long size, long dataSize, int badBlockLog) {
        Superblock superblock = plan(options).get(0);
        assertEquals(dataOffset, superblock.dataOffsetSectors());
        assertEquals(size, superblock.sizeSectors());
        assertEquals(dataSize, superblock.dataSizeSectors());
        assertEquals(badBlockLog, superblock.badBlockLogOffsetSectors());
        assertEquals(8, superblock.badBlockLogSizeSectors());
    }

    private static void assertRefused(String words, NewArray options) {
        ConfigurationException refused = assertThrows(ConfigurationException.class, options::plan);
        assertTrue(refused.getMessage().contains(words), refused.getMessage());
    }

    private static String name(String homehost, String name) {
        return plan(array(32 * MIB).homehost(homehost).name(name)).get(0).setName();
    }

    private static NewArray array(long sectors) {
        return array(sectors, 5, 3, 0).chunkSectors(sectors < 64 * MIB ? 128 : 0);
    }

    private static NewArray array(long sectors, int level, int raidDisks, int spareDisks) {
        NewArray options = empty().level(level).raidDisks(raidDisks).spareDisks(spareDisks);
        for (int i = 0; i < raidDisks + spareDisks; i++) {
            options.device(NewDevice.member("d" + i, geometry(sectors)));
        }
        return options;
    }

    private static NewArray empty() {
        return new NewArray().chunkSectors(128).creationTimeSeconds(0x6b014434L).random(new SplittableRandom(42));
    }

    private static NewDevice member(String name) {
        return NewDevice.member(name, TestArray.GEOMETRY);
    }

    private static DeviceGeometry geometry(long sectors) {
        return new DeviceGeometry(sectors * 512, 512, 512, 512);
    }

    private static List<Superblock> plan(NewArray options) {
        return options.plan().devices().stream()
                .map(NewArrayPlan.Device::superblock)
                .toList();
    }

    private static List<Integer> numbers(List<Superblock> superblocks) {
        return new ArrayList<>(
                superblocks.stream().map(Superblock::deviceNumber).toList());
    }

    private static List<Integer> roles(List<Superblock> superblocks) {
        return superblocks.stream().map(Superblock::ownRole).toList();
    }
}
