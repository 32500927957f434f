package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.DeviceException;
import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What is written of a bitmap is what is read again, and what reports count. */
class BitmapAreaProperties {
    private static final long SECTORS = 65536;

    @Property(tries = 200)
    void shouldReadWhatWasWritten(
            @ForAll @IntRange(min = 12, max = 26) int chunkShift, @ForAll boolean isLarge, @ForAll long seed) {
        int blockLength = isLarge ? 4096 : 512;
        Superblock superblock = superblock();
        BitmapArea area = BitmapArea.create(superblock.setUuid(), superblock.sizeSectors(), 1L << chunkShift, 5);
        assertEquals(area.bitCount(), area.dirtyCount());
        BitSet expected = new BitSet();
        Random random = new Random(seed);
        for (int bit = 0; bit < area.bitCount(); bit++) {
            expected.set(bit, random.nextBoolean());
            area.set(bit, expected.get(bit));
        }
        area.events(seed);
        area.eventsCleared(seed - 1);
        TestDevice device = new TestDevice(SECTORS, blockLength);
        area.write(device, superblock);

        BitmapArea read = BitmapArea.read(device, superblock);
        assertTrue(read.sameAs(area));
        assertEquals(seed, read.events());
        assertEquals(seed - 1, read.eventsCleared());
        for (int bit = 0; bit < area.bitCount(); bit++) {
            assertEquals(expected.get(bit), read.isSet(bit));
        }
        Bitmap seen = Bitmap.read(device, superblock);
        assertEquals(expected.cardinality(), seen.dirtyCount());
        assertEquals(area.bitCount(), seen.bitCount());
        read.set(0, !expected.get(0));
        assertFalse(read.sameAs(area));
    }

    /** Wherever a superblock says that the bitmap lies: nothing but its own bytes is written, or it is refused. */
    @Property(tries = 500)
    void shouldWriteNothingButItsOwn(@ForAll @IntRange(min = -40, max = 4200) int offset, @ForAll boolean isLarge) {
        int blockLength = isLarge ? 4096 : 512;
        Superblock superblock = superblock().bitmapOffsetSectors(offset);
        BitmapArea area = BitmapArea.create(superblock.setUuid(), superblock.sizeSectors(), 65536, 5);
        TestDevice device = new TestDevice(SECTORS, blockLength);
        long start = superblock.superOffsetSectors() + offset;
        long end = start + area.endOf(area.pageCount(), blockLength) / 512;
        boolean isFree = start >= 0
                && start * 512 % blockLength == 0
                && !meets(start, end, 8, 16)
                && !meets(start, end, superblock.dataOffsetSectors(), superblock.dataOffsetSectors() + 63488)
                && !meets(start, end, 24, 32);
        if (isFree) {
            area.write(device, superblock);
            assertTrue(BitmapArea.read(device, superblock).sameAs(area));
        } else {
            assertThrows(IllegalStateException.class, () -> area.write(device, superblock));
            assertThrows(DeviceException.class, () -> BitmapArea.read(device, superblock));
            assertEquals(0, device.writes);
        }
    }

    private static boolean meets(long start, long end, long otherStart, long otherEnd) {
        return start < otherEnd && otherStart < end;
    }

    private static Superblock superblock() {
        return TestSuperblocks.linuxMember()
                .feature(SuperblockFeature.BITMAP, true)
                .bitmapOffsetSectors(8)
                .updateChecksum();
    }
}
