package io.holdfast.raid.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.blockdev.DeviceException;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.agrona.MutableDirectBuffer;
import org.junit.jupiter.api.Test;

class BitmapTest {
    private static final long SECTORS = 65536;

    @Test
    void shouldReadABitmapAndCountOnlyBitsThatMeanSomething() {
        Bitmap bitmap = read(b -> {});

        assertEquals(4, bitmap.version());
        assertEquals("cbe80317:7a61a7a8:88f56044:841e37af", bitmap.uuid());
        assertEquals(7, bitmap.events());
        assertEquals(5, bitmap.eventsCleared());
        assertEquals(63488, bitmap.syncSizeSectors());
        assertEquals(65536, bitmap.chunkLength());
        assertEquals(5, bitmap.flushPeriodSeconds());
        assertEquals(496, bitmap.bitCount());
        assertEquals(496, bitmap.dirtyCount());
        assertEquals(
                3,
                read(b -> {
                            b.setMemory(256, 62, (byte) 0);
                            b.putByte(256, (byte) 0x81);
                            b.putByte(317, (byte) 0x80);
                        })
                        .dirtyCount());
        assertEquals(
                63488 / 1024,
                read(b -> b.putInt(52, 1024 * 512, ByteOrder.LITTLE_ENDIAN)).dirtyCount());
        assertEquals(
                495,
                read(b -> b.putLong(40, 63488 - 200, ByteOrder.LITTLE_ENDIAN)).dirtyCount());
    }

    @Test
    void shouldRefuseWhatCannotBeABitmap() {
        assertRefused("expected magic 6d746962", b -> b.putInt(0, 1, ByteOrder.LITTLE_ENDIAN));
        assertRefused("version 6", b -> b.putInt(4, 6, ByteOrder.LITTLE_ENDIAN));
        assertRefused("0 bytes for each bit", b -> b.putInt(52, 0, ByteOrder.LITTLE_ENDIAN));
        assertRefused("768 bytes for each bit", b -> b.putInt(52, 768, ByteOrder.LITTLE_ENDIAN));
        assertRefused("18446744073709551615 sectors", b -> b.putLong(40, -1, ByteOrder.LITTLE_ENDIAN));
        assertRefused("9223372036854775807 sectors", b -> b.putLong(40, Long.MAX_VALUE, ByteOrder.LITTLE_ENDIAN));
        Superblock outside = superblock().bitmapOffsetSectors(-16);
        TestDevice device = new TestDevice(SECTORS, 512);
        assertThrows(DeviceException.class, () -> Bitmap.read(device, outside));
        assertThrows(
                DeviceException.class, () -> Bitmap.read(device, superblock().bitmapOffsetSectors(70000)));
        assertThrows(DeviceException.class, () -> Bitmap.read(device, TestSuperblocks.linuxMember()));
    }

    private static void assertRefused(String words, Consumer<MutableDirectBuffer> change) {
        DeviceException refused = assertThrows(DeviceException.class, () -> read(change));
        assertTrue(refused.getMessage().contains(words), refused.getMessage());
    }

    private static Bitmap read(Consumer<MutableDirectBuffer> change) {
        MutableDirectBuffer buffer = BufferSlab.allocate(4096);
        buffer.setMemory(256, 4096 - 256, (byte) 0xff);
        buffer.putInt(0, BitmapDescriptor.MAGIC, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(4, 4, ByteOrder.LITTLE_ENDIAN);
        buffer.putBytes(8, superblock().setUuid());
        buffer.putLong(24, 7, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(32, 5, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(40, 63488, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(52, 65536, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(56, 5, ByteOrder.LITTLE_ENDIAN);
        change.accept(buffer);
        TestDevice device = new TestDevice(SECTORS, 512);
        device.put(16 * 512, buffer, 4096);
        return Bitmap.read(device, superblock());
    }

    private static Superblock superblock() {
        return TestSuperblocks.linuxMember()
                .featureMap(SuperblockFeature.BITMAP)
                .bitmapOffsetSectors(8);
    }
}
