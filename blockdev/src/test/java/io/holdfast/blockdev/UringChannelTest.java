package io.holdfast.blockdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UringChannelTest {
    private static final int BLOCK = 4096;

    @TempDir
    Path folder;

    @Test
    void shouldOpenFromAnotherThreadForAnAgentToUse() throws Exception {
        UnsafeBuffer buffer = BufferSlab.allocate(BLOCK);
        try (FileBlockDevice device = device();
                UringLoop loop = new UringLoop("loop", Throwable::printStackTrace)) {
            IoChannel channel = device.openChannel(loop, 1);
            AtomicLong status = new AtomicLong(-1);
            CountDownLatch done = new CountDownLatch(1);
            Agent agent = new Agent() {
                @Override
                public void onStart() {
                    channel.write(0, buffer, 0, BLOCK, 42);
                }

                @Override
                public int doWork() {
                    return channel.poll((token, outcome) -> {
                        status.set(outcome == IoStatus.OK ? token : -2);
                        done.countDown();
                    });
                }

                @Override
                public void onClose() {
                    channel.close();
                }

                @Override
                public String roleName() {
                    return "writer";
                }
            };
            loop.start(agent);
            done.await();
            assertEquals(42, status.get());
            loop.stop(agent);
        }
    }

    @Test
    void shouldRefuseAClosedLoop() throws IOException {
        try (FileBlockDevice device = device()) {
            UringLoop loop = new UringLoop("loop", Throwable::printStackTrace);
            loop.close();
            assertThrows(IllegalStateException.class, () -> device.openChannel(loop, 1));
        }
    }

    @Test
    void shouldFinishWhatAForgottenChannelHasInFlightBeforeItsLoopEnds() throws Exception {
        UnsafeBuffer buffer = BufferSlab.allocate(64 * BLOCK);
        Patterns.fill(buffer, 0, 64 * BLOCK, 0, 1);
        try (FileBlockDevice device = device()) {
            UringLoop loop = new UringLoop("loop", Throwable::printStackTrace);
            CountDownLatch submitted = new CountDownLatch(1);
            IoChannel channel = device.openChannel(loop, 64);
            loop.start(new Agent() {
                @Override
                public void onStart() {
                    for (int i = 0; i < 64; i++) {
                        channel.write((long) i * BLOCK, buffer, i * BLOCK, BLOCK, i);
                    }
                    submitted.countDown();
                }

                @Override
                public int doWork() {
                    return 0;
                }

                @Override
                public String roleName() {
                    return "forgetful";
                }
            });
            submitted.await();
            loop.close();
            UnsafeBuffer copy = BufferSlab.allocate(64 * BLOCK);
            device.read(0, copy, 0, 64 * BLOCK);
            assertEquals(-1, Patterns.mismatch(copy, 0, 64 * BLOCK, 0, 1));
        }
    }

    @Test
    void shouldHaveMoreInFlightThanTheRingHasRoomFor() throws IOException {
        int count = 5_000;
        UnsafeBuffer buffer = BufferSlab.allocate(BLOCK);
        try (FileBlockDevice device = device();
                UringLoop loop = new UringLoop("loop", Throwable::printStackTrace);
                ChannelDriver driver = new ChannelDriver(loop, device, count)) {
            driver.onLoop(c -> {
                for (int i = 0; i < count; i++) {
                    c.read(0, buffer, 0, BLOCK, i);
                }
            });
            for (int i = 0; i < count; i++) {
                assertEquals(IoStatus.OK, driver.await(i));
            }
        }
    }

    private FileBlockDevice device() throws IOException {
        return FileBlockDevice.open(FileBlockDeviceTest.file(folder, "d0.img", 1 << 20));
    }
}
