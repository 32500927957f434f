package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link BlockDevice} that can be written must do, as tests. An implementation has a subclass that makes the
 * device, and another for each kind of loop it runs on; a wrapper's subclass gives it an innocent device to wrap.
 */
public abstract class BlockDeviceContract {
    /** Length of the device that the tests use, in bytes: no power of two, so that its end is an odd place. */
    protected static final long DEVICE_LENGTH = (3 << 20) + 5 * 4096;

    private static final int CHANNEL_CAPACITY = 16;
    private static final int BLOCK = 4096;
    private static final long SEED = 20_261_121L;

    private BlockDevice device;
    private IoLoop loop;
    private ChannelDriver driver;

    /**
     * A fresh device.
     *
     * @param length in bytes that its geometry must have.
     * @return a device that reads as zeroes everywhere.
     * @throws Exception when it cannot be made, which fails the test.
     */
    protected abstract BlockDevice createDevice(long length) throws Exception;

    /**
     * The loop that channels are used on; closed by the contract.
     *
     * @return a running loop; a {@link ManualLoop} unless overridden.
     * @throws Exception when it cannot be made, which fails the test.
     */
    protected IoLoop createLoop() throws Exception {
        return new ManualLoop("contract");
    }

    @BeforeEach
    void open() throws Exception {
        device = createDevice(DEVICE_LENGTH);
        loop = createLoop();
        driver = new ChannelDriver(loop, device, CHANNEL_CAPACITY);
    }

    @AfterEach
    void close() {
        if (driver != null) {
            assertEquals(List.of(), driver.repeatedTokens(), "completed more than once");
            driver.close();
        }
        if (loop != null) {
            loop.close();
        }
        if (device != null) {
            device.close();
            device.close();
        }
    }

    @Test
    void shouldHaveAName() {
        assertFalse(device.name().isBlank());
    }

    @Test
    void shouldHaveTheGeometryItWasMadeWith() {
        DeviceGeometry geometry = device.geometry();
        assertEquals(DEVICE_LENGTH, geometry.length());
        assertEquals(DEVICE_LENGTH / 512, geometry.sectors());
        assertTrue(geometry.bufferAlignment() <= BufferSlab.ALIGNMENT, geometry::toString);
        assertTrue(geometry.logicalBlockLength() <= BLOCK, geometry::toString);
        assertFalse(device.isReadOnly());
    }

    @Test
    void shouldReadZeroesWhereNothingWasWritten() {
        UnsafeBuffer buffer = memory(3 * BLOCK);
        for (long offset : new long[] {0, BLOCK, (1 << 20) - BLOCK, DEVICE_LENGTH - 3 * BLOCK}) {
            Patterns.fill(buffer, 0, 3 * BLOCK, 0, 1);
            device.read(offset, buffer, 0, 3 * BLOCK);
            assertEquals(-1, Patterns.nonZero(buffer, 0, 3 * BLOCK), "offset=" + offset);
            Patterns.fill(buffer, 0, 3 * BLOCK, 0, 1);
            assertEquals(IoStatus.OK, driver.run((c, t) -> c.read(offset, buffer, 0, 3 * BLOCK, t)));
            assertEquals(-1, Patterns.nonZero(buffer, 0, 3 * BLOCK), "offset=" + offset);
        }
    }

    @Test
    void shouldReadBackWhatWasWrittenAndWaitedFor() {
        UnsafeBuffer buffer = memory(64 * BLOCK);
        for (long offset : new long[] {0, 5 * BLOCK, (1 << 20) - 7 * BLOCK, DEVICE_LENGTH - 64 * BLOCK}) {
            Patterns.fill(buffer, 0, 64 * BLOCK, offset, 1);
            device.write(offset, buffer, 0, 64 * BLOCK);
            buffer.setMemory(0, 64 * BLOCK, (byte) 0x55);
            device.read(offset, buffer, 0, 64 * BLOCK);
            assertEquals(-1, Patterns.mismatch(buffer, 0, 64 * BLOCK, offset, 1), "offset=" + offset);
        }
        device.flush();
    }

    @Test
    void shouldTransferASingleLogicalBlockAnywhereAndTouchNoOther() {
        int block = device.geometry().logicalBlockLength();
        UnsafeBuffer buffer = memory(4 * BLOCK);
        for (long offset : new long[] {0, 3L * block, 9L * block, DEVICE_LENGTH - block}) {
            Patterns.fill(buffer, 0, block, offset, 4);
            device.write(offset, buffer, 0, block);
        }
        device.read(0, buffer, 0, 4 * block);
        assertEquals(-1, Patterns.mismatch(buffer, 0, block, 0, 4));
        assertEquals(-1, Patterns.nonZero(buffer, block, 2 * block));
        assertEquals(-1, Patterns.mismatch(buffer, 3 * block, block, 3L * block, 4));
        device.read(8L * block, buffer, 0, 3 * block);
        assertEquals(-1, Patterns.nonZero(buffer, 0, block));
        assertEquals(-1, Patterns.mismatch(buffer, block, block, 9L * block, 4));
        assertEquals(-1, Patterns.nonZero(buffer, 2 * block, block));
        device.read(DEVICE_LENGTH - 2L * block, buffer, 0, 2 * block);
        assertEquals(-1, Patterns.nonZero(buffer, 0, block));
        assertEquals(-1, Patterns.mismatch(buffer, block, block, DEVICE_LENGTH - block, 4));
    }

    @Test
    void shouldUseOnlyThePartOfTheBufferItWasGiven() {
        UnsafeBuffer source = memory(3 * BLOCK);
        Patterns.fill(source, 0, 3 * BLOCK, 0, 1);
        device.write(8 * BLOCK, source, BLOCK, BLOCK);
        assertEquals(IoStatus.OK, driver.run((c, t) -> c.write(10 * BLOCK, source, 2 * BLOCK, BLOCK, t)));

        UnsafeBuffer target = memory(3 * BLOCK);
        device.read(8 * BLOCK, target, BLOCK, BLOCK);
        assertEquals(-1, Patterns.nonZero(target, 0, BLOCK));
        assertEquals(-1, Patterns.mismatch(target, BLOCK, BLOCK, BLOCK, 1));
        assertEquals(-1, Patterns.nonZero(target, 2 * BLOCK, BLOCK));
        assertEquals(IoStatus.OK, driver.run((c, t) -> c.read(10 * BLOCK, target, 2 * BLOCK, BLOCK, t)));
        assertEquals(-1, Patterns.nonZero(target, 0, BLOCK));
        assertEquals(-1, Patterns.mismatch(target, 2 * BLOCK, BLOCK, 2 * BLOCK, 1));
        device.read(9 * BLOCK, target, 0, BLOCK);
        assertEquals(-1, Patterns.nonZero(target, 0, BLOCK));
    }

    @Test
    void shouldShowACompletedWriteToEveryPath() {
        UnsafeBuffer buffer = memory(2 * BLOCK);
        Patterns.fill(buffer, 0, 2 * BLOCK, 0, 7);
        assertEquals(IoStatus.OK, driver.run((c, t) -> c.write(0, buffer, 0, 2 * BLOCK, t)));
        UnsafeBuffer copy = memory(2 * BLOCK);
        device.read(0, copy, 0, 2 * BLOCK);
        assertEquals(-1, Patterns.mismatch(copy, 0, 2 * BLOCK, 0, 7));

        Patterns.fill(buffer, 0, BLOCK, BLOCK, 8);
        device.write(BLOCK, buffer, 0, BLOCK);
        assertEquals(IoStatus.OK, driver.run((c, t) -> c.read(0, copy, 0, 2 * BLOCK, t)));
        assertEquals(-1, Patterns.mismatch(copy, 0, BLOCK, 0, 7));
        assertEquals(-1, Patterns.mismatch(copy, BLOCK, BLOCK, BLOCK, 8));
    }

    @Test
    void shouldCompleteNothingExceptInPoll() {
        UnsafeBuffer buffer = memory(BLOCK);
        driver.onLoop(c -> {
            c.write(0, buffer, 0, BLOCK, 1);
            c.flush(2);
            assertEquals(2, c.outstanding());
        });
        assertEquals(IoStatus.OK, driver.await(1));
        assertEquals(IoStatus.OK, driver.await(2));
        driver.onLoop(c -> assertEquals(0, c.outstanding()));
    }

    @Test
    void shouldHoldAsManyOperationsAsItsCapacity() {
        UnsafeBuffer buffer = memory(CHANNEL_CAPACITY * BLOCK);
        for (int round = 0; round < 20; round++) {
            int version = round;
            Patterns.fill(buffer, 0, CHANNEL_CAPACITY * BLOCK, 0, version);
            driver.onLoop(c -> {
                assertEquals(CHANNEL_CAPACITY, c.capacity());
                for (int i = 0; i < CHANNEL_CAPACITY; i++) {
                    c.write((long) i * BLOCK, buffer, i * BLOCK, BLOCK, i);
                }
                assertEquals(CHANNEL_CAPACITY, c.outstanding());
                assertThrows(IllegalStateException.class, () -> c.flush(99));
                assertThrows(IllegalStateException.class, () -> c.read(0, buffer, 0, BLOCK, 99));
            });
            for (int i = 0; i < CHANNEL_CAPACITY; i++) {
                assertEquals(IoStatus.OK, driver.await(i));
            }
            buffer.setMemory(0, CHANNEL_CAPACITY * BLOCK, (byte) 0);
            driver.onLoop(c -> {
                for (int i = 0; i < CHANNEL_CAPACITY; i++) {
                    c.read((long) i * BLOCK, buffer, i * BLOCK, BLOCK, i);
                }
            });
            for (int i = 0; i < CHANNEL_CAPACITY; i++) {
                assertEquals(IoStatus.OK, driver.await(i));
            }
            assertEquals(-1, Patterns.mismatch(buffer, 0, CHANNEL_CAPACITY * BLOCK, 0, version));
        }
    }

    @Test
    void shouldAcceptSubmissionsFromInsideTheHandler() {
        UnsafeBuffer buffer = memory(BLOCK);
        Patterns.fill(buffer, 0, BLOCK, 0, 3);
        List<Long> order = new ArrayList<>();
        int chainLength = 50;
        IoChannel[] channel = new IoChannel[1];
        IoCompletionHandler handler = (token, status) -> {
            assertEquals(IoStatus.OK, status);
            order.add(token);
            if (order.size() <= chainLength) {
                channel[0].write(0, buffer, 0, BLOCK, order.size());
            }
        };
        driver.onLoop(c -> {
            channel[0] = device.openChannel(loop, 3);
            // Full to the last slot, so that the handler's own submission needs the one just freed.
            for (int i = 0; i < 3; i++) {
                channel[0].write(0, buffer, 0, BLOCK, -1 - i);
            }
        });
        boolean[] isDone = new boolean[1];
        while (!isDone[0]) {
            driver.onLoop(c -> {
                channel[0].poll(handler);
                isDone[0] = channel[0].outstanding() == 0;
            });
        }
        driver.onLoop(c -> channel[0].close());
        assertEquals(chainLength + 3, order.size(), () -> "completions=" + order);
    }

    @Test
    void shouldReadZeroesAfterWritingZeroes() {
        int block = device.geometry().logicalBlockLength();
        UnsafeBuffer buffer = memory(64 * BLOCK);
        Patterns.fill(buffer, 0, 64 * BLOCK, 0, 1);
        device.write(0, buffer, 0, 64 * BLOCK);

        device.writeZeroes(block, 20L * BLOCK);
        assertEquals(IoStatus.OK, driver.run((c, t) -> c.writeZeroes(30 * BLOCK, 3L * block, t)));

        device.read(0, buffer, 0, 64 * BLOCK);
        assertEquals(-1, Patterns.mismatch(buffer, 0, block, 0, 1));
        assertEquals(-1, Patterns.nonZero(buffer, block, 20 * BLOCK));
        int end = block + 20 * BLOCK;
        assertEquals(-1, Patterns.mismatch(buffer, end, 30 * BLOCK - end, end, 1));
        assertEquals(-1, Patterns.nonZero(buffer, 30 * BLOCK, 3 * block));
        end = 30 * BLOCK + 3 * block;
        assertEquals(-1, Patterns.mismatch(buffer, end, 64 * BLOCK - end, end, 1));
    }

    @Test
    void shouldReadZeroesEverywhereAfterTheWholeDeviceWasZeroed() {
        UnsafeBuffer buffer = memory(16 * BLOCK);
        Patterns.fill(buffer, 0, 16 * BLOCK, 0, 1);
        device.write(DEVICE_LENGTH - 16 * BLOCK, buffer, 0, 16 * BLOCK);
        device.write((1 << 20) - 8 * BLOCK, buffer, 0, 16 * BLOCK);
        assertEquals(IoStatus.OK, driver.run((c, t) -> c.writeZeroes(0, DEVICE_LENGTH, t)));
        for (long offset = 0; offset < DEVICE_LENGTH; offset += BLOCK) {
            device.read(offset, buffer, 0, BLOCK);
            assertEquals(-1, Patterns.nonZero(buffer, 0, BLOCK), "offset=" + offset);
        }
        assertEquals(DEVICE_LENGTH, device.geometry().length());
    }

    @Test
    void shouldTouchNothingOutsideADiscardedRange() {
        UnsafeBuffer buffer = memory(32 * BLOCK);
        Patterns.fill(buffer, 0, 32 * BLOCK, 0, 1);
        device.write(0, buffer, 0, 32 * BLOCK);
        IoStatus status = driver.run((c, t) -> c.discard(8 * BLOCK, 16 * BLOCK, t));
        assertTrue(status == IoStatus.OK || status == IoStatus.UNSUPPORTED, () -> "status=" + status);
        device.read(0, buffer, 0, 32 * BLOCK);
        assertEquals(-1, Patterns.mismatch(buffer, 0, 8 * BLOCK, 0, 1));
        assertEquals(-1, Patterns.mismatch(buffer, 24 * BLOCK, 8 * BLOCK, 24 * BLOCK, 1));

        Patterns.fill(buffer, 0, 16 * BLOCK, 8 * BLOCK, 2);
        device.write(8 * BLOCK, buffer, 0, 16 * BLOCK);
        buffer.setMemory(0, 16 * BLOCK, (byte) 0);
        device.read(8 * BLOCK, buffer, 0, 16 * BLOCK);
        assertEquals(-1, Patterns.mismatch(buffer, 0, 16 * BLOCK, 8 * BLOCK, 2));
    }

    @Test
    void shouldFlushWithNothingWritten() {
        device.flush();
        assertEquals(IoStatus.OK, driver.run(IoChannel::flush));
    }

    @Test
    void shouldDoNothingForAnEmptyRange() {
        UnsafeBuffer buffer = memory(BLOCK);
        Patterns.fill(buffer, 0, BLOCK, 0, 1);
        device.write(0, buffer, 0, BLOCK);
        UnsafeBuffer other = memory(BLOCK);
        device.read(DEVICE_LENGTH, other, 0, 0);
        device.write(0, other, 0, 0);
        device.writeZeroes(0, 0);
        assertEquals(IoStatus.OK, driver.run((c, t) -> c.read(DEVICE_LENGTH, other, 0, 0, t)));
        assertEquals(IoStatus.OK, driver.run((c, t) -> c.write(0, other, 0, 0, t)));
        assertEquals(IoStatus.OK, driver.run((c, t) -> c.writeZeroes(0, 0, t)));
        device.read(0, buffer, 0, BLOCK);
        assertEquals(-1, Patterns.mismatch(buffer, 0, BLOCK, 0, 1));
    }

    @Test
    void shouldRefuseRangesThatAreMisalignedOrLeaveTheDevice() {
        UnsafeBuffer buffer = memory(2 * BLOCK);
        int block = device.geometry().logicalBlockLength();
        long[][] ranges = {
            {1, block},
            {block / 2, block},
            {0, block - 1},
            {0, block + 256},
            {-block, block},
            {0, -block},
            {DEVICE_LENGTH, block},
            {DEVICE_LENGTH - block, 2L * block},
            {Long.MAX_VALUE - block + 1, block}
        };
        for (long[] range : ranges) {
            int length = (int) range[1];
            String label = "offset=" + range[0] + " length=" + length;
            refused(() -> device.read(range[0], buffer, 0, length), label);
            refused(() -> device.write(range[0], buffer, 0, length), label);
            refused(() -> device.writeZeroes(range[0], length), label);
            driver.onLoop(c -> {
                refused(() -> c.read(range[0], buffer, 0, length, 1), label);
                refused(() -> c.write(range[0], buffer, 0, length, 1), label);
                refused(() -> c.discard(range[0], length, 1), label);
                refused(() -> c.writeZeroes(range[0], length, 1), label);
                assertEquals(0, c.outstanding(), label);
            });
        }
    }

    @Test
    void shouldRefuseMemoryThatTheDeviceCannotReach() {
        UnsafeBuffer onHeap = new UnsafeBuffer(new byte[2 * BLOCK]);
        refused(() -> device.read(0, onHeap, 0, BLOCK), "on heap");
        refused(() -> device.write(0, onHeap, 0, BLOCK), "on heap");
        driver.onLoop(c -> refused(() -> c.read(0, onHeap, 0, BLOCK, 1), "on heap"));

        UnsafeBuffer small = memory(BLOCK);
        assertThrows(IndexOutOfBoundsException.class, () -> device.read(0, small, 0, 2 * BLOCK));
        assertThrows(IndexOutOfBoundsException.class, () -> device.write(0, small, BLOCK, BLOCK));
        driver.onLoop(c -> assertThrows(IndexOutOfBoundsException.class, () -> c.write(0, small, -BLOCK, BLOCK, 1)));

        if (device.geometry().bufferAlignment() > 8) {
            UnsafeBuffer big = memory(2 * BLOCK);
            refused(() -> device.read(0, big, 8, BLOCK), "misaligned");
            driver.onLoop(c -> refused(() -> c.write(0, big, 8, BLOCK, 1), "misaligned"));
        }
    }

    @Test
    void shouldRefuseSubmissionsToAClosedChannel() {
        UnsafeBuffer buffer = memory(BLOCK);
        driver.onLoop(c -> {
            IoChannel other = device.openChannel(loop, 2);
            other.close();
            other.close();
            assertThrows(IllegalStateException.class, () -> other.read(0, buffer, 0, BLOCK, 1));
        });
        assertThrows(IllegalArgumentException.class, () -> driver.onLoop(c -> device.openChannel(loop, 0)));
    }

    @Test
    void shouldFinishWhatIsOutstandingWhenAChannelCloses() {
        UnsafeBuffer buffer = memory(8 * BLOCK);
        Patterns.fill(buffer, 0, 8 * BLOCK, 0, 5);
        driver.onLoop(c -> {
            IoChannel other = device.openChannel(loop, 8);
            for (int i = 0; i < 8; i++) {
                other.write((long) i * BLOCK, buffer, i * BLOCK, BLOCK, i);
            }
            other.close();
        });
        // The memory is the caller's again: had a write still been in flight, it would carry these bytes.
        UnsafeBuffer copy = memory(8 * BLOCK);
        device.read(0, copy, 0, 8 * BLOCK);
        buffer.setMemory(0, 8 * BLOCK, (byte) 0x77);
        assertEquals(-1, Patterns.mismatch(copy, 0, 8 * BLOCK, 0, 5));
    }

    @Test
    void shouldServeChannelsIndependently() {
        UnsafeBuffer buffer = memory(2 * BLOCK);
        Patterns.fill(buffer, 0, 2 * BLOCK, 0, 6);
        ChannelDriver second = new ChannelDriver(loop, device, 1);
        try {
            assertEquals(IoStatus.OK, driver.run((c, t) -> c.write(0, buffer, 0, BLOCK, t)));
            assertEquals(IoStatus.OK, second.run((c, t) -> c.write(BLOCK, buffer, BLOCK, BLOCK, t)));
            buffer.setMemory(0, 2 * BLOCK, (byte) 0);
            assertEquals(IoStatus.OK, second.run((c, t) -> c.read(0, buffer, 0, 2 * BLOCK, t)));
            assertEquals(-1, Patterns.mismatch(buffer, 0, 2 * BLOCK, 0, 6));
        } finally {
            second.close();
        }
    }

    @Test
    void shouldBehaveLikeAnArrayOfBytesUnderRandomOperations() {
        Random random = new Random(SEED);
        int block = device.geometry().logicalBlockLength();
        int maxLength = 40 * BLOCK;
        UnsafeBuffer model = memory((int) DEVICE_LENGTH);
        UnsafeBuffer buffer = memory(maxLength);
        for (int step = 0; step < 400; step++) {
            int length = block * (1 + random.nextInt(random.nextInt(4) == 0 ? maxLength / block : 16));
            long offset = (long) block * random.nextInt((int) ((DEVICE_LENGTH - length) / block) + 1);
            String label = "seed=" + SEED + " step=" + step + " offset=" + offset + " length=" + length;
            boolean isAsync = random.nextBoolean();
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    Patterns.fill(buffer, 0, length, offset, step);
                    model.putBytes((int) offset, buffer, 0, length);
                    if (isAsync) {
                        assertEquals(IoStatus.OK, driver.run((c, t) -> c.write(offset, buffer, 0, length, t)), label);
                    } else {
                        device.write(offset, buffer, 0, length);
                    }
                }
                case 2 -> {
                    model.setMemory((int) offset, length, (byte) 0);
                    if (isAsync) {
                        assertEquals(IoStatus.OK, driver.run((c, t) -> c.writeZeroes(offset, length, t)), label);
                    } else {
                        device.writeZeroes(offset, length);
                    }
                }
                case 3 -> {
                    if (isAsync) {
                        assertEquals(IoStatus.OK, driver.run(IoChannel::flush), label);
                    } else {
                        device.flush();
                    }
                }
                default -> {
                    if (isAsync) {
                        assertEquals(IoStatus.OK, driver.run((c, t) -> c.read(offset, buffer, 0, length, t)), label);
                    } else {
                        device.read(offset, buffer, 0, length);
                    }
                    assertSame(model, (int) offset, buffer, length, label);
                }
            }
        }
        for (int offset = 0; offset < DEVICE_LENGTH; ) {
            int length = (int) Math.min(maxLength, DEVICE_LENGTH - offset);
            device.read(offset, buffer, 0, length);
            assertSame(model, offset, buffer, length, "seed=" + SEED + " at the end, offset=" + offset);
            offset += length;
        }
    }

    private static void assertSame(UnsafeBuffer model, int offset, UnsafeBuffer buffer, int length, String label) {
        for (int i = 0; i < length; i += 8) {
            assertEquals(model.getLong(offset + i), buffer.getLong(i), label);
        }
    }

    private static void refused(org.junit.jupiter.api.function.Executable operation, String label) {
        assertThrows(IllegalArgumentException.class, operation, label);
    }

    private static UnsafeBuffer memory(int length) {
        return BufferSlab.allocate(length);
    }
}
