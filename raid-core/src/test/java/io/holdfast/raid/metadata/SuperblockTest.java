package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SuperblockTest {
    @Test
    void shouldReadEveryFieldOfASuperblockWrittenByLinux() {
        Superblock superblock = TestSuperblocks.linuxMember();

        assertEquals(SuperblockDescriptor.MAGIC, superblock.magic());
        assertEquals(1, superblock.majorVersion());
        assertEquals(SuperblockFeature.JOURNAL, superblock.featureMap());
        assertEquals("cbe80317:7a61a7a8:88f56044:841e37af", superblock.setUuidText());
        assertEquals("vmhost:0", superblock.setName());
        assertEquals(0x6b014434L, superblock.creationTime());
        assertEquals(5, superblock.level());
        assertEquals(2, superblock.layout());
        assertEquals(63488, superblock.sizeSectors());
        assertEquals(128, superblock.chunkSectors());
        assertEquals(3, superblock.raidDisks());
        assertEquals(0, superblock.bitmapOffsetSectors());
        assertEquals(2048, superblock.dataOffsetSectors());
        assertEquals(63488, superblock.dataSizeSectors());
        assertEquals(8, superblock.superOffsetSectors());
        assertEquals(0, superblock.recoveryOffsetSectors());
        assertEquals(1, superblock.deviceNumber());
        assertEquals("5d248cc7:64dce8a6:a8bef289:dfb9c2f4", superblock.deviceUuidText());
        assertEquals(0, superblock.badBlockLogShift());
        assertEquals(8, superblock.badBlockLogSizeSectors());
        assertEquals(16, superblock.badBlockLogOffsetSectors());
        assertEquals(0x6b014434L, superblock.updateTime());
        assertEquals(2, superblock.events());
        assertTrue(superblock.isClean());
        assertEquals(128, superblock.maxDev());
        assertTrue(superblock.isPad3Zero());
        assertEquals(Role.JOURNAL, superblock.role(0));
        assertEquals(0, superblock.role(1));
        assertEquals(1, superblock.role(2));
        assertEquals(2, superblock.role(3));
        assertEquals(Role.SPARE, superblock.role(4));
        assertEquals(0, superblock.ownRole());
        assertEquals(SuperblockLocation.V1_2, superblock.location());
    }

    @Test
    void shouldComputeTheChecksumThatLinuxStored() {
        Superblock superblock = TestSuperblocks.linuxMember();

        assertEquals(0xbf4b8c10, superblock.checksum());
        assertEquals(0xbf4b8c10, superblock.computedChecksum());
        assertTrue(superblock.isChecksumCorrect());
    }

    @Test
    void shouldReadTheUnionOfBitmapOffsetAndPartialParityLog() {
        Superblock superblock = TestSuperblocks.linuxMember();
        superblock.buffer().putBytes(0x60, new byte[] {8, 0, 0, 8});

        assertEquals(8, superblock.pplOffsetSectors());
        assertEquals(2048, superblock.pplSizeSectors());

        superblock.pplOffsetSectors(-2056).pplSizeSectors(0xfff8);
        assertEquals(-2056, superblock.pplOffsetSectors());
        assertEquals(0xfff8, superblock.pplSizeSectors());
    }

    @Test
    void shouldCountALastHalfWordWhenTheNumberOfRolesIsOdd() {
        Superblock superblock = TestSuperblocks.linuxMember().maxDev(4);
        int evenChecksum = superblock.computedChecksum();

        superblock.maxDev(5).role(4, 0x1234);

        assertEquals(evenChecksum + 1 + 0x1234, superblock.computedChecksum());
    }

    @Test
    void shouldFoldCarriesIntoTheChecksum() {
        Superblock superblock = Superblock.allocate().initialize().maxDev(0);
        superblock.resyncOffsetSectors(-1L);
        long expected = 0xa92b4efcL + 1 + 0xffffffffL + 0xffffffffL;

        assertEquals((int) (expected + (expected >>> 32)), superblock.computedChecksum());
    }

    @Test
    void shouldWriteEachFieldWhereItIsReadAndNowhereElse() {
        Superblock superblock = Superblock.allocate().initialize().maxDev(128);
        superblock.buffer().putInt(SuperblockDescriptor.NEW_LEVEL_OFFSET, 10, ByteOrder.LITTLE_ENDIAN);
        superblock.buffer().putLong(SuperblockDescriptor.RESHAPE_POSITION_OFFSET, 11, ByteOrder.LITTLE_ENDIAN);
        superblock.buffer().putInt(SuperblockDescriptor.DELTA_DISKS_OFFSET, -12, ByteOrder.LITTLE_ENDIAN);
        superblock.buffer().putInt(SuperblockDescriptor.NEW_LAYOUT_OFFSET, 13, ByteOrder.LITTLE_ENDIAN);
        superblock.buffer().putInt(SuperblockDescriptor.NEW_CHUNK_OFFSET, 14, ByteOrder.LITTLE_ENDIAN);
        superblock.buffer().putInt(SuperblockDescriptor.NEW_OFFSET_OFFSET, -15, ByteOrder.LITTLE_ENDIAN);
        superblock
                .featureMap(1)
                .setUuid(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
                .setName("n:1")
                .creationTime(3)
                .level(4)
                .layout(5)
                .sizeSectors(6)
                .chunkSectors(7)
                .raidDisks(8)
                .bitmapOffsetSectors(-9)
                .dataOffsetSectors(16)
                .dataSizeSectors(17)
                .superOffsetSectors(18)
                .recoveryOffsetSectors(19)
                .deviceNumber(20)
                .correctedReadSectors(21)
                .deviceUuid(new byte[] {16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1})
                .deviceFlags(0x81)
                .badBlockLogShift(0xc2)
                .badBlockLogSizeSectors(0x8008)
                .badBlockLogOffsetSectors(-24)
                .updateTime(25)
                .events(26)
                .resyncOffsetSectors(27)
                .role(127, Role.FAULTY)
                .updateChecksum();

        assertEquals(1, superblock.featureMap());
        assertEquals("01020304:05060708:090a0b0c:0d0e0f10", superblock.setUuidText());
        assertEquals("n:1", superblock.setName());
        assertEquals(3, superblock.creationTime());
        assertEquals(4, superblock.level());
        assertEquals(5, superblock.layout());
        assertEquals(6, superblock.sizeSectors());
        assertEquals(7, superblock.chunkSectors());
        assertEquals(8, superblock.raidDisks());
        assertEquals(-9, superblock.bitmapOffsetSectors());
        assertEquals(10, superblock.newLevel());
        assertEquals(11, superblock.reshapePositionSectors());
        assertEquals(-12, superblock.deltaDisks());
        assertEquals(13, superblock.newLayout());
        assertEquals(14, superblock.newChunkSectors());
        assertEquals(-15, superblock.newOffsetSectors());
        assertEquals(16, superblock.dataOffsetSectors());
        assertEquals(17, superblock.dataSizeSectors());
        assertEquals(18, superblock.superOffsetSectors());
        assertEquals(19, superblock.recoveryOffsetSectors());
        assertEquals(19, superblock.journalTailSectors());
        assertEquals(20, superblock.deviceNumber());
        assertEquals(21, superblock.correctedReadSectors());
        assertEquals("100f0e0d:0c0b0a09:08070605:04030201", superblock.deviceUuidText());
        assertEquals(0x81, superblock.deviceFlags());
        assertEquals(0xc2, superblock.badBlockLogShift());
        assertEquals(0x8008, superblock.badBlockLogSizeSectors());
        assertEquals(-24, superblock.badBlockLogOffsetSectors());
        assertEquals(25, superblock.updateTime());
        assertEquals(26, superblock.events());
        assertEquals(27, superblock.resyncOffsetSectors());
        assertEquals(128, superblock.maxDev());
        assertEquals(Role.FAULTY, superblock.role(127));
        assertTrue(superblock.isPad3Zero());
        assertEquals(0, superblock.pad0());
        assertTrue(superblock.isChecksumCorrect());
    }

    @Test
    void shouldNeverReadRolesOutsideTheSuperblock() {
        Superblock superblock = TestSuperblocks.linuxMember().maxDev(-1);

        assertEquals(SuperblockDescriptor.MAX_DEVICE_COUNT, superblock.roleCount());
        assertEquals(Role.SPARE, superblock.role(SuperblockDescriptor.MAX_DEVICE_COUNT));
        assertEquals(Role.SPARE, superblock.role(-1));
        assertNotEquals(0xbf4b8c10, superblock.computedChecksum());
        assertThrows(IllegalArgumentException.class, () -> superblock.role(1920, 0));
    }

    @Test
    void shouldReadANameThatFillsItsField() {
        Superblock superblock = Superblock.allocate().initialize().setName("0123456789abcdef0123456789abcdef");

        assertEquals("0123456789abcdef0123456789abcdef", superblock.setName());
        assertThrows(IllegalArgumentException.class, () -> superblock.setName("0123456789abcdef0123456789abcdef!"));
    }

    @Test
    void shouldCopyAllBytesAndShareNone() {
        Superblock original = TestSuperblocks.linuxMember();
        Superblock copy = original.copy().events(99);

        assertEquals(2, original.events());
        copy.events(2);
        assertEquals(original.buffer(), copy.buffer());
    }

    @Test
    void shouldWorkAtAnOffsetInALargerBuffer() {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[3 * SuperblockDescriptor.LENGTH]);
        buffer.setMemory(0, buffer.capacity(), (byte) 0x55);
        Superblock superblock = new Superblock().wrap(buffer, SuperblockDescriptor.LENGTH);
        superblock.copyFrom(TestSuperblocks.linuxMember()).updateChecksum();

        assertEquals(0xbf4b8c10, superblock.checksum());
        assertEquals(0x55, buffer.getByte(SuperblockDescriptor.LENGTH - 1));
        assertEquals(0x55, buffer.getByte(2 * SuperblockDescriptor.LENGTH));
        assertThrows(IndexOutOfBoundsException.class, () -> superblock.wrap(buffer, 2 * 4096 + 1));
    }

    @Test
    void shouldParseTheUuidsThatPeopleType() {
        byte[] uuid = TestSuperblocks.linuxMember().setUuid();

        assertArrayEquals(
                uuid, UuidText.parse("cbe80317:7a61a7a8:88f56044:841e37af").orElseThrow());
        assertArrayEquals(
                uuid, UuidText.parse("CBE80317-7a61-a7a8-88f5-6044841e37af").orElseThrow());
        assertFalse(UuidText.parse("cbe80317:7a61a7a8:88f56044:841e37a").isPresent());
        assertFalse(UuidText.parse("cbe80317:7a61a7a8:88f56044:841e37af0").isPresent());
        assertFalse(UuidText.parse("cbe80317:7a61a7a8:88f56044:841e37ag").isPresent());
        assertFalse(UuidText.parse("").isPresent());
    }

    @Test
    void shouldPlaceSuperblocksWhereLinuxDoes() {
        assertEquals(2097136, SuperblockLocation.V1_0.sector(2097152));
        assertEquals(8, SuperblockLocation.V1_0.sector(24));
        assertEquals(80, SuperblockLocation.V1_0.sector(103));
        assertEquals(0, SuperblockLocation.V1_1.sector(24));
        assertEquals(8, SuperblockLocation.V1_2.sector(24));
        assertThrows(IllegalArgumentException.class, () -> SuperblockLocation.V1_2.sector(23));
    }
}
