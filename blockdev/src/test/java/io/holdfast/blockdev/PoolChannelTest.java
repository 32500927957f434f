package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PoolChannelTest {
    private final IoPool pool = new IoPool("pool", 2);
    private final ManualLoop loop = new ManualLoop("manual");

    @AfterEach
    void close() {
        pool.close();
        pool.close();
    }

    /** A device whose reads wait until they are let go. */
    private static class GatedDevice extends SynchronousDevice {
        final CountDownLatch gate = new CountDownLatch(1);
        final AtomicInteger readCount = new AtomicInteger();

        GatedDevice() {
            super("gated", new DeviceGeometry(1 << 20, 512, 4096, 1), false);
        }

        @Override
        IoStatus readNow(long offset, MutableDirectBuffer buffer, int index, int length) {
            Waits.await(gate);
            readCount.incrementAndGet();
            return IoStatus.OK;
        }

        @Override
        IoStatus writeNow(long offset, MutableDirectBuffer buffer, int index, int length) {
            throw new IllegalStateException("as planned");
        }

        @Override
        IoStatus flushNow() {
            return IoStatus.OK;
        }

        @Override
        IoStatus discardNow(long offset, long length) {
            return IoStatus.UNSUPPORTED;
        }

        @Override
        IoStatus writeZeroesNow(long offset, long length) {
            return IoStatus.OK;
        }

        @Override
        public void close() {}
    }

    @Test
    void shouldNotMakeItsOwnerWaitForTheDevice() {
        GatedDevice device = new GatedDevice();
        UnsafeBuffer buffer = BufferSlab.allocate(4096);
        try (PoolChannel channel = new PoolChannel(device, loop, pool, 8)) {
            for (int i = 0; i < 8; i++) {
                channel.read(0, buffer, 0, 4096, i);
            }
            assertEquals(0, channel.poll((token, status) -> {}));
            assertEquals(8, channel.outstanding());
            device.gate.countDown();
            int[] count = new int[1];
            while (channel.outstanding() > 0) {
                channel.poll((token, status) -> {
                    assertEquals(IoStatus.OK, status);
                    count[0]++;
                });
                Thread.onSpinWait();
            }
            assertEquals(8, count[0]);
        }
    }

    @Test
    void shouldKeepBackWhatThePoolHasNoRoomFor() {
        GatedDevice device = new GatedDevice();
        UnsafeBuffer buffer = BufferSlab.allocate(4096);
        int capacity = 10_000;
        PoolChannel channel = new PoolChannel(device, loop, pool, capacity);
        for (int i = 0; i < capacity; i++) {
            channel.read(0, buffer, 0, 4096, i);
        }
        device.gate.countDown();
        channel.close();
        assertEquals(capacity, device.readCount.get());
    }

    @Test
    void shouldWaitForWhatIsOutstandingWhenItCloses() {
        GatedDevice device = new GatedDevice();
        UnsafeBuffer buffer = BufferSlab.allocate(4096);
        PoolChannel channel = new PoolChannel(device, loop, pool, 4);
        for (int i = 0; i < 4; i++) {
            channel.read(0, buffer, 0, 4096, i);
        }
        Thread opener = new Thread(device.gate::countDown);
        opener.start();
        channel.close();
        assertEquals(4, device.readCount.get());
    }

    @Test
    void shouldShowItsOwnerABugInADevice() {
        UnsafeBuffer buffer = BufferSlab.allocate(4096);
        PoolChannel channel = new PoolChannel(new GatedDevice(), loop, pool, 1);
        channel.write(0, buffer, 0, 4096, 1);
        assertThrows(IllegalStateException.class, () -> {
            while (channel.poll((token, status) -> {}) == 0) {
                Thread.onSpinWait();
            }
        });
    }
}
