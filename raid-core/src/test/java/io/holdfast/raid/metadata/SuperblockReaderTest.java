package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceGeometry;
import io.holdfast.raid.metadata.ExaminedDevice.Verdict;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.agrona.MutableDirectBuffer;
import org.junit.jupiter.api.Test;

class SuperblockReaderTest {
    private static final long SECTORS = 65536;

    @Test
    void shouldFindASuperblockWrittenByLinux() {
        ExaminedDevice found = SuperblockReader.examine(TestDevice.with(TestSuperblocks.linuxMember(), SECTORS, 8));

        assertEquals(Verdict.VALID, found.verdict(), found.reason());
        assertEquals(SuperblockLocation.V1_2, found.location());
        assertEquals("cbe80317:7a61a7a8:88f56044:841e37af", found.superblock().setUuidText());
        assertNull(found.defect());
        assertEquals("", found.reason());
    }

    @Test
    void shouldFindWhatItWroteAtEveryLocationAndBlockLength() {
        for (SuperblockLocation location : SuperblockLocation.values()) {
            for (int blockLength : List.of(512, 4096, 8192)) {
                TestDevice device = new TestDevice(SECTORS, blockLength);
                Superblock superblock = member(location, device.geometry(), 5);
                SuperblockWriter.write(device, superblock);

                ExaminedDevice found = SuperblockReader.examine(device);
                assertEquals(Verdict.VALID, found.verdict(), found.reason());
                assertEquals(location, found.location());
                assertEquals(superblock.buffer(), found.superblock().buffer());
                assertEquals(0, device.flushes);
            }
        }
    }

    @Test
    void shouldKeepTheRestOfABlockThatIsLongerThanASuperblock() {
        TestDevice device = new TestDevice(SECTORS, 8192);
        MutableDirectBuffer ones = BufferSlab.allocate(8192);
        ones.setMemory(0, 8192, (byte) 0x77);
        device.put(0, ones, 8192);
        SuperblockWriter.write(device, member(SuperblockLocation.V1_2, device.geometry(), 5));

        device.read(0, ones, 0, 8192);
        assertEquals(0x77, ones.getByte(4095));
        assertEquals(SuperblockDescriptor.MAGIC, ones.getInt(4096, ByteOrder.LITTLE_ENDIAN));
        assertEquals(0x77, ones.getByte(8191));
    }

    @Test
    void shouldPreferTheLatestCreatedAndOfTwoTheLowerVersion() {
        TestDevice device = new TestDevice(SECTORS, 512);
        SuperblockWriter.write(device, member(SuperblockLocation.V1_0, device.geometry(), 5));
        SuperblockWriter.write(device, member(SuperblockLocation.V1_1, device.geometry(), 7));
        SuperblockWriter.write(device, member(SuperblockLocation.V1_2, device.geometry(), 6));
        assertEquals(SuperblockLocation.V1_1, SuperblockReader.examine(device).location());

        SuperblockWriter.write(device, member(SuperblockLocation.V1_0, device.geometry(), 7));
        assertEquals(SuperblockLocation.V1_0, SuperblockReader.examine(device).location());
    }

    @Test
    void shouldZeroEverySuperblockAndNothingElse() {
        TestDevice device = new TestDevice(SECTORS, 512);
        assertEquals(0, SuperblockWriter.zero(device));
        assertEquals(0, device.writes);

        SuperblockWriter.write(device, member(SuperblockLocation.V1_0, device.geometry(), 5));
        SuperblockWriter.write(device, member(SuperblockLocation.V1_2, device.geometry(), 6));
        MutableDirectBuffer other = BufferSlab.allocate(512);
        other.setMemory(0, 512, (byte) 1);
        device.put(0, other, 512);
        device.put(8192, other, 512);

        assertEquals(2, SuperblockWriter.zero(device));
        assertEquals(1, device.flushes);
        assertEquals(Verdict.NONE, SuperblockReader.examine(device).verdict());
        device.read(8192, other, 0, 512);
        assertEquals(1, other.getByte(511));
        device.read(0, other, 0, 512);
        assertEquals(1, other.getByte(0));
    }

    @Test
    void shouldNeverWriteASuperblockThatItWouldNotBelieve() {
        TestDevice device = new TestDevice(SECTORS, 512);
        Superblock stale = TestSuperblocks.linuxMember().events(9);
        assertThrows(IllegalStateException.class, () -> SuperblockWriter.write(device, stale));
        Superblock lost = TestSuperblocks.linuxMember().superOffsetSectors(16).updateChecksum();
        assertThrows(IllegalStateException.class, () -> SuperblockWriter.write(device, lost));
        Superblock chunkless = TestSuperblocks.linuxMember().chunkSectors(0).updateChecksum();
        assertThrows(IllegalStateException.class, () -> SuperblockWriter.write(device, chunkless));
        assertEquals(0, device.writes);
    }

    @Test
    void shouldSayWhatIsWrong() {
        assertDefect(SuperblockDefect.MAX_DEV, "1921 devices", s -> s.maxDev(1921));
        assertDefect(SuperblockDefect.DEVICE_NUMBER, "number 1920", s -> s.deviceNumber(1920));
        assertDefect(SuperblockDefect.DEVICE_NUMBER, "4294967295", s -> s.deviceNumber(-1));
        assertDefect(SuperblockDefect.FEATURE, "0x2000", s -> s.feature(0x2000, true));
        assertDefect(SuperblockDefect.FEATURE, "level 0", s -> s.feature(SuperblockFeature.RAID0_LAYOUT, true));
        assertDefect(SuperblockDefect.PAD, "zero", s -> s.buffer().putByte(SuperblockDescriptor.PAD0_OFFSET, (byte) 1));
        assertDefect(
                SuperblockDefect.PAD, "zero", s -> s.buffer().putByte(SuperblockDescriptor.PAD3_OFFSET + 31, (byte) 1));
        assertDefect(SuperblockDefect.SUPER_OFFSET, "sector 16", s -> s.superOffsetSectors(16));
        assertDefect(SuperblockDefect.DATA_OFFSET, "sector 8", s -> s.dataOffsetSectors(8));
        assertDefect(SuperblockDefect.DATA_OFFSET, "65536", s -> s.dataOffsetSectors(SECTORS));
        assertDefect(SuperblockDefect.DATA_OFFSET, "18446744073709551615", s -> s.dataOffsetSectors(-1));
        assertDefect(SuperblockDefect.DATA_SIZE, "63489", s -> s.dataSizeSectors(63489));
        assertDefect(SuperblockDefect.DATA_SIZE, "9 sectors", s -> s.dataSizeSectors(9));
        assertDefect(SuperblockDefect.DATA_SIZE, "18446744073709551615", s -> s.dataSizeSectors(-1));
        assertDefect(SuperblockDefect.RAID_DISKS, "1000000000", s -> s.raidDisks(1_000_000_000));
        assertDefect(SuperblockDefect.RAID_DISKS, "1 devices", s -> s.raidDisks(1));
        assertDefect(SuperblockDefect.RAID_DISKS, "4294967295", s -> s.raidDisks(-1));
        assertDefect(SuperblockDefect.RAID_DISKS, "level 6", s -> s.level(6));
        assertDefect(SuperblockDefect.CHUNK, "0 sectors", s -> s.chunkSectors(0));
        assertDefect(SuperblockDefect.CHUNK, "96 sectors", s -> s.chunkSectors(96));
        assertDefect(SuperblockDefect.CHUNK, "2147483648", s -> s.chunkSectors(1 << 31));
        assertDefect(SuperblockDefect.CHUNK, "4 sectors", s -> s.chunkSectors(4));
        assertDefect(SuperblockDefect.LAYOUT, "layout 6", s -> s.layout(6));
        assertDefect(SuperblockDefect.LAYOUT, "layout 15", s -> s.level(6)
                .raidDisks(4)
                .layout(15));
        assertDefect(SuperblockDefect.LAYOUT, "layout 34", s -> s.layout(34));
        assertDefect(SuperblockDefect.SIZE, "63616", s -> s.sizeSectors(63488 + 128));
        assertDefect(SuperblockDefect.SIZE, " 0 sectors", s -> s.sizeSectors(0));
        assertDefect(SuperblockDefect.SIZE, "9223372036854775807", s -> s.sizeSectors(Long.MAX_VALUE));
        assertDefect(SuperblockDefect.JOURNAL_ROLE, "no journal", s -> s.featureMap(0)
                .deviceNumber(0));
        assertDefect(
                SuperblockDefect.BAD_BLOCK_LOG, "sector 8", s -> s.featureMap(8).badBlockLogOffsetSectors(0));
        assertDefect(SuperblockDefect.BAD_BLOCK_LOG, "9 sectors", s -> s.featureMap(8)
                .badBlockLogSizeSectors(9));
        assertDefect(
                SuperblockDefect.BAD_BLOCK_LOG, "shift 64", s -> s.featureMap(8).badBlockLogShift(64));
        assertDefect(SuperblockDefect.BAD_BLOCK_LOG, "sector -8", s -> s.featureMap(8)
                .badBlockLogOffsetSectors(-16));
        assertDefect(SuperblockDefect.BAD_BLOCK_LOG, "65536", s -> s.featureMap(8)
                .badBlockLogOffsetSectors((int) SECTORS - 8));
    }

    @Test
    void shouldSayThatAChecksumIsWrong() {
        ExaminedDevice found = SuperblockReader.examine(
                TestDevice.with(TestSuperblocks.linuxMember().events(3), SECTORS, 8));

        assertEquals(Verdict.INVALID, found.verdict());
        assertEquals(SuperblockDefect.CHECKSUM, found.defect());
        assertEquals(
                "t.img: its superblock cannot be used: its checksum is bf4b8c10, expected bf4b8c11.", found.reason());
        assertEquals(3, found.superblock().events());
    }

    @Test
    void shouldAcceptOtherLevelsAsSuperblocks() {
        Superblock mirror = TestSuperblocks.linuxMember()
                .level(1)
                .layout(0)
                .chunkSectors(0)
                .featureMap(0)
                .updateChecksum();

        assertEquals(
                Verdict.VALID,
                SuperblockReader.examine(TestDevice.with(mirror, SECTORS, 8)).verdict());
    }

    @Test
    void shouldRefuseDataThatWouldCoverASuperblockAtTheEnd() {
        TestDevice device = new TestDevice(SECTORS, 512);
        Superblock superblock = member(SuperblockLocation.V1_0, device.geometry(), 1);
        device.put(
                superblock.superOffsetSectors() * 512,
                superblock.dataOffsetSectors(1024).updateChecksum().buffer(),
                4096);

        assertEquals(SuperblockDefect.SIZE, SuperblockReader.examine(device).defect());
    }

    @Test
    void shouldTellVersionsApartOnTheSmallestDevice() {
        ExaminedDevice found = SuperblockReader.examine(TestDevice.with(TestSuperblocks.linuxMember(), 24, 8));

        assertEquals(SuperblockLocation.V1_2, found.location());
        assertEquals(SuperblockDefect.DATA_OFFSET, found.defect());
    }

    @Test
    void shouldKnowForeignMetadata() {
        TestDevice old = new TestDevice(SECTORS, 512);
        MutableDirectBuffer sector = BufferSlab.allocate(512);
        sector.putInt(0, SuperblockDescriptor.MAGIC, ByteOrder.LITTLE_ENDIAN);
        sector.putInt(8, 90, ByteOrder.LITTLE_ENDIAN);
        old.put((SECTORS - 128) * 512, sector, 512);
        assertForeign(old, "0.90");

        TestDevice bigEndian = new TestDevice(SECTORS, 512);
        sector.putInt(0, SuperblockDescriptor.MAGIC, ByteOrder.BIG_ENDIAN);
        bigEndian.put((SECTORS - 128) * 512, sector, 512);
        assertForeign(bigEndian, "0.90");

        TestDevice ddf = new TestDevice(SECTORS, 512);
        sector.putInt(0, 0xde11de11, ByteOrder.BIG_ENDIAN);
        ddf.put((SECTORS - 1) * 512, sector, 512);
        assertForeign(ddf, "DDF");

        TestDevice intel = new TestDevice(SECTORS, 512);
        sector.putStringWithoutLengthAscii(0, "Intel Raid ISM Cfg Sig. 1.3");
        intel.put((SECTORS - 2) * 512, sector, 512);
        assertForeign(intel, "Intel");

        Superblock future = TestSuperblocks.linuxMember();
        future.buffer().putInt(SuperblockDescriptor.MAJOR_VERSION_OFFSET, 2, ByteOrder.LITTLE_ENDIAN);
        assertForeign(TestDevice.with(future, SECTORS, 8), "version 2");
    }

    @Test
    void shouldFindNothingOnAnEmptyOrTinyDevice() {
        ExaminedDevice empty = SuperblockReader.examine(new TestDevice(SECTORS, 512));
        assertEquals(Verdict.NONE, empty.verdict());
        assertEquals("t.img: no superblock found (expected magic a92b4efc, got 00000000).", empty.reason());
        assertEquals(
                Verdict.NONE, SuperblockReader.examine(new TestDevice(24, 512)).verdict());
        ExaminedDevice tiny = SuperblockReader.examine(new TestDevice(23, 512));
        assertEquals(Verdict.NONE, tiny.verdict());
        assertTrue(tiny.reason().contains("23 sectors"), tiny.reason());
        assertEquals(0, SuperblockWriter.zero(new TestDevice(0, 512)));
    }

    @Test
    void shouldSayThatADeviceCannotBeReadUnlessASuperblockIsFoundElsewhere() {
        TestDevice device = TestDevice.with(TestSuperblocks.linuxMember(), SECTORS, 8);
        device.firstUnreadable = (SECTORS - 16) * 512;
        device.lastUnreadable = SECTORS * 512;
        assertEquals(Verdict.VALID, SuperblockReader.examine(device).verdict());

        device.firstUnreadable = 0;
        ExaminedDevice found = SuperblockReader.examine(device);
        assertEquals(Verdict.UNREADABLE, found.verdict());
        assertTrue(found.reason().contains("cannot be read at"), found.reason());
    }

    /** On such a device nothing of the data could be read or written. */
    @Test
    void shouldRefuseDataThatBeginsWithinABlock() {
        TestDevice device = new TestDevice(SECTORS, 4096);
        Superblock superblock = TestSuperblocks.linuxMember();
        superblock.dataOffsetSectors(superblock.dataOffsetSectors() + 1);
        superblock.sizeSectors(superblock.sizeSectors() - superblock.chunkSectors());
        superblock.dataSizeSectors(superblock.sizeSectors()).updateChecksum();
        device.put(4096, superblock.buffer(), SuperblockDescriptor.LENGTH);

        ExaminedDevice found = SuperblockReader.examine(device);
        assertEquals(SuperblockDefect.DATA_OFFSET, found.defect(), found.reason());
        assertTrue(found.reason().contains("in the middle of one of the device's blocks"), found.reason());
    }

    private static void assertDefect(SuperblockDefect defect, String word, Consumer<Superblock> change) {
        Superblock superblock = TestSuperblocks.linuxMember();
        change.accept(superblock);
        superblock.updateChecksum();
        ExaminedDevice found = SuperblockReader.examine(TestDevice.with(superblock, SECTORS, 8));
        assertEquals(Verdict.INVALID, found.verdict(), found.reason());
        assertEquals(defect, found.defect(), found.reason());
        assertTrue(found.reason().contains(word), found.reason());
        assertTrue(found.reason().startsWith("t.img: "), found.reason());
    }

    private static void assertForeign(TestDevice device, String word) {
        ExaminedDevice found = SuperblockReader.examine(device);
        assertEquals(Verdict.FOREIGN, found.verdict(), found.reason());
        assertTrue(found.reason().contains(word), found.reason());
    }

    private static Superblock member(SuperblockLocation location, DeviceGeometry geometry, long seconds) {
        return new NewArray()
                .raidDisks(2)
                .chunkSectors(128)
                .location(location)
                .creationTimeSeconds(seconds)
                .random(new SplittableRandom(seconds))
                .device(NewDevice.member("a", geometry))
                .device(NewDevice.member("b", geometry))
                .plan()
                .devices()
                .get(0)
                .superblock();
    }
}
