package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class MemoryBlockDeviceTest {
    @Nested
    class Of512ByteBlocks extends BlockDeviceContract {
        @Override
        protected BlockDevice createDevice(long length) {
            return new MemoryBlockDevice("m0", length);
        }
    }

    @Nested
    class Of4096ByteBlocks extends BlockDeviceContract {
        @Override
        protected BlockDevice createDevice(long length) {
            return new MemoryBlockDevice("m0", length, 4096);
        }
    }

    @Nested
    class OnAThread extends BlockDeviceContract {
        @Override
        protected BlockDevice createDevice(long length) {
            return new MemoryBlockDevice("m0", length);
        }

        @Override
        protected IoLoop createLoop() {
            return new ThreadLoop("contract", t -> {
                throw new AssertionError(t);
            });
        }
    }

    @Test
    void shouldHoldBytesBeyondTwoGibibytes() {
        long length = 3L << 40;
        try (MemoryBlockDevice device = new MemoryBlockDevice("m0", length, 4096)) {
            UnsafeBuffer buffer = BufferSlab.allocate(8192);
            long[] offsets = {0, (2L << 30) - 4096, (4L << 30) - 4096, (1L << 40) + 4096, length - 8192};
            for (long offset : offsets) {
                Patterns.fill(buffer, 0, 8192, offset, 1);
                device.write(offset, buffer, 0, 8192);
            }
            for (long offset : offsets) {
                device.read(offset, buffer, 0, 8192);
                assertEquals(-1, Patterns.mismatch(buffer, 0, 8192, offset, 1));
            }
        }
    }

    @Test
    void shouldRefuseUseAfterClose() {
        MemoryBlockDevice device = new MemoryBlockDevice("m0", 8192);
        device.close();
        UnsafeBuffer buffer = BufferSlab.allocate(4096);
        assertThrows(IllegalStateException.class, () -> device.read(0, buffer, 0, 4096));
        assertThrows(IllegalStateException.class, () -> device.write(0, buffer, 0, 4096));
        assertThrows(IllegalStateException.class, device::flush);
    }

    @Test
    void shouldRefuseALengthThatIsNotWholeBlocks() {
        assertThrows(IllegalArgumentException.class, () -> new MemoryBlockDevice("m0", 1000));
        assertThrows(IllegalArgumentException.class, () -> new MemoryBlockDevice("m0", 512, 4096));
        assertThrows(IllegalArgumentException.class, () -> new MemoryBlockDevice("m0", -512));
    }
}
