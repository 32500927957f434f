package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import io.holdfast.raid.metadata.BadBlockLog.Range;
import java.nio.ByteOrder;
import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.junit.jupiter.api.Test;

class BadBlockLogTest {
    private static final long SECTORS = 65536;

    @Test
    void shouldReadRangesOfDeviceSectorsUpToTheEndMark() {
        Superblock superblock = superblock(0);

        List<Range> ranges = BadBlockLog.read(
                device(superblock, 20112L << 10 | 8, 30000L << 10 | 512, -1L, 1L << 10 | 1), superblock);

        assertEquals(List.of(new Range(20112, 8), new Range(30000, 512)), ranges);
    }

    @Test
    void shouldScaleByTheUnit() {
        Superblock superblock = superblock(3);

        assertEquals(
                List.of(new Range(800, 16)), BadBlockLog.read(device(superblock, 100L << 10 | 2, -1L), superblock));
    }

    @Test
    void shouldNotLeaveTheDeviceHoweverLargeTheUnit() {
        Superblock superblock = superblock(63);

        assertEquals(List.of(new Range(0, SECTORS)), BadBlockLog.read(device(superblock, 1, -1L), superblock));
    }

    @Test
    void shouldReadAFullLog() {
        Superblock superblock = superblock(0);
        long[] entries = new long[512];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = (4096L + 16L * i) << 10 | 8;
        }

        List<Range> ranges = BadBlockLog.read(device(superblock, entries), superblock);

        assertEquals(512, ranges.size());
        assertEquals(new Range(4096 + 16 * 511, 8), ranges.get(511));
    }

    @Test
    void shouldNotLookWhenTheSuperblockSaysThatTheListIsEmpty() {
        Superblock superblock = TestSuperblocks.linuxMember();

        assertEquals(List.of(), BadBlockLog.read(device(superblock, 0), superblock));
    }

    @Test
    void shouldRefuseEntriesThatCannotBe() {
        for (long entry : new long[] {0, 20112L << 10, 65537L << 10 | 1, 65535L << 10 | 3, -2L}) {
            Superblock superblock = superblock(0);
            DeviceException refused =
                    assertThrows(DeviceException.class, () -> BadBlockLog.read(device(superblock, entry), superblock));
            assertTrue(refused.getMessage().startsWith("t.img: entry 0"), refused.getMessage());
        }
        Superblock superblock = superblock(63);
        assertThrows(DeviceException.class, () -> BadBlockLog.read(device(superblock, 3L << 10 | 1), superblock));
    }

    @Test
    void shouldBeTakenAwayOnlyByForceWhenItListsSomething() {
        Superblock superblock = superblock(0);
        TestDevice device = device(superblock, 20112L << 10 | 8, -1L);
        DeviceException refused =
                assertThrows(DeviceException.class, () -> BadBlockLog.checkRemovable("t.img", superblock, false));
        assertTrue(refused.getMessage().contains("Cannot remove active bbl from t.img"), refused.getMessage());
        BadBlockLog.checkRemovable("t.img", superblock, true);

        BadBlockLog.remove(device, superblock);

        Superblock found = SuperblockReader.examine(device).superblock();
        assertEquals(0, found.badBlockLogOffsetSectors());
        assertEquals(List.of(), BadBlockLog.read(device, found));
        BadBlockLog.checkRemovable("t.img", found, false);
    }

    private static Superblock superblock(int shift) {
        return TestSuperblocks.linuxMember()
                .feature(SuperblockFeature.BAD_BLOCKS, true)
                .badBlockLogShift(shift)
                .updateChecksum();
    }

    private static TestDevice device(Superblock superblock, long... entries) {
        TestDevice device = TestDevice.with(superblock, SECTORS, 8);
        MutableDirectBuffer log = BufferSlab.allocate(4096);
        log.setMemory(0, 4096, (byte) 0xff);
        for (int i = 0; i < entries.length; i++) {
            log.putLong(8 * i, entries[i], ByteOrder.LITTLE_ENDIAN);
        }
        device.put(24 * 512, log, 4096);
        return device;
    }
}
