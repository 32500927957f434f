package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class CopyOnWriteDeviceTest {
    @Nested
    class Of512ByteBlocks extends BlockDeviceContract {
        @Override
        protected BlockDevice createDevice(long length) {
            return new CopyOnWriteDevice(new MemoryBlockDevice("m0", length), 16 << 20);
        }
    }

    @Nested
    class Of4096ByteBlocks extends BlockDeviceContract {
        @Override
        protected BlockDevice createDevice(long length) {
            return new CopyOnWriteDevice(new MemoryBlockDevice("m0", length, 4096), 16 << 20);
        }
    }

    @Test
    void shouldNeverTouchTheDeviceUnderneath() {
        UnsafeBuffer buffer = BufferSlab.allocate(64 << 10);
        MemoryBlockDevice underneath = new MemoryBlockDevice("m0", 1 << 20);
        Patterns.fill(buffer, 0, 64 << 10, 0, 1);
        underneath.write(0, buffer, 0, 64 << 10);
        try (CopyOnWriteDevice device = new CopyOnWriteDevice(underneath, 1 << 20)) {
            Patterns.fill(buffer, 0, 1536, 512, 2);
            device.write(512, buffer, 0, 1536);
            device.writeZeroes(16384, 8192);
            assertEquals(3 * 4096, device.changedLength());

            underneath.read(0, buffer, 0, 64 << 10);
            assertEquals(-1, Patterns.mismatch(buffer, 0, 64 << 10, 0, 1));

            device.read(0, buffer, 0, 64 << 10);
            assertEquals(-1, Patterns.mismatch(buffer, 0, 512, 0, 1));
            assertEquals(-1, Patterns.mismatch(buffer, 512, 1536, 512, 2));
            assertEquals(-1, Patterns.mismatch(buffer, 2048, 16384 - 2048, 2048, 1));
            assertEquals(-1, Patterns.nonZero(buffer, 16384, 8192));
            assertEquals(-1, Patterns.mismatch(buffer, 24576, 40960, 24576, 1));
        }
    }

    @Test
    void shouldSayThatTheMemorySetAsideIsUsedUp() {
        UnsafeBuffer buffer = BufferSlab.allocate(16384);
        try (CopyOnWriteDevice device = new CopyOnWriteDevice(new MemoryBlockDevice("m0", 1 << 20), 8192 + 100)) {
            device.write(0, buffer, 0, 8192);
            // Again, to the same blocks: that takes no more memory.
            device.write(0, buffer, 0, 8192);
            DeviceException full = assertThrows(DeviceException.class, () -> device.write(8192, buffer, 0, 4096));
            assertEquals(IoStatus.NO_SPACE, full.status());
            assertTrue(full.getMessage().contains("set aside for changes"), full::getMessage);
            try (ManualLoop loop = new ManualLoop("m");
                    ChannelDriver driver = new ChannelDriver(loop, device, 2)) {
                assertEquals(IoStatus.NO_SPACE, driver.run((c, t) -> c.writeZeroes(65536, 4096, t)));
                assertEquals(IoStatus.OK, driver.run((c, t) -> c.write(0, buffer, 0, 8192, t)));
            }
            assertEquals(8192, device.changedLength());
        }
    }
}
